"""Schema and engines."""

from __future__ import annotations

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from actions.shop import Seeding, migrate, seed
from actions.shop.database import async_url, create_engine, reading, writing
from actions.shop.migrations import VERSION_TABLE
from actions.shop.tables import Base
from tests.shop.conftest import TODAY, Databases, digest


async def test_migrations_make_what_the_models_say(empty_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Base.metadata))

    await migrate(empty_url)
    await migrate(empty_url)
    engine = create_engine(empty_url)
    async with reading(engine) as connection:
        assert await connection.run_sync(differences) == []
        tables = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    await engine.dispose()
    assert tables == {VERSION_TABLE, *Base.metadata.tables}


async def test_two_processes_that_start_together_make_one_shop(
    empty_url: str, databases: Databases
) -> None:
    async def start() -> Seeding:
        await migrate(empty_url)
        return await seed(empty_url, today=TODAY)

    done = await asyncio.gather(start(), start())
    assert sorted(done) == [Seeding.NOTHING, Seeding.SEEDED]
    assert await digest(empty_url) == await digest(await databases.demo("sqlite"))


async def test_sqlite_is_opened_as_we_say(databases: Databases) -> None:
    engine = create_engine(await databases.demo("sqlite"))
    async with reading(engine) as connection:
        pragmas = {
            name: await connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    await engine.dispose()
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000}


async def test_writers_read_before_they_write_without_losing_a_count(demo_url: str) -> None:
    """Twenty at once add one to the same stock. Without BEGIN IMMEDIATE SQLite would refuse most."""
    engine = create_engine(demo_url)
    sql_read = text("SELECT on_hand FROM stock WHERE variant_id = 1 AND warehouse_id = 1")
    sql_write = text("UPDATE stock SET on_hand = :n WHERE variant_id = 1 AND warehouse_id = 1")

    async def receive_one() -> None:
        async with writing(engine, 1) as connection:
            on_hand = await connection.scalar(sql_read)
            assert on_hand is not None
            await connection.execute(sql_write, {"n": on_hand + 1})

    async with reading(engine) as connection:
        before = await connection.scalar(sql_read)
    await asyncio.gather(*(receive_one() for _ in range(20)))
    async with reading(engine) as connection:
        assert await connection.scalar(sql_read) == before + 20
    await engine.dispose()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///var/shop.db", "sqlite+aiosqlite:///var/shop.db"),
        ("postgres://u:p@host/shop", "postgresql+asyncpg://u:p@host/shop"),
        (
            "postgresql://host/shop?sslmode=require",
            "postgresql+asyncpg://host/shop?ssl=require",
        ),
    ],
)
def test_urls_are_taken_as_people_write_them(written: str, meant: str) -> None:
    assert async_url(written).render_as_string(hide_password=False) == meant


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("mysql://root:hunter2@host/shop", "use sqlite or postgresql"),
        ("hunter2", "can't be read"),
    ],
)
def test_a_wrong_url_is_explained_without_its_password(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as raised:
        create_engine(url)
    assert "hunter2" not in str(raised.value)
