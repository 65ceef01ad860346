"""What the doors for Twilio share: the account, who may open a media socket, and what follows one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlsplit

import jwt
from aiohttp import web

from bot.call.line import Arrival
from bot.conversation.log import Clock

TOKEN_LASTS = timedelta(seconds=60)
"""Twilio opens the media socket as soon as it has read our answer."""

SEQUEL_LASTS = timedelta(hours=24)
"""No call lasts longer at Twilio; nearly all are asked for and forgotten long before."""

CONTACT_CHARS = 64
"""Of a number or SIP address in a token: Twilio takes parameters of 500 characters at most."""

STANDARD_PORTS = {"https": 443, "http": 80}


class BadToken(Exception):
    """Forged, used, too old or another call's; the text says which."""


@dataclass(frozen=True, slots=True)
class Account:
    auth_token: str
    sid: str | None = None
    """Calls of other accounts are refused; None: not checked."""
    public_url: str | None = None
    """How Twilio reaches this server; None: as the request says."""

    def base_url(self, request: web.Request) -> str:
        """Without a slash at the end."""
        return (self.public_url or f"{request.scheme}://{request.host}").rstrip("/")

    def signature(self, url: str, fields: Iterable[tuple[str, str]]) -> str:
        """Twilio's: HMAC-SHA1 over the URL and the form's names and values, sorted."""
        signed = url + "".join(name + value for name, value in sorted(set(fields)))
        digest = hmac.new(self.auth_token.encode(), signed.encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode()

    def signed(self, url: str, fields: Iterable[tuple[str, str]], signature: str) -> bool:
        """Whether Twilio has sent this form to this URL. It signs the URL with or without the
        standard port, whichever way it was configured."""
        fields = list(fields)
        given = signature.encode()
        return any(
            hmac.compare_digest(self.signature(form, fields).encode(), given)
            for form in _with_and_without_port(urlsplit(url))
        )


def _with_and_without_port(url: SplitResult) -> set[str]:
    standard = STANDARD_PORTS.get(url.scheme)
    forms = {url.geturl()}
    if url.port is None and standard:
        forms.add(url._replace(netloc=f"{url.netloc}:{standard}").geturl())
    elif url.port == standard:
        forms.add(url._replace(netloc=url.netloc.rpartition(":")[0]).geturl())
    return forms


class MediaTokens:
    """Let a media socket in: once, for a minute, for one call. What the webhook knows of the call
    travels in the token, signed, so that webhook and socket may come to different processes; that
    a token was used is known only to the process it was used in."""

    def __init__(self, auth_token: str, clock: Clock) -> None:
        self._key = hashlib.sha256(b"media socket " + auth_token.encode()).digest()
        self._clock = clock
        self._used: dict[str, datetime] = {}
        """Token's id → when it expires."""

    def issue(self, arrival: Arrival) -> str:
        claims = {
            "call": arrival.call_id,
            "from": arrival.caller and arrival.caller[:CONTACT_CHARS],
            "to": arrival.called and arrival.called[:CONTACT_CHARS],
            "lang": arrival.language,
            "id": secrets.token_urlsafe(12),
            "until": (self._clock() + TOKEN_LASTS).timestamp(),
        }
        return jwt.encode({k: v for k, v in claims.items() if v}, self._key, algorithm="HS256")

    def redeem(self, token: str, call_id: str) -> Arrival:
        """Raises BadToken."""
        try:
            claims = jwt.decode(token, self._key, algorithms=["HS256"])
        except jwt.InvalidTokenError as error:
            raise BadToken("none of ours") from error
        now = self._clock()
        if claims["until"] <= now.timestamp():
            raise BadToken("too old")
        if claims["call"] != call_id:
            raise BadToken("another call's")
        self._used = {id_: until for id_, until in self._used.items() if until > now}
        if claims["id"] in self._used:
            raise BadToken("used before")
        self._used[claims["id"]] = now + TOKEN_LASTS
        return Arrival(
            "twilio", call_id, claims.get("from"), claims.get("to"), language=claims.get("lang")
        )


@dataclass(frozen=True, slots=True)
class Transfer:
    number: str
    """As `twiml.dialable` returns it."""


@dataclass(frozen=True, slots=True)
class ConnectAgain:
    """The media socket broke, the call didn't: the caller is still there."""


@dataclass(frozen=True, slots=True)
class Goodbye:
    """We have hung up."""


Sequel = Transfer | ConnectAgain | Goodbye


class Sequels:
    """What Twilio shall do with a call whose media socket has ended, until it asks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[str, tuple[datetime, Sequel]] = {}

    def put(self, call_id: str, sequel: Sequel) -> None:
        now = self._clock()
        self._waiting = {
            call: waiting
            for call, waiting in self._waiting.items()
            if waiting[0] > now and call != call_id
        }
        self._waiting[call_id] = (now + SEQUEL_LASTS, sequel)

    def take(self, call_id: str) -> Sequel | None:
        until, sequel = self._waiting.pop(call_id, (self._clock(), None))
        return sequel if until > self._clock() else None


@dataclass
class Twilio:
    account: Account
    clock: Clock
    tokens: MediaTokens = field(init=False)
    sequels: Sequels = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = MediaTokens(self.account.auth_token, self.clock)
        self.sequels = Sequels(self.clock)


TWILIO: web.AppKey[Twilio] = web.AppKey("twilio")
"""Missing where no account is set up."""
