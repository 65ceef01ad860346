"""A caller for tests, benchmarks and debugging: it comes in by the same door as the widget, plays
sound into the call and keeps what it hears."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from speech.audio import Sound

FRAME_MS = 20
QUIET_MS = 1500
"""Silence after the recording before giving up on `heard` (a caller doesn't stop the microphone)."""

ANSWER_WITHIN_S = 30.0
ANOTHER_WITHIN_S = 0.7
"""A second message of the same reply follows the first within this."""


class CallFailed(Exception):
    """The server refused or dropped the call; the text is what it said."""


@dataclass(slots=True)
class Exchange:
    """One recording played, and what came of it."""

    heard: str | None = None
    """None: the server noticed no speech."""
    confidence: float = 0.0
    says: list[str] = field(default_factory=list)
    reply: bytes = b""
    """PCM at the call's `reply_rate`."""
    timings: list[dict[str, Any]] = field(default_factory=list)
    partials: list[str] = field(default_factory=list)
    sound_ended_at: float = 0.0
    """Monotonic: when the last sample of the recording had left."""
    first_sound_at: float = 0.0
    """Monotonic: when the first sample of the answer (no filler) arrived; 0 without one."""


class Caller:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse, conversation: str) -> None:
        self.conversation = conversation
        self.reply_rate = 0
        self.greeting = Exchange()
        self.bye: str | None = None
        self._socket = socket
        self._exchange = self.greeting
        self._saying: int | None = None
        self._filler = False
        self._heard = asyncio.Event()
        self._said = asyncio.Event()
        self._frames_left = asyncio.Event()

    async def play(self, sound: Sound, *, speed: float = 1.0) -> Exchange:
        """Play a recording and wait for the whole reply. `speed` 4 plays four times as fast (turns
        are timed in sound, so the server hears the same)."""
        self._exchange = exchange = Exchange()
        self._heard.clear()
        self._said.clear()
        quiet = Sound(sound.rate_hz, bytes(2 * sound.rate_hz * QUIET_MS // 1000))
        await self._send_sound(sound, speed)
        exchange.sound_ended_at = time.monotonic()
        silence = asyncio.create_task(self._send_silence(quiet, speed))
        try:
            async with asyncio.timeout(QUIET_MS / 1000 / speed + ANSWER_WITHIN_S):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._heard.wait(), QUIET_MS / 1000 / speed + 3)
                if exchange.heard is None:
                    return exchange
                await self._said.wait()
                await self._no_more()
        except TimeoutError:
            pass
        finally:
            silence.cancel()
            await asyncio.gather(silence, return_exceptions=True)
        return exchange

    async def answer_to_greeting(self) -> None:
        """Waits until the greeting has been said."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._said.wait(), ANSWER_WITHIN_S)

    async def _no_more(self) -> None:
        while True:
            self._said.clear()
            began = self._saying
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._said.wait(), ANOTHER_WITHIN_S)
                continue
            if self._saying in (None, began):
                return
            await self._said.wait()  # another one has begun: hear it out

    async def _send_sound(self, sound: Sound, speed: float) -> None:
        step = 2 * sound.rate_hz * FRAME_MS // 1000
        due = time.monotonic()
        for start in range(0, len(sound.pcm), step):
            await self._socket.send_bytes(sound.pcm[start : start + step])
            due += FRAME_MS / 1000 / speed
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _send_silence(self, quiet: Sound, speed: float) -> None:
        while True:
            await self._send_sound(quiet, speed)

    async def listen(self) -> None:
        """Reads the line until it ends."""
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                if not self._exchange.first_sound_at and not self._filler:
                    self._exchange.first_sound_at = time.monotonic()
                self._exchange.reply += message.data
                continue
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            await self._take(json.loads(message.data))
        self.bye = self.bye or "the line was dropped"
        self._heard.set()
        self._said.set()

    async def _take(self, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        if kind == "partial":
            self._exchange.partials.append(frame["text"])
        elif kind == "heard":
            self._exchange.heard = frame["text"]
            self._exchange.confidence = frame["confidence"]
            self._heard.set()
        elif kind == "says":
            self._saying = frame["seq"]
            self._filler = bool(frame.get("filler"))
            self._exchange.says.append(frame["text"])
        elif kind == "said":
            self._saying = None
            played = {"type": "played", "of": frame["seq"], "ms": frame["ms"]}
            await self._socket.send_str(json.dumps(played))
            self._said.set()
        elif kind == "timing":
            self._exchange.timings.append(frame)
        elif kind == "bye":
            self.bye = frame["reason"]
        elif kind == "error":
            self.bye = frame["message"]

    async def hang_up(self) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self._socket.send_str(json.dumps({"type": "stop"}))
        await self._socket.close()


@asynccontextmanager
async def calling(url: str, rate_hz: int, *, identity: str | None = None) -> AsyncIterator[Caller]:
    """A call to the server at `url`: by the chat's door, with a ticket, onto the line.
    Raises CallFailed."""
    async with aiohttp.ClientSession() as http:
        try:
            chat = await http.ws_connect(f"{url}/chat/ws")
            await chat.send_json(
                {"type": "hello", "conversation": None, "token": None, "since": 0,
                 "identity": identity, "page": "python -m bot call", "device": "computer"}
            )  # fmt: skip
            welcome = await _next(chat, "welcome")
            await chat.send_json({"type": "voice"})
            ticket = await _next(chat, "voice")
            line = await http.ws_connect(
                f"{url}{ticket['path']}?ticket={ticket['ticket']}", max_msg_size=0
            )
        except aiohttp.ClientError as error:
            raise CallFailed(f"{url} can't be called: {error}") from error
        caller = Caller(line, welcome["conversation"])
        await line.send_json({"type": "start", "rate": rate_hz})
        caller.reply_rate = (await _next(line, "ready"))["rate"]
        listening = asyncio.create_task(caller.listen())
        draining = asyncio.create_task(_drain(chat))
        try:
            await caller.answer_to_greeting()
            yield caller
        finally:
            await caller.hang_up()
            for task in (listening, draining):
                task.cancel()
            await asyncio.gather(listening, draining, return_exceptions=True)
            await chat.close()


async def _next(socket: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    while True:
        message = await socket.receive(timeout=20)
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise CallFailed(f"the server closed the connection ({message.data})")
        frame: dict[str, Any] = json.loads(message.data)
        if frame["type"] == kind:
            return frame
        if frame["type"] == "error":
            raise CallFailed(frame["message"])


async def _drain(chat: aiohttp.ClientWebSocketResponse) -> None:
    """The chat stays open beside the call, as in a browser."""
    async for _ in chat:
        pass
