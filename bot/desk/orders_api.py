"""The desk's HTTP API for what agents do to orders (docs/protocol.md, "The desk")."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any, Final

from aiohttp import web

from actions.backend import Address, BackendUnavailable, NotAllowed
from bot.centre import CENTRE
from bot.conversation.log import NoSuchConversation
from bot.conversation.words import clean
from bot.desk.api import conversation_to_read
from bot.desk.authority import DECIDES, authority_of
from bot.desk.contacts_api import not_yours
from bot.desk.guard import (
    AgentHandler,
    DeskError,
    Handler,
    body_of,
    field,
    number,
    of_role,
    signed_in,
    text_field,
)
from bot.desk.order_actions import (
    KINDS,
    AboveYours,
    Action,
    Answered,
    NoSuchRequest,
    NotTheirs,
    NotYours,
)
from bot.desk.signin import SignedIn
from bot.desk.views import agent_names, request_view

CURRENCY: Final = "USD"
"""Of the figures in data/policy/authority.toml where no order says one."""

MOST_CENTS: Final = 10_000_000


def order_routes() -> list[web.RouteDef]:
    return [
        web.get("/api/conversations/{id}/authority", signed_in(authority)),
        web.post("/api/conversations/{id}/order-actions", signed_in(act)),
        web.get("/api/desk/requests", senior(requests)),
        web.post("/api/desk/requests/{id}/grant", senior(grant)),
        web.post("/api/desk/requests/{id}/refuse", senior(refuse)),
    ]


def senior(handler: AgentHandler) -> Handler:
    return of_role(handler, DECIDES, "Only a senior decides about these.")


async def authority(request: web.Request, who: SignedIn) -> web.Response:
    await conversation_to_read(request)
    return web.json_response(asdict(authority_of(who.agent.role)) | {"currency": CURRENCY})


async def act(request: web.Request, who: SignedIn) -> web.Response:
    centre = request.app[CENTRE]
    body = await body_of(request)
    action_id = field(body, "id", 60, least=8)
    why = clean(text_field(body, "why", 20_000), 1000).text
    if not why:
        raise DeskError(422, "bad_field", "why: some text is needed.")
    try:
        outcome = await centre.order_actions.act(
            request.match_info["id"], who.agent, _action(body), why, action_id
        )
    except NoSuchConversation as error:
        raise DeskError(404, "unknown", "There is no such conversation.") from error
    except NotYours as error:
        raise not_yours() from error
    except NotTheirs as error:
        raise DeskError(
            409,
            "not_theirs",
            "That order isn't known to be this customer's: check who they are first.",
        ) from error
    except NotAllowed as error:
        raise refused(error) from error
    except BackendUnavailable as error:
        raise no_shop() from error
    state = "done" if outcome.done else "asked"
    asked = {} if outcome.done else {"request": action_id}
    return web.json_response({"state": state, "text": outcome.text, **asked})


async def requests(request: web.Request, _who: SignedIn) -> web.Response:
    centre = request.app[CENTRE]
    names = await agent_names(centre)
    rows = await centre.order_actions.waiting()
    return web.json_response({"requests": [request_view(row, name, names) for row, name in rows]})


async def grant(request: web.Request, who: SignedIn) -> web.Response:
    return await _decide(request, who, granted=True)


async def refuse(request: web.Request, who: SignedIn) -> web.Response:
    return await _decide(request, who, granted=False)


async def _decide(request: web.Request, who: SignedIn, *, granted: bool) -> web.Response:
    centre = request.app[CENTRE]
    body = await body_of(request)
    answer = ""
    if not granted or body.get("answer") is not None:
        answer = clean(text_field(body, "answer", 20_000, least=0), 1000).text
    if not granted and not answer:
        raise DeskError(422, "bad_field", "answer: the customer is told why not.")
    try:
        decided = await centre.order_actions.decide(
            request.match_info["id"],
            who.agent,
            granted=granted,
            answer=answer,
            amount_cents=_number(body, "amount_cents", MOST_CENTS) if granted else None,
            percent=_number(body, "percent", 100) if granted else None,
        )
    except NoSuchRequest as error:
        raise DeskError(404, "unknown", "There is no such request.") from error
    except Answered as error:
        raise DeskError(409, "answered", "Somebody has decided this already.") from error
    except AboveYours as error:
        raise DeskError(403, "not_allowed", "That is for somebody else to decide.") from error
    except NotAllowed as error:
        raise refused(error) from error
    except BackendUnavailable as error:
        raise no_shop() from error
    names = await agent_names(centre)
    customer = (await centre.log.get(decided.conversation_id)).customer_name
    return web.json_response({"request": request_view(decided, customer, names)})


def _action(body: dict[str, Any]) -> Action:
    kind = field(body, "kind", 20)
    if kind not in KINDS:
        raise DeskError(422, "bad_field", f"kind: one of {', '.join(KINDS)}")
    order = field(body, "order", 20)
    if kind == "refund":
        return Action(kind, order, amount_cents=number(body, "amount_cents", 1, MOST_CENTS))
    if kind == "discount":
        return Action(kind, order, percent=number(body, "percent", 1, 100))
    if kind == "address":
        return Action(kind, order, address=_address(body.get("address")))
    return Action(kind, order)


def _address(given: Any) -> Address:
    if not isinstance(given, dict):
        raise DeskError(422, "bad_field", "address: street, city, state and postcode are needed.")
    address = Address(
        field(given, "street", 200),
        field(given, "city", 100),
        field(given, "state", 2, least=2).upper(),
        field(given, "postcode", 10, least=5),
    )
    if not re.fullmatch(r"[0-9]{5}(-[0-9]{4})?", address.postcode):
        raise DeskError(422, "bad_field", "postcode: five digits, or nnnnn-nnnn.")
    return address


def _number(body: dict[str, Any], name: str, most: int) -> int | None:
    return None if body.get(name) is None else number(body, name, 1, most)


WORDS: Final = {
    "unknown_order": "There is no such order.",
    "packed": "The order is packed already.",
    "underway": "The order is with the carrier already.",
    "delivered": "The order has been delivered.",
    "cancelled": "The order was cancelled.",
    "returned": "The order has come back.",
    "already_granted": "This order has had a compensation already.",
    "more_than_paid": "With what was given before, that is more than the order cost.",
}


def refused(error: NotAllowed) -> DeskError:
    reason = error.refusal.value
    return DeskError(409, reason, WORDS.get(reason, "The shop's rules don't allow that."))


def no_shop() -> DeskError:
    return DeskError(503, "shop", "The shop's system doesn't answer. Nothing was changed.")
