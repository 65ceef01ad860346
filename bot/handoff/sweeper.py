"""Repairs what absence leaves behind: agents who vanished with a contact, customers who wait for
nobody, conversations that everybody left. Each repair is logged."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import or_, select

from bot.conversation.events import Kind, NewEvent
from bot.conversation.log import OpenConversation
from bot.handoff.presence import present_agents
from bot.handoff.service import Handoffs
from bot.store.tables import (
    Agent,
    Conversation,
    Floor,
    Handoff,
    HandoffState,
    Leg,
    Speaker,
)

log = structlog.get_logger()

EVERY_S = 5.0
"""How often the server sweeps."""


class Sweeper:
    def __init__(self, handoffs: Handoffs, *, return_after_s: float, idle_hours: float) -> None:
        self.handoffs = handoffs
        self.log = handoffs.log
        self.return_after = timedelta(seconds=return_after_s)
        self.idle = timedelta(hours=idle_hours)

    async def sweep(self) -> int:
        """One round; returns the number of repairs."""
        return (
            await self.return_to_queue() + await self.tell_nobody_left() + await self.end_the_idle()
        )

    async def return_to_queue(self) -> int:
        """An agent gone for too long gives the contact back, at its original age."""
        gone = self.log.clock() - self.return_after - timedelta(seconds=self.handoffs.presence_s)
        query = (
            select(Handoff.id, Handoff.conversation_id, Agent.name)
            .join(Agent, Agent.id == Handoff.agent_id)
            .where(
                Handoff.state == HandoffState.ACCEPTED,
                or_(Agent.seen_at.is_(None), Agent.seen_at < gone),
                Handoff.accepted_at < gone,
            )
        )
        async with self.log.database.reading() as session:
            found = list(await session.execute(query))
        for handoff_id, conversation_id, name in found:
            async with self.log.opened(conversation_id) as opened:
                handoff = await opened.session.get_one(Handoff, handoff_id)
                if handoff.state is not HandoffState.ACCEPTED:
                    continue
                handoff.state = HandoffState.WAITING
                handoff.agent_id = None
                handoff.accepted_at = None
                await self._system(opened, self.handoffs.say("agent_lost", agent=name).text)
                opened.give_floor(Floor.QUEUE)
            log.warning("contact returned to the queue", conversation=conversation_id, agent=name)
        return len(found)

    async def tell_nobody_left(self) -> int:
        """Nobody signed in any more: the assistant takes the floor back and takes a message."""
        now = self.log.clock()
        async with self.log.database.reading() as session:
            lease = self.handoffs.presence_s + self.return_after.total_seconds()
            if await present_agents(session, now, lease, available_only=False):
                return 0
            query = select(Handoff.id, Handoff.conversation_id).where(
                Handoff.state == HandoffState.WAITING,
                Handoff.asked_at < now - self.return_after,
            )
            found = list(await session.execute(query))
        for handoff_id, conversation_id in found:
            async with self.log.opened(conversation_id) as opened:
                handoff = await opened.session.get_one(Handoff, handoff_id)
                if handoff.state is not HandoffState.WAITING:
                    continue
                handoff.state = HandoffState.ABANDONED
                handoff.closed_at = opened.now
                await opened.append(
                    NewEvent(
                        Kind.HANDOFF_ENDED,
                        Speaker.SYSTEM,
                        data={"handoff": handoff_id, "outcome": "nobody_left"},
                    )
                )
                opened.give_floor(Floor.BOT)
                opened.row.takes_message = True
                await self.handoffs.assistant_says(opened, self.handoffs.say("nobody_left"))
            log.warning("nobody left for a waiting customer", conversation=conversation_id)
        return len(found)

    async def end_the_idle(self) -> int:
        """Conversations nobody has said anything in for a day are over."""
        query = (
            select(Conversation.id)
            .where(
                Conversation.ended_at.is_(None),
                Conversation.floor == Floor.BOT,
                Conversation.last_at < self.log.clock() - self.idle,
            )
            .limit(100)
        )
        async with self.log.database.reading() as session:
            found = list(await session.scalars(query))
        for conversation_id in found:
            async with self.log.opened(conversation_id) as opened:
                await end_conversation(opened, self.handoffs)
        return len(found)

    async def _system(self, opened: OpenConversation, text: str) -> None:
        await opened.append(NewEvent(Kind.MESSAGE, Speaker.SYSTEM, text))


async def end_conversation(opened: OpenConversation, handoffs: Handoffs) -> None:
    """Everything that is open in it is closed: legs, a waiting handoff."""
    if opened.row.ended_at:
        return
    handoff = await handoffs.open_handoff(opened.session, opened.row.id)
    if handoff and handoff.state is HandoffState.WAITING:
        handoff.state = HandoffState.ABANDONED
        handoff.closed_at = opened.now
        data = {"handoff": handoff.id, "outcome": "customer_left"}
        await opened.append(NewEvent(Kind.HANDOFF_ENDED, Speaker.SYSTEM, data=data))
        opened.give_floor(Floor.BOT)
    query = select(Leg.id).where(Leg.conversation_id == opened.row.id, Leg.ended_at.is_(None))
    for leg_id in list(await opened.session.scalars(query)):
        await opened.end_leg(leg_id)
    await opened.append(NewEvent(Kind.CONVERSATION_ENDED, Speaker.SYSTEM))
    opened.row.ended_at = opened.now
    opened.row.external_key = None  # a machine's next message begins a new conversation
    opened.queue_changed = True
