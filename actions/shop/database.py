"""Engines for the shop's database: SQLite or PostgreSQL, from URLs as people write them."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from actions.sqlite import arrange

CONNECT_SECONDS = 4.0
"""How long to wait for a connection, from the server or from the pool."""

BUSY_SECONDS = 5.0
"""How long a SQLite writer waits for another one. A writer here needs about a millisecond, the
seed a few seconds."""

SQLITE_CONNECTIONS = 4
"""SQLite has one writer at a time; more connections would only poll for the same lock, and queueing
for a connection is fair where polling for the lock is not."""

POSTGRES_CONNECTIONS = 8


def async_url(url: str) -> URL:
    """`sqlite:///var/shop.db`, `postgresql://user@host/db` (or `postgres://`) with the driver this
    program uses. Raises ValueError, without the password, for anything else."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError(
            "the shop's database URL can't be read; "
            "it looks like sqlite:///var/shop.db or postgresql://user:password@host/database"
        ) from None
    if parsed.drivername in ("sqlite", "sqlite+aiosqlite"):
        if not parsed.database or parsed.database.startswith((":memory:", "file:")):
            raise ValueError(
                f"the shop's database {parsed.render_as_string()} needs a file, "
                "as in sqlite:///var/shop.db"
            )
        return parsed.set(drivername="sqlite+aiosqlite")
    if parsed.drivername in ("postgresql", "postgres", "postgresql+asyncpg"):
        query = dict(parsed.query)
        if "sslmode" in query:  # libpq's name; asyncpg calls the same values `ssl`
            query["ssl"] = query.pop("sslmode")
        return parsed.set(drivername="postgresql+asyncpg", query=query)
    raise ValueError(
        f"the shop's database can't be of kind {parsed.drivername!r}; use sqlite or postgresql"
    )


def create_engine(url: str, *, create: bool = False) -> AsyncEngine:
    """An engine that connects when it is first used. `create`: a missing SQLite file is made;
    without it a missing file is an error (an empty shop would be a worse answer than none)."""
    parsed = async_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(Path(parsed.database or ""), create=create)
    return create_async_engine(
        parsed,
        hide_parameters=True,  # errors must not carry customers' data into logs
        pool_pre_ping=True,
        pool_size=POSTGRES_CONNECTIONS,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        connect_args={"timeout": CONNECT_SECONDS},
    )


def _sqlite_engine(file: Path, *, create: bool) -> AsyncEngine:
    file = file.absolute()
    if create:
        file.parent.mkdir(parents=True, exist_ok=True)
    mode = "rwc" if create else "rw"
    # A URI, since only there SQLite can be told not to make a missing file.
    engine = create_async_engine(
        URL.create(
            "sqlite+aiosqlite",
            database=f"file:{quote(str(file))}",
            query={"mode": mode, "uri": "true"},
        ),
        hide_parameters=True,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=SQLITE_CONNECTIONS,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        connect_args={"timeout": BUSY_SECONDS},
    )
    arrange(engine)

    @event.listens_for(engine.sync_engine, "connect")
    def remember_file(_connection: Any, record: Any) -> None:
        record.info["file"] = _identity(file)

    @event.listens_for(engine.sync_engine, "checkout")
    def same_file(_connection: Any, record: Any, _proxy: Any) -> None:
        # An open SQLite connection goes on reading a deleted file as if nothing had happened.
        if record.info.get("file") != _identity(file):
            raise DisconnectionError(f"{file} was removed or replaced")

    return engine


def _identity(file: Path) -> tuple[int, int] | None:
    with contextlib.suppress(FileNotFoundError):
        status = os.stat(file)  # noqa: PTH116 (one system call, where Path makes more objects)
        return status.st_dev, status.st_ino
    return None


def lock_key(kind: str, value: object) -> int:
    """The advisory lock for one thing, for `writing`: ("order", "482911")."""
    digest = hashlib.blake2b(f"{kind}:{value}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


@contextlib.asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A read transaction: all its queries see the same state on SQLite."""
    async with engine.begin() as connection:
        yield connection


@contextlib.asynccontextmanager
async def writing(engine: AsyncEngine, *locks: int) -> AsyncIterator[AsyncConnection]:
    """A write transaction, committed at its end, rolled back if anything is raised.

    On SQLite it is the only writer (`BEGIN IMMEDIATE`). On PostgreSQL it holds the advisory locks
    `locks` (signed 64-bit), taken in one order by everybody, so that nobody waits in a circle.
    """
    async with engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            for key in sorted(set(locks)):
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
        yield connection
