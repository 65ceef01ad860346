"""A caller hangs up while what they said is being written down."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import event, text

from bot.store.database import Database

SOON_S = 5
"""Long before a waiting writer would give up."""


async def test_who_is_cancelled_inside_a_transaction_keeps_nobody_else_out(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'centre.db'}")
    reading = asyncio.Event()

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def notice(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            reading.set()

    async def write() -> int:
        async with database.writing() as session:
            await session.execute(text("CREATE TABLE IF NOT EXISTS words (word TEXT)"))
            await session.execute(text("INSERT INTO words VALUES ('hello')"))
            return int(await session.scalar(text("SELECT count(*) FROM words")))

    cancelled = asyncio.create_task(write())
    await reading.wait()
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError) as why:
        await cancelled
    async with asyncio.timeout(SOON_S):
        assert await write() == 1
    assert why.tb  # while it lives, so does all that was going on when the task was cancelled
    await database.close()
