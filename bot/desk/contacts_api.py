"""The desk's HTTP API for contacts: taken, declined, ended, handed on (docs/protocol.md, "The desk")."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import structlog
from aiohttp import web

from bot.centre import CENTRE, Centre
from bot.conversation.hub import DESK
from bot.conversation.words import clean
from bot.desk.authority import asks_before_refusing
from bot.desk.board import BOARD
from bot.desk.guard import (
    LARGEST_AGENT_ID,
    DeskError,
    body_of,
    field,
    number,
    signed_in,
    text_field,
)
from bot.desk.signin import SignedIn
from bot.desk.views import (
    agent_names,
    colleague_view,
    handoff_view,
    moment,
    task_view,
)
from bot.handoff.colleagues import NotThere, To, consultants
from bot.handoff.contacts import proposed
from bot.handoff.dialling import CannotDial
from bot.handoff.offers import NotOffered
from bot.handoff.service import NotWaiting
from bot.handoff.tasks import finish_task, open_tasks
from bot.handoff.team import whole_team
from bot.handoff.waiting_room import telephone_number
from bot.handoff.wrap_up import DISPOSITIONS, NOT_GIVEN, REFUSED
from bot.store.desk_tables import Handoff
from bot.store.tables import SPOKEN

log = structlog.get_logger()

NOTE = 2000
"""Characters of a note for a colleague."""


def contact_routes() -> list[web.RouteDef]:
    return [
        web.get("/api/desk/handoffs", signed_in(handoffs)),
        web.post("/api/desk/handoffs/{id}/accept", signed_in(accept)),
        web.post("/api/desk/handoffs/{id}/end", signed_in(end)),
        web.get("/api/desk/handoffs/{id}/wrap-up", signed_in(wrap_up)),
        web.post("/api/desk/handoffs/{id}/close", signed_in(close)),
        web.post("/api/desk/handoffs/{id}/transfer", signed_in(transfer)),
        web.post("/api/desk/handoffs/{id}/consult", signed_in(consult)),
        web.post("/api/desk/handoffs/{id}/conference", signed_in(conference)),
        web.post("/api/desk/handoffs/{id}/leave", signed_in(leave)),
        web.post("/api/desk/handoffs/{id}/dial", signed_in(dial)),
        web.post("/api/desk/offers/{id}/accept", signed_in(accept_offer)),
        web.post("/api/desk/offers/{id}/decline", signed_in(decline)),
        web.get("/api/desk/colleagues", signed_in(colleagues)),
        web.get("/api/desk/tasks", signed_in(tasks)),
        web.post("/api/desk/tasks/{id}/done", signed_in(task_done)),
        web.get("/api/desk/messages-taken", signed_in(messages_taken)),
        web.post("/api/desk/messages-taken/{id}/done", signed_in(message_done)),
    ]


def not_yours() -> DeskError:
    return DeskError(409, "not_yours", "You don't hold this contact (any more).")


async def _handoff(centre: Centre, handoff: Handoff) -> web.Response:
    async with centre.database.reading() as session:
        beside = await consultants(session, [handoff.id])
    view = handoff_view(handoff, await agent_names(centre), beside.get(handoff.id, ()))
    return web.json_response({"handoff": view})


async def handoffs(request: web.Request, who: SignedIn) -> web.Response:
    return web.json_response(text=await request.app[BOARD].lists(who.agent.id))


async def accept(request: web.Request, who: SignedIn) -> web.Response:
    centre = request.app[CENTRE]
    try:
        handoff = await centre.contacts.accept(request.match_info["id"], who.agent)
    except NotWaiting as error:
        message = f"{error.by} was first." if error.by else "This customer isn't waiting any more."
        raise DeskError(409, "not_waiting", message) from error
    log.info("handoff accepted", conversation=handoff.conversation_id, agent=who.agent.username)
    await _ring_back(centre, handoff, who)
    return await _handoff(centre, handoff)


async def decline(request: web.Request, who: SignedIn) -> web.Response:
    try:
        await request.app[CENTRE].offers.decline(request.match_info["id"], who.agent.id)
    except NotOffered as error:
        raise DeskError(409, "not_offered", "This offer is over.") from error
    return web.Response(status=204)


async def end(request: web.Request, who: SignedIn) -> web.Response:
    """The assistant has the customer again; the wrap-up begins."""
    centre = request.app[CENTRE]
    try:
        handoff = await centre.contacts.end(request.match_info["id"], who.agent)
    except NotWaiting as error:
        raise not_yours() from error
    return await _handoff(centre, handoff)


async def wrap_up(request: web.Request, who: SignedIn) -> web.Response:
    """What the system would write down."""
    centre = request.app[CENTRE]
    async with centre.database.reading() as session:
        handoff = await session.get(Handoff, request.match_info["id"])
    if handoff is None or handoff.agent_id != who.agent.id:
        raise not_yours()
    found = proposed(handoff, await centre.log.since(handoff.conversation_id))
    return web.json_response(found.as_data() | {"until": moment(handoff.wrap_up_until)})


async def close(request: web.Request, who: SignedIn) -> web.Response:
    centre = request.app[CENTRE]
    body = await body_of(request)
    disposition = field(body, "disposition", 60)
    known = [one for one in DISPOSITIONS if one != NOT_GIVEN]
    if disposition not in known:
        raise DeskError(422, "bad_field", f"disposition: one of {', '.join(known)}")
    if disposition == REFUSED:
        await _asked_first(centre, request.match_info["id"])
    summary = clean(text_field(body, "summary", 20_000, least=0), 4000).text
    reason = field(body, "contact_reason", 60) if body.get("contact_reason") else None
    try:
        handoff = await centre.contacts.close(
            request.match_info["id"],
            who.agent,
            disposition=disposition,
            summary=summary,
            contact_reason=reason,
            next_step=_next_step(body),
        )
    except NotWaiting as error:
        raise not_yours() from error
    log.info("handoff closed", conversation=handoff.conversation_id, agent=who.agent.username)
    return await _handoff(centre, handoff)


async def _asked_first(centre: Centre, handoff_id: str) -> None:
    """Where the policy says so, nobody is refused before a senior was asked."""
    async with centre.database.reading() as session:
        handoff = await session.get(Handoff, handoff_id)
    if handoff is None or not asks_before_refusing(handoff.reason):
        return
    if not await centre.order_actions.asked_in(handoff.conversation_id):
        raise DeskError(
            409, "ask_first", "Ask a senior before you refuse this (the shop's policy)."
        )


def _next_step(body: dict[str, Any]) -> tuple[str, datetime] | None:
    """What was promised, and until when: `{"text": …, "due": ISO 8601}`."""
    given = body.get("next_step")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise DeskError(422, "bad_field", "next_step: text and due are needed.")
    text = clean(text_field(given, "text", 2000), 1000).text
    try:
        due = datetime.fromisoformat(field(given, "due", 40))
        due = due.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DeskError(422, "bad_field", "due: a moment like 2026-11-30T09:00:00Z.") from error
    if not text:
        raise DeskError(422, "bad_field", "next_step: some text is needed.")
    return text, due


async def tasks(request: web.Request, who: SignedIn) -> web.Response:
    """What is still to be done, the team's and one's own, the soonest due first."""
    centre = request.app[CENTRE]
    names = await agent_names(centre)
    async with centre.database.reading() as session:
        rows = await open_tasks(session, who.agent.id)
    return web.json_response({"tasks": [task_view(row, names) for row in rows]})


async def task_done(request: web.Request, who: SignedIn) -> web.Response:
    centre = request.app[CENTRE]
    async with centre.database.writing() as session:
        done = await finish_task(session, request.match_info["id"], who.agent.id, centre.clock())
    if not done:
        raise DeskError(404, "unknown", "There is no such task.")
    centre.hub.changed(DESK)
    return web.Response(status=204)


async def messages_taken(request: web.Request, _who: SignedIn) -> web.Response:
    centre = request.app[CENTRE]
    names = await agent_names(centre)
    rows = await centre.handoffs.messages_taken()
    messages = [
        handoff_view(row, names)
        | {"message": row.payload.get("message"), "done_at": moment(row.done_at)}
        for row in rows
    ]
    return web.json_response({"messages": messages})


async def message_done(request: web.Request, who: SignedIn) -> web.Response:
    if not await request.app[CENTRE].handoffs.message_done(request.match_info["id"], who.agent):
        raise DeskError(404, "unknown", "There is no such message.")
    request.app[CENTRE].hub.changed(DESK)
    return web.Response(status=204)


# --- among colleagues -----------------------------------------------------------------------------


async def accept_offer(request: web.Request, who: SignedIn) -> web.Response:
    centre = request.app[CENTRE]
    try:
        handoff = await centre.colleagues.accept(request.match_info["id"], who.agent)
    except NotOffered as error:
        raise DeskError(409, "not_offered", "This offer is over.") from error
    except NotWaiting as error:
        message = f"{error.by} was first." if error.by else "This customer isn't waiting any more."
        raise DeskError(409, "not_waiting", message) from error
    await _ring_back(centre, handoff, who)
    return await _handoff(centre, handoff)


async def transfer(request: web.Request, who: SignedIn) -> web.Response:
    centre = request.app[CENTRE]
    body = await body_of(request)
    named = [name for name in ("agent", "group", "skill") if name in body]
    if len(named) != 1:
        raise DeskError(422, "bad_field", "One of agent, group and skill is needed.")
    to = To(
        agent_id=_agent_of(body) if "agent" in named else None,
        group=field(body, "group", 60) if "group" in named else None,
        skill=field(body, "skill", 60) if "skill" in named else None,
    )
    note = clean(text_field(body, "note", 20_000), NOTE).text
    try:
        handoff = await centre.colleagues.transfer(request.match_info["id"], who.agent, to, note)
    except NotWaiting as error:
        raise not_yours() from error
    except NotThere as error:
        raise not_here() from error
    log.info("handed on", conversation=handoff.conversation_id, agent=who.agent.username)
    return await _handoff(centre, handoff)


async def consult(request: web.Request, who: SignedIn) -> web.Response:
    centre = request.app[CENTRE]
    body = await body_of(request)
    note = clean(text_field(body, "note", 20_000, least=0), NOTE).text
    try:
        handoff = await centre.colleagues.consult(
            request.match_info["id"], who.agent, _agent_of(body), note
        )
    except NotWaiting as error:
        raise not_yours() from error
    except NotThere as error:
        raise not_here() from error
    return await _handoff(centre, handoff)


async def conference(request: web.Request, who: SignedIn) -> web.Response:
    centre = request.app[CENTRE]
    body = await body_of(request)
    joined = body.get("joined")
    if not isinstance(joined, bool):
        raise DeskError(422, "bad_field", "joined: true or false is needed.")
    try:
        handoff = await centre.colleagues.conference(
            request.match_info["id"], who.agent, _agent_of(body), joined
        )
    except NotWaiting as error:
        raise not_yours() from error
    except NotThere as error:
        raise DeskError(409, "not_here", "That colleague isn't in this contact.") from error
    return await _handoff(centre, handoff)


async def leave(request: web.Request, who: SignedIn) -> web.Response:
    try:
        await request.app[CENTRE].colleagues.leave(request.match_info["id"], who.agent)
    except (NotThere, NotWaiting) as error:
        raise DeskError(409, "not_here", "You aren't in this contact.") from error
    return web.Response(status=204)


async def dial(request: web.Request, who: SignedIn) -> web.Response:
    """Rings the customer, in this conversation."""
    body = await body_of(request)
    given = None
    if body.get("number") is not None:
        given = telephone_number(field(body, "number", 40))
        if given is None:
            raise DeskError(
                422, "bad_field", "number: ten digits, or a plus and the country first."
            )
    try:
        called = await request.app[CENTRE].dialling.dial(request.match_info["id"], who.agent, given)
    except NotWaiting as error:
        raise not_yours() from error
    except CannotDial as error:
        raise DeskError(409, "cannot_dial", str(error)) from error
    return web.json_response({"number": called})


async def _ring_back(centre: Centre, handoff: Handoff, who: SignedIn) -> None:
    """Who is to be called back is rung as soon as an agent has them."""
    if not handoff.callback_number:
        return
    async with centre.log.opened(handoff.conversation_id) as opened:
        spoken = [leg for leg in await opened.live_legs() if leg.channel in SPOKEN]
    if spoken:
        return
    try:
        await centre.dialling.dial(handoff.id, who.agent)
    except (CannotDial, NotWaiting) as error:
        log.warning("a call back could not be made", why=str(error))


async def colleagues(request: web.Request, who: SignedIn) -> web.Response:
    """Whom a contact can be handed on to, and who can be asked."""
    centre = request.app[CENTRE]
    async with centre.database.reading() as session:
        team = await whole_team(session, centre.clock(), centre.settings.presence_s)
    others = [mate for mate in team if mate.agent.id != who.agent.id]
    return web.json_response(
        {
            "agents": [colleague_view(mate) for mate in others],
            "groups": sorted({group for mate in team for group in mate.agent.groups}),
            "skills": sorted({skill for mate in team for skill in mate.agent.skills}),
        }
    )


def _agent_of(body: dict[str, Any]) -> int:
    return number(body, "agent", 1, LARGEST_AGENT_ID)


def not_here() -> DeskError:
    return DeskError(409, "not_here", "That colleague isn't here any more.")
