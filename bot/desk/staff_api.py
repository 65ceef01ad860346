"""The desk's HTTP API for administrators: who works here, whose customers are whose, the audit log."""

from __future__ import annotations

from typing import Any, Final

import structlog
from aiohttp import web

from bot.centre import CENTRE
from bot.conversation.hub import DESK
from bot.desk.guard import (
    LARGEST_AGENT_ID,
    DeskError,
    administrator,
    body_of,
    field,
    number,
    query_number,
    whole,
)
from bot.desk.signin import BadAccount, SignedIn
from bot.desk.views import agent_names, agent_view, audit_view
from bot.store.audit import Act, audit, entries
from bot.store.database import LOCK
from bot.store.desk_tables import Agent, NamedAgent, Role

log = structlog.get_logger()

BEST_LEVEL: Final = 5
MOST_PLACES: Final = 10
MOST_SKILLS: Final = 50
LARGEST_ID: Final = 2**53 - 1


def staff_routes() -> list[web.RouteDef]:
    return [
        web.post("/api/agents", administrator(add_agent)),
        web.post("/api/agents/{id}", administrator(change_agent)),
        web.post("/api/customers/{id}/agent", administrator(name_agent)),
        web.get("/api/audit", administrator(audit_log)),
    ]


async def change_agent(request: web.Request, who: SignedIn) -> web.Response:
    """Role, skills, groups, places: those that are given."""
    body = await body_of(request)
    changes: dict[str, Any] = {}
    if "role" in body:
        changes["role"] = _role(body)
    if "skills" in body:
        changes["skills"] = _skills(body["skills"])
    if "groups" in body:
        changes["groups"] = _groups(body["groups"])
    if "chat_places" in body:
        changes["chat_places"] = number(body, "chat_places", 0, MOST_PLACES)
    centre = request.app[CENTRE]
    async with centre.database.writing() as session:
        agent_id = _id(request.match_info["id"])
        agent = await session.get(Agent, agent_id, with_for_update=LOCK) if agent_id else None
        if agent is None:
            raise DeskError(404, "unknown", "There is no such agent.")
        if agent.id == who.agent.id and changes.get("role", agent.role) is not agent.role:
            raise DeskError(409, "own_role", "Nobody changes their own role.")
        for name, value in changes.items():
            setattr(agent, name, value)
        told = {name: value for name, value in changes.items() if name != "role"}
        if "role" in changes:
            told["role"] = changes["role"].value
        audit(session, centre.clock(), Act.AGENT_CHANGED, who.agent.id, agent=agent.id, **told)
    centre.hub.changed(DESK)
    return web.json_response(agent_view(agent))


async def name_agent(request: web.Request, who: SignedIn) -> web.Response:
    """The agent a customer has by name; null takes it back."""
    body = await body_of(request)
    customer_id = _id(request.match_info["id"])
    if customer_id is None:
        raise DeskError(404, "unknown", "There is no such customer.")
    given = None if body.get("agent") is None else number(body, "agent", 1, LARGEST_AGENT_ID)
    centre = request.app[CENTRE]
    async with centre.database.writing() as session:
        row = await session.get(NamedAgent, customer_id)
        if given is None:
            if row:
                await session.delete(row)
        else:
            if await session.get(Agent, given) is None:
                raise DeskError(422, "bad_field", "agent: there is no such agent.")
            if row:
                row.agent_id = given
            else:
                session.add(NamedAgent(customer_id=customer_id, agent_id=given))
        audit(
            session, centre.clock(), Act.AGENT_CHANGED, who.agent.id,
            customer=customer_id, named=given,
        )  # fmt: skip
    return web.Response(status=204)


def _id(text: str) -> int | None:
    if not text.isascii() or not text.isdecimal() or len(text) > 16:
        return None
    return int(text) if 0 < int(text) <= LARGEST_ID else None


def _role(body: dict[str, Any]) -> Role:
    role = field(body, "role", 40)
    if role not in [known.value for known in Role]:
        raise DeskError(
            422, "bad_field", f"role: one of {', '.join(known.value for known in Role)}"
        )
    return Role(role)


def _skills(given: Any) -> dict[str, int]:
    good = isinstance(given, dict) and len(given) <= MOST_SKILLS
    if not good or not all(
        0 < len(name) <= 60 and whole(level, 1, BEST_LEVEL) for name, level in given.items()
    ):
        raise DeskError(422, "bad_field", f"skills: names with levels from 1 to {BEST_LEVEL}.")
    return {field({"skills": name}, "skills", 60): int(level) for name, level in given.items()}


def _groups(given: Any) -> list[str]:
    if not isinstance(given, list) or len(given) > MOST_SKILLS:
        raise DeskError(422, "bad_field", "groups: a list of names.")
    return sorted({field({"groups": name}, "groups", 60) for name in given})


async def add_agent(request: web.Request, who: SignedIn) -> web.Response:
    body = await body_of(request)
    try:
        agent = await request.app[CENTRE].sign_in.add_agent(
            field(body, "username", 80),
            field(body, "name", 120),
            _role(body),
            field(body, "password", 1000),
            by=who.agent.id,
        )
    except BadAccount as error:
        raise DeskError(422, "bad_account", str(error)) from error
    log.info("agent added", agent=agent.username, by=who.agent.username)
    return web.json_response(agent_view(agent), status=201)


async def audit_log(request: web.Request, _who: SignedIn) -> web.Response:
    """The newest entries first, a page at a time."""
    before = query_number(request, "before")
    centre = request.app[CENTRE]
    async with centre.database.reading() as session:
        rows = await entries(session, before=before)
    names = await agent_names(centre)
    return web.json_response({"entries": [audit_view(row, names) for row in rows]})
