"""The harness's team and shop: colleagues, tasks, texts kept ready, what may be done to an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.browser.desk_contacts import Refusal
from tests.browser.desk_people import Json

if TYPE_CHECKING:
    from tests.browser.desk_harness import DeskServer

AUTHORITY: Json = {
    "refund_cents": 5_000,
    "reship_cents": 10_000,
    "discount_percent": 10,
    "address": True,
    "currency": "USD",
}

REPLIES: list[Json] = [
    {
        "key": "hello",
        "title": "Hello",
        "text": "Hello {name}, this is {agent}. I have read what you wrote.",
    },
    {"key": "late", "title": "A parcel is late", "text": "I'm sorry it is late, {name}."},
    {"key": "bye", "title": "Goodbye", "text": "Thank you, and have a good trip!"},
]

ARTICLES: list[Json] = [
    {
        "title": "When a parcel is late",
        "url": "https://shop.example/help/late",
        "text": "After three working days we send a second one.",
    }
]


class TeamRoutes:
    def __init__(self, server: DeskServer) -> None:
        self.server = server
        self.done: dict[str, Json] = {}
        """Order actions by their id."""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/desk/messages-taken", self._taken),
            web.post("/api/desk/messages-taken/{id}/done", self._message_done),
            web.get("/api/desk/tasks", self._tasks),
            web.post("/api/desk/tasks/{id}/done", self._task_done),
            web.get("/api/desk/colleagues", self._colleagues),
            web.get("/api/desk/canned", self._canned),
            web.get("/api/desk/requests", self._requests),
            web.post("/api/desk/requests/{id}/{answer:grant|refuse}", self._decide),
            web.get("/api/conversations/{id}/articles", self._articles),
            web.get("/api/conversations/{id}/authority", self._authority),
            web.post("/api/conversations/{id}/order-actions", self._order_action),
        ]

    async def _taken(self, _: web.Request) -> web.Response:
        return web.json_response({"messages": self.server.taken})

    async def _message_done(self, request: web.Request) -> web.Response:
        done = request.match_info["id"]
        self.server.taken = [one for one in self.server.taken if one["id"] != done]
        return web.Response(status=204)

    async def _tasks(self, _: web.Request) -> web.Response:
        return web.json_response({"tasks": self.server.tasks})

    async def _task_done(self, request: web.Request) -> web.Response:
        done = request.match_info["id"]
        self.server.tasks = [one for one in self.server.tasks if one["id"] != done]
        await self.server.tell_handoffs()
        return web.Response(status=204)

    async def _colleagues(self, _: web.Request) -> web.Response:
        skills = sorted({skill for one in self.server.colleagues for skill in one["skills"]})
        return web.json_response(
            {"agents": self.server.colleagues, "groups": ["experts"], "skills": skills}
        )

    async def _canned(self, _: web.Request) -> web.Response:
        return web.json_response({"replies": REPLIES})

    async def _articles(self, request: web.Request) -> web.Response:
        said = [
            event["text"] or ""
            for event in self.server.conversations[request.match_info["id"]].events
            if event["from"] == "customer"
        ]
        fitting = ARTICLES if said and "late" in said[-1] else []
        return web.json_response({"articles": fitting})

    # -- orders ----------------------------------------------------------------------------------
    async def _authority(self, _: web.Request) -> web.Response:
        return web.json_response(AUTHORITY)

    async def _order_action(self, request: web.Request) -> web.Response:
        told: Json = await request.json()
        conversation = request.match_info["id"]
        self.server.asked.append((request.path, told))
        if self.server.refused:
            words, self.server.refused = self.server.refused, None
            raise Refusal(409, "not_now", words)
        if told["id"] not in self.done:
            self.done[told["id"]] = await self._act(conversation, told)
        if self.server.messages_fail:
            self.server.messages_fail -= 1
            raise Refusal(503, "busy", "The server is busy.")
        return web.json_response(self.done[told["id"]])

    async def _act(self, conversation: str, told: Json) -> Json:
        cents, percent = told.get("amount_cents") or 0, told.get("percent") or 0
        above = (
            cents > AUTHORITY["refund_cents"] if told["kind"] == "refund"
            else percent > AUTHORITY["discount_percent"]
        )  # fmt: skip
        act = {key: told.get(key) for key in ("kind", "order", "amount_cents", "percent", "why")}
        if above:
            await self.server.happen_now(
                conversation, "order_request", "agent", None, name="Maya", request="r-9", **act
            )
            return {"state": "asked", "request": "r-9", "text": "A senior decides."}
        text = f"{told['kind']} for order {told['order']} is done"
        await self.server.happen_now(
            conversation, "order_action", "agent", None, name="Maya",
            **act, by="Maya", granted_by=None, text=text,
        )  # fmt: skip
        return {"state": "done", "text": text}

    async def _requests(self, _: web.Request) -> web.Response:
        return web.json_response({"requests": self.server.requests})

    async def _decide(self, request: web.Request) -> web.Response:
        told: Json = await request.json()
        self.server.asked.append((request.path, told))
        known = next(
            (one for one in self.server.requests if one["id"] == request.match_info["id"]), None
        )
        if known is None:
            raise Refusal(409, "decided", "Noor was first.")
        self.server.requests.remove(known)
        await self.server.tell_handoffs()
        return web.json_response({"request": known})
