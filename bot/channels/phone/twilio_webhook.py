"""Twilio's webhooks: `POST /phone/twilio` for a call that comes in (or that `originate` has made),
`POST /phone/twilio/next` for what follows when its media socket has ended.

    call ─▶ /phone/twilio ─▶ <Connect><Stream> ─▶ media socket … ended by
              we hung up ─▶ /next ─▶ <Hangup>
              transfer ───▶ /next ─▶ <Dial> ─▶ nobody answers ─▶ /next?dialled ─▶ <Connect><Stream>
              it broke ───▶ /next ─▶ <Connect><Stream>, twice at most
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode

import structlog
from aiohttp import web

from bot.call.line import Arrival
from bot.channels.phone import twiml
from bot.channels.phone.taking import TAKE_CALL
from bot.channels.phone.twilio_account import TWILIO, ConnectAgain, Goodbye, Transfer, Twilio

log = structlog.get_logger()

ANSWER_PATH: Final = "/phone/twilio"
NEXT_PATH: Final = "/phone/twilio/next"
MEDIA_PATH: Final = "/phone/twilio/media"

MOST_AGAIN = 2
"""A call whose media socket breaks a third time has no future."""

APOLOGY = "Sorry, something went wrong on our side. Please call again."
NOT_SET_UP = (
    "Calls over Twilio are not set up here: WARMLINE_TWILIO_AUTH_TOKEN is missing, or speech is "
    "switched off."
)

CALL_SID = re.compile(r"CA[0-9a-f]{32}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)*")

WITHHELD = {"", "anonymous", "restricted", "blocked", "unknown", "unavailable"} | {
    "+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253",
}  # fmt: skip
"""What Twilio gives for a caller without a number: a word, or the word typed on a telephone's keys."""

PICKED_UP = ("completed", "answered")


async def answer(request: web.Request) -> web.Response:
    twilio = ready(request)
    form = await genuine(request, twilio)
    log.info("a call comes in", carrier="twilio", call=form["CallSid"])
    return connect(request, twilio, form, again=0)


async def after_media(request: web.Request) -> web.Response:
    twilio = ready(request)
    form = await genuine(request, twilio)
    call_sid = form["CallSid"]
    if "dialled" in request.query:
        if form.get("DialCallStatus") in PICKED_UP:
            return twiml.hang_up()
        log.info("nobody took the transfer", call=call_sid, why=form.get("DialCallStatus"))
        return connect(request, twilio, form, again=0)
    match twilio.sequels.take(call_sid):
        case Transfer(number):
            return twiml.dial(number, next_url(request, twilio, dialled="1"))
        case Goodbye():
            return twiml.hang_up()
        case ConnectAgain() if (again := times(request)) < MOST_AGAIN:
            log.warning("the media socket broke; the call is taken up again", call=call_sid)
            return connect(request, twilio, form, again=again + 1)
        case _:  # too often, or the server was started anew meanwhile
            log.error("a call is given up", call=call_sid)
            return twiml.hang_up(APOLOGY)


def ready(request: web.Request) -> Twilio:
    twilio = request.app.get(TWILIO)
    if twilio is None or TAKE_CALL not in request.app:
        raise web.HTTPServiceUnavailable(text=NOT_SET_UP)
    return twilio


async def genuine(request: web.Request, twilio: Twilio) -> dict[str, str]:
    """The form, if Twilio has signed it; raises HTTPForbidden or HTTPBadRequest."""
    posted = await request.post()
    fields = [(name, value) for name, value in posted.items() if isinstance(value, str)]
    url = twilio.account.base_url(request) + request.raw_path
    signature = request.headers.get("X-Twilio-Signature", "")
    if len(fields) < len(posted) or not twilio.account.signed(url, fields, signature):
        log.warning("a webhook without Twilio's signature is refused", url=url, by=request.remote)
        raise web.HTTPForbidden(
            text="The signature is not Twilio's for this URL and form. If this is your own Twilio "
            "number: check WARMLINE_TWILIO_AUTH_TOKEN, and that WARMLINE_PUBLIC_URL is the address "
            "the number's webhook has, to the letter."
        )
    form = dict(fields)
    if twilio.account.sid and form.get("AccountSid") != twilio.account.sid:
        raise web.HTTPForbidden(text="This is another Twilio account's call.")
    if not CALL_SID.fullmatch(form.get("CallSid", "")):
        raise web.HTTPBadRequest(text="There is no CallSid.")
    return form


def connect(
    request: web.Request, twilio: Twilio, form: dict[str, str], *, again: int
) -> web.Response:
    token = twilio.tokens.issue(arrival(request, form))
    media = "ws" + twilio.account.base_url(request).removeprefix("http") + MEDIA_PATH
    return twiml.connect(media, token, next_url(request, twilio, again=str(again)))


def arrival(request: web.Request, form: dict[str, str]) -> Arrival:
    """The customer is the caller, also where we have called."""
    ends = [form.get("From", ""), form.get("To", "")]
    if form.get("Direction", "").startswith("outbound"):
        ends.reverse()
    caller, called = (None if end.lower() in WITHHELD else end for end in ends)
    return Arrival("twilio", form["CallSid"], caller, called, language=language(request))


def language(request: web.Request) -> str | None:
    """As the number's webhook says: `/phone/twilio?language=de`."""
    code = request.query.get("language", "")
    return code if LANGUAGE.fullmatch(code) else None


def next_url(request: web.Request, twilio: Twilio, **query: str) -> str:
    if code := language(request):
        query["language"] = code
    return f"{twilio.account.base_url(request)}{NEXT_PATH}?{urlencode(query)}"


def times(request: web.Request) -> int:
    again = request.query.get("again", "")
    return int(again) if again.isdecimal() and len(again) < 3 else MOST_AGAIN
