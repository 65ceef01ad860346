"""A customer and an agent who type without a pause while servers are killed under them. They keep and
send again what their pages keep and send again (session.js of the widget; connection.js and outbox.js
of the desk), and try the other server where their pages try the same address once more."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import uuid
from collections.abc import Sequence
from typing import Any

import aiohttp

from tests.chat.peer import Frame

PAUSE_S = 0.1
"""Before another server is tried."""

MOST_WAITING = 5
"""Nobody types for long without seeing that it arrives."""

GONE = (aiohttp.ClientError, OSError, asyncio.TimeoutError)


class Typist:
    """What both sides do: type, keep what isn't acknowledged, connect again from the last event read."""

    def __init__(self, urls: Sequence[str], name: str, seed: int) -> None:
        self.urls = list(urls)
        self.name = name
        self.random = random.Random(seed)
        self.typed: dict[str, str] = {}
        """Everything, by its id, in the order typed."""
        self.acknowledged: dict[str, int] = {}
        """Id → the number the server said it has."""
        self.events: list[Frame] = []
        self.wrong: list[str] = []
        self.acknowledged_at = 0.0
        self.connections = 0
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._news = asyncio.Event()

    @property
    def url(self) -> str:
        """The server to try, or in use."""
        return self.urls[0]

    @property
    def last(self) -> int:
        return self.events[-1]["seq"] if self.events else 0

    @property
    def waiting(self) -> dict[str, str]:
        return {id_: text for id_, text in self.typed.items() if id_ not in self.acknowledged}

    async def type(self, until: asyncio.Event) -> None:
        number = 0
        while not until.is_set():
            await asyncio.sleep(self.random.uniform(0.02, 0.12))
            while len(self.waiting) >= MOST_WAITING:
                await self.something_new()
            number += 1
            id_ = str(uuid.uuid4())
            self.typed[id_] = f"{self.name} {number}"
            await self.typed_one(id_)
        while self.waiting:
            await self.something_new()

    async def stay_connected(self, http: aiohttp.ClientSession) -> None:
        while True:
            with contextlib.suppress(*GONE):
                await self.connect(http)
            self._socket = None
            self.urls.append(self.urls.pop(0))
            await asyncio.sleep(PAUSE_S)

    async def connect(self, http: aiohttp.ClientSession) -> None:
        """Until the connection is lost."""
        raise NotImplementedError

    async def typed_one(self, id_: str) -> None:
        raise NotImplementedError

    async def move(self) -> None:
        """The network trips; the page comes back, at the other server."""
        if self._socket:
            await self._socket.close()

    async def send(self, **frame: Any) -> None:
        if self._socket and not self._socket.closed:
            with contextlib.suppress(*GONE):  # it is sent again at the next welcome
                await self._socket.send_str(json.dumps(frame))

    def read(self, event: Frame) -> None:
        if event["seq"] <= self.last:
            self.wrong.append(f"{self.name} is sent event {event['seq']} after {self.last}")
            return
        self.events.append(event)
        self._news.set()

    def acknowledge(self, id_: str, seq: int) -> None:
        if self.acknowledged.setdefault(id_, seq) != seq:
            self.wrong.append(f"{self.typed[id_]!r} is {self.acknowledged[id_]} and then {seq}")
        self.acknowledged_at = time.monotonic()
        self._news.set()

    async def something_new(self) -> None:
        self._news.clear()
        await self._news.wait()

    async def is_welcome(self) -> None:
        while self._socket is None:
            await self.something_new()

    async def is_served_after(self, moment: float) -> float:
        """Seconds from `moment` (monotonic) to the next acknowledgement."""
        while self.acknowledged_at <= moment:
            await self.something_new()
        return self.acknowledged_at - moment

    async def has_read(self, seq: int) -> None:
        while self.last < seq:
            await self.something_new()


class Customer(Typist):
    def __init__(self, urls: Sequence[str], name: str, seed: int) -> None:
        super().__init__(urls, name, seed)
        self.conversation: str | None = None
        self.key: str | None = None
        self._in_order = asyncio.Lock()

    async def connect(self, http: aiohttp.ClientSession) -> None:
        async with http.ws_connect(f"{self.url}/chat/ws") as socket:
            hello = {"conversation": self.conversation, "token": self.key, "since": self.last}
            await socket.send_str(json.dumps({"type": "hello", **hello}))
            async for message in socket:
                frame = json.loads(message.data)
                match frame["type"]:
                    case "welcome":
                        self.conversation = frame["conversation"]
                        self.key = frame.get("token") or self.key
                        self._socket = socket
                        self.connections += 1
                        async with self._in_order:
                            for id_, text in self.waiting.items():
                                await self.send(type="say", id=id_, text=text)
                        self._news.set()
                    case "ack":
                        self.acknowledge(frame["id"], frame["seq"])
                    case "event":
                        self.read(frame["event"])
                    case "error":
                        self.wrong.append(f"{self.name}: {frame}")

    async def typed_one(self, id_: str) -> None:
        async with self._in_order:
            await self.send(type="say", id=id_, text=self.typed[id_])

    async def says(self, text: str) -> None:
        """Waits until it is stored."""
        id_ = str(uuid.uuid4())
        self.typed[id_] = text
        await self.typed_one(id_)
        while id_ not in self.acknowledged:
            await self.something_new()


class Agent(Typist):
    def __init__(self, urls: Sequence[str], name: str, seed: int) -> None:
        super().__init__(urls, name, seed)
        self.conversation = self.csrf = ""

    async def sign_in(self, http: aiohttp.ClientSession, username: str) -> None:
        body = {"username": username, "password": "juniper-demo"}
        async with http.post(f"{self.url}/api/signin", json=body) as answer:
            self.csrf = (await answer.json())["csrf"]

    async def connect(self, http: aiohttp.ClientSession) -> None:
        async with http.ws_connect(f"{self.url}/desk/ws") as socket:
            async for message in socket:
                frame = json.loads(message.data)
                match frame["type"]:
                    case "hello":
                        self._socket = socket
                        self.connections += 1
                        if self.conversation:
                            await self.watch(self.conversation)
                        self._news.set()
                    case "event":
                        self.read(frame["event"])
                    case "error":
                        self.wrong.append(f"{self.name}: {frame}")

    async def watch(self, conversation: str) -> None:
        self.conversation = conversation
        await self.send(type="watch", conversation=conversation, since=self.last)

    async def is_told(self, kind: str) -> Frame:
        while not (found := [event for event in self.events if event["kind"] == kind]):
            await self.something_new()
        return found[-1]

    async def typed_one(self, id_: str) -> None:
        """The outbox sends by itself, one after the other."""
        self._news.set()

    async def deliver(self, http: aiohttp.ClientSession) -> None:
        while True:
            if not self.waiting:
                await self.something_new()
                continue
            id_, text = next(iter(self.waiting.items()))
            path = f"/api/conversations/{self.conversation}/messages"
            try:
                status, answer = await self.post(http, path, id=id_, text=text)
            except GONE:
                await asyncio.sleep(PAUSE_S)
                continue
            if status == 200:
                self.acknowledge(id_, answer["seq"])
            elif status < 500:
                self.wrong.append(f"{text!r} is refused: {status} {answer}")
                return

    async def post(self, http: aiohttp.ClientSession, path: str, **body: Any) -> tuple[int, Any]:
        headers = {"X-CSRF-Token": self.csrf}
        async with http.post(self.url + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json()
