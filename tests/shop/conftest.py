"""The demo shop, freshly seeded, on SQLite and on PostgreSQL."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url, select

from actions.shop import SqlShop, migrate, seed
from actions.shop.database import create_engine, reading
from actions.shop.tables import Base
from tests.services import POSTGRES, answers, need
from tests.shop.ledger import Ledger

TODAY = date(2026, 5, 4)


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


class Databases:
    """Makes databases of both kinds, empty or with the demo shop as of TODAY in them. The shop is
    seeded once for each kind; tests get copies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._demos: dict[str, str] = {}
        self._postgres: list[str] = []

    async def empty(self, kind: str) -> str:
        """A URL where nothing is yet; on SQLite not even the folder."""
        if kind == "sqlite":
            return f"sqlite:///{self._folder / uuid.uuid4().hex / 'shop.db'}"
        return await self._create_postgres()

    async def shared(self, kind: str) -> str:
        """The demo shop for tests that only read it."""
        if kind not in self._demos:
            url = await self.empty(kind)
            await migrate(url)
            await seed(url, today=TODAY)
            self._demos[kind] = url
        return self._demos[kind]

    async def demo(self, kind: str) -> str:
        """The demo shop for one test."""
        original = make_url(await self.shared(kind)).database
        if kind == "postgres":
            return await self._create_postgres(f'TEMPLATE "{original}"')
        copy = self._folder / f"{uuid.uuid4().hex}.db"
        shutil.copy(str(original), copy)
        return f"sqlite:///{copy}"

    async def drop(self, url: str) -> None:
        name = make_url(url).database
        if name in self._postgres:
            await self._run(f'DROP DATABASE "{name}" WITH (FORCE)')
            self._postgres.remove(name)

    async def drop_all(self) -> None:
        for name in self._postgres:
            await self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _create_postgres(self, options: str = "") -> str:
        need("PostgreSQL", answers(POSTGRES, 5432))
        name = f"warmline_shop_{uuid.uuid4().hex[:12]}"
        await self._run(f'CREATE DATABASE "{name}" {options}')
        self._postgres.append(name)
        url = make_url(POSTGRES).set(database=name)
        return url.render_as_string(hide_password=False)

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(POSTGRES, timeout=5)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@pytest.fixture(scope="session")
async def databases(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Databases]:
    databases = Databases(tmp_path_factory.mktemp("shop"))
    yield databases
    await databases.drop_all()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def empty_url(databases: Databases, kind: str) -> AsyncIterator[str]:
    """A database in which nothing is yet."""
    url = await databases.empty(kind)
    yield url
    await databases.drop(url)


@pytest.fixture
async def demo_url(databases: Databases, kind: str) -> AsyncIterator[str]:
    """The demo shop as of TODAY, for this test alone."""
    url = await databases.demo(kind)
    yield url
    await databases.drop(url)


@pytest.fixture
async def shared_url(databases: Databases, kind: str) -> str:
    """The demo shop as of TODAY, for reading only."""
    return await databases.shared(kind)


@pytest.fixture
async def reader(shared_url: str, clock: Clock) -> AsyncIterator[SqlShop]:
    """The shop for tests that change nothing in it."""
    shop = SqlShop(shared_url, clock=clock)
    yield shop
    await shop.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def shop(demo_url: str, clock: Clock) -> AsyncIterator[SqlShop]:
    shop = SqlShop(demo_url, clock=clock)
    yield shop
    await shop.close()


@pytest.fixture
async def ledger(demo_url: str) -> AsyncIterator[Ledger]:
    ledger = Ledger(demo_url)
    yield ledger
    await ledger.close()


@pytest.fixture
async def counters(demo_url: str, clock: Clock) -> AsyncIterator[list[SqlShop]]:
    """Four shops over the same database, each with an engine of its own, as four processes have."""
    shops = [SqlShop(demo_url, clock=clock) for _ in range(4)]
    yield shops
    for shop in shops:
        await shop.close()


async def digest(url: str) -> str:
    """Of every row of every table, as Python sees them: the same on both databases."""
    engine = create_engine(url)
    result = hashlib.sha256()
    async with reading(engine) as connection:
        for table in Base.metadata.sorted_tables:
            rows = await connection.execute(select(table).order_by(*table.primary_key.columns))
            for row in rows:
                result.update(repr((table.name, *row)).encode())
    await engine.dispose()
    return result.hexdigest()
