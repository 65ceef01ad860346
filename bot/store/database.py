"""Connections to the contact centre's database.

On SQLite a writing transaction waits `BUSY_TIMEOUT_S` for its turn (`actions/sqlite.py`). On PostgreSQL
the same code locks rows (`SELECT … FOR UPDATE`, which SQLite leaves out and doesn't need)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from actions.sqlite import arrange

BUSY_TIMEOUT_S = 15.0
"""Longer than any transaction here takes (milliseconds), shorter than a customer's patience."""

DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


def async_url(url: str) -> URL:
    """`sqlite:///file` and `postgresql://host/name`, as people write them, with the async driver."""
    parsed = make_url(url)
    if mode := parsed.query.get("sslmode"):  # libpq's name for what asyncpg calls ssl
        parsed = parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return parsed.set(drivername=DRIVERS.get(parsed.drivername, parsed.drivername))


def make_engine(url: str) -> AsyncEngine:
    parsed = async_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_async_engine(
            parsed, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True
        )
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        parsed, connect_args={"timeout": BUSY_TIMEOUT_S}, hide_parameters=True
    )
    arrange(engine)
    return engine


LOCK: Final = {"key_share": True}
"""How a row is locked to be changed (`with_for_update`): others wait, but for those who only point at
it. A plain lock would make two transactions that each wrote an agent's event wait for one another."""


class Database:
    """Sessions for reading and for writing. Objects stay readable after their transaction."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._writer = self.engine.execution_options(writes=True)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end, rolled back on any exception."""
        async with AsyncSession(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    async def close(self) -> None:
        await self.engine.dispose()
