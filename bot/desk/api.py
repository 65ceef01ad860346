"""The desk's HTTP API; openapi/ beside it describes each route, and is shown at /api/docs."""

from __future__ import annotations

from typing import Any

import structlog
from aiohttp import web

from actions.backend import BackendUnavailable
from bot.centre import CENTRE, Centre
from bot.channels.origin import address
from bot.conversation.events import Kind, NewEvent
from bot.conversation.log import (
    Claim,
    FloorLost,
    NoSuchConversation,
    OpenConversation,
)
from bot.conversation.words import clean
from bot.desk.guard import (
    COOKIE,
    DeskError,
    api,
    body_of,
    field,
    query_number,
    signed_in,
    text_field,
)
from bot.desk.signin import BadAccount, SignedIn, TooManyTries, WrongPassword, signed_out
from bot.desk.views import (
    agent_names,
    conversation_view,
    handoff_view,
    leg_view,
    order_view,
    plain,
    session_view,
)
from bot.handoff.colleagues import speaks_beside
from bot.store.tables import Conversation, Floor, Speaker

log = structlog.get_logger()


def routes() -> list[web.RouteDef]:
    return [
        web.post("/api/signin", api(sign_in)),
        web.post("/api/signout", signed_in(sign_out, new_account=True)),
        web.post("/api/password", signed_in(change_password, new_account=True)),
        web.get("/api/me", signed_in(me, new_account=True)),
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
    centre = request.app[CENTRE]
    await centre.sign_in.sign_out(request.cookies[COOKIE])
    centre.hub.changed(signed_out(who.agent.id))
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
    request.app[CENTRE].hub.changed(signed_out(who.agent.id))
    log.info("password changed", agent=who.agent.username)
    return web.Response(status=204)


async def me(_request: web.Request, who: SignedIn) -> web.Response:
    return web.json_response(session_view(who))


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
    since = query_number(request, "since") or 0
    found = await request.app[CENTRE].log.since(row.id, since)
    last = found[-1].seq if found else row.last_seq
    return web.json_response({"events": [event.for_team() for event in found], "last": last})


async def send_message(request: web.Request, who: SignedIn) -> web.Response:
    async def claim(opened: OpenConversation) -> Claim:
        beside = opened.row.floor is Floor.HUMAN and await speaks_beside(opened, who.agent.id)
        speaks_for = opened.row.floor_agent_id if beside else who.agent.id
        return Claim(Floor.HUMAN, opened.row.floor_epoch, speaks_for)

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
            event = await opened.append(new, await claim(opened) if claim else None)
    except FloorLost as error:
        raise DeskError(409, "floor_lost", "You don't hold this contact (any more).") from error
    return web.json_response({"seq": event.seq})


async def conversation_to_read(request: web.Request) -> Conversation:
    try:
        return await request.app[CENTRE].log.get(request.match_info["id"])
    except NoSuchConversation as error:
        raise DeskError(404, "unknown", "There is no such conversation.") from error
