"""Repairs what absence leaves behind: agents who vanished with a contact, customers who wait for
nobody, conversations that everybody left. Each repair is logged."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, or_, select

from bot.conversation.events import Kind, NewEvent
from bot.conversation.log import OpenConversation
from bot.handoff.contacts import Contacts
from bot.handoff.payload import Need
from bot.handoff.presence import present_agents
from bot.handoff.service import Handoffs
from bot.handoff.team import contact_ended
from bot.handoff.waiting_room import COMES_BACK
from bot.store.audit import Act
from bot.store.desk_tables import Agent, Handoff, HandoffState
from bot.store.tables import Conversation, Floor, Leg, Medium, Speaker

log = structlog.get_logger()

EVERY_S = 5.0
"""How often the server sweeps."""

AT_ONCE = 100
"""Idle conversations ended in one sweep; the next one takes more."""

Found = list[tuple[str, str]]
"""Conversation, and the key of what to repair in it."""


class Sweeper:
    def __init__(self, contacts: Contacts, *, return_after_s: float, idle_hours: float) -> None:
        self.contacts = contacts
        self.handoffs = handoffs = contacts.handoffs
        self.log = handoffs.log
        self.return_after = timedelta(seconds=return_after_s)
        self.idle = timedelta(hours=idle_hours)

    async def sweep(self) -> int:
        """One round; returns the number of repairs. What fails for one conversation (or one kind
        of repair) is logged and keeps nobody else from theirs."""
        repaired = 0
        for look, repair in (
            (self._vanished_agents, self._return_to_queue),
            (self._wrapped_up_too_long, self.contacts.run_out),
            (self._left_waiting, self._tell_nobody_left),
            (self._dead_calls, self._end_call),
            (self._hung_up_waiting, self._end_waiting),
            (self._idle, self._end_idle),
        ):
            try:
                found = await look()
            except Exception:
                log.exception("a sweep could not look", kind=look.__name__)
                continue
            for conversation_id, key in found:
                try:
                    async with self.log.opened(conversation_id) as opened:
                        repaired += await repair(opened, key)
                except Exception:
                    log.exception("a sweep could not repair", conversation=conversation_id)
        return repaired

    # Each repair checks again under the conversation's lock: meanwhile somebody may have come back.

    async def _vanished_agents(self) -> Found:
        query = (
            select(Handoff.conversation_id, Handoff.id)
            .join(Agent, Agent.id == Handoff.agent_id)
            .where(
                Handoff.state == HandoffState.ACCEPTED,
                or_(Agent.seen_at.is_(None), Agent.seen_at < self._gone_since()),
                Handoff.accepted_at < self._gone_since(),
            )
        )
        return await self._find(query)

    async def _return_to_queue(self, opened: OpenConversation, handoff_id: str) -> bool:
        """An agent gone for too long gives the contact back, at its original age."""
        handoff = await opened.session.get_one(Handoff, handoff_id)
        if handoff.state is not HandoffState.ACCEPTED or handoff.agent_id is None:
            return False
        agent = await opened.session.get_one(Agent, handoff.agent_id)
        if agent.seen_at and agent.seen_at >= self._gone_since():
            return False
        if opened.row.ended_at:
            handoff.state = HandoffState.CLOSED
            handoff.closed_at = opened.now
            handoff.disposition = "customer_left"
            opened.give_floor(Floor.BOT)
            await contact_ended(opened.session, agent.id, opened.now)
            return True
        opened.audit(Act.CONTACT_RETURNED, agent.id, handoff=handoff.id)
        handoff.state = HandoffState.WAITING
        handoff.agent_id = None
        handoff.accepted_at = None
        await contact_ended(opened.session, agent.id, opened.now)
        words = (await self.handoffs.sentences(opened))("agent_lost", agent=agent.name)
        await opened.append(NewEvent(Kind.MESSAGE, Speaker.SYSTEM, words.text))
        opened.give_floor(Floor.QUEUE)
        log.warning("contact returned to the queue", conversation=opened.row.id, agent=agent.name)
        return True

    def _gone_since(self) -> datetime:
        return self.log.clock() - self.return_after - timedelta(seconds=self.handoffs.presence_s)

    async def _wrapped_up_too_long(self) -> Found:
        query = select(Handoff.conversation_id, Handoff.id).where(
            Handoff.state == HandoffState.WRAP_UP, Handoff.wrap_up_until <= self.log.clock()
        )
        return await self._find(query)

    async def _left_waiting(self) -> Found:
        """Customers who wait though nobody takes contacts any more: everybody is gone or away, and
        nobody is busy with somebody else."""
        now = self.log.clock()
        lease = self.handoffs.presence_s + self.return_after.total_seconds()
        async with self.log.database.reading() as session:
            if await present_agents(session, now, lease):
                return []
            there = await present_agents(session, now, lease, available_only=False)
            busy = select(Handoff.id).where(
                Handoff.state == HandoffState.ACCEPTED,
                Handoff.agent_id.in_([agent.id for agent in there]),
            )
            if await session.scalar(busy.limit(1)):
                return []
        query = select(Handoff.conversation_id, Handoff.id).where(
            Handoff.state == HandoffState.WAITING, Handoff.asked_at < now - self.return_after
        )
        return await self._find(query)

    async def _tell_nobody_left(self, opened: OpenConversation, handoff_id: str) -> bool:
        """The assistant takes the floor back and offers to take a message."""
        handoff = await opened.session.get_one(Handoff, handoff_id)
        if handoff.state is not HandoffState.WAITING:
            return False
        handoff.state = HandoffState.ABANDONED
        handoff.closed_at = opened.now
        data = {"handoff": handoff_id, "outcome": "nobody_left"}
        await opened.append(NewEvent(Kind.HANDOFF_ENDED, Speaker.SYSTEM, data=data))
        opened.give_floor(Floor.BOT)
        need = Need.of(handoff.payload.get("need"))
        await self.handoffs.offer_message(opened, "nobody_left", need)
        log.warning("nobody left for a waiting customer", conversation=opened.row.id)
        return True

    async def _dead_calls(self) -> Found:
        """Calls whose process died: their lease ran out."""
        query = select(Leg.conversation_id, Leg.id).where(
            Leg.ended_at.is_(None), Leg.lease_until < self.log.clock()
        )
        return await self._find(query)

    async def _end_call(self, opened: OpenConversation, leg_id: str) -> bool:
        leg = await opened.session.get_one(Leg, leg_id)
        if leg.ended_at or leg.lease_until is None or leg.lease_until >= opened.now:
            return False
        await opened.end_leg(leg_id)
        log.warning("call ended after its process was gone", conversation=opened.row.id)
        return True

    async def _hung_up_waiting(self) -> Found:
        """Callers who hung up while they waited and didn't come back, their process gone with them."""
        on_the_line = select(Leg.conversation_id).where(Leg.ended_at.is_(None))
        left_since = self.log.clock() - 2 * COMES_BACK
        just_left = select(Leg.conversation_id).where(Leg.ended_at > left_since)
        query = select(Handoff.conversation_id, Handoff.id).where(
            Handoff.state == HandoffState.WAITING,
            Handoff.medium == Medium.VOICE,
            or_(Handoff.callback_number.is_(None), Handoff.callback_number == ""),
            Handoff.conversation_id.not_in(on_the_line),
            Handoff.conversation_id.not_in(just_left),
        )
        return await self._find(query)

    async def _end_waiting(self, opened: OpenConversation, _: str) -> bool:
        if opened.row.ended_at or await opened.live_legs():
            return False
        await end_conversation(opened, self.handoffs)
        return True

    async def _idle(self) -> Found:
        query = (
            select(Conversation.id, Conversation.id)
            .where(
                Conversation.ended_at.is_(None),
                Conversation.floor == Floor.BOT,
                Conversation.last_at < self.log.clock() - self.idle,
            )
            .limit(AT_ONCE)
        )
        return await self._find(query)

    async def _end_idle(self, opened: OpenConversation, _: str) -> bool:
        """Conversations nobody has said anything in for a day are over."""
        row = opened.row
        if row.floor is not Floor.BOT or row.last_at >= opened.now - self.idle:
            return False
        await end_conversation(opened, self.handoffs)
        return True

    async def _find(self, query: Select[str, str]) -> Found:
        async with self.log.database.reading() as session:
            return [(row[0], row[1]) for row in await session.execute(query)]


async def end_conversation(opened: OpenConversation, handoffs: Handoffs) -> None:
    """Everything that is open in it is closed: legs, a waiting handoff."""
    if opened.row.ended_at:
        return
    handoff = await handoffs.open_handoff(opened.session, opened.row.id)
    if handoff and handoff.callback_number:  # they are called back: it goes on then
        for leg in await opened.live_legs():
            await opened.end_leg(leg.id)
        return
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
