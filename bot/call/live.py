"""The calls that are live in this process: their number is limited, and each holds its leg."""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from bot import metrics
from bot.centre import Centre
from bot.conversation.log import NoSuchConversation
from bot.store.tables import Leg

if TYPE_CHECKING:
    from bot.call.session import Call

log = structlog.get_logger()

LEASE = timedelta(seconds=20)
"""A call whose process was killed is ended by the sweeper within this and a sweep."""

PROCESS = f"{platform.node()}:{os.getpid()}"[:80]


class AllLinesBusy(Exception):
    """As many calls as there may be are live."""


class InACallAlready(Exception):
    """The conversation has a live call."""


class LiveCalls:
    def __init__(self, most: int) -> None:
        self._most = most
        self._live: dict[str, Call | None] = {}

    def __len__(self) -> int:
        return len(self._live)

    def of(self, conversation_id: str) -> Call | None:
        """The conversation's live call."""
        return self._live.get(conversation_id)

    @contextmanager
    def place(self, conversation_id: str) -> Iterator[None]:
        """Takes a line for the conversation's call. Raises AllLinesBusy, InACallAlready."""
        if conversation_id in self._live:
            raise InACallAlready
        if self.full:
            raise AllLinesBusy
        self._live[conversation_id] = None
        try:
            with metrics.calls.track_inprogress():
                yield
        finally:
            del self._live[conversation_id]

    def began(self, call: Call) -> None:
        self._live[call.conversation_id] = call

    @property
    def full(self) -> bool:
        return len(self._live) >= self._most


LIVE = web.AppKey("live_calls", LiveCalls)


@asynccontextmanager
async def held(centre: Centre, conversation_id: str, leg_id: str) -> AsyncIterator[None]:
    """The leg is this process's while the block lasts, and ends with it, whatever happens."""

    async def keep() -> None:
        while True:
            try:
                async with centre.database.writing() as session:
                    leg = await session.get_one(Leg, leg_id)
                    leg.owner = PROCESS
                    leg.lease_until = centre.clock() + LEASE
            except (SQLAlchemyError, OSError) as error:
                log.warning("a call's lease couldn't be renewed", why=repr(error))
            await asyncio.sleep(LEASE.total_seconds() / 3)

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        with contextlib.suppress(NoSuchConversation):
            async with centre.log.opened(conversation_id) as opened:
                await opened.end_leg(leg_id)


async def forget_calls(centre: Centre) -> None:
    """Where there is no other process: whoever has left a lease on a call is dead, and the sweeper need
    not wait until it has run out."""
    now = centre.clock()
    async with centre.database.writing() as session:
        await session.execute(
            update(Leg).where(Leg.ended_at.is_(None), Leg.lease_until > now).values(lease_until=now)
        )
