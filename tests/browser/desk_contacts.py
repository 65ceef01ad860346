"""The harness's contacts: offered, accepted, ended, wrapped up, handed on (docs/protocol.md)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from tests.browser.desk_people import Conversation, Json, now

if TYPE_CHECKING:
    from tests.browser.desk_harness import DeskServer


class Refusal(web.HTTPException):
    """An error as the protocol words it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status_code = status
        body = web.json_response({"error": {"code": code, "message": message}})
        super().__init__(text=body.text, content_type="application/json")


class ContactRoutes:
    def __init__(self, server: DeskServer) -> None:
        self.server = server

    def routes(self) -> list[web.RouteDef]:
        one = "/api/desk/handoffs/{id}"
        return [
            web.get("/api/desk/handoffs", self._lists),
            web.post("/api/desk/offers/{id}/accept", self._accept_offer),
            web.post("/api/desk/offers/{id}/decline", self._decline),
            web.post(one + "/accept", self._accept),
            web.post(one + "/end", self._end),
            web.get(one + "/wrap-up", self._wrap_up),
            web.post(one + "/close", self._close),
            web.post(one + "/transfer", self._transfer),
            web.post(one + "/consult", self._consult),
            web.post(one + "/conference", self._conference),
            web.post(one + "/leave", self._leave),
            web.post(one + "/dial", self._dial),
        ]

    async def _asked(self, request: web.Request) -> Json:
        told: Json = await request.json()
        self.server.asked.append((request.path, told))
        return told

    def _of(self, handoff: str) -> Conversation:
        known = self.server.conversations.values()
        return next(one for one in known if one.handoff["id"] == handoff)

    async def _answer(self, known: Conversation) -> web.Response:
        await self.server.tell_handoffs()
        return web.json_response({"handoff": known.handoff})

    async def _lists(self, _: web.Request) -> web.Response:
        return web.json_response(self.server.lists())

    # -- taking them ---------------------------------------------------------------------------
    async def _take(self, known: Conversation) -> web.Response:
        if self.server.refused:
            words, self.server.refused = self.server.refused, None
            known.handoff["state"] = "closed"
            self.server.offers.clear()
            raise Refusal(409, "taken", words)
        me = {"id": 1, "name": "Maya"}
        known.handoff.update(state="accepted", accepted_at=now().isoformat(), agent=me)
        await self.server.happen_now(known.id, "handoff_accepted", "agent", None, name="Maya")
        return await self._answer(known)

    async def _accept(self, request: web.Request) -> web.Response:
        await self._asked(request)
        return await self._take(self._of(request.match_info["id"]))

    async def _accept_offer(self, request: web.Request) -> web.Response:
        await self._asked(request)
        offer = self.server.offers.pop(request.match_info["id"], None)
        if offer is None:
            raise Refusal(409, "not_offered", "This offer is over.")
        known = self._of(offer["handoff"]["id"])
        if offer["kind"] == "contact":
            return await self._take(known)
        known.handoff["consults"].append({"id": 1, "name": "Maya", "joined": False})
        self.server.advising.append(known.handoff)
        return await self._answer(known)

    async def _decline(self, request: web.Request) -> web.Response:
        await self._asked(request)
        if self.server.offers.pop(request.match_info["id"], None) is None:
            raise Refusal(409, "not_offered", "This offer is over.")
        await self.server.tell_handoffs()
        return web.Response(status=204)

    # -- and what came of them -----------------------------------------------------------------
    async def _end(self, request: web.Request) -> web.Response:
        await self._asked(request)
        known = self._of(request.match_info["id"])
        if known.handoff["state"] != "accepted":
            raise Refusal(409, "not_yours", "You don't hold this contact any more.")
        until = now() + timedelta(seconds=self.server.wrap_up_s)
        known.handoff.update(state="wrap_up", wrap_up_until=until.isoformat())
        if self.server.me["next_status"]:
            self.server.me.update(status=self.server.me["next_status"], next_status=None)
        await self.server.happen_now(known.id, "handoff_ended", "agent", None, outcome=None)
        return await self._answer(known)

    async def _wrap_up(self, request: web.Request) -> web.Response:
        known = self._of(request.match_info["id"])
        said = [event for event in known.events if event["from"] == "agent" and event["text"]]
        return web.json_response(
            {
                "disposition": "solved" if said else "customer_left",
                "contact_reason": known.handoff["payload"]["need"]["contact_reason"],
                "summary": "\n".join(
                    ["Wanted: where the tent is", *(f"Maya: {event['text']}" for event in said)]
                ),
                "until": known.handoff["wrap_up_until"],
            }
        )

    async def _close(self, request: web.Request) -> web.Response:
        known, told = self._of(request.match_info["id"]), await self._asked(request)
        if known.handoff["state"] not in ("accepted", "wrap_up"):
            raise Refusal(409, "not_yours", "You don't hold this contact any more.")
        known.handoff.update(state="closed", closed_at=now().isoformat())
        step = told.pop("next_step", None)
        if step:
            self.server.tasks.append(
                {
                    "id": f"t-{len(self.server.tasks)}",
                    "conversation": known.id,
                    "agent": {"id": 1, "name": "Maya"},
                    "text": step["text"],
                    "due_at": step["due"],
                    "created_at": now().isoformat(),
                }
            )
        summary = told.pop("summary")
        await self.server.happen_now(known.id, "wrap_up", "agent", summary, name="Maya", **told)
        return await self._answer(known)

    # -- handing them on -----------------------------------------------------------------------
    async def _transfer(self, request: web.Request) -> web.Response:
        known, told = self._of(request.match_info["id"]), await self._asked(request)
        if self.server.refused:
            words, self.server.refused = self.server.refused, None
            raise Refusal(409, "not_yours", words)
        to = told.get("group") or told.get("skill") or self._colleague(told["agent"])["name"]
        warm = any(one["id"] == told.get("agent") for one in known.handoff["consults"])
        if warm:
            known.handoff["agent"] = {"id": told["agent"], "name": to}
        known.handoff["state"] = "with_a_colleague" if warm else "waiting"
        known.handoff["consults"] = []
        event = {"to": to, "note": told["note"], "name": "Maya"}
        await self.server.happen_now(known.id, "transfer", "agent", None, **event)
        return await self._answer(known)

    def _colleague(self, agent: int) -> Json:
        return next(one for one in self.server.colleagues if one["id"] == agent)

    async def _consult(self, request: web.Request) -> web.Response:
        known, told = self._of(request.match_info["id"]), await self._asked(request)
        name = self._colleague(told["agent"])["name"]
        event = {"agent": name, "note": told["note"], "name": "Maya"}
        await self.server.happen_now(known.id, "consult", "agent", None, **event)
        return await self._answer(known)

    async def _conference(self, request: web.Request) -> web.Response:
        known, told = self._of(request.match_info["id"]), await self._asked(request)
        for one in known.handoff["consults"]:
            if one["id"] == told["agent"]:
                one["joined"] = told["joined"]
                event = {"agent": one["name"], "joined": told["joined"], "name": "Maya"}
                await self.server.happen_now(known.id, "conference", "agent", None, **event)
        return await self._answer(known)

    async def _leave(self, request: web.Request) -> web.Response:
        known = self._of(request.match_info["id"])
        await self._asked(request)
        known.handoff["consults"] = [one for one in known.handoff["consults"] if one["id"] != 1]
        self.server.advising.remove(known.handoff)
        await self.server.tell_handoffs()
        return web.Response(status=204)

    async def _dial(self, request: web.Request) -> web.Response:
        await self._asked(request)
        number = self._of(request.match_info["id"]).handoff["callback_number"]
        return web.json_response({"number": number})
