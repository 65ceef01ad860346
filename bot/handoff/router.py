"""Who gets which contact, and why. Pure: who waits and who is free in, matches out.

Contacts are taken in the queue's order (bot/handoff/priority.py). Each looks for somebody in rings that
widen with the seconds it has waited: first the one person it should have, then those who know it well,
those who know it at all, the expert group, and at last anybody. Inside a ring whoever has been idle
longest is next. A ring in which nobody works today, busy or free, is no reason to wait."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bot.store.tables import Medium


class Ring(enum.IntEnum):
    OWN = 0
    """The agent of the last 48 hours, or the one a VIP has by name."""
    SKILLED = 1
    FAMILIAR = 2
    """Any level of the skills."""
    EXPERTS = 3
    ANYONE = 4


WIDENS_AFTER_S: Final = {
    Ring.OWN: 0.0,
    Ring.SKILLED: 30.0,
    Ring.FAMILIAR: 60.0,
    Ring.EXPERTS: 90.0,
    Ring.ANYONE: 120.0,
}
"""Seconds of waiting from which a ring counts, too; where there's nobody of one's own to wait for,
each after the first begins 30 s sooner."""

SKILLED_LEVEL: Final = 3
"""Of 1 to 5: from here somebody knows it well."""

EXPERTS: Final = "experts"
"""The group that every other one falls through to."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contact that waits."""

    id: str
    medium: Medium
    asked_at: datetime
    ranks_at: datetime
    skills: frozenset[str] = frozenset()
    group: str | None = None
    """Only its members, and experts later; None: everybody."""
    own: int | None = None
    """The agent it should have."""
    own_why: str = ""
    """`last_agent` or `named`."""
    not_to: frozenset[int] = frozenset()
    """Agents it isn't offered to: who handed it on."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who is there and available, busy or not."""

    id: int
    idle_since: datetime
    room: Mapping[Medium, int]
    """How many contacts more they may have now."""
    skills: Mapping[str, int] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    contact: str
    agent: int
    ring: Ring
    why: Mapping[str, Any]
    """For the agent: `ring`, `skills` with their levels, `waited_s`, `idle_s`, `own`."""


def match(waiting: Iterable[Waiting], agents: Sequence[Candidate], now: datetime) -> list[Match]:
    """Everything that can be offered now, the queue's first first."""
    room = {agent.id: dict(agent.room) for agent in agents}
    found = []
    for contact in sorted(waiting, key=lambda one: (one.ranks_at, one.asked_at, one.id)):
        team = [one for one in agents if one.id not in contact.not_to]
        reached: Sequence[Candidate] = ()
        for ring, reached in _rings(contact, team, now):
            able = [one for one in reached if room[one.id].get(contact.medium, 0) > 0]
            if able:
                agent = min(able, key=lambda one: (one.idle_since, one.id))
                _take(room[agent.id], contact.medium)
                found.append(Match(contact.id, agent.id, ring, _why(contact, agent, ring, now)))
                break
        else:
            if contact.medium is Medium.VOICE:
                _keep_free(reached, room)
    return found


def _keep_free(members: Sequence[Candidate], room: Mapping[int, dict[Medium, int]]) -> None:
    """Whoever has the fewest chats gets no more of them, so that a call that comes before these finds
    somebody."""
    typing = [one for one in members if room[one.id].get(Medium.CHAT, 0) > 0]
    if typing:
        agent = max(typing, key=lambda one: room[one.id][Medium.CHAT])
        room[agent.id][Medium.CHAT] = 0


def _rings(
    contact: Waiting, team: Sequence[Candidate], now: datetime
) -> Iterable[tuple[Ring, Sequence[Candidate]]]:
    """The rings that count by now, each with those in it, free or busy."""
    waited_s = (now - contact.asked_at).total_seconds()
    own = [one for one in team if one.id == contact.own]
    sooner_s = 0.0 if own else WIDENS_AFTER_S[Ring.SKILLED]
    somebody = False
    for ring in Ring:
        members = own if ring is Ring.OWN else [one for one in team if _is_in(ring, contact, one)]
        if somebody and waited_s < WIDENS_AFTER_S[ring] - sooner_s:
            return
        if members:
            somebody = True
            yield ring, members


def _is_in(ring: Ring, contact: Waiting, agent: Candidate) -> bool:
    group = contact.group is None or contact.group in agent.groups
    if ring is Ring.SKILLED:
        return group and all(agent.skills.get(one, 0) >= SKILLED_LEVEL for one in contact.skills)
    if ring is Ring.FAMILIAR:
        return group and all(agent.skills.get(one, 0) for one in contact.skills)
    return ring is Ring.ANYONE or EXPERTS in agent.groups


def _take(room: dict[Medium, int], medium: Medium) -> None:
    """Nobody types to one and talks to another."""
    room[Medium.CHAT] = 0 if medium is Medium.VOICE else room[Medium.CHAT] - 1
    room[Medium.VOICE] = 0


def _why(contact: Waiting, agent: Candidate, ring: Ring, now: datetime) -> dict[str, Any]:
    return {
        "ring": ring.name.lower(),
        "skills": {one: agent.skills.get(one, 0) for one in sorted(contact.skills)},
        "waited_s": round((now - contact.asked_at) / timedelta(seconds=1)),
        "idle_s": max(0, round((now - agent.idle_since) / timedelta(seconds=1))),
        "own": contact.own_why if contact.own == agent.id else None,
    }
