"""A peer for the desk page: speaks docs/protocol.md's "The desk" with a small, believable shop.

The page under test is the real one; this stands for the server, so that a test can say "the line
breaks now" or "Maya was faster" at the very moment it wants to. Run it to try the page by hand:
`python -m tests.browser.desk_harness` prints the address (user maya, password "warm tea and rain").
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import WSMsgType, web

from tests.browser.desk_contacts import ContactRoutes, Refusal
from tests.browser.desk_people import (
    MAYA,
    PASSWORD,
    Conversation,
    Json,
    ana,
    colleagues,
    left_by_priya,
    now,
    tom,
)
from tests.browser.desk_team import TeamRoutes

PAGES = Path(__file__).parents[2] / "bot" / "desk" / "pages"
POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self' ws: wss:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
Result = TypeVar("Result")


class DeskServer:
    """Everything the desk page asks for. Methods without `async` may be called from any thread."""

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}
        self.taken: list[Json] = []
        self.signed_in = False
        self.must_change_password = False
        self.password = PASSWORD
        self.agent = dict(MAYA)
        self.old = False
        """Tells only what servers told before there were offers."""
        self.me: Json = {
            "status": "available",
            "since": now().isoformat(),
            "reason": None,
            "next_status": None,
        }
        self.offers: dict[str, Json] = {}
        self.advising: list[Json] = []
        self.tasks: list[Json] = []
        self.requests: list[Json] = []
        self.colleagues: list[Json] = colleagues()
        self.wrap_up_s = 120
        self.asked: list[tuple[str, Json]] = []
        """What the page asked for that changes something, in order: path and body."""
        self.refused: str | None = None
        """The words of the 409 that the next accept, transfer or order action gets."""
        self.mute = False
        """Events reach the log but no desk, as if their frames were lost."""
        self.messages_fail = 0
        """How many messages are stored while their answer is lost."""
        self.connections = 0
        self.watch_since: list[int] = []
        self._sockets: dict[web.WebSocketResponse, set[str]] = {}
        self.line_down = False
        """New connections are refused."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.address = ""

    # -- running it ------------------------------------------------------------------------------
    def start(self) -> str:
        self._thread.start()
        self.address = self._call(self._start())
        return self.address

    def stop(self) -> None:
        self._call(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _call(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _start(self) -> str:
        app = web.Application(middlewares=[self._guard])
        app.add_routes(
            [
                web.get("/desk/ws", self._socket),
                web.get("/desk/", self._page),
                web.get("/desk/{file}", self._page),
                web.post("/api/signin", self._sign_in),
                web.post("/api/signout", self._sign_out),
                web.post("/api/password", self._change_password),
                web.get("/api/me", self._me),
                web.get("/api/conversations/{id}", self._conversation),
                web.get("/api/conversations/{id}/events", self._events),
                web.post("/api/conversations/{id}/{kind:messages|notes}", self._write),
            ]
        )
        app.add_routes(ContactRoutes(self).routes())
        app.add_routes(TeamRoutes(self).routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}/desk/"

    # -- what a test makes happen ----------------------------------------------------------------
    def arrive(self, conversation: Conversation) -> Conversation:
        async def work() -> None:
            self.conversations[conversation.id] = conversation
            await self.tell_handoffs()

        self._call(work())
        return conversation

    def offer(self, conversation: Conversation, *, lasts_s: float = 20, **more: Any) -> str:
        """Puts it on Maya's desk. `more`: `why`, `kind`, `from`, `note`."""
        begun = now()
        offer = {
            "id": f"o-{conversation.handoff['id']}-{len(self.asked)}",
            "offered_at": begun.isoformat(),
            "expires_at": (begun + timedelta(seconds=lasts_s)).isoformat(),
            "kind": "contact",
            "from": None,
            "note": None,
            "why": {"ring": "anyone", "skills": {}, "waited_s": 12, "idle_s": 250, "own": None},
            "handoff": conversation.handoff,
            **more,
        }
        self.offers[offer["id"]] = offer
        self.arrive(conversation)
        return str(offer["id"])

    def tell(self) -> None:
        """The lists anew, after a test has changed them."""
        self._call(self.tell_handoffs())

    def comes(self, conversation: str, colleague: Json) -> None:
        """Who was asked about it has accepted, and reads along."""

        async def work() -> None:
            known = self.conversations[conversation]
            beside = {"id": colleague["id"], "name": colleague["name"], "joined": False}
            known.handoff["consults"] = [*known.handoff["consults"], beside]
            data = {"agent": colleague["name"], "here": True}
            await self.happen_now(
                conversation, "consult", "agent", "", name=colleague["name"], **data
            )
            await self.tell_handoffs()

        self._call(work())

    def over(self, offer: str) -> None:
        """Its countdown has run out, or somebody else has it."""
        del self.offers[offer]
        self.tell()

    def happen(
        self, conversation: str, kind: str, sender: str, text: str | None, /, **more: Any
    ) -> None:
        self._call(self.happen_now(conversation, kind, sender, text, **more))

    def frame(self, frame: Json) -> None:
        self._call(self._tell(frame, frame.get("conversation")))

    def break_line(self) -> None:
        async def work() -> None:
            for socket in list(self._sockets):
                await socket.close(code=1012)

        self._call(work())

    # -- telling ---------------------------------------------------------------------------------
    async def happen_now(
        self, conversation: str, kind: str, sender: str, text: str | None, /, **more: Any
    ) -> Json:
        event = self.conversations[conversation].add(kind, sender, text, **more)
        if not self.mute:
            frame = {"type": "event", "conversation": conversation, "event": event}
            await self._tell(frame, conversation)
        return event

    async def _tell(self, frame: Json, conversation: str | None = None) -> None:
        for socket, watched in list(self._sockets.items()):
            if conversation is None or conversation in watched:
                with suppress(ConnectionError):
                    await socket.send_json(frame)

    def lists(self) -> Json:
        handoffs = [one.handoff for one in self.conversations.values()]
        mine = [one for one in handoffs if one["state"] in ("accepted", "wrap_up")]
        held = {one["state"] for one in mine}
        if "accepted" in held:
            state = "in_contact"
        else:
            state = "offered" if self.offers else "wrap_up" if held else "idle"
        return {
            "me": {**self.me, "state": state},
            "offers": list(self.offers.values()),
            "waiting": [one for one in handoffs if one["state"] == "waiting"],
            "mine": mine,
            "advising": self.advising,
            "taken": len(self.taken),
            "tasks": len(self.tasks),
            "requests": len(self.requests),
        }

    async def tell_handoffs(self) -> None:
        lists = self.lists()
        if self.old:
            lists = {key: lists[key] for key in ("waiting", "mine", "taken")}
        await self._tell({"type": "handoffs", **lists})

    def choose(self, status: str, reason: str | None) -> None:
        """As the real one: a break chosen during a contact comes after it."""
        later = status != "available" and self.lists()["me"]["state"] == "in_contact"
        self.me["reason"] = reason if status == "on_break" else None
        self.me["next_status"] = status if later else None
        if not later:
            self.me.update(status=status, since=now().isoformat())

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        if self.line_down:
            raise Refusal(503, "restarting", "The server restarts.")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        hello = {"type": "hello", "agent": self.agent, "status": self.me["status"]}
        await socket.send_json(hello)
        watched = self._sockets.setdefault(socket, set())
        await self.tell_handoffs()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._heard(socket, watched, message.json())
        finally:
            del self._sockets[socket]
        return socket

    async def _heard(self, socket: web.WebSocketResponse, watched: set[str], frame: Json) -> None:
        match frame["type"]:
            case "ping":
                await socket.send_json({"type": "pong"})
            case "status":
                self.choose(frame["status"], frame.get("reason"))
                await self.tell_handoffs()
            case "unwatch":
                watched.discard(frame["conversation"])
            case "watch":
                watched.add(frame["conversation"])
                self.watch_since.append(frame["since"])
                known = self.conversations.get(frame["conversation"])
                for event in known.events[frame["since"] :] if known else ():
                    told = {"type": "event", "conversation": frame["conversation"], "event": event}
                    await socket.send_json(told)

    # -- requests --------------------------------------------------------------------------------
    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        signing_in = request.path == "/api/signin"
        private = request.path.startswith("/api/") or request.path == "/desk/ws"
        if private and not signing_in and not self.signed_in:
            raise Refusal(401, "signed_out", "You are signed out. Please sign in.")
        token = request.headers.get("X-CSRF-Token")
        if request.method == "POST" and not signing_in and token != "token-1":
            raise Refusal(403, "csrf", "This page is out of date. Please reload it.")
        response = await handler(request)
        if not response.prepared:
            response.headers["Content-Security-Policy"] = POLICY
        return response

    async def _page(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGES / Path(request.match_info.get("file", "index.html")).name)

    def _session(self) -> web.Response:
        must = self.must_change_password
        return web.json_response(
            {"agent": self.agent, "csrf": "token-1", "must_change_password": must}
        )

    async def _sign_in(self, request: web.Request) -> web.Response:
        told = await request.json()
        if (told["username"], told["password"]) != (self.agent["username"], self.password):
            raise Refusal(401, "wrong_password", "That name and password don't fit together.")
        self.signed_in = True
        return self._session()

    async def _sign_out(self, _: web.Request) -> web.Response:
        self.signed_in = False
        return web.Response(status=204)

    async def _change_password(self, request: web.Request) -> web.Response:
        told = await request.json()
        if len(told["new"]) < 12:
            raise Refusal(422, "too_short", "Please use at least 12 characters.")
        self.password, self.must_change_password = told["new"], False
        return web.Response(status=204)

    async def _me(self, _: web.Request) -> web.Response:
        return self._session()

    async def _conversation(self, request: web.Request) -> web.Response:
        known = self.conversations[request.match_info["id"]]
        legs = [{"channel": "webchat", "device": "phone", "page": "/returns", "locale": "en-GB"}]
        card = {"conversation": {"id": known.id}, "legs": legs, "handoff": known.handoff}
        return web.json_response({**card, "customer": known.customer, "orders": known.orders})

    async def _events(self, request: web.Request) -> web.Response:
        events = self.conversations[request.match_info["id"]].events
        missed = events[int(request.query["since"]) :]
        return web.json_response({"events": missed, "last": len(events)})

    async def _write(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"].removesuffix("s")
        known, told = self.conversations[request.match_info["id"]], await request.json()
        if kind == "message" and known.handoff["state"] != "accepted":
            raise Refusal(409, "floor", "You don't hold this conversation any more.")
        event = next((one for one in known.events if one["id"] == told["id"]), None)
        if event is None:
            event = await self.happen_now(
                known.id, kind, "agent", told["text"], name="Maya", id=told["id"]
            )
        if self.messages_fail:
            self.messages_fail -= 1
            raise Refusal(503, "busy", "The server is busy.")
        return web.json_response({"seq": event["seq"]})


if __name__ == "__main__":
    server = DeskServer()
    server.taken = [left_by_priya()]
    print(server.start())
    server.arrive(ana())
    server.arrive(tom())
    threading.Event().wait()
