"""Which process answers a turn: it holds a lease on it in the database, and renews it while it works.

The oldest turn a conversation is owed is the one to hold, so one conversation is worked on by one
process at a time. A process that dies stops renewing, and another one takes the turn. One that was only
stopped for so long finds at the end that the turn isn't its own any more, and its answer is dropped:
`check` looks in the transaction that would store it."""

from __future__ import annotations

import asyncio
import os
import platform
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import structlog
from sqlalchemy import ColumnElement, CursorResult, or_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.log import Clock
from bot.store.database import LOCK, Database
from bot.store.tables import Turn, TurnState

log = structlog.get_logger()

LEASE = timedelta(seconds=15)
"""Long enough for a machine that is hard at work, short enough for a customer whose server was killed.
Clocks of several machines may differ by a few seconds."""


class LeaseLost(Exception):
    """The turn is finished, or another process has it."""


class Leases:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.owner = f"{platform.node()[:50]}:{os.getpid()}:{secrets.token_hex(4)}"
        """A process that is started anew is another one."""

    def begin(self, turn: Turn) -> None:
        """For a turn that is stored in this moment."""
        turn.owner, turn.lease_until = self.owner, self._clock() + LEASE

    async def take(self, turn: Turn) -> bool:
        """Whether the turn is ours to answer from here on; not where it is finished, or another
        process is at it."""
        now = self._clock()
        if turn.owner == self.owner and turn.lease_until and turn.lease_until > now + LEASE / 2:
            return True  # as it was stored a moment ago
        free = or_(Turn.owner.is_(None), Turn.owner == self.owner, Turn.lease_until <= now)
        return await self._set(Turn.id == turn.id, free, owner=self.owner, lease_until=now + LEASE)

    @asynccontextmanager
    async def kept(self, turn: Turn) -> AsyncIterator[None]:
        """Renews the lease while the block lasts."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(LEASE.total_seconds() / 3)
                until = self._clock() + LEASE
                try:
                    await self._set(Turn.id == turn.id, Turn.owner == self.owner, lease_until=until)
                except (SQLAlchemyError, OSError) as error:
                    log.warning("a lease couldn't be renewed", turn=turn.id, why=repr(error))

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def check(self, session: AsyncSession, turn: Turn) -> Turn:
        """The turn's row, locked. Raises LeaseLost where it isn't ours to finish."""
        row = await session.get_one(Turn, turn.id, with_for_update=LOCK)
        if row.state is not TurnState.PENDING or row.owner != self.owner:
            raise LeaseLost(f"{row.state}, of {row.owner}")
        return row

    async def give_back(self) -> None:
        """Others needn't wait until our leases have run out."""
        await self._set(Turn.owner == self.owner, owner=None, lease_until=None)

    async def forget(self) -> None:
        """Where there is no other process: whoever has left a lease is dead."""
        await self._set(Turn.owner != self.owner, owner=None, lease_until=None)

    async def _set(self, *where: ColumnElement[bool], **values: Any) -> bool:
        query = update(Turn).where(Turn.state == TurnState.PENDING, *where).values(**values)
        async with self._database.writing() as session:
            result = cast(CursorResult[Any], await session.execute(query))
        return result.rowcount > 0
