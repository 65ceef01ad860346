"""A busy shift, as its pages speak to the server: customers at web chats, agents at desks.

A desk does what bot/desk/pages/ does: it watches each contact that is its own from the first event on,
looks contacts up when it opens them, fetches the messages taken when their number changes, and pings.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

PING_EVERY_S = 20.0
TYPES_FOR_S = 1.0
"""Between the sign of typing and the message."""

WORDS = (
    "are you still there?",
    "I looked at the box again and there is no label on it, only the sticker from the carrier.",
    "ok",
    "it is the blue one, size M, and the zip is stuck half-way",
    "thank you, and how long would that take? I leave on Friday",
)


@dataclass
class Arrivals:
    """When messages left the customers and when they were on their agent's screen."""

    sent: dict[str, float] = field(default_factory=dict)
    ms: list[float] = field(default_factory=list)
    lists: int = 0
    """Frames with the queue and an agent's contacts."""
    seen: asyncio.Event = field(default_factory=asyncio.Event)
    on_seen: Callable[[str], None] = lambda conversation: None
    _since: float = 0.0

    def start_anew(self) -> None:
        """What is on its way now counts no more."""
        self._since = time.perf_counter()
        self.ms.clear()
        self.lists = 0

    def arrived(self, conversation: str, client_id: str | None) -> None:
        if client_id and (sent_at := self.sent.pop(client_id, None)):
            if sent_at >= self._since:
                self.ms.append((time.perf_counter() - sent_at) * 1000)
            self.on_seen(conversation)


class Page:
    """An open socket that is read all the time and pinged when it is quiet."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._ping())]

    async def send(self, **frame: Any) -> None:
        await self.socket.send_str(json.dumps(frame))

    async def heard(self, frame: dict[str, Any]) -> None:
        raise NotImplementedError

    async def _read(self) -> None:
        async for message in self.socket:
            await self.heard(json.loads(message.data))

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_EVERY_S)
            await self.send(type="ping")

    def check(self) -> None:
        """Raises what ended the reading, if anything did: a page that is gone measures nothing."""
        for task in self._tasks:
            if task.done():
                raise task.exception() or RuntimeError(f"closed: {self.socket.close_code}")

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.socket.close()


class Customer(Page):
    conversation: str = ""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, arrivals: Arrivals) -> None:
        self.arrivals = arrivals
        self.welcomed = asyncio.Event()
        self.floor = "bot"
        self._moved = asyncio.Event()
        super().__init__(socket)

    async def heard(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "welcome":
            self.conversation = frame["conversation"]
            self.welcomed.set()
        elif frame["type"] == "floor":
            self.floor = frame["floor"]
            self._moved.set()
        elif frame["type"] == "error":
            raise RuntimeError(frame["message"])

    async def asks_for_person(self) -> None:
        """Until the queue has them."""
        await self.send(type="say", id=str(uuid.uuid4()), text="a person please")
        await self.until("queue")

    async def until(self, floor: str) -> None:
        while self.floor != floor:
            self._moved.clear()
            await self._moved.wait()

    async def writes(self, *, types: bool = True) -> None:
        if types:
            await self.send(type="typing")
            await asyncio.sleep(TYPES_FOR_S)
        client_id = str(uuid.uuid4())
        self.arrivals.sent[client_id] = time.perf_counter()
        await self.send(type="say", id=client_id, text=random.choice(WORDS))


class Desk(Page):
    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        http: aiohttp.ClientSession,
        csrf: str,
        arrivals: Arrivals,
    ) -> None:
        self.http = http
        self.csrf = csrf
        self.arrivals = arrivals
        self.watched: set[str] = set()
        self.mine: dict[str, str] = {}
        """Conversation to handoff."""
        self.taken = 0
        self.ready = asyncio.Event()
        super().__init__(socket)

    async def heard(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "event":
            event = frame["event"]
            if event["from"] == "customer" and event["kind"] == "message":
                self.arrivals.arrived(frame["conversation"], event["id"])
        elif frame["type"] == "handoffs":
            self.arrivals.lists += 1
            self.mine = {one["conversation"]: one["id"] for one in frame["mine"]}
            for conversation in self.mine.keys() - self.watched:
                await self.send(type="watch", conversation=conversation, since=0)
            for conversation in self.watched - self.mine.keys():
                await self.send(type="unwatch", conversation=conversation)
            self.watched = set(self.mine)
            if frame["taken"] != self.taken:
                self.taken = frame["taken"]
                await self.get("/api/desk/messages-taken")
            self.ready.set()

    async def get(self, path: str) -> Any:
        async with self.http.get(path) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def post(self, path: str, **body: Any) -> Any:
        headers = {"X-CSRF-Token": self.csrf}
        async with self.http.post(path, json=body, headers=headers) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def accepts(self, handoff: str) -> None:
        answer = await self.post(f"/api/desk/handoffs/{handoff}/accept")
        conversation = answer["handoff"]["conversation"]
        self.mine[conversation] = handoff
        if conversation not in self.watched:
            self.watched.add(conversation)
            await self.send(type="watch", conversation=conversation, since=0)
        await self.get(f"/api/conversations/{conversation}")

    async def writes(self) -> None:
        if self.mine:
            conversation = random.choice(list(self.mine))
            path = f"/api/conversations/{conversation}/messages"
            await self.post(path, id=str(uuid.uuid4()), text="One moment, I am looking it up.")

    async def closes(self, conversation: str) -> None:
        handoff = self.mine.pop(conversation)
        await self.post(f"/api/desk/handoffs/{handoff}/close", disposition="solved", summary="done")


async def every(mean_s: float, act: Callable[[], Awaitable[None]]) -> None:
    """Again and again, at random moments."""
    while True:
        await asyncio.sleep(random.expovariate(1 / mean_s))
        await act()
