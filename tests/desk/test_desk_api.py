"""The desk's API is for those who work here, from our own pages."""

from __future__ import annotations

import uuid

import aiohttp
import pytest

from tests.chat.peer import agent, visitor
from tests.house import House

pytestmark = pytest.mark.engine

PRIVATE = (
    ("GET", "/api/me"),
    ("GET", "/api/desk/handoffs"),
    ("POST", "/api/desk/handoffs/x/accept"),
    ("POST", "/api/desk/handoffs/x/close"),
    ("POST", "/api/desk/handoffs/x/end"),
    ("GET", "/api/desk/handoffs/x/wrap-up"),
    ("POST", "/api/desk/handoffs/x/transfer"),
    ("POST", "/api/desk/handoffs/x/consult"),
    ("POST", "/api/desk/handoffs/x/conference"),
    ("POST", "/api/desk/handoffs/x/leave"),
    ("POST", "/api/desk/handoffs/x/dial"),
    ("POST", "/api/desk/offers/x/accept"),
    ("POST", "/api/desk/offers/x/decline"),
    ("GET", "/api/desk/colleagues"),
    ("GET", "/api/desk/tasks"),
    ("POST", "/api/desk/tasks/x/done"),
    ("GET", "/api/desk/requests"),
    ("POST", "/api/desk/requests/x/grant"),
    ("POST", "/api/desk/requests/x/refuse"),
    ("GET", "/api/desk/canned"),
    ("GET", "/api/conversations/x/articles"),
    ("GET", "/api/conversations/x/authority"),
    ("POST", "/api/conversations/x/order-actions"),
    ("POST", "/api/agents/1"),
    ("POST", "/api/customers/1/agent"),
    ("GET", "/api/desk/messages-taken"),
    ("GET", "/api/conversations/x"),
    ("GET", "/api/conversations/x/events"),
    ("GET", "/api/conversations/x/recordings"),
    ("GET", "/api/conversations/x/recordings/y"),
    ("POST", "/api/conversations/x/messages"),
    ("POST", "/api/conversations/x/notes"),
    ("POST", "/api/agents"),
    ("GET", "/api/audit"),
    ("POST", "/api/password"),
)


@pytest.mark.parametrize(("method", "path"), PRIVATE)
async def test_strangers_see_nothing(house: House, method: str, path: str) -> None:
    async with aiohttp.ClientSession(house.url) as http:
        answer = await http.request(method, path, json={})
        assert answer.status == 401
        assert (await answer.json())["error"]["code"] == "signed_out"


async def test_a_page_of_another_site_can_do_nothing(house: House) -> None:
    evil = {"Origin": "https://evil.example"}
    async with agent(house.url) as maya:
        answer = await maya.http.get("/api/me", headers=evil)
        assert answer.status == 403
        answer = await maya.http.post(
            "/api/desk/handoffs/x/accept", json={}, headers=evil | {"X-CSRF-Token": maya.csrf}
        )
        assert answer.status == 403
        socket = await maya.http.ws_connect("/desk/ws", headers=evil)
        await socket.receive()
        assert socket.close_code == 4403


async def test_without_the_csrf_token_nothing_changes(house: House) -> None:
    async with agent(house.url) as maya:
        for headers in ({}, {"X-CSRF-Token": "guess"}):
            answer = await maya.http.post("/api/desk/handoffs/x/accept", json={}, headers=headers)
            assert answer.status == 403
            assert (await answer.json())["error"]["code"] == "csrf"


async def test_a_visitors_token_opens_no_desk(house: House) -> None:
    async with visitor(house.url) as ana, aiohttp.ClientSession(house.url) as http:
        cookie = {"Cookie": f"warmline_session={ana.token}"}
        answer = await http.get(f"/api/conversations/{ana.conversation}", headers=cookie)
        assert answer.status == 401
        socket = await http.ws_connect("/desk/ws", headers=cookie)
        await socket.receive()
        assert socket.close_code == 4401


async def test_agents_add_no_agents(house: House) -> None:
    async with agent(house.url) as maya:
        status, body = await maya.post(
            "/api/agents", username="x", name="X", role="administrator", password="long enough 1"
        )
        assert (status, body["error"]["code"]) == (403, "not_allowed")
        assert (await maya.http.get("/api/audit")).status == 403


async def test_unknown_things_are_not_found(house: House) -> None:
    async with agent(house.url) as maya:
        missing = uuid.uuid4().hex
        for path in (f"/api/conversations/{missing}", f"/api/conversations/{missing}/events"):
            assert (await maya.http.get(path)).status == 404
        assert (await maya.post(f"/api/desk/handoffs/{missing}/accept"))[0] == 409
        assert (await maya.post(f"/api/desk/messages-taken/{missing}/done"))[0] == 404


async def test_bad_fields_are_named(house: House) -> None:
    async with agent(house.url) as maya, visitor(house.url) as ana:
        path = f"/api/conversations/{ana.conversation}"
        assert (await maya.http.get(f"{path}/events?since=x")).status == 422
        for body in ({}, {"id": "short", "text": "x"}, {"id": str(uuid.uuid4()), "text": ""}):
            status, answer = await maya.post(f"{path}/notes", **body)
            assert status == 422
            assert answer["error"]["message"]


async def test_pages_carry_a_policy(house: House) -> None:
    async with aiohttp.ClientSession(house.url) as http:
        answer = await http.get("/desk/")
        assert answer.status == 200
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        for path in ("/desk/tsconfig.json", "/desk/..%2f..%2fapi.py", "/widget/globals.d.ts"):
            assert (await http.get(path)).status == 404


async def test_health_and_metrics(house: House) -> None:
    async with aiohttp.ClientSession(house.url) as http:
        ready = await (await http.get("/health/ready")).json()
        assert ready["status"] == "ready"
        assert set(ready["parts"]) == {"database", "shop", "engine", "actions", "speech"}
        text = await (await http.get("/metrics")).text()
        assert "warmline_turns_total" in text
        assert "warmline_event_loop_lag_seconds" in text
