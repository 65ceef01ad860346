"""What stands before every desk request: the page's origin, the session, the CSRF token."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Container
from typing import Any

from aiohttp import web

from bot.centre import CENTRE
from bot.channels.frames import storable
from bot.channels.origin import is_own_page
from bot.conversation.log import ConversationEnded
from bot.desk.signin import SignedIn
from bot.store.desk_tables import Role

COOKIE = "warmline_session"
LARGEST_AGENT_ID = 2**31 - 1
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
AgentHandler = Callable[[web.Request, SignedIn], Awaitable[web.StreamResponse]]

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


class DeskError(Exception):
    """An answer for the person at the desk."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def error_response(error: DeskError) -> web.Response:
    body = {"error": {"code": error.code, "message": error.message}}
    return web.json_response(body, status=error.status, headers=error.headers)


def api(handler: Handler) -> Handler:
    """An API request from one of our pages (or from no page at all)."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            if not is_own_page(request, request.app[CENTRE].settings):
                raise DeskError(403, "foreign_origin", "This page may not do that.")
            if not all(map(storable, request.match_info.values())):
                raise DeskError(404, "unknown", "There is no such thing.")
            response = await handler(request)
        except DeskError as error:
            response = error_response(error)
        except ConversationEnded:
            ended = DeskError(409, "ended", "The customer has ended the conversation.")
            response = error_response(ended)
        response.headers["Cache-Control"] = "no-store"
        return response

    return guarded


def signed_in(handler: AgentHandler, *, new_account: bool = False) -> Handler:
    """A request of a signed-in agent; what changes something carries the CSRF token. `new_account`:
    also for those who still have to change their one-time password."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        centre = request.app[CENTRE]
        who = await centre.sign_in.whose(request.cookies.get(COOKIE))
        if who is None:
            raise DeskError(401, "signed_out", "Please sign in.")
        if request.method not in ("GET", "HEAD"):
            given = request.headers.get("X-CSRF-Token", "")
            if not secrets.compare_digest(given.encode(errors="surrogatepass"), who.csrf.encode()):
                raise DeskError(403, "csrf", "Reload the page and try again.")
        if who.agent.must_change_password and not new_account:
            raise DeskError(403, "must_change_password", "Please choose your own password first.")
        return await handler(request, who)

    return api(guarded)


def administrator(handler: AgentHandler) -> Handler:
    return of_role(handler, {Role.ADMINISTRATOR}, "Only an administrator may do that.")


def of_role(handler: AgentHandler, roles: Container[Role], words: str) -> Handler:
    """`words`: for everybody else."""

    async def guarded(request: web.Request, who: SignedIn) -> web.StreamResponse:
        if who.agent.role not in roles:
            raise DeskError(403, "not_allowed", words)
        return await handler(request, who)

    return signed_in(guarded)


async def body_of(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except web.HTTPRequestEntityTooLarge as error:
        raise DeskError(413, "too_large", "The request is too large.") from error
    except (ValueError, RecursionError, web.RequestPayloadError) as error:
        raise DeskError(400, "bad_request", "The request is not JSON.") from error
    if not isinstance(body, dict):
        raise DeskError(400, "bad_request", "The request must be a JSON object.")
    return body


def text_field(body: dict[str, Any], name: str, longest: int, *, least: int = 1) -> str:
    """People's words: what can't be stored is taken out later, not refused."""
    value = body.get(name)
    if not isinstance(value, str) or not least <= len(value) <= longest:
        raise DeskError(422, "bad_field", f"{name}: {least} to {longest} characters are needed.")
    return value


def field(body: dict[str, Any], name: str, longest: int, *, least: int = 1) -> str:
    value = text_field(body, name, longest, least=least)
    if not storable(value):
        raise DeskError(422, "bad_field", f"{name}: holds what is no text.")
    return value


def whole(value: Any, least: int, most: int) -> int | None:
    """A whole number of JSON's (5.0 is one, true is none) within its limits, else None."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        return None
    return value


def number(body: dict[str, Any], name: str, least: int, most: int) -> int:
    found = whole(body.get(name), least, most)
    if found is None:
        raise DeskError(
            422, "bad_field", f"{name}: a whole number from {least} to {most:,} is needed."
        )
    return found


def query_number(request: web.Request, name: str) -> int | None:
    """From the query; None where it isn't there."""
    given = request.query.get(name)
    if given is None:
        return None
    if len(given) > 9 or not (given.isascii() and given.isdigit()):
        raise DeskError(422, "bad_field", f"{name}: a number from 0 to 999,999,999 is needed.")
    return int(given)
