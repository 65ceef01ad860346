"""JSON frames on a WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any
from weakref import WeakSet

import structlog
from aiohttp import WSMessage, WSMsgType, web

log = structlog.get_logger()

MOST_BAD_FRAMES = 20
"""After so many unreadable frames the other side is no client of ours."""


SOCKETS: web.AppKey[Any] = web.AppKey("sockets", WeakSet)
"""Every open WebSocket, to be closed in order when the server stops."""

SOCKET: web.RequestKey[web.WebSocketResponse] = web.RequestKey("socket", web.WebSocketResponse)
"""What became of a request that asked for a WebSocket."""


async def open_socket(
    request: web.Request, *, longest: int, heartbeat_s: float = 30
) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(max_msg_size=longest, heartbeat=heartbeat_s)
    await socket.prepare(request)
    request[SOCKET] = socket
    request.app[SOCKETS].add(socket)
    return socket


class BadFrame(Exception):
    """A frame the server can't read, in words for whoever wrote the client."""


def read_frame(message: WSMessage) -> dict[str, Any]:
    """Raises BadFrame."""
    if message.type is not WSMsgType.TEXT:
        raise BadFrame("expected a text frame")
    try:
        frame = json.loads(message.data)
    except (ValueError, RecursionError) as error:
        raise BadFrame("not JSON") from error
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise BadFrame('expected an object with a "type"')
    return frame


def text_of(frame: dict[str, Any], name: str, longest: int, *, least: int = 0) -> str:
    """The string field `name`. Raises BadFrame."""
    value = frame.get(name)
    if not isinstance(value, str) or not least <= len(value) <= longest:
        raise BadFrame(f'"{name}": a text of {least} to {longest} characters is needed')
    if not storable(value):
        raise BadFrame(f'"{name}": holds what is no text (NUL or half a character)')
    return value


def storable(text: str) -> bool:
    """Whether a database takes it: no NUL, no lone surrogate. For names and keys, which are taken
    as they are or not at all; people's words go through `words.clean`."""
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def optional_text(frame: dict[str, Any], name: str, longest: int) -> str | None:
    return None if frame.get(name) is None else text_of(frame, name, longest)


def number_of(frame: dict[str, Any], name: str, least: int, most: int) -> int:
    value = frame.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise BadFrame(f'"{name}": a whole number from {least} to {most} is needed')
    return value


async def receive(socket: web.WebSocketResponse, within_s: float) -> WSMessage:
    """The next data frame. Raises TimeoutError without one in time; pongs, which answer the
    server's own heartbeat, don't count (aiohttp's own timeout starts anew at each)."""
    async with asyncio.timeout(within_s):
        return await socket.receive()


async def both(
    socket: web.WebSocketResponse,
    listening: Coroutine[Any, Any, None],
    telling: Coroutine[Any, Any, None],
) -> None:
    """Runs the two halves of a live page until one ends. A screen that can't be told things any
    more is closed, so that its page comes back and catches up; it is never left deaf."""
    tasks = [asyncio.create_task(listening), asyncio.create_task(telling)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if error := task.exception():
                log.error("a live page's connection failed", exc_info=error)
                await socket.close(code=1011, message=b"come back")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def send(socket: web.WebSocketResponse, **frame: Any) -> None:
    await send_text(socket, json.dumps(frame))


async def send_text(socket: web.WebSocketResponse, frame: str) -> None:
    """A socket that has gone is no error of the sender's: the reader notices."""
    try:
        await socket.send_str(frame)
    except (ConnectionError, RuntimeError):
        return


async def send_error(
    socket: web.WebSocketResponse, code: str, message: str, client_id: str | None = None
) -> None:
    extra = {"id": client_id} if client_id else {}
    await send(socket, type="error", code=code, message=message, **extra)
