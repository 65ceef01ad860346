"""Contacts among colleagues: handed on, asked about, shared.

A hand-over to a colleague who was consulted is warm: it is theirs at once. Every other one waits in the
queue at its original age, with a note for whoever takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.events import Kind, NewEvent
from bot.conversation.log import OpenConversation
from bot.conversation.words import mask_cards
from bot.handoff.contacts import Contacts
from bot.handoff.offers import NotOffered, Offers, after_answer
from bot.handoff.presence import present_agents
from bot.handoff.service import NotWaiting
from bot.handoff.team import contact_ended
from bot.store.audit import Act
from bot.store.database import LOCK
from bot.store.desk_tables import (
    Agent,
    Consultant,
    Handoff,
    HandoffState,
    Offer,
    OfferKind,
    OfferState,
)
from bot.store.tables import Floor, Speaker


class NotThere(Exception):
    """The colleague has no desk page open, or isn't in this contact."""


@dataclass(frozen=True, slots=True)
class To:
    """Whom a contact is handed on to: one of the three."""

    agent_id: int | None = None
    group: str | None = None
    skill: str | None = None


class Colleagues:
    def __init__(self, contacts: Contacts, offers: Offers) -> None:
        self.contacts = contacts
        self.offers = offers
        self.handoffs = contacts.handoffs
        self.log = contacts.log

    async def transfer(self, handoff_id: str, agent: Agent, to: To, note: str) -> Handoff:
        """Raises NotWaiting where the agent doesn't hold it, NotThere."""
        conversation_id = await self.handoffs.conversation_of(handoff_id)
        async with self.log.opened(conversation_id) as opened:
            handoff = await self.contacts.held(opened, handoff_id, agent, HandoffState.ACCEPTED)
            if opened.row.ended_at:
                raise NotWaiting
            other = await self._there(opened, to.agent_id, agent) if to.agent_id else None
            whom = other.name if other else to.group or to.skill
            data = {"to": whom, "handoff": handoff.id}
            await self._tell(opened, Kind.TRANSFER, agent, note, data)
            opened.audit(Act.CONTACT_TRANSFERRED, agent.id, handoff=handoff.id, to=whom)
            consulted = None
            if other:
                consulted = await opened.session.get(Consultant, (handoff.id, other.id))
            await opened.session.execute(
                delete(Consultant).where(Consultant.handoff_id == handoff.id)
            )
            if other and consulted:
                await self.contacts.give_to(opened, handoff, other)
            else:
                await self._queue(opened, handoff, agent, to, note)
            await contact_ended(opened.session, agent.id, opened.now)
            return handoff

    async def _queue(
        self, opened: OpenConversation, handoff: Handoff, agent: Agent, to: To, note: str
    ) -> None:
        handoff.state, handoff.agent_id, handoff.accepted_at = HandoffState.WAITING, None, None
        handoff.handed_on_by, handoff.handed_on_note = agent.id, mask_cards(note)
        handoff.not_to = [agent.id]
        handoff.own_agent_id = to.agent_id
        handoff.own_why = "transfer" if to.agent_id else None
        handoff.group = to.group
        if to.skill:
            handoff.skills = [to.skill]
        say = await self.handoffs.sentences(opened)
        words = say("handed_on", agent=agent.name)
        await opened.append(NewEvent(Kind.MESSAGE, Speaker.SYSTEM, words.text))
        opened.give_floor(Floor.QUEUE)

    async def consult(self, handoff_id: str, agent: Agent, other_id: int, note: str) -> Handoff:
        """Asks a colleague; they get an offer. Raises NotWaiting, NotThere."""
        conversation_id = await self.handoffs.conversation_of(handoff_id)
        async with self.log.opened(conversation_id) as opened:
            handoff = await self.contacts.held(opened, handoff_id, agent, HandoffState.ACCEPTED)
            other = await self._there(opened, other_id, agent)
            asked = select(Offer).where(
                Offer.handoff_id == handoff.id, Offer.state == OfferState.OPEN
            )
            for offer in await opened.session.scalars(asked):  # somebody else was asked before
                offer.state, offer.answered_at = OfferState.WITHDRAWN, opened.now
            await opened.session.flush()
            opened.session.add(
                Offer(
                    handoff_id=handoff.id,
                    agent_id=other.id,
                    kind=OfferKind.CONSULT,
                    from_agent_id=agent.id,
                    note=mask_cards(note),
                    offered_at=opened.now,
                    expires_at=opened.now + self.offers.lasts,
                    why={},
                )
            )
            await self._tell(opened, Kind.CONSULT, agent, note, {"agent": other.name})
            opened.audit(Act.COLLEAGUE_ASKED, agent.id, handoff=handoff.id, colleague=other.id)
            opened.queue_changed = True
            return handoff

    async def accept(self, offer_id: str, agent: Agent) -> Handoff:
        """What is offered is taken: a contact, or the place beside a colleague. Raises NotOffered,
        NotWaiting."""
        async with self.log.database.reading() as session:
            offer = await session.get(Offer, offer_id)
            handoff = await session.get(Handoff, offer.handoff_id) if offer else None
        if offer is None or handoff is None or offer.agent_id != agent.id:
            raise NotOffered(offer_id)
        if offer.kind is OfferKind.CONTACT:
            return await self.contacts.accept(handoff.id, agent)
        async with self.log.opened(handoff.conversation_id) as opened:
            offer = await opened.session.get_one(Offer, offer_id)
            handoff = await opened.session.get_one(Handoff, handoff.id)
            if offer.state is not OfferState.OPEN or handoff.state is not HandoffState.ACCEPTED:
                raise NotOffered(offer_id)
            offer.state, offer.answered_at = OfferState.ACCEPTED, opened.now
            row = await opened.session.get_one(Agent, agent.id, with_for_update=LOCK)
            after_answer(row, OfferState.ACCEPTED, opened.now)
            if await opened.session.get(Consultant, (handoff.id, agent.id)) is None:
                opened.session.add(
                    Consultant(handoff_id=handoff.id, agent_id=agent.id, at=opened.now)
                )
            data = {"agent": agent.name, "here": True}
            await self._tell(opened, Kind.CONSULT, agent, "", data)
            opened.queue_changed = True
            return handoff

    async def conference(
        self, handoff_id: str, agent: Agent, other_id: int, joined: bool
    ) -> Handoff:
        """A consulted colleague may write to the customer, too, who is told. Raises NotWaiting,
        NotThere."""
        conversation_id = await self.handoffs.conversation_of(handoff_id)
        async with self.log.opened(conversation_id) as opened:
            handoff = await self.contacts.held(opened, handoff_id, agent, HandoffState.ACCEPTED)
            consultant = await opened.session.get(Consultant, (handoff.id, other_id))
            if consultant is None:
                raise NotThere
            other = await opened.session.get_one(Agent, other_id)
            if consultant.joined != joined:
                consultant.joined = joined
                data = {"agent": other.name, "joined": joined}
                await self._tell(opened, Kind.CONFERENCE, agent, "", data)
                say = await self.handoffs.sentences(opened)
                words = say("colleague_joined" if joined else "colleague_left", agent=other.name)
                await opened.append(NewEvent(Kind.MESSAGE, Speaker.SYSTEM, words.text))
                opened.audit(
                    Act.COLLEAGUE_JOINED,
                    agent.id,
                    handoff=handoff.id,
                    colleague=other.id,
                    joined=joined,
                )
                opened.queue_changed = True
            return handoff

    async def asked_in(self, conversation_id: str) -> dict[int, bool]:
        """The colleagues who were asked and came: whether they were brought in to the customer."""
        async with self.log.database.reading() as session:
            return await _asked(session, conversation_id)

    async def leave(self, handoff_id: str, agent: Agent) -> None:
        """A consulted colleague goes. Raises NotThere, NotWaiting."""
        conversation_id = await self.handoffs.conversation_of(handoff_id)
        async with self.log.opened(conversation_id) as opened:
            consultant = await opened.session.get(Consultant, (handoff_id, agent.id))
            if consultant is None:
                raise NotThere
            joined = consultant.joined
            await opened.session.delete(consultant)
            if opened.row.ended_at:
                return
            data = {"agent": agent.name, "here": False}
            await self._tell(opened, Kind.CONSULT, agent, "", data)
            if joined:
                say = await self.handoffs.sentences(opened)
                words = say("colleague_left", agent=agent.name)
                await opened.append(NewEvent(Kind.MESSAGE, Speaker.SYSTEM, words.text))
            opened.queue_changed = True

    async def _there(self, opened: OpenConversation, agent_id: int, agent: Agent) -> Agent:
        team = await present_agents(
            opened.session, opened.now, self.offers.presence_s, available_only=False
        )
        found = next((one for one in team if one.id == agent_id and one.id != agent.id), None)
        if found is None:
            raise NotThere
        return found

    async def _tell(
        self, opened: OpenConversation, kind: Kind, agent: Agent, note: str, data: dict[str, Any]
    ) -> None:
        """For the team's eyes."""
        await opened.append(
            NewEvent(kind, Speaker.AGENT, note, name=agent.name, agent_id=agent.id, data=data)
        )


async def consultants(
    session: AsyncSession, handoffs: Sequence[str]
) -> dict[str, list[Consultant]]:
    """Who reads along in which contact."""
    rows = await session.scalars(select(Consultant).where(Consultant.handoff_id.in_(handoffs)))
    found: dict[str, list[Consultant]] = {}
    for row in rows:
        found.setdefault(row.handoff_id, []).append(row)
    return found


def advising(
    held: Iterable[Handoff], beside: Mapping[str, Sequence[Consultant]]
) -> dict[int, list[Handoff]]:
    """Colleagues' contacts in which somebody reads along, by who does, the oldest first."""
    by_id = {one.id: one for one in held if one.state is HandoffState.ACCEPTED}
    asked = [one for ones in beside.values() for one in ones if one.handoff_id in by_id]
    found: dict[int, list[Handoff]] = {}
    for one in sorted(asked, key=lambda one: one.at):
        found.setdefault(one.agent_id, []).append(by_id[one.handoff_id])
    return found


async def speaks_beside(opened: OpenConversation, agent_id: int) -> bool:
    """Whether this colleague is in a conference with the customer."""
    return (await _asked(opened.session, opened.row.id)).get(agent_id, False)


async def _asked(session: AsyncSession, conversation_id: str) -> dict[int, bool]:
    rows = await session.execute(
        select(Consultant.agent_id, Consultant.joined)
        .join(Handoff, Handoff.id == Consultant.handoff_id)
        .where(Handoff.conversation_id == conversation_id, Handoff.state == HandoffState.ACCEPTED)
    )
    return {row.agent_id: row.joined for row in rows}
