"""Which handoffs there are: who waits, who is whose, what was left while nobody was there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.log import ConversationLog
from bot.store.desk_tables import Agent, Handoff, HandoffState
from bot.store.tables import Medium

LAST_HANDLED = 20
"""Contacts whose length says how long the next ones take, of the last day."""

LEFT = and_(Handoff.state == HandoffState.MESSAGE_TAKEN, Handoff.done_at.is_(None))
"""Messages nobody has seen to yet."""

OPEN_STATES = (HandoffState.WAITING, HandoffState.ACCEPTED)


class HandoffLists:
    def __init__(self, conversation_log: ConversationLog) -> None:
        self.log = conversation_log

    async def waiting(self) -> list[Handoff]:
        """Whoever is next first (bot/handoff/priority.py)."""
        return await self._list(Handoff.state == HandoffState.WAITING, by=(Handoff.ranks_at,))

    async def messages_taken(self) -> list[Handoff]:
        return await self._list(LEFT)

    async def message_done(self, handoff_id: str, agent: Agent) -> bool:
        async with self.log.database.writing() as session:
            handoff = await session.get(Handoff, handoff_id)
            if handoff is None or handoff.state is not HandoffState.MESSAGE_TAKEN:
                return False
            handoff.done_at = handoff.done_at or self.log.clock()
            handoff.agent_id = handoff.agent_id or agent.id
        return True

    async def _list(self, *conditions: Any, by: Sequence[Any] = ()) -> list[Handoff]:
        query = select(Handoff).where(*conditions).order_by(*by, Handoff.asked_at, Handoff.id)
        async with self.log.database.reading() as session:
            return list(await session.scalars(query))

    async def latest_handoff(self, session: AsyncSession, conversation_id: str) -> Handoff | None:
        """The open one, else the last one: why a person was asked for stays readable."""
        found: Handoff | None = await session.scalar(
            select(Handoff)
            .where(Handoff.conversation_id == conversation_id)
            .order_by(Handoff.asked_at.desc())
            .limit(1)
        )
        return found

    async def open_handoff(self, session: AsyncSession, conversation_id: str) -> Handoff | None:
        found: Handoff | None = await session.scalar(
            select(Handoff).where(
                Handoff.conversation_id == conversation_id, Handoff.state.in_(OPEN_STATES)
            )
        )
        return found


async def handled_s(session: AsyncSession, now: datetime, medium: Medium) -> list[float]:
    """Seconds that agents had the last contacts for, each of an agent's chats counted by itself."""
    query = (
        select(Handoff.accepted_at, Handoff.closed_at)
        .where(
            Handoff.state == HandoffState.CLOSED,
            Handoff.medium == medium,
            Handoff.accepted_at.is_not(None),
            Handoff.closed_at > now - timedelta(hours=24),
        )
        .order_by(Handoff.closed_at.desc())
        .limit(LAST_HANDLED)
    )
    rows = await session.execute(query)
    return [(closed - accepted).total_seconds() for accepted, closed in rows if accepted and closed]
