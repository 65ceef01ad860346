"""Which handoffs there are: who waits, who is whose, what was left while nobody was there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.log import ConversationLog
from bot.store.tables import Agent, Handoff, HandoffState

OPEN_STATES = (HandoffState.WAITING, HandoffState.ACCEPTED)


class HandoffLists:
    def __init__(self, conversation_log: ConversationLog) -> None:
        self.log = conversation_log

    async def waiting(self) -> list[Handoff]:
        """Whoever is next first (bot/handoff/priority.py)."""
        return await self._list(Handoff.state == HandoffState.WAITING, by=(Handoff.ranks_at,))

    async def held_by(self, agent_id: int) -> list[Handoff]:
        return await self._list(
            Handoff.state == HandoffState.ACCEPTED, Handoff.agent_id == agent_id
        )

    async def messages_taken(self) -> list[Handoff]:
        return await self._list(
            Handoff.state == HandoffState.MESSAGE_TAKEN, Handoff.done_at.is_(None)
        )

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
