"""One request to the shop's API: asked, perhaps asked once more, and its answer judged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode

import aiohttp
from pydantic import ValidationError
from yarl import URL

from actions.backend import BackendUnavailable, NotAllowed
from actions.rest_shop.envelopes import Missing, Refused, Unknown
from actions.rest_shop.paths import base_url, bearer, idempotency_key, segment
from actions.rest_shop.wire import Answer

LARGEST_ANSWER = 4 * 2**20
"""Bytes, unpacked. A hundred orders of ten lines are a tenth of it."""

CONNECTIONS = 50
"""At once to one shop; more questions wait, within their time."""

LONGEST_DETAIL = 200
"""Characters of a refusal's detail that are kept for the log."""

PASSING = frozenset({502, 503, 504})
"""Statuses that another try may mend."""

NAMED_BY: Mapping[str, Missing] = {"number": "order", "id": "customer", "sku": "sku"}
"""What the braces in a path name."""

Good = TypeVar("Good", bound=Answer)


class NotThere(Exception):
    """404: `what` (order, customer, invoice, sku) doesn't exist."""

    def __init__(self, what: Missing) -> None:
        super().__init__(f"no such {what}")
        self.what = what


class Broken(Exception):
    """The connection broke off; whether the request was carried out is unknown."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"the connection broke off ({type(error).__name__})")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds."""

    total: float = 6.0
    """For an answer, the second try included. A customer on the phone is waiting."""
    connect: float = 2.0


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    """As in docs/shop-api.yaml: "/orders/{number}"."""
    values: Mapping[str, str | int] = field(default_factory=dict)
    """For the braces in `path`."""
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    turn_id: str | None = None
    changes_nothing: bool = False
    """A POST that may be sent again without a turn."""
    unknown: frozenset[Missing] = frozenset()
    """What 404 may say there is none of."""
    refusable: bool = False
    """409 may come."""

    def __str__(self) -> str:
        """For the log: the path without the numbers in it."""
        return f"{self.method} {self.path}"

    @property
    def repeatable(self) -> bool:
        return self.method == "GET" or self.changes_nothing or bool(self.turn_id)

    def url(self, base: str) -> URL:
        """NotThere where no path can hold the number, id or SKU: no shop has such a thing."""
        values = {}
        for name, value in self.values.items():
            encoded = segment(value)
            if encoded is None:
                raise NotThere(NAMED_BY[name])
            values[name] = encoded
        query = f"?{urlencode(self.query, errors='replace')}" if self.query else ""
        return URL(base + self.path.format_map(values) + query, encoded=True)


class Client:
    """Making one opens nothing. Belongs to the event loop that first asks.

    ValueError where `address` or `secret` can't be used."""

    def __init__(self, address: str, secret: str | None, patience: Patience) -> None:
        self._base = base_url(address)
        self._host = URL(self._base).host
        self._patience = patience
        self._has_key = bool(secret)
        self._headers = {
            "Accept": "application/json",
            "Cache-Control": "no-cache",
            "User-Agent": "Warmline",
        }
        if secret:
            self._headers["Authorization"] = bearer(secret)
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, call: Call, answer: type[Good]) -> Good:
        """Raises NotThere, NotAllowed, and BackendUnavailable for everything unexpected. No
        sentence has a customer's data in it, and no cause hangs on it that might."""
        url = call.url(self._base)
        try:
            async with asyncio.timeout(self._patience.total):
                status, body = await self._tried_twice(call, url)
        except TimeoutError:
            raise _failed(call, f"no answer within {self._patience.total:g} seconds") from None
        if status in (200, 201):
            return _read(call, answer, body)
        if status == 404 and call.unknown:
            what = _read(call, Unknown, body, "404 without saying what is unknown").unknown
            if what in call.unknown:
                raise NotThere(what)
        if status == 409 and call.refusable:
            refused = _read(call, Refused, body, "409 without a refusal")
            detail = " ".join(refused.detail[:LONGEST_DETAIL].split())
            raise NotAllowed(refused.refusal, detail)
        raise _failed(call, self._meaning(status))

    async def close(self) -> None:
        session, self._session = self._session, None
        if session:
            await session.close()

    async def _tried_twice(self, call: Call, url: URL) -> tuple[int, bytes]:
        try:
            status, body = await self._once(call, url)
            if status not in PASSING or not call.repeatable:
                return status, body
        except Broken as broken:
            if not call.repeatable:
                raise _failed(call, str(broken)) from None
        try:
            return await self._once(call, url)
        except Broken as broken:
            raise _failed(call, f"{broken}, twice") from None

    async def _once(self, call: Call, url: URL) -> tuple[int, bytes]:
        headers = {}
        data = None
        if call.body is not None:
            data = json.dumps(call.body, ensure_ascii=False).encode("utf-8", "replace")
            headers["Content-Type"] = "application/json"
        if call.turn_id:
            headers["Idempotency-Key"] = idempotency_key(call.turn_id)
        try:
            async with self._opened().request(
                call.method,
                url,
                data=data,
                headers=headers,
                allow_redirects=False,
            ) as response:
                return response.status, await _body(call, response)
        except aiohttp.ConnectionTimeoutError:
            seconds = self._patience.connect
            raise _failed(call, f"no connection within {seconds:g} seconds") from None
        except aiohttp.ClientConnectorError as error:
            reason = error.strerror or type(error).__name__
            raise _failed(call, f"no connection to {self._host}: {reason}") from None
        except (aiohttp.ClientPayloadError, ConnectionError) as error:
            raise Broken(error) from None
        except TimeoutError:
            raise
        except (aiohttp.ClientError, OSError) as error:
            # Their own words may hold the address, and the order's number with it.
            raise _failed(call, f"no HTTP answer ({type(error).__name__})") from None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._patience.connect),
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=(_retries_are_ours,),
            )
        return self._session

    def _meaning(self, status: int) -> str:
        if status in (401, 403):
            trouble = "is not the shop's" if self._has_key else "is not set"
            return f"it answered {status}: WARMLINE_SHOP_SECRET {trouble}"
        if 300 <= status < 400:
            return f"it answered {status}, a redirect, which is not followed"
        return f"it answered {status}"


async def _retries_are_ours(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """aiohttp sends GETs and PUTs again by itself after these two errors."""
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise Broken(error) from None


async def _body(call: Call, response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise _failed(call, f"the answer is larger than {LARGEST_ANSWER} bytes")
    return bytes(body)


def _read(call: Call, answer: type[Good], body: bytes, instead: str = "") -> Good:
    try:
        return answer.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise _failed(call, instead or f"{where}: {first['msg']}") from None


def _failed(call: Call, reason: str) -> BackendUnavailable:
    return BackendUnavailable(f"the shop's API failed at {call}: {reason}")
