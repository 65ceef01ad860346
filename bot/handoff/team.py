"""Agents as the router sees them: who is there, what they may take, what they are doing."""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handoff.presence import present_agents
from bot.handoff.router import Candidate
from bot.store.database import LOCK
from bot.store.desk_tables import Agent, Handoff, HandoffState, Offer, OfferKind, OfferState, Status
from bot.store.tables import Medium

VOICE_PLACES: Final = 1

HELD: Final = (HandoffState.ACCEPTED, HandoffState.WRAP_UP)

LONGEST_SINCE: Final = timedelta(hours=48)
"""How long an agent is still the one who knows this customer."""

Load = Counter[Medium]
"""Contacts somebody has, wraps up, or is being offered."""


class State(enum.StrEnum):
    """What the system does with an agent."""

    IDLE = "idle"
    OFFERED = "offered"
    IN_CONTACT = "in_contact"
    WRAP_UP = "wrap_up"
    NOT_RESPONDING = "not_responding"


def state_of(agent: Agent, held: Iterable[Handoff], offered: bool) -> State:
    states = {handoff.state for handoff in held}
    if HandoffState.ACCEPTED in states:
        return State.IN_CONTACT
    if offered:
        return State.OFFERED
    if HandoffState.WRAP_UP in states:
        return State.WRAP_UP
    return State.NOT_RESPONDING if agent.misses else State.IDLE


def room(agent: Agent, load: Load) -> dict[Medium, int]:
    """How many contacts more of each medium. Nobody types to one and talks to another."""
    voices, chats = load[Medium.VOICE], load[Medium.CHAT]
    return {
        Medium.VOICE: 0 if chats else VOICE_PLACES - voices,
        Medium.CHAT: 0 if voices else agent.chat_places - chats,
    }


def may_be_offered(agent: Agent, now: datetime) -> bool:
    """Whether somebody who is there takes something new."""
    delayed = agent.no_offers_until is not None and agent.no_offers_until > now
    return agent.status is Status.AVAILABLE and agent.next_status is None and not delayed


async def loads(session: AsyncSession, agents: Iterable[int]) -> dict[int, Load]:
    found: dict[int, Load] = defaultdict(Counter)
    wanted = list(agents)
    held = select(Handoff.agent_id, Handoff.medium).where(
        Handoff.state.in_(HELD), Handoff.agent_id.in_(wanted)
    )
    offered = (
        select(Offer.agent_id, Handoff.medium)
        .join(Handoff, Handoff.id == Offer.handoff_id)
        .where(Offer.state == OfferState.OPEN, Offer.kind == OfferKind.CONTACT)
        .where(Offer.agent_id.in_(wanted))
    )
    for query in (held, offered):
        for agent_id, medium in await session.execute(query):
            if agent_id is not None:
                found[agent_id][medium] += 1
    return found


async def candidates(session: AsyncSession, now: datetime, lease_s: float) -> list[Candidate]:
    """Those who are there and work, busy ones too: a contact may wait for them."""
    there = await present_agents(session, now, lease_s)
    load = await loads(session, [agent.id for agent in there])
    return [
        Candidate(
            agent.id,
            agent.idle_since or agent.created_at,
            room(agent, load[agent.id]) if may_be_offered(agent, now) else dict.fromkeys(Medium, 0),
            agent.skills,
            frozenset(agent.groups),
        )
        for agent in there
    ]


async def places(session: AsyncSession, now: datetime, lease_s: float, medium: Medium) -> int:
    """Contacts that those who work now can have at once."""
    there = await present_agents(session, now, lease_s)
    if medium is Medium.VOICE:
        return VOICE_PLACES * len(there)
    return sum(agent.chat_places for agent in there)


async def contact_ended(session: AsyncSession, agent_id: int, now: datetime) -> None:
    """Whoever has no other contact is idle from now, or takes the break they chose meanwhile."""
    agent = await session.get_one(Agent, agent_id, with_for_update=LOCK)
    held = select(Handoff.id).where(Handoff.agent_id == agent_id, Handoff.state.in_(HELD))
    if await session.scalar(held.limit(1)):
        return
    agent.idle_since = now
    if agent.next_status:
        agent.status, agent.next_status, agent.status_since = agent.next_status, None, now


async def choose_status(
    session: AsyncSession, agent_id: int, status: Status, reason: str | None, now: datetime
) -> Agent:
    """During a contact a break applies when it ends; being available again applies at once."""
    agent = await session.get_one(Agent, agent_id, with_for_update=LOCK)
    held = select(Handoff.id).where(
        Handoff.agent_id == agent_id, Handoff.state == HandoffState.ACCEPTED
    )
    agent.break_reason = reason if status is Status.ON_BREAK else None
    agent.misses, agent.no_offers_until = 0, None
    if status is not Status.AVAILABLE and await session.scalar(held.limit(1)):
        agent.next_status = status if status is not agent.status else None
        return agent
    if status is not agent.status:
        agent.status_since = now
        if status is Status.AVAILABLE:
            agent.idle_since = now
    agent.status, agent.next_status = status, None
    return agent


@dataclass(frozen=True, slots=True)
class Mate:
    """A colleague, as others see them."""

    agent: Agent
    here: bool
    state: State


async def whole_team(session: AsyncSession, now: datetime, lease_s: float) -> list[Mate]:
    """By name, also those who aren't here."""
    agents = list(await session.scalars(select(Agent).order_by(Agent.name, Agent.id)))
    there = {
        agent.id for agent in await present_agents(session, now, lease_s, available_only=False)
    }
    held: dict[int, list[Handoff]] = defaultdict(list)
    for handoff in await session.scalars(select(Handoff).where(Handoff.state.in_(HELD))):
        if handoff.agent_id is not None:
            held[handoff.agent_id].append(handoff)
    offered = set(
        await session.scalars(select(Offer.agent_id).where(Offer.state == OfferState.OPEN))
    )
    return [
        Mate(agent, agent.id in there, state_of(agent, held[agent.id], agent.id in offered))
        for agent in agents
    ]
