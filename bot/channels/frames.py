"""JSON frames on a WebSocket."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

MOST_BAD_FRAMES = 20
"""After so many unreadable frames the other side is no client of ours."""


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
    return value


def optional_text(frame: dict[str, Any], name: str, longest: int) -> str | None:
    return None if frame.get(name) is None else text_of(frame, name, longest)


def number_of(frame: dict[str, Any], name: str, least: int, most: int) -> int:
    value = frame.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise BadFrame(f'"{name}": a whole number from {least} to {most} is needed')
    return value


async def send(socket: web.WebSocketResponse, **frame: Any) -> None:
    """A socket that has gone is no error of the sender's: the reader notices."""
    try:
        await socket.send_str(json.dumps(frame, ensure_ascii=False))
    except (ConnectionError, RuntimeError):
        return


async def send_error(
    socket: web.WebSocketResponse, code: str, message: str, client_id: str | None = None
) -> None:
    extra = {"id": client_id} if client_id else {}
    await send(socket, type="error", code=code, message=message, **extra)
