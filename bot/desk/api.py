"""The desk's HTTP API (docs/protocol.md, "The desk")."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import structlog
from aiohttp import web

from actions.backend import BackendUnavailable
from bot.centre import CENTRE, Centre
from bot.channels.origin import address
from bot.conversation.events import Kind, NewEvent
from bot.conversation.hub import DESK
from bot.conversation.log import (
    Claim,
    ConversationEnded,
    FloorLost,
    NoSuchConversation,
    OpenConversation,
)
from bot.conversation.words import clean
from bot.desk.guard import (
    COOKIE,
    DeskError,
    administrator,
    api,
    body_of,
    field,
    signed_in,
    text_field,
)
from bot.desk.signin import BadAccount, SignedIn, TooManyTries, WrongPassword
from bot.desk.views import (
    agent_names,
    agent_view,
    audit_view,
    conversation_view,
    handoff_lists,
    handoff_view,
    leg_view,
    moment,
    order_view,
    plain,
    session_view,
    task_view,
)
from bot.handoff.contacts import proposed
from bot.handoff.offers import NotOffered
from bot.handoff.service import NotWaiting
from bot.handoff.tasks import finish_task, open_tasks
from bot.handoff.wrap_up import DISPOSITIONS
from bot.store.audit import entries
from bot.store.tables import Conversation, Floor, Handoff, Role, Speaker

log = structlog.get_logger()

NOT_YOURS = DeskError(409, "not_yours", "You don't hold this contact (any more).")


def routes() -> list[web.RouteDef]:
    return [
        web.post("/api/signin", api(sign_in)),
        web.post("/api/signout", signed_in(sign_out, new_account=True)),
        web.post("/api/password", signed_in(change_password, new_account=True)),
        web.get("/api/me", signed_in(me, new_account=True)),
        web.post("/api/agents", administrator(add_agent)),
        web.get("/api/audit", administrator(audit_log)),
        web.get("/api/desk/handoffs", signed_in(handoffs)),
        web.post("/api/desk/handoffs/{id}/accept", signed_in(accept)),
        web.post("/api/desk/handoffs/{id}/close", signed_in(close)),
        web.post("/api/desk/handoffs/{id}/end", signed_in(end)),
        web.get("/api/desk/handoffs/{id}/wrap-up", signed_in(wrap_up)),
        web.post("/api/desk/offers/{id}/decline", signed_in(decline)),
        web.get("/api/desk/tasks", signed_in(tasks)),
        web.post("/api/desk/tasks/{id}/done", signed_in(task_done)),
        web.get("/api/desk/messages-taken", signed_in(messages_taken)),
        web.post("/api/desk/messages-taken/{id}/done", signed_in(message_done)),
        web.get("/api/conversations/{id}", signed_in(conversation)),
        web.get("/api/conversations/{id}/events", signed_in(events)),
        web.post("/api/conversations/{id}/messages", signed_in(send_message)),
        web.post("/api/conversations/{id}/notes", signed_in(add_note)),
    ]


# --- sign-in ---------------------------------------------------------------------------------


async def sign_in(request: web.Request) -> web.Response:
    centre = request.app[CENTRE]
    body = await body_of(request)
    source = address(request, centre.settings)
    try:
        who = await centre.sign_in.sign_in(
            field(body, "username", 200), field(body, "password", 1000), source
        )
    except WrongPassword as error:
        log.warning("sign-in failed", username=str(body.get("username"))[:80], source=source)
        message = "The user name or the password is wrong."
        raise DeskError(401, "wrong_password", message) from error
    except TooManyTries as error:
        minutes = max(1, round(error.retry_after_s / 60))
        raise DeskError(
            429,
            "too_many_tries",
            f"Too many tries. Please wait {minutes} minute{'s' if minutes > 1 else ''}.",
            **{"Retry-After": str(error.retry_after_s)},
        ) from error
    log.info("signed in", agent=who.agent.username, source=source)
    response = web.json_response(session_view(who))
    response.set_cookie(
        COOKIE,
        who.secret,
        max_age=centre.sign_in.lasts_s,
        httponly=True,
        samesite="Strict",
        secure=centre.settings.url.startswith("https:"),
        path="/",
    )
    return response


async def sign_out(request: web.Request, who: SignedIn) -> web.Response:
    await request.app[CENTRE].sign_in.sign_out(request.cookies[COOKIE])
    log.info("signed out", agent=who.agent.username)
    response = web.Response(status=204)
    response.del_cookie(COOKIE, path="/")
    return response


async def change_password(request: web.Request, who: SignedIn) -> web.Response:
    body = await body_of(request)
    current, new = field(body, "current", 1000), field(body, "new", 1000)
    try:
        await request.app[CENTRE].sign_in.change_password(
            who.agent.id, current, new, keep=request.cookies[COOKIE]
        )
    except WrongPassword as error:
        raise DeskError(422, "wrong_password", "The current password is wrong.") from error
    except BadAccount as error:
        raise DeskError(422, "bad_password", str(error)) from error
    log.info("password changed", agent=who.agent.username)
    return web.Response(status=204)


async def me(_request: web.Request, who: SignedIn) -> web.Response:
    return web.json_response(session_view(who))


async def add_agent(request: web.Request, who: SignedIn) -> web.Response:
    body = await body_of(request)
    role = field(body, "role", 40)
    if role not in [known.value for known in Role]:
        raise DeskError(
            422, "bad_field", f"role: one of {', '.join(known.value for known in Role)}"
        )
    try:
        agent = await request.app[CENTRE].sign_in.add_agent(
            field(body, "username", 80),
            field(body, "name", 120),
            Role(role),
            field(body, "password", 1000),
            by=who.agent.id,
        )
    except BadAccount as error:
        raise DeskError(422, "bad_account", str(error)) from error
    log.info("agent added", agent=agent.username, by=who.agent.username)
    return web.json_response(agent_view(agent), status=201)


async def audit_log(request: web.Request, _who: SignedIn) -> web.Response:
    """The newest entries first, a page at a time."""
    before = request.query.get("before")
    if before is not None and (not before.isdecimal() or len(before) > 9):
        raise DeskError(422, "bad_field", "before: the id of an entry is needed.")
    centre = request.app[CENTRE]
    async with centre.database.reading() as session:
        rows = await entries(session, before=int(before) if before else None)
    names = await agent_names(centre)
    return web.json_response({"entries": [audit_view(row, names) for row in rows]})


# --- handoffs --------------------------------------------------------------------------------


async def handoffs(request: web.Request, who: SignedIn) -> web.Response:
    return web.json_response(await handoff_lists(request.app[CENTRE], who.agent.id))


async def accept(request: web.Request, who: SignedIn) -> web.Response:
    centre = request.app[CENTRE]
    try:
        handoff = await centre.contacts.accept(request.match_info["id"], who.agent)
    except NotWaiting as error:
        message = f"{error.by} was first." if error.by else "This customer isn't waiting any more."
        raise DeskError(409, "not_waiting", message) from error
    log.info("handoff accepted", conversation=handoff.conversation_id, agent=who.agent.username)
    return web.json_response({"handoff": handoff_view(handoff, await agent_names(centre))})


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
        raise NOT_YOURS from error
    return web.json_response({"handoff": handoff_view(handoff, await agent_names(centre))})


async def wrap_up(request: web.Request, who: SignedIn) -> web.Response:
    """What the system would write down."""
    centre = request.app[CENTRE]
    async with centre.database.reading() as session:
        handoff = await session.get(Handoff, request.match_info["id"])
    if handoff is None or handoff.agent_id != who.agent.id:
        raise NOT_YOURS
    found = proposed(handoff, await centre.log.since(handoff.conversation_id))
    return web.json_response(found.as_data() | {"until": moment(handoff.wrap_up_until)})


async def close(request: web.Request, who: SignedIn) -> web.Response:
    centre = request.app[CENTRE]
    body = await body_of(request)
    disposition = field(body, "disposition", 60)
    if disposition not in DISPOSITIONS:
        raise DeskError(422, "bad_field", f"disposition: one of {', '.join(DISPOSITIONS)}")
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
        raise NOT_YOURS from error
    log.info("handoff closed", conversation=handoff.conversation_id, agent=who.agent.username)
    return web.json_response({"handoff": handoff_view(handoff, await agent_names(centre))})


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


# --- conversations ---------------------------------------------------------------------------


async def conversation(request: web.Request, _who: SignedIn) -> web.Response:
    centre = request.app[CENTRE]
    row = await conversation_to_read(request)
    names = await agent_names(centre)
    async with centre.database.reading() as session:
        handoff = await centre.handoffs.latest_handoff(session, row.id)
    return web.json_response(
        {
            "conversation": conversation_view(row, names),
            "legs": [leg_view(leg) for leg in await centre.log.legs(row.id)],
            "handoff": handoff_view(handoff, names) if handoff else None,
            **await _from_shop(centre, row),
        }
    )


async def _from_shop(centre: Centre, row: Conversation) -> dict[str, Any]:
    """The customer and their orders; a shop that doesn't answer is said, the rest is shown."""
    if row.customer_id is None:
        return {"customer": None, "orders": []}
    try:
        customer = await centre.backend.customer(row.customer_id)
        orders = await centre.backend.orders_of(row.customer_id)
    except BackendUnavailable as error:
        log.warning("the shop does not answer", error=str(error))
        return {"customer": None, "orders": [], "shop_problem": "The shop's system doesn't answer."}
    view = None
    if customer:
        view = {
            "id": customer.id,
            "name": customer.name,
            "email": customer.email,
            "phone": customer.phone,
            "tier": customer.tier.value,
        }
    return {"customer": plain(view), "orders": [order_view(order) for order in orders]}


async def events(request: web.Request, _who: SignedIn) -> web.Response:
    row = await conversation_to_read(request)
    since = request.query.get("since", "0")
    if not since.isdecimal() or len(since) > 9:
        raise DeskError(422, "bad_field", "since: the number of an event is needed.")
    found = await request.app[CENTRE].log.since(row.id, int(since))
    last = found[-1].seq if found else row.last_seq
    return web.json_response({"events": [event.for_team() for event in found], "last": last})


async def send_message(request: web.Request, who: SignedIn) -> web.Response:
    def claim(opened: OpenConversation) -> Claim:
        return Claim(Floor.HUMAN, opened.row.floor_epoch, who.agent.id)

    return await _write(request, who, Kind.MESSAGE, claim)


async def add_note(request: web.Request, who: SignedIn) -> web.Response:
    return await _write(request, who, Kind.NOTE, None)


async def _write(request: web.Request, who: SignedIn, kind: Kind, claim: Any) -> web.Response:
    centre = request.app[CENTRE]
    row = await conversation_to_read(request)
    body = await body_of(request)
    client_id = field(body, "id", 64, least=8)
    given = text_field(body, "text", 200_000)
    limit = centre.settings.message_limit
    if len(given) > limit:
        raise DeskError(422, "too_long", f"{limit:,} characters fit into one message.")
    text = clean(given, limit).text
    if not text:
        raise DeskError(422, "bad_field", "text: some text is needed.")
    new = NewEvent(
        kind, Speaker.AGENT, text, name=who.agent.name, agent_id=who.agent.id, client_id=client_id
    )
    try:
        async with centre.log.opened(row.id) as opened:
            event = await opened.append(new, claim(opened) if claim else None)
    except FloorLost as error:
        raise DeskError(409, "floor_lost", "You don't hold this contact (any more).") from error
    except ConversationEnded as error:
        raise DeskError(409, "ended", "The customer has ended the conversation.") from error
    return web.json_response({"seq": event.seq})


async def conversation_to_read(request: web.Request) -> Conversation:
    try:
        return await request.app[CENTRE].log.get(request.match_info["id"])
    except NoSuchConversation as error:
        raise DeskError(404, "unknown", "There is no such conversation.") from error
