"""What every SQLite engine here does, the shop's and the contact centre's: WAL mode, and transactions
that queue up for the one writer's place and give it back whatever happens.

A writing transaction begins with BEGIN IMMEDIATE, so that two writers wait at the start instead of
failing at the end."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine


def arrange(engine: AsyncEngine) -> None:
    """`engine`, whose option `writes` says that a connection is for writing, works as above."""

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        # The driver's own BEGIN would come late and never be IMMEDIATE; `begin` below does it.
        connection.isolation_level = None
        cursor = connection.cursor()
        # The file stays in WAL mode. Of several that open a new one at once only the first can switch
        # it, and SQLite lets the others fail instead of wait; they need not switch it any more.
        with suppress(sqlite3.OperationalError):
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    @event.listens_for(engine.sync_engine, "invalidate")
    def roll_back(connection: Any, _record: object, _why: object) -> None:
        # A task was cancelled inside its transaction, and SQLAlchemy closes its connection. SQLite
        # keeps a closed one, and its lock, while a statement of it is alive; here that is as long as
        # the traceback of the cancellation: seconds in which nobody else could write.
        with suppress(sqlite3.Error):  # it is broken, and closed next in any case
            connection.rollback()
