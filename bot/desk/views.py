"""What the desk is shown, as JSON (docs/protocol.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from actions.backend import Order
from bot.centre import Centre
from bot.conversation.events import iso
from bot.desk.signin import SignedIn
from bot.handoff.team import Mate, State
from bot.store.desk_tables import Agent, AuditRow, Consultant, Handoff, Offer, OrderRequest, Task
from bot.store.tables import Conversation, Leg


def agent_view(agent: Agent) -> dict[str, Any]:
    return {
        "id": agent.id,
        "username": agent.username,
        "name": agent.name,
        "role": agent.role.value,
    }


def session_view(who: SignedIn) -> dict[str, Any]:
    return {
        "agent": agent_view(who.agent),
        "csrf": who.csrf,
        "must_change_password": who.agent.must_change_password,
    }


def moment(at: datetime | None) -> str | None:
    return iso(at) if at else None


def handoff_view(
    handoff: Handoff, names: dict[int, str], beside: Sequence[Consultant] = ()
) -> dict[str, Any]:
    agent_id = handoff.agent_id
    return {
        "id": handoff.id,
        "conversation": handoff.conversation_id,
        "state": handoff.state.value,
        "asked_at": iso(handoff.asked_at),
        "ranks_at": iso(handoff.ranks_at),
        "accepted_at": moment(handoff.accepted_at),
        "closed_at": moment(handoff.closed_at),
        "agent": {"id": agent_id, "name": names.get(agent_id)} if agent_id else None,
        "medium": handoff.medium.value,
        "group": handoff.group,
        "callback_number": handoff.callback_number or None,
        "wrap_up_until": moment(handoff.wrap_up_until),
        "consults": [
            {"id": one.agent_id, "name": names.get(one.agent_id), "joined": one.joined}
            for one in beside
        ],
        "payload": handoff.payload,
    }


async def agent_names(centre: Centre) -> dict[int, str]:
    async with centre.database.reading() as session:
        return {row.id: row.name for row in await session.execute(select(Agent.id, Agent.name))}


def me_view(agent: Agent, state: State) -> dict[str, Any]:
    return {
        "status": agent.status.value,
        "since": moment(agent.status_since),
        "reason": agent.break_reason,
        "next_status": agent.next_status.value if agent.next_status else None,
        "state": state.value,
    }


def offer_view(offer: Offer, handoff: Handoff, names: dict[int, str]) -> dict[str, Any]:
    return {
        "id": offer.id,
        "offered_at": iso(offer.offered_at),
        "expires_at": iso(offer.expires_at),
        "kind": offer.kind.value,
        "from": {"id": offer.from_agent_id, "name": names.get(offer.from_agent_id)}
        if offer.from_agent_id
        else None,
        "note": offer.note,
        "why": offer.why,
        "handoff": handoff_view(handoff, names),
    }


def colleague_view(mate: Mate) -> dict[str, Any]:
    agent = mate.agent
    return {
        "id": agent.id,
        "name": agent.name,
        "role": agent.role.value,
        "here": mate.here,
        "status": agent.status.value,
        "state": mate.state.value,
        "skills": agent.skills,
        "groups": agent.groups,
    }


def request_view(
    request: OrderRequest, customer: str | None, names: dict[int, str]
) -> dict[str, Any]:
    action = request.action
    return {
        "id": request.id,
        "conversation": request.conversation_id,
        "customer": customer,
        "agent": {"id": request.agent_id, "name": names.get(request.agent_id)},
        "kind": action["kind"],
        "order": action["order"],
        "amount_cents": action["amount_cents"],
        "percent": action["percent"],
        "address": action["address"],
        "why": request.why,
        "asked_at": iso(request.asked_at),
        "answered_at": moment(request.answered_at),
        "granted": request.granted,
        "answer": request.answer,
    }


def task_view(task: Task, names: dict[int, str]) -> dict[str, Any]:
    agent_id = task.agent_id
    return {
        "id": task.id,
        "conversation": task.conversation_id,
        "agent": {"id": agent_id, "name": names.get(agent_id)} if agent_id else None,
        "text": task.text,
        "due_at": iso(task.due_at),
        "created_at": iso(task.created_at),
    }


def audit_view(row: AuditRow, names: dict[int, str]) -> dict[str, Any]:
    agent_id = row.agent_id
    return {
        "id": row.id,
        "at": iso(row.at),
        "action": row.action,
        "agent": {"id": agent_id, "name": names.get(agent_id)} if agent_id else None,
        "conversation": row.conversation_id,
        "source": row.source,
        "data": row.data,
    }


def conversation_view(row: Conversation, names: dict[int, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "language": row.language,
        "created_at": iso(row.created_at),
        "last_at": iso(row.last_at),
        "ended_at": moment(row.ended_at),
        "last": row.last_seq,
        "floor": row.floor.value,
        "agent": names.get(row.floor_agent_id) if row.floor_agent_id else None,
        "customer_id": row.customer_id,
        "customer_name": row.customer_name,
    }


def leg_view(leg: Leg) -> dict[str, Any]:
    return {
        "id": leg.id,
        "channel": leg.channel.value,
        "language": leg.language,
        "started_at": iso(leg.started_at),
        "ended_at": moment(leg.ended_at),
        "device": leg.device,
        "caller": leg.caller,
        "page": leg.page,
        "locale": leg.locale,
        "verified_how": leg.verified_how,
        "verified_until": moment(leg.verified_until),
    }


def order_view(order: Order) -> dict[str, Any]:
    view: dict[str, Any] = plain(asdict(order))
    del view["customer"]
    return view


def plain(value: Any) -> Any:
    """Dataclasses' values as JSON's."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
