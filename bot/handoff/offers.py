"""Contacts on agents' desks with a countdown: offered, taken, declined, missed.

Everything is in the database, so that several processes may offer at once: an offer is made under the
conversation's lock and the agent's, and a contact has at most one open. A contact that is offered goes
on waiting: a decline or a miss costs it nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.events import Kind, NewEvent
from bot.conversation.hub import DESK
from bot.conversation.log import ConversationLog
from bot.handoff.router import Match, Waiting, match
from bot.handoff.team import candidates, loads, may_be_offered, room
from bot.store.database import LOCK
from bot.store.desk_tables import Agent, Handoff, HandoffState, Offer, OfferKind, OfferState, Status
from bot.store.tables import SPOKEN, Leg, Medium, Speaker

log = structlog.get_logger()

EVERY_S: Final = 1.0
"""How often countdowns are looked at, where nothing else happens."""

AFTER_DECLINE: Final = timedelta(seconds=15)
AFTER_MISS: Final = timedelta(seconds=30)
"""How long an agent gets nothing: time for somebody else to take it."""

MISSES_TO_BREAK: Final = 3
"""In a row: somebody isn't there."""

NOT_RESPONDING: Final = "not responding"


class NotOffered(Exception):
    """The offer is over: taken, run out, or never this agent's."""


class Offers:
    def __init__(
        self, conversation_log: ConversationLog, *, lasts_s: float, presence_s: float
    ) -> None:
        self.log = conversation_log
        self.lasts = timedelta(seconds=lasts_s)
        self.presence_s = presence_s

    async def run(self) -> None:
        """Offers whatever can be offered, for as long as the server runs."""
        with self.log.hub.watching(DESK) as watch:
            while True:
                try:
                    await self.round()
                except Exception:
                    log.exception("a round of offers failed; the next one tries again")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(watch.news(), EVERY_S)

    async def round(self) -> int:
        """Ends what is over and offers what can be offered; returns how many were offered."""
        await self._end_old()
        now = self.log.clock()
        async with self.log.database.reading() as session:
            waiting = await self._unoffered(session)
            team = await candidates(session, now, self.presence_s) if waiting else []
        made = 0
        for found in match((as_waiting(one) for one in waiting), team, now):
            made += await self._offer(found)
        return made

    async def open(self, session: AsyncSession) -> list[tuple[Offer, Handoff]]:
        """What is on agents' desks now, the oldest first."""
        query = (
            select(Offer, Handoff)
            .join(Handoff, Handoff.id == Offer.handoff_id)
            .where(Offer.state == OfferState.OPEN, _is_open(), Offer.expires_at > self.log.clock())
            .order_by(Offer.offered_at)
        )
        return [(offer, handoff) for offer, handoff in await session.execute(query)]

    async def decline(self, offer_id: str, agent_id: int) -> None:
        """Raises NotOffered."""
        if not await self._end(offer_id, OfferState.DECLINED, of=agent_id):
            raise NotOffered(offer_id)

    # --- making --------------------------------------------------------------------------------

    async def _unoffered(self, session: AsyncSession) -> Sequence[Handoff]:
        offered = select(Offer.handoff_id).where(Offer.state == OfferState.OPEN)
        on_the_line = select(Leg.conversation_id).where(
            Leg.ended_at.is_(None), Leg.channel.in_(SPOKEN)
        )
        query = select(Handoff).where(
            Handoff.state == HandoffState.WAITING,
            Handoff.id.not_in(offered),
            or_(  # a caller who was cut off keeps the place, but isn't there
                Handoff.medium == Medium.CHAT,
                Handoff.callback_number != "",
                Handoff.conversation_id.in_(on_the_line),
            ),
        )
        return list(await session.scalars(query))

    async def _offer(self, found: Match) -> bool:
        """Looks again under the locks: meanwhile another process may have been faster."""
        async with self.log.database.reading() as session:
            handoff = await session.get_one(Handoff, found.contact)
        try:
            async with self.log.opened(handoff.conversation_id) as opened:
                session, now = opened.session, opened.now
                handoff = await session.get_one(Handoff, found.contact)
                agent = await session.get_one(Agent, found.agent, with_for_update=LOCK)
                load = (await loads(session, [agent.id]))[agent.id]
                offered = select(Offer.id).where(
                    Offer.handoff_id == handoff.id, Offer.state == OfferState.OPEN
                )
                if (
                    handoff.state is not HandoffState.WAITING
                    or not may_be_offered(agent, now)
                    or room(agent, load)[handoff.medium] < 1
                    or await session.scalar(offered)
                ):
                    return False
                session.add(
                    Offer(
                        handoff_id=handoff.id,
                        agent_id=agent.id,
                        offered_at=now,
                        expires_at=now + self.lasts,
                        from_agent_id=handoff.handed_on_by,
                        note=handoff.handed_on_note,
                        why=dict(found.why),
                    )
                )
                opened.queue_changed = True
        except IntegrityError:
            return False
        return True

    # --- ending --------------------------------------------------------------------------------

    async def _end_old(self) -> None:
        now = self.log.clock()
        gone = or_(
            Agent.seen_at.is_(None), Agent.seen_at <= now - timedelta(seconds=self.presence_s)
        )
        query = (
            select(Offer.id, _is_open(), gone)
            .join(Handoff, Handoff.id == Offer.handoff_id)
            .join(Agent, Agent.id == Offer.agent_id)
            .where(
                Offer.state == OfferState.OPEN,
                or_(Offer.expires_at <= now, ~_is_open(), gone),
            )
        )
        async with self.log.database.reading() as session:
            over = list(await session.execute(query))
        for offer_id, still_open, is_gone in over:
            missed = still_open and not is_gone
            await self._end(offer_id, OfferState.MISSED if missed else OfferState.WITHDRAWN)

    async def _end(self, offer_id: str, outcome: OfferState, of: int | None = None) -> bool:
        """Whether it was still open, and (where told) this agent's."""
        async with self.log.database.reading() as session:
            offer = await session.get(Offer, offer_id)
            handoff = await session.get(Handoff, offer.handoff_id) if offer else None
        if offer is None or handoff is None or (of is not None and offer.agent_id != of):
            return False
        async with self.log.opened(handoff.conversation_id) as opened:
            offer = await opened.session.get_one(Offer, offer_id)
            if offer.state is not OfferState.OPEN:
                return False
            if of is not None and offer.expires_at <= opened.now:
                return False
            offer.state, offer.answered_at = outcome, opened.now
            agent = await opened.session.get_one(Agent, offer.agent_id, with_for_update=LOCK)
            if offer.kind is OfferKind.CONTACT:
                after_answer(agent, outcome, opened.now)
            elif not opened.row.ended_at:
                data = {"agent": agent.name, "came": False}  # whoever asked sees it
                await opened.append(
                    NewEvent(
                        Kind.CONSULT, Speaker.AGENT, name=agent.name, agent_id=agent.id, data=data
                    )
                )
            opened.queue_changed = True
        log.info("offer ended", conversation=handoff.conversation_id, outcome=outcome.value)
        return True


def _is_open() -> ColumnElement[bool]:
    """Whether what an offer is about still stands."""
    waits = and_(Offer.kind == OfferKind.CONTACT, Handoff.state == HandoffState.WAITING)
    asks = and_(Offer.kind == OfferKind.CONSULT, Handoff.state == HandoffState.ACCEPTED)
    return or_(waits, asks)


def after_answer(agent: Agent, outcome: OfferState, now: datetime) -> None:
    """What an answer, or none, means for the agent."""
    if outcome is OfferState.ACCEPTED:
        agent.misses, agent.no_offers_until = 0, None
    elif outcome is OfferState.DECLINED:
        agent.misses, agent.no_offers_until = 0, now + AFTER_DECLINE
    elif outcome is OfferState.MISSED:
        agent.misses += 1
        agent.no_offers_until = now + AFTER_MISS
        if agent.misses >= MISSES_TO_BREAK:
            agent.status, agent.next_status, agent.status_since = Status.ON_BREAK, None, now
            agent.break_reason, agent.misses, agent.no_offers_until = NOT_RESPONDING, 0, None


async def taken(session: AsyncSession, handoff_id: str, agent: Agent, now: datetime) -> None:
    """Somebody has the contact, offered to them or picked from the queue."""
    query = select(Offer).where(Offer.handoff_id == handoff_id, Offer.state == OfferState.OPEN)
    for offer in await session.scalars(query):
        own = offer.agent_id == agent.id
        offer.state = OfferState.ACCEPTED if own else OfferState.WITHDRAWN
        offer.answered_at = now
    row = await session.get_one(Agent, agent.id, with_for_update=LOCK)
    after_answer(row, OfferState.ACCEPTED, now)


def as_waiting(handoff: Handoff) -> Waiting:
    return Waiting(
        handoff.id,
        handoff.medium,
        handoff.asked_at,
        handoff.ranks_at,
        frozenset(handoff.skills),
        handoff.group,
        handoff.own_agent_id,
        handoff.own_why or "",
        frozenset(handoff.not_to),
    )
