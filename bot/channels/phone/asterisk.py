"""Asterisk 22's media WebSocket (chan_websocket): `/phone/asterisk`.

Asterisk connects once a call (deploy/asterisk/extensions.conf), with the subprotocol `media`; who is
calling stands in the address, and MEDIA_START says what sound there is.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import ipaddress
from typing import Any, Final

import structlog
from aiohttp import WSMsgType, web

from bot import metrics
from bot.call.line import Arrival
from bot.channels.frames import SOCKETS, BadFrame, storable
from bot.channels.phone.asterisk_line import FRAME_BYTES, RATE_HZ, AsteriskLine, read_event
from bot.channels.phone.asterisk_manager import Manager
from bot.channels.phone.taking import TAKE_CALL, bad_frames

log = structlog.get_logger()

START_WITHIN_S: Final = 10.0
HEARTBEAT_S: Final = 20.0
"""Pings: while a caller is on hold no sound comes for minutes, and yet the wire is alive."""

LONGEST: Final = 64 * 1024
"""Bytes of a message; Asterisk's MEDIA_START carries the channel's variables."""


def asterisk_routes(
    secret: str | None, manager: Manager | None, *, behind_proxy: bool = False
) -> list[web.RouteDef]:
    """`secret`: the password of websocket_client.conf; without one, and without a proxy in front,
    calls are taken from this machine. `manager`: for transfers. The app needs TAKE_CALL and SOCKETS."""

    async def door(request: web.Request) -> web.StreamResponse:
        if reason := refusal(request, secret, behind_proxy):
            log.warning("a call was refused", why=reason, peer=request.remote)
            return web.Response(status=401, text=reason + "\n")
        return await take(request, manager)

    return [web.get("/phone/asterisk", door)]


def refusal(request: web.Request, secret: str | None, behind_proxy: bool) -> str | None:
    """Why this peer may not bring calls, if it may not."""
    if "Origin" in request.headers:
        return "this is no door for web pages"
    if secret is not None:
        given = _password(request.headers.get("Authorization", ""))
        if given is None or not hmac.compare_digest(given.encode(), secret.encode()):
            return "the password in websocket_client.conf isn't the one of WARMLINE_ASTERISK_SECRET"
        return None
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via"))
    if behind_proxy or forwarded or not _is_this_machine(request.remote):
        return "calls from other machines need WARMLINE_ASTERISK_SECRET"
    return None


def _password(authorization: str) -> str | None:
    scheme, _, coded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(coded, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return None


def _is_this_machine(remote: str | None) -> bool:
    try:
        return ipaddress.ip_address(remote or "").is_loopback
    except ValueError:
        return False


async def take(request: web.Request, manager: Manager | None) -> web.StreamResponse:
    socket = web.WebSocketResponse(
        protocols=("media",), heartbeat=HEARTBEAT_S, max_msg_size=LONGEST, compress=False
    )
    await socket.prepare(request)
    try:
        start = await _start(socket)
    except (BadFrame, TimeoutError) as error:
        bad_frames.labels("asterisk").inc()
        log.error("a call can't be taken", why=str(error) or "it never started")
        await socket.close(code=1003, message=str(error).encode()[:120])
        return socket
    arrival = read_arrival(request, start)
    line = AsteriskLine(socket, arrival.call_id, manager, request.transport)
    request.app[SOCKETS].add(line)
    with (
        metrics.sockets.labels("asterisk").track_inprogress(),
        structlog.contextvars.bound_contextvars(call=arrival.call_id),
    ):
        if back := request.query.get("back"):
            log.info("a caller is back at the assistant", why=back[:40])
        pumping = asyncio.create_task(line.pump())
        try:
            await request.app[TAKE_CALL](line, arrival, rate_hz=RATE_HZ, read=line.read)
        except Exception:
            await line.close()
            raise
        finally:
            pumping.cancel()
            await asyncio.gather(pumping, return_exceptions=True)
            await socket.close()
    return socket


async def _start(socket: web.WebSocketResponse) -> dict[str, Any]:
    """Raises BadFrame for a line we can't speak on, TimeoutError."""
    async with asyncio.timeout(START_WITHIN_S):
        message = await socket.receive()
    if message.type is not WSMsgType.TEXT:
        raise BadFrame("expected MEDIA_START first")
    if message.data.startswith("MEDIA_START"):
        raise BadFrame("Asterisk speaks plain text: add f(json) to Dial in extensions.conf")
    event = read_event(message.data)
    sound = (event.get("format"), event.get("optimal_frame_size"))
    if event["event"] != "MEDIA_START" or sound != ("ulaw", FRAME_BYTES):
        raise BadFrame(
            f"expected MEDIA_START with ulaw in frames of {FRAME_BYTES} bytes, got "
            f"{event['event']} with {sound[0]} and {sound[1]}: use c(ulaw) in extensions.conf"
        )
    return event


def read_arrival(request: web.Request, start: dict[str, Any]) -> Arrival:
    def told(name: str) -> str | None:
        value = request.query.get(name, "")
        return value if value and len(value) <= 80 and storable(value) else None

    caller = told("caller")
    if caller is not None and caller.lower() in ("anonymous", "unknown", "restricted"):
        caller = None
    return Arrival(
        carrier="asterisk",
        call_id=told("call") or str(start.get("channel_id", ""))[:80],
        caller=caller,
        called=told("called"),
        language=told("language"),
    )
