"""An agent's browser on the line, as the desk's page speaks to the server: sound both ways, always."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from speech.audio import Sound, resample
from tests.chat.peer import AgentPeer

RATE_HZ = 16_000
FRAME_BYTES = 1024
FRAME_S = FRAME_BYTES / 2 / RATE_HZ


class Headset:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.frames: list[dict[str, Any]] = []
        self.heard = bytearray()
        """PCM at RATE_HZ."""
        self.closed = asyncio.Event()
        self._saying: deque[bytes] = deque()
        self._said = asyncio.Event()
        self._said.set()

    async def say(self, sound: Sound) -> None:
        """Into the microphone, to the end."""
        self.begin_saying(sound)
        await self._said.wait()

    def begin_saying(self, sound: Sound) -> None:
        pcm = resample(sound, RATE_HZ).pcm
        pcm += bytes(-len(pcm) % FRAME_BYTES)
        self._said.clear()
        self._saying.extend(pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm), FRAME_BYTES))

    def is_told(self, since: int = 0, /, **frame: Any) -> bool:
        """Whether a frame with these fields has come, from the one numbered `since` on."""
        return any(
            all(told.get(name) == value for name, value in frame.items())
            for told in self.frames[since:]
        )

    @property
    def bye(self) -> str | None:
        return next((told["reason"] for told in self.frames if told["type"] == "bye"), None)

    def drop(self) -> None:
        """The network goes away, without a goodbye."""
        if transport := self.socket.get_extra_info("socket"):
            with contextlib.suppress(OSError):
                transport.shutdown(2)

    async def speak(self) -> None:
        due = time.monotonic()
        while not self.socket.closed:
            frame = self._saying.popleft() if self._saying else bytes(FRAME_BYTES)
            if not self._saying:
                self._said.set()
            with contextlib.suppress(ConnectionError, RuntimeError):
                await self.socket.send_bytes(frame)
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def listen(self) -> None:
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                self.heard += message.data
            elif message.type is aiohttp.WSMsgType.TEXT:
                self.frames.append(json.loads(message.data))
        self.closed.set()
        self._said.set()


def address(conversation: str) -> str:
    return f"/desk/voice/ws?conversation={conversation}"


@asynccontextmanager
async def headset(agent: AgentPeer, conversation: str) -> AsyncIterator[Headset]:
    socket = await agent.http.ws_connect(address(conversation))
    made = Headset(socket)
    await socket.send_json({"type": "start", "rate": RATE_HZ})
    tasks = [asyncio.create_task(made.listen()), asyncio.create_task(made.speak())]
    try:
        yield made
    finally:
        await socket.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
