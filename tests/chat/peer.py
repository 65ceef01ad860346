"""A website visitor and an agent, as their pages speak to the server."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.desk.described import ReadsAlong

WITHIN_S = 90.0

Frame = dict[str, Any]


class Socket:
    """A WebSocket whose frames are kept until somebody asks for them."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.frames: list[Frame] = []
        self._arrived = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.frames.append(json.loads(message.data))
                self._arrived.set()
        self._arrived.set()

    async def send(self, **frame: Any) -> None:
        await self.socket.send_str(json.dumps(frame))

    async def until(self, wanted: Any) -> Frame:
        """The first frame for which `wanted(frame)` holds, now or later."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                for frame in self.frames:
                    if wanted(frame):
                        return frame
                if self.socket.closed:
                    raise AssertionError(f"closed ({self.socket.close_code}): {self.frames[-3:]}")
                self._arrived.clear()
                await self._arrived.wait()

    async def of_type(self, kind: str) -> Frame:
        return await self.until(lambda frame: frame["type"] == kind)

    async def closed(self) -> None:
        """Waits until the server has closed it."""
        await asyncio.wait({self._reading})

    @property
    def events(self) -> list[Frame]:
        return [frame["event"] for frame in self.frames if frame["type"] == "event"]

    async def close(self) -> None:
        await self.socket.close()
        await asyncio.gather(self._reading, return_exceptions=True)


class Visitor(Socket):
    conversation: str
    token: str

    async def hello(self, **more: Any) -> Frame:
        frame = {"conversation": None, "token": None, "since": 0} | more
        await self.send(type="hello", **frame)
        welcome = await self.of_type("welcome")
        self.conversation = welcome["conversation"]
        self.token = welcome.get("token") or frame["token"]
        return welcome

    async def say(self, text: str, client_id: str | None = None) -> Frame:
        """Sends, and waits until it is stored."""
        client_id = client_id or str(uuid.uuid4())
        await self.send(type="say", id=client_id, text=text)
        return await self.until(
            lambda frame: frame["type"] in ("ack", "error") and frame.get("id") == client_id
        )

    async def reads(self, speaker: str, words: str = "", *, after: int = 0) -> Frame:
        """The next message of `speaker` with these words in it; its event."""

        def fits(frame: Frame) -> bool:
            event = frame.get("event", {})
            return (
                frame["type"] == "event"
                and event["kind"] == "message"
                and event["from"] == speaker
                and event["seq"] > after
                and words.lower() in event["text"].lower()
            )

        return (await self.until(fits))["event"]  # type: ignore[no-any-return]

    async def asks(self, text: str) -> str:
        """Says it and returns the assistant's first answer."""
        ack = await self.say(text)
        return str((await self.reads("assistant", after=ack["seq"]))["text"])


@asynccontextmanager
async def visitor(url: str, **hello: Any) -> AsyncIterator[Visitor]:
    async with aiohttp.ClientSession() as http:
        made = Visitor(await http.ws_connect(f"{url}/chat/ws"))
        try:
            await made.hello(**hello)
            yield made
        finally:
            await made.close()


class AgentPeer:
    """A signed-in agent with an open desk; what the API answers must be as it is described."""

    def __init__(self, http: aiohttp.ClientSession, csrf: str, desk: Socket) -> None:
        self.http = http
        self.csrf = csrf
        self.desk = desk

    async def post(self, path: str, **body: Any) -> tuple[int, Any]:
        headers = {"X-CSRF-Token": self.csrf}
        async with self.http.post(path, json=body, headers=headers) as answer:
            return answer.status, await answer.json() if answer.status != 204 else None

    async def get(self, path: str) -> Any:
        async with self.http.get(path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def waiting(self, conversation: str) -> Frame:
        """The waiting handoff of a conversation, once the desk shows it."""

        def shown(frame: Frame) -> bool:
            return frame["type"] == "handoffs" and any(
                handoff["conversation"] == conversation for handoff in frame["waiting"]
            )

        frame = await self.desk.until(shown)
        return next(h for h in frame["waiting"] if h["conversation"] == conversation)

    async def write(self, conversation: str, text: str) -> tuple[int, Any]:
        return await self.post(
            f"/api/conversations/{conversation}/messages", id=str(uuid.uuid4()), text=text
        )


@asynccontextmanager
async def agent(
    url: str, username: str = "maya", password: str = "juniper-demo"
) -> AsyncIterator[AgentPeer]:
    jar, reads_along = aiohttp.CookieJar(unsafe=True), [ReadsAlong().trace]
    async with aiohttp.ClientSession(url, cookie_jar=jar, trace_configs=reads_along) as http:
        body = {"username": username, "password": password}
        async with http.post("/api/signin", json=body) as answer:
            assert answer.status == 200, await answer.text()
            csrf = (await answer.json())["csrf"]
        desk = Socket(await http.ws_connect("/desk/ws"))
        made = AgentPeer(http, csrf, desk)
        await desk.of_type("handoffs")
        try:
            yield made
        finally:
            await desk.close()
            await made.post("/api/signout")
