from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from actions.help import HelpIndex
from actions.shop import demo_orders, migrate, seed
from bot.commands.parts import model_file
from bot.commands.train import is_trained, train
from bot.settings import ROOT, load_settings
from engine.sentences import SentenceEncoder
from tests.dialogue.engine_house import House, open_house


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Engine, actions and a freshly seeded shop. The model is trained only if its inputs changed;
    TEST_MODEL names another one, for work on the actions alone."""
    settings = load_settings()
    named = os.environ.get("TEST_MODEL")
    if not named and not is_trained(settings):
        assert train(settings) == 0
    folder = tmp_path_factory.mktemp("dialogue")
    shop_file = folder / "shop.db"
    url = f"sqlite:///{shop_file}"

    async def shop() -> list[dict[str, object]]:
        await migrate(url)
        await seed(url)
        return await demo_orders(url)

    with asyncio.Runner() as runner:
        orders = runner.run(shop())
    opened = open_house(folder, Path(named or model_file(settings)), shop_file, orders)
    yield opened
    opened.engine.stop()
    opened.actions.stop()


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture(scope="session")
def help_index(encoder: SentenceEncoder) -> HelpIndex:
    return HelpIndex(ROOT / "data" / "help" / "en", encoder.encode)
