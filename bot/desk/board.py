"""Who waits, who is whose, what is offered to whom: read once for all the desks that ask at a time.

Each change of the queue wakes every open desk. Each of them is shown what is its own, cut from one
reading of the whole, whose contacts are turned into JSON once."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.centre import Centre
from bot.desk.authority import DECIDES
from bot.desk.views import handoff_view, me_view, offer_view
from bot.handoff.colleagues import advising, consultants
from bot.handoff.lists import LEFT
from bot.handoff.team import HELD, state_of
from bot.store.desk_tables import (
    Agent,
    Consultant,
    Handoff,
    HandoffState,
    Offer,
    OrderRequest,
    Task,
)

T = TypeVar("T")


class Together(Generic[T]):
    """One reading for all who ask before it begins; who asks while it runs gets the next one, for what
    they were woken by may have come too late for this one."""

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._read = read
        self._coming: asyncio.Task[T] | None = None
        self._running: asyncio.Task[T] | None = None

    async def ask(self) -> T:
        if self._coming is None:
            self._coming = asyncio.create_task(self._run(self._running))
        return await asyncio.shield(self._coming)

    async def _run(self, before: asyncio.Task[T] | None) -> T:
        if before and not before.done():
            await asyncio.wait({before})
        else:
            await asyncio.sleep(0)  # whoever was woken by the same change asks in the same breath
        self._running, self._coming = self._coming, None
        return await self._read()


@dataclass
class Snapshot:
    """The whole of it, at one moment."""

    names: dict[int, str]
    agents: dict[int, Agent]
    waiting: Sequence[Handoff]
    """Whoever is next first."""
    held: dict[int, list[Handoff]]
    """By agent, the first taken first."""
    advising: dict[int, list[Handoff]]
    offers: dict[int, list[tuple[Offer, Handoff]]]
    beside: dict[str, list[Consultant]]
    """By handoff: colleagues who were asked and came."""
    taken: int
    """Messages left and not done."""
    tasks: Counter[int | None]
    """By agent; None: the team's."""
    requests: Counter[int]
    """By who asks; not answered."""
    _texts: dict[str, str] = field(default_factory=dict)

    def of(self, agent_id: int) -> str:
        """What one agent's desk shows, as JSON (docs/protocol.md, `handoffs`)."""
        me = self.agents[agent_id]
        mine, offers = self.held.get(agent_id, []), self.offers.get(agent_id, [])
        others = self.requests.total() - self.requests[agent_id]
        parts = {
            "me": json.dumps(me_view(me, state_of(me, mine, bool(offers)))),
            "offers": json.dumps([offer_view(*one, self.names) for one in offers]),
            "waiting": self._waiting,
            "mine": self._list(mine),
            "advising": self._list(self.advising.get(agent_id, [])),
            "taken": str(self.taken),
            "tasks": str(self.tasks[agent_id] + self.tasks[None]),
            "requests": str(others if me.role in DECIDES else 0),
        }
        return "{" + ", ".join(f'"{name}": {text}' for name, text in parts.items()) + "}"

    @property
    def _waiting(self) -> str:
        if "" not in self._texts:
            self._texts[""] = self._list(self.waiting)
        return self._texts[""]

    def _list(self, handoffs: Sequence[Handoff]) -> str:
        return f"[{', '.join(map(self._text, handoffs))}]"

    def _text(self, handoff: Handoff) -> str:
        if handoff.id not in self._texts:
            view = handoff_view(handoff, self.names, self.beside.get(handoff.id, ()))
            self._texts[handoff.id] = json.dumps(view)
        return self._texts[handoff.id]


class Board:
    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._together = Together(self._read)

    async def lists(self, agent_id: int) -> str:
        """As of now or a moment later, as JSON. Raises KeyError where there is no such agent."""
        return (await self._together.ask()).of(agent_id)

    async def frame(self, agent_id: int) -> str:
        """The same as the socket's frame."""
        return '{"type": "handoffs", ' + (await self.lists(agent_id))[1:]

    async def _read(self) -> Snapshot:
        async with self._centre.database.reading() as session:
            agents = {one.id: one for one in await session.scalars(select(Agent))}
            rows = await session.scalars(
                select(Handoff)
                .where(Handoff.state.in_((HandoffState.WAITING, *HELD)))
                .order_by(Handoff.ranks_at, Handoff.asked_at, Handoff.id)
            )
            waiting: list[Handoff] = []
            held: list[Handoff] = []
            for row in rows:
                (waiting if row.state is HandoffState.WAITING else held).append(row)
            offers: dict[int, list[tuple[Offer, Handoff]]] = defaultdict(list)
            for offer, handoff in await self._centre.offers.open(session):
                offers[offer.agent_id].append((offer, handoff))
            beside = await consultants(session, [one.id for one in held])
            return Snapshot(
                {one.id: one.name for one in agents.values()},
                agents,
                waiting,
                _by_agent(held),
                advising(held, beside),
                offers,
                beside,
                len(await _ids(session, Handoff.id, LEFT)),
                Counter(await _ids(session, Task.agent_id, Task.done_at.is_(None))),
                Counter(await _ids(session, OrderRequest.agent_id, _UNANSWERED)),
            )


_UNANSWERED = OrderRequest.answered_at.is_(None)


async def _ids(session: AsyncSession, column: Any, condition: Any) -> list[Any]:
    return list(await session.scalars(select(column).where(condition)))


def _by_agent(held: Sequence[Handoff]) -> dict[int, list[Handoff]]:
    found: dict[int, list[Handoff]] = defaultdict(list)
    for one in sorted(
        held, key=lambda one: (one.accepted_at or one.asked_at, one.asked_at, one.id)
    ):
        if one.agent_id is not None:
            found[one.agent_id].append(one)
    return found


BOARD = web.AppKey("board", Board)
