"""What agents do to orders: within their authority at once, above it after a senior's decision.

Everything is done once, by the page's own id of the action: the shop is asked under it, the event is
stored under it, a request is kept under it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import structlog
from sqlalchemy import select

from actions.backend import (
    Address,
    ComplaintKind,
    GrantKind,
    Order,
    ShopBackend,
)
from bot.conversation.events import Event, Kind, NewEvent
from bot.conversation.hub import DESK
from bot.conversation.log import ConversationLog, OpenConversation
from bot.conversation.words import mask_cards
from bot.desk.authority import DECIDES, authority_of
from bot.handoff.team import HELD
from bot.store.audit import Act
from bot.store.desk_tables import Agent, Handoff, OrderRequest
from bot.store.tables import EventRow, Speaker

log = structlog.get_logger()

KINDS: Final = ("refund", "reship", "address", "discount")

GRANTED: Final = {
    "refund": GrantKind.REFUND,
    "reship": GrantKind.RESHIP,
    "discount": GrantKind.VOUCHER,
}


class NotYours(Exception):
    """The agent doesn't hold this contact."""


class NotTheirs(Exception):
    """The order isn't known to be this customer's."""


class NoSuchRequest(Exception):
    pass


class Answered(Exception):
    """Somebody has decided it already."""


class AboveYours(Exception):
    """It is above the senior's authority, too, or their own request."""


@dataclass(frozen=True, slots=True)
class Action:
    kind: str
    order: str
    amount_cents: int = 0
    """Of a refund. A reshipment is worth its goods, a discount its percentage."""
    percent: int = 0
    address: Address | None = None

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> Action:
        address = data.get("address")
        return cls(**(data | {"address": Address(**address) if address else None}))

    def worth(self, order: Order) -> int:
        """Cents that it costs the shop; 0 for an address."""
        if self.kind == "reship":
            return order.total_cents - order.delivery_cents
        if self.kind == "discount":
            return order.total_cents * self.percent // 100
        return self.amount_cents


@dataclass(frozen=True, slots=True)
class Outcome:
    done: bool
    """Else a senior is asked."""
    text: str


class OrderActions:
    def __init__(self, conversation_log: ConversationLog, backend: ShopBackend) -> None:
        self.log = conversation_log
        self.backend = backend

    async def act(
        self, conversation_id: str, agent: Agent, action: Action, why: str, action_id: str
    ) -> Outcome:
        """Raises NotYours, NotTheirs, NotAllowed, BackendUnavailable."""
        async with self.log.database.reading() as session:
            known = await session.get(OrderRequest, action_id)
        if known is not None:
            return Outcome(False, ASKED)
        order = await self._order(conversation_id, agent, action.order)
        amount = action.worth(order)
        if not authority_of(agent.role).covers(action.kind, amount, action.percent):
            await self._ask(conversation_id, agent, action, why, action_id, amount)
            return Outcome(False, ASKED)
        text = await self._do(action, order, agent.name, action_id)
        async with self.log.opened(conversation_id) as opened:
            await _tell_done(opened, agent, action, amount, text, action_id, granted_by=None)
        return Outcome(True, text)

    async def waiting(self) -> list[tuple[OrderRequest, str | None]]:
        """Requests nobody has decided, the oldest first, each with the customer's name."""
        query = (
            select(OrderRequest)
            .where(OrderRequest.answered_at.is_(None))
            .order_by(OrderRequest.asked_at, OrderRequest.id)
        )
        async with self.log.database.reading() as session:
            rows = list(await session.scalars(query))
        return [(row, (await self.log.get(row.conversation_id)).customer_name) for row in rows]

    async def decide(
        self,
        request_id: str,
        senior: Agent,
        *,
        granted: bool,
        answer: str,
        amount_cents: int | None = None,
        percent: int | None = None,
    ) -> OrderRequest:
        """Grants it, or less of it, or refuses; the asking agent reads it in the conversation. Raises
        NoSuchRequest, Answered, AboveYours, NotAllowed, BackendUnavailable."""
        async with self.log.database.reading() as session:
            request = await session.get(OrderRequest, request_id)
        if request is None:
            raise NoSuchRequest
        asked = Action.of(request.action)
        action = Action(
            asked.kind,
            asked.order,
            min(asked.amount_cents, amount_cents) if amount_cents else asked.amount_cents,
            min(asked.percent, percent) if percent else asked.percent,
            asked.address,
        )
        order = await self.backend.order(asked.order) if granted else None
        worth = action.worth(order) if order else 0
        if senior.role not in DECIDES or request.agent_id == senior.id:
            raise AboveYours
        if granted and not authority_of(senior.role).covers(action.kind, worth, action.percent):
            raise AboveYours
        async with self.log.opened(request.conversation_id) as opened:
            request = await opened.session.get_one(OrderRequest, request_id)
            if request.answered_at is not None:
                raise Answered
            request.answered_at, request.answered_by = opened.now, senior.id
            request.granted, request.answer = granted, mask_cards(answer)
        text = ""
        if granted and order:
            try:
                text = await self._do(action, order, senior.name, request_id)
            except Exception:
                await self._undecided(request.conversation_id, request_id)
                raise
        await self._tell_decided(request, senior, action, worth, text)
        return request

    async def asked_in(self, conversation_id: str) -> bool:
        """Whether a senior was asked about this customer's wish."""
        query = select(OrderRequest.id).where(OrderRequest.conversation_id == conversation_id)
        async with self.log.database.reading() as session:
            return await session.scalar(query.limit(1)) is not None

    # --- steps -----------------------------------------------------------------------------------

    async def _order(self, conversation_id: str, agent: Agent, number: str) -> Order:
        conversation = await self.log.get(conversation_id)
        async with self.log.database.reading() as session:
            held = select(Handoff.id).where(
                Handoff.conversation_id == conversation_id,
                Handoff.state.in_(HELD),
                Handoff.agent_id == agent.id,
            )
            if await session.scalar(held) is None:
                raise NotYours
            checks = await session.scalars(
                select(EventRow).where(
                    EventRow.conversation_id == conversation_id,
                    EventRow.kind == Kind.IDENTITY.value,
                )
            )
            checked = {Event.of(row).data.get("order") for row in checks}
        order = await self.backend.order(number)
        if order is None or (
            order.customer.id != conversation.customer_id and order.number not in checked
        ):
            raise NotTheirs
        return order

    async def _do(self, action: Action, order: Order, by: str, action_id: str) -> str:
        if action.kind == "address":
            assert action.address
            new = await self.backend.change_address(order.number, action.address, turn_id=action_id)
            return f"Order {order.number} goes to {new.street}, {new.city}, {new.state} {new.postcode}."
        grant = await self.backend.grant(
            order.number,
            GRANTED[action.kind],
            action.worth(order),
            reason=ComplaintKind.OTHER,
            turn_id=action_id,
            decided_by=by,
        )
        money = f"{grant.amount_cents / 100:.2f} {grant.currency}"
        if grant.kind is GrantKind.RESHIP:
            return f"Order {order.number} is sent once more (goods of {money})."
        if grant.code:
            return f"A voucher of {money} for order {order.number}: {grant.code}."
        return f"{money} of order {order.number} are paid back."

    async def _ask(
        self,
        conversation_id: str,
        agent: Agent,
        action: Action,
        why: str,
        action_id: str,
        amount: int,
    ) -> None:
        async with self.log.opened(conversation_id) as opened:
            if await opened.session.get(OrderRequest, action_id):
                return  # sent twice at once
            opened.session.add(
                OrderRequest(
                    id=action_id,
                    conversation_id=conversation_id,
                    agent_id=agent.id,
                    action=action.as_data(),
                    why=mask_cards(why),
                    asked_at=opened.now,
                )
            )
            data = {
                "request": action_id,
                "kind": action.kind,
                "order": action.order,
                "amount_cents": amount,
                "percent": action.percent,
                "why": why,
            }
            await opened.append(
                NewEvent(
                    Kind.ORDER_REQUEST,
                    Speaker.AGENT,
                    why,
                    name=agent.name,
                    agent_id=agent.id,
                    client_id=action_id,
                    data=data,
                )
            )
            opened.audit(
                Act.GRANT_ASKED, agent.id, request=action_id, order=action.order, kind=action.kind
            )
            opened.queue_changed = True

    async def _undecided(self, conversation_id: str, request_id: str) -> None:
        """The shop didn't do it: it waits for a decision again."""
        async with self.log.opened(conversation_id) as opened:
            request = await opened.session.get_one(OrderRequest, request_id)
            request.answered_at = request.answered_by = request.granted = request.answer = None
            opened.queue_changed = True

    async def _tell_decided(
        self, request: OrderRequest, senior: Agent, action: Action, amount: int, text: str
    ) -> None:
        async with self.log.opened(request.conversation_id) as opened:
            data = {
                "request": request.id,
                "granted": bool(request.granted),
                "by": senior.name,
                "answer": request.answer,
            }
            await opened.append(
                NewEvent(
                    Kind.ORDER_REQUEST_ANSWERED,
                    Speaker.AGENT,
                    request.answer or "",
                    name=senior.name,
                    agent_id=senior.id,
                    data=data,
                )
            )
            if request.granted:
                agent = await opened.session.get_one(Agent, request.agent_id)
                await _tell_done(
                    opened, agent, action, amount, text, f"{request.id}-done", senior.name
                )
            opened.audit(
                Act.GRANT_ANSWERED, senior.id, request=request.id, granted=bool(request.granted)
            )
            opened.queue_changed = True
        self.log.hub.changed(DESK)


ASKED: Final = "A senior was asked. The answer appears here."


async def _tell_done(
    opened: OpenConversation,
    agent: Agent,
    action: Action,
    amount: int,
    text: str,
    client_id: str,
    granted_by: str | None,
) -> None:
    client_id = client_id[:64]
    if await opened.find(client_id):
        return  # sent again: it is told and audited once
    data = {
        "kind": action.kind,
        "order": action.order,
        "amount_cents": amount,
        "by": agent.name,
        "granted_by": granted_by,
        "text": text,
    }
    await opened.append(
        NewEvent(
            Kind.ORDER_ACTION,
            Speaker.AGENT,
            text,
            name=agent.name,
            agent_id=agent.id,
            client_id=client_id,
            data=data,
        )
    )
    opened.audit(
        Act.ORDER_CHANGED,
        agent.id,
        order=action.order,
        kind=action.kind,
        amount_cents=amount,
        granted_by=granted_by,
    )
