"""What a person is handed is complete: reason, identity, promises, orders, summary, each as the
conversation was, with the real engine, actions and databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.commands.parts import model_file
from bot.commands.train import is_trained, train
from bot.settings import load_settings
from bot.store.migrate import migrate
from tests.dialogue.engine_house import House, engine_process
from tests.dialogue.handing_over import Scene, judge, open_centre, play, scenes
from tests.dialogue.telling import Stage

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def stage(house: House) -> Stage:
    """The second half of the shop's orders: other scenes use the first."""
    made = Stage(house)
    with made.database() as shop:
        older = shop.execute(
            "select number from orders where id <= (select max(id) / 2 from orders)"
        )
        made.used |= {number for (number,) in older}
    return made


@pytest.fixture(scope="module")
async def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("centre") / "centre.db"
    await migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="module")
def chinese(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An engine of its own, as each language has."""
    settings = load_settings(languages="en,zh")
    if not is_trained(settings):
        assert train(settings, if_needed=True) == 0
    engine, url = engine_process(
        tmp_path_factory.mktemp("zh"), model_file(settings, "zh"), house.actions_url
    )
    engine.start()
    try:
        engine.wait()
        yield url
    finally:
        engine.stop()


@pytest.mark.parametrize("scene", scenes(), ids=str)
async def test_what_a_person_is_handed(
    scene: Scene, stage: Stage, migrated: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    engines = {"en": stage.house.url}
    if scene.language == "zh":
        engines["zh"] = request.getfixturevalue("chinese")
    file = tmp_path / "centre.db"
    shutil.copy(migrated, file)
    async with open_centre(stage, file, engines) as centre:
        outcome = await play(scene, centre)
        with stage.database() as shop:
            judge(scene, outcome, shop)


def test_there_are_thirty_and_more() -> None:
    assert len(scenes()) >= 30
