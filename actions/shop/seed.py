"""Fill the database with the demo shop once, and keep its dates relative to today."""

from __future__ import annotations

import asyncio
import enum
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Interval,
    case,
    exists,
    func,
    insert,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.shop.database import create_engine, writing
from actions.shop.demo import Row
from actions.shop.demo.goods import goods
from actions.shop.demo.orders import OrderBook
from actions.shop.demo.people import people
from actions.shop.tables import (
    Base,
    ComplaintRow,
    DemoSeedRow,
    DoneTurnRow,
    GrantRow,
    IdentityCheckRow,
    Moment,
    OutboxRow,
    ProductRow,
    ReservationRow,
)

NAME = "Juniper Outdoor"

SEED_LOCK = 0x53484F5053454544
""""SHOPSEED": two processes that start together seed once on PostgreSQL."""

ROWS_AT_ONCE = 2000

HAPPENED = {
    row.__tablename__
    for row in (
        ComplaintRow,
        DoneTurnRow,
        GrantRow,
        IdentityCheckRow,  # moved, they would prolong locks
        OutboxRow,
        ReservationRow,  # moved, nothing would ever run out
    )
}
"""What real people did, which happened when it happened. The demo shop has no rows in these. A return
that somebody asked for is not among them: it must stay after its delivery, which moves."""


class Seeding(enum.StrEnum):
    """What `seed` did."""

    SEEDED = "seeded"
    REFRESHED = "refreshed"
    NOTHING = "nothing"


class NotEmpty(Exception):
    """Somebody's own goods are in the database; it was left as it is."""


def demo_rows(today: date) -> dict[str, list[Row]]:
    """The whole demo shop by table, parents before children. The same for the same day."""
    shop = goods(today) | people()
    return shop | OrderBook(today, shop).fill()


async def seed(url: str, *, today: date | None = None) -> Seeding:
    """Seed a migrated, empty database with the demo shop; or, where it was seeded on an earlier
    day, move all its dates on by the days since. In one transaction: done or not begun.

    `today`: the shop's day, by default the day in UTC. Cheap when there is nothing to do: call it
    at each start, and once a day while running (else "arrives tomorrow" grows stale).
    A clock that went back changes nothing. Raises NotEmpty where a shop of one's own is in it.
    """
    today = today or datetime.now(UTC).date()
    engine = create_engine(url)
    try:
        async with writing(engine, SEED_LOCK) as connection:
            seeded = await connection.scalar(
                select(DemoSeedRow.today).where(DemoSeedRow.name == NAME)
            )
            if seeded is None:
                if await connection.scalar(select(exists().where(ProductRow.id.is_not(None)))):
                    raise NotEmpty(
                        "the shop's database already has products that are not the demo shop's; "
                        "the demo shop is only put into an empty database"
                    )
                await _store(connection, await asyncio.to_thread(demo_rows, today))
                await connection.execute(insert(DemoSeedRow), [{"name": NAME, "today": today}])
                return Seeding.SEEDED
            if seeded < today:
                await _move_dates(connection, today, (today - seeded).days)
                return Seeding.REFRESHED
            return Seeding.NOTHING
    finally:
        await engine.dispose()


async def _store(connection: AsyncConnection, rows: dict[str, list[Row]]) -> None:
    for table in Base.metadata.sorted_tables:
        its_rows = rows.get(table.name, [])
        for first in range(0, len(its_rows), ROWS_AT_ONCE):
            await connection.execute(table.insert(), its_rows[first : first + ROWS_AT_ONCE])
    if connection.dialect.name == "postgresql":
        await _advance_sequences(connection)


async def _advance_sequences(connection: AsyncConnection) -> None:
    """Rows came with their ids; the next id PostgreSQL gives has to come after them."""
    for table in Base.metadata.sorted_tables:
        key = table.autoincrement_column
        if key is not None:
            sequence = func.pg_get_serial_sequence(table.name, key.name)
            highest = select(func.coalesce(func.max(key), 0) + 1).scalar_subquery()
            await connection.execute(select(func.setval(sequence, highest, False)))


async def _move_dates(connection: AsyncConnection, today: date, days: int) -> None:
    """No moment is moved onto today or past it: the demo shop's own lie before the day it was seeded
    for, but a return that somebody asked for yesterday at noon stays there until tomorrow."""
    midnight = datetime.combine(today, time(), UTC)
    for table in Base.metadata.sorted_tables:
        if table.name in HAPPENED:
            continue
        values: dict[str, object] = {}
        for column in table.columns:
            if isinstance(column.type, Date):
                values[column.name] = _later(column, days, connection)
            elif isinstance(column.type, Moment):
                latest = literal(midnight - timedelta(days=days), Moment())
                moved = _later(column, days, connection)
                values[column.name] = case((column < latest, moved), else_=column)
        if values:
            await connection.execute(table.update().values(values))


def _later(column: Column[Any], days: int, connection: AsyncConnection) -> ColumnElement[Any]:
    """`column` plus `days` as SQL. SQLite keeps both kinds as text, which only its own functions
    can move; the formats are those SQLAlchemy writes."""
    if connection.dialect.name == "sqlite":
        step = f"{days:+} days"
        if isinstance(column.type, Date):
            return func.date(column, step)
        # SQLite counts milliseconds, SQLAlchemy writes microseconds.
        return func.strftime("%Y-%m-%d %H:%M:%f000", column, step)
    if isinstance(column.type, Date):
        return type_coerce(column + literal(days), Date)
    return column + literal(timedelta(days=days), Interval)
