"""Schema and engines."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, MetaData, String, column, inspect, text
from sqlalchemy import table as sa_table
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.types import TypeEngine

from actions.shop import Seeding, migrate, seed
from actions.shop.database import async_url, create_engine, reading, writing
from actions.shop.migrations import VERSION_TABLE, alembic_config
from actions.shop.seed import NAME, demo_rows
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


AS_TEXT = {
    "too_small": "Too small",
    "too_large": "Too large",
    "not_as_expected": "Not as expected",
    "changed_mind": "Changed my mind",
    "damaged": "Arrived damaged",
    "wrong_item": "Wrong item",
}
"""How reasons for returns were kept up to revision 0002."""


async def test_a_shop_seeded_before_0003_becomes_the_one_seeded_today(
    empty_url: str, databases: Databases
) -> None:
    """The rows as they were then, put into the tables as they were then."""
    engine = create_engine(empty_url, create=True)

    def fill(connection: Connection) -> None:
        command.upgrade(alembic_config(connection), "0002")
        old = MetaData()
        old.reflect(connection)
        rows = demo_rows(TODAY) | {"demo_seed": [{"id": 1, "name": NAME, "today": TODAY}]}
        for name, its_rows in rows.items():
            if name == "returns":
                its_rows = [row | {"reason": AS_TEXT[row["reason"]]} for row in its_rows]
            columns = old.tables[name].columns.keys()
            table = Base.metadata.tables[name]
            kept = [{key: row[key] for key in columns} for row in its_rows]
            plain = sa_table(name, *(column(key, _stored(table.c[key])) for key in columns))
            connection.execute(plain.insert(), kept)

    async with writing(engine) as connection:
        await connection.run_sync(fill)
    await migrate(empty_url)
    await engine.dispose()
    assert await digest(empty_url) == await digest(await databases.shared("sqlite"))


def _stored(column: Column[Any]) -> TypeEngine[Any]:
    """Enums went in as words, as they do; only the reason was free text."""
    return String() if column.name == "reason" else column.type


async def test_the_newest_migration_can_be_taken_back_with_the_data_in_it(
    demo_url: str, databases: Databases
) -> None:
    engine = create_engine(demo_url)
    async with writing(engine) as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), "0002"))
        reasons = set(await connection.scalars(text("SELECT reason FROM returns")))
        back = await connection.scalar(text("SELECT count(*) FROM return_items"))
    assert reasons == set(AS_TEXT.values())
    assert back
    await engine.dispose()
    await migrate(demo_url)
    assert await digest(demo_url) == await digest(await databases.shared("sqlite"))


async def test_eight_that_open_a_new_file_at_once_all_can(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    engines = [create_engine(url, create=True) for _ in range(8)]

    async def write(engine: AsyncEngine) -> None:
        async with writing(engine) as connection:
            await connection.execute(text("CREATE TABLE IF NOT EXISTS t (x)"))

    await asyncio.gather(*(write(engine) for engine in engines))
    async with reading(engines[0]) as connection:
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
    for engine in engines:
        await engine.dispose()


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
