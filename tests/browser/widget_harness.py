"""A protocol peer for the widget: stores what it is told, answers by echo, and can be unkind.

It speaks docs/protocol.md from aiohttp and keeps everything in memory. A test switches its moods:
`hold_acks` (stores nothing and answers nothing, as a line that dies would look), `refuse`
(an error code for every message) and `drop()` (every socket breaks).
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiohttp import WSMsgType, web

WIDGET = Path(__file__).parents[2] / "bot" / "channels" / "widget"
SPOKEN_RATE = 22_050
"""Hz, as Piper's voices speak: the widget has to change the rate."""

Frame = dict[str, Any]


@dataclass
class Conversation:
    id: str = field(default_factory=lambda: uuid4().hex)
    token: str = field(default_factory=lambda: uuid4().hex)
    events: list[Frame] = field(default_factory=list)
    sockets: set[web.WebSocketResponse] = field(default_factory=set)
    floor: str = "bot"
    agent: str | None = None
    ended: bool = False


class Peer:
    """One shop's server. `url` is where it listens; every method may be called from any thread."""

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}
        self.received: list[Frame] = []
        self.voice: list[Frame] = []
        self.voice_bytes = 0
        self.voice_frames: set[int] = set()
        self.hold_acks = False
        self.refuse: str | None = None
        self.echo: Callable[[str], Frame] | None = lambda text: {"text": f"You said: {text}"}
        self.page_head = ""
        self.page_policy: str | None = None
        self.calls: list[web.WebSocketResponse] = []
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="widget peer", daemon=True)

    def __enter__(self) -> Peer:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Runs `work` on the peer's loop and waits for it."""
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(10)

    @property
    def only(self) -> Conversation:
        (conversation,) = self.conversations.values()
        return conversation

    def said(self) -> list[str]:
        """The texts the log holds from the customer, in its order, over all conversations."""
        return [
            event["text"]
            for conversation in self.conversations.values()
            for event in conversation.events
            if event["from"] == "customer" and event["kind"] == "message"
        ]

    async def drop(self) -> None:
        for conversation in self.conversations.values():
            for socket in list(conversation.sockets):
                if socket._req and socket._req.transport:
                    socket._req.transport.abort()

    async def add(self, conversation: Conversation, **event: Any) -> int:
        """Writes an event down and tells every tab."""
        seq = len(conversation.events) + 1
        event = {
            "seq": seq,
            "at": datetime.now(UTC).isoformat(),
            "kind": "message",
            "from": "assistant",
            "name": None,
            "text": "",
            "id": None,
            "data": {},
        } | event
        conversation.events.append(event)
        await self.tell(conversation, {"type": "event", "event": event})
        return seq

    async def tell(self, conversation: Conversation, frame: Frame) -> None:
        for socket in list(conversation.sockets):
            if not socket.closed:
                await socket.send_json(frame)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/demo/orders", self._orders),
                web.post("/demo/identity", self._identity),
                web.get("/chat/ws", self._chat),
                web.get("/voice/ws", self._voice),
                web.get("/widget.js", self._script),
                web.get("/demo", self._demo),
                web.static("/widget", WIDGET),
            ]
        )
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "localhost", 0)
        await site.start()
        assert site._server
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        self.url = f"http://localhost:{port}"
        self._ready.set()
        await self._stop.wait()
        await self.drop()
        await runner.cleanup()

    async def _page(self, request: web.Request) -> web.Response:
        attributes = request.query.get("attributes", "")
        text = (
            "<!doctype html><html lang=en><meta charset=utf-8>"
            '<meta name=viewport content="width=device-width,initial-scale=1">'
            f"<title>A shop</title>{self.page_head}<body><h1>A shop</h1><button id=own>Buy</button>"
            f'<script src="/widget.js" async {attributes}></script>'
        )
        headers = {"Content-Security-Policy": self.page_policy} if self.page_policy else {}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _script(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(WIDGET / "widget.js")

    async def _demo(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(WIDGET / "demo.html")

    async def _orders(self, _: web.Request) -> web.Response:
        order = {
            "number": "482919",
            "status": "shipped",
            "postcode": "97201",
            "customer": "Ana Reyes",
        }
        return web.json_response({"orders": [order | {"customer_id": 12}]})

    async def _identity(self, request: web.Request) -> web.Response:
        return web.json_response({"token": f"signed-{(await request.json())['customer_id']}"})

    async def _chat(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        conversation: Conversation | None = None
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            self.received.append(frame)
            if frame["type"] == "hello":
                conversation = await self._hello(socket, frame)
            elif conversation:
                await self._frame(socket, conversation, frame)
        if conversation:
            conversation.sockets.discard(socket)
        return socket

    async def _hello(self, socket: web.WebSocketResponse, frame: Frame) -> Conversation | None:
        conversation = self.conversations.get(frame["conversation"] or "")
        if frame["conversation"] and (not conversation or conversation.token != frame["token"]):
            error = {"type": "error", "code": "unknown_conversation", "message": "Not known."}
            await socket.send_json(error)
            return None
        new = conversation is None
        conversation = conversation or Conversation()
        self.conversations[conversation.id] = conversation
        await socket.send_json(
            {
                "type": "welcome",
                "conversation": conversation.id,
                **({"token": conversation.token} if new else {}),
                "last": len(conversation.events),
                "floor": conversation.floor,
                "agent": conversation.agent,
                "ended": conversation.ended,
                "shop": "Juniper Outdoor",
                "assistant": "Juniper",
                "voice": True,
                "identified": "Ana Reyes" if frame["identity"] else None,
            }
        )
        for event in conversation.events[frame["since"] :]:
            await socket.send_json({"type": "event", "event": event})
        conversation.sockets.add(socket)
        return conversation

    async def _frame(
        self, socket: web.WebSocketResponse, conversation: Conversation, frame: Frame
    ) -> None:
        kind = frame["type"]
        if kind in {"say", "rate"} and not self.hold_acks:
            await self._store(socket, conversation, frame)
        elif kind == "end":
            conversation.ended = True
            await self.add(conversation, kind="conversation_ended", **{"from": "system"})
        elif kind == "voice":
            await socket.send_json({"type": "voice", "ticket": "once", "path": "/voice/ws"})
        elif kind == "ping":
            await socket.send_json({"type": "pong"})
        elif kind == "identity":
            name = "Ana Reyes" if frame["token"] else None
            await socket.send_json({"type": "identity", "identified": name, "problem": None})

    async def _store(
        self, socket: web.WebSocketResponse, conversation: Conversation, frame: Frame
    ) -> None:
        for event in conversation.events:
            if event["id"] == frame["id"]:
                await socket.send_json({"type": "ack", "id": frame["id"], "seq": event["seq"]})
                return
        if self.refuse:
            error = {"type": "error", "code": self.refuse, "message": "It could not be kept."}
            await socket.send_json(error | {"id": frame["id"]})
            return
        mine = {"from": "customer", "id": frame["id"]}
        if frame["type"] == "rate":
            data = {"stars": frame["stars"], "comment": frame["comment"]}
            seq = await self.add(conversation, kind="rating", data=data, **mine)
        else:
            seq = await self.add(conversation, text=frame["text"], **mine)
        await socket.send_json({"type": "ack", "id": frame["id"], "seq": seq})
        if self.echo and frame["type"] == "say" and conversation.floor == "bot":
            await self.tell(conversation, {"type": "typing", "from": "assistant"})
            await self.add(conversation, **{"name": "Juniper", **self.echo(frame["text"])})

    async def _voice(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if request.query.get("ticket") != "once":
            await socket.close(code=4401)
            return socket
        self.calls.append(socket)
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                self.voice_bytes += len(message.data)
                self.voice_frames.add(len(message.data))
            elif message.type is WSMsgType.TEXT:
                frame = json.loads(message.data)
                self.voice.append(frame)
                if frame["type"] == "start":
                    await socket.send_json({"type": "ready", "rate": SPOKEN_RATE})
        return socket

    async def speak(self, seq: int, ms: int) -> None:
        """Says a tone of `ms` milliseconds in the running call, all of it at once."""
        socket = self.calls[-1]
        await socket.send_json({"type": "says", "seq": seq, "text": "A tone."})
        left = SPOKEN_RATE * ms // 1000
        while left:
            samples = min(left, SPOKEN_RATE // 20)
            await socket.send_bytes(bytes([0x00, 0x10]) * samples)
            left -= samples
        await socket.send_json({"type": "said", "seq": seq, "ms": ms})
