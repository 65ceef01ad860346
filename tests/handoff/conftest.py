"""A desk for every scene, on either database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actions.shop import SqlShop
from actions.shop import migrate as migrate_shop
from bot.store.database import Database
from tests.conftest import Time
from tests.handoff.desk import Desk


@pytest.fixture
async def desk(database: Database, tmp_path: Path, time: Time) -> AsyncIterator[Desk]:
    shop_url = f"sqlite:///{tmp_path / 'shop.db'}"
    await migrate_shop(shop_url)
    shop = SqlShop(shop_url)
    yield Desk(database, shop, time)
    await shop.close()
