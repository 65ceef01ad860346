"""Twilio's frames on the media socket, read."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import WSMessage, WSMsgType, web

from bot.channels.frames import BadFrame
from bot.channels.phone.coding import RATE_HZ

START_WITHIN_S: Final = 10.0


class WrongFormat(Exception):
    """The stream carries sound we would hear as noise."""


@dataclass(frozen=True, slots=True)
class Start:
    stream_sid: str
    call_sid: str
    token: str


async def read_start(socket: web.WebSocketResponse) -> Start:
    """Raises TimeoutError, BadFrame, WrongFormat."""
    async with asyncio.timeout(START_WITHIN_S):
        while True:
            frame = parse(await socket.receive())
            if frame["event"] == "connected":
                continue
            if frame["event"] != "start":
                raise BadFrame(f"{frame['event'][:40]!r} came before start")
            break
    start = part(frame, "start")
    sound = part(start, "mediaFormat")
    told = (sound.get("encoding"), sound.get("sampleRate"), sound.get("channels"))
    if told != ("audio/x-mulaw", RATE_HZ, 1):
        raise WrongFormat(
            f"only audio/x-mulaw, {RATE_HZ} Hz, 1 channel can be heard, not {told}"[:120]
        )
    return Start(
        text(start, "streamSid"),
        text(start, "callSid"),
        text(part(start, "customParameters"), "token", longest=1000),
    )


def parse(message: WSMessage) -> dict[str, Any]:
    """Raises BadFrame."""
    if message.type is not WSMsgType.TEXT:
        raise BadFrame(f"a text frame is needed, not {message.type.name}")
    try:
        frame = json.loads(message.data)
    except (ValueError, RecursionError) as error:
        raise BadFrame("not JSON") from error
    if not isinstance(frame, dict) or not isinstance(frame.get("event"), str):
        raise BadFrame('an object with an "event" is needed')
    return frame


def part(frame: dict[str, Any], name: str) -> dict[str, Any]:
    value = frame.get(name)
    if not isinstance(value, dict):
        raise BadFrame(f'the object "{name}" is missing')
    return value


def text(frame: dict[str, Any], name: str, longest: int = 100) -> str:
    value = frame.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise BadFrame(f'the text "{name}" is missing or longer than {longest} characters')
    return value


def count(frame: dict[str, Any], name: str) -> int | None:
    """Twilio's numbers are texts. None where there is none."""
    value = str(frame.get(name, ""))
    return int(value) if value.isdecimal() and len(value) < 16 else None
