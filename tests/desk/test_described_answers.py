"""The server answers what the description says: every answer in these scenes is read along, field by
field (described.py)."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Awaitable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from bot.app import BODY_BYTES
from bot.desk.description import Json, describe, operations
from bot.handoff.sweeper import end_conversation
from tests.desk.api_desk import PASSWORD, ApiDesk, Peer, open_api_desk

OPERATIONS = [
    pytest.param(method.upper(), path, operation, id=operation["operationId"])
    for path, method, operation in operations(describe())
]
Answer = tuple[int, Any]

NOTHING = "0" * 32
"""An id that nothing has."""

STRANGE = ("%00", "a%00b", "%ED%A0%80", "%FF", "%2e%2e", "a" * 3000)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiDesk]:
    with open_api_desk(tmp_path_factory.mktemp("api")) as made:
        yield made


def address(path: str) -> str:
    return re.sub(r"\{\w+\}", NOTHING, path)


def needs(operation: Json, scheme: str) -> bool:
    return any(scheme in wanted for wanted in operation["security"])


def says(operation: Json, status: int, code: str) -> bool:
    """Whether it describes this error."""
    described = operation["responses"].get(str(status), {}).get("description", "")
    return f"`{code}`" in described


async def test_a_day_at_the_desk(desk: ApiDesk) -> None:
    """Each operation does what it is for at least once; put a new one into the day, too."""
    async with desk.peer("ada") as ada, desk.maya() as maya, desk.stranger() as http:
        await http.get("/api/docs")
        await http.get("/api/openapi.json")
        account = {"username": "priya", "name": "Priya", "role": "agent", "password": PASSWORD}
        _, added = await does(ada.post("/api/agents", **account), 201)
        skilled = {"skills": {"returns": 4}, "groups": ["experts"]}
        await does(ada.post(f"/api/agents/{added['id']}", **skilled))
        await does(ada.post("/api/customers/1/agent", agent=added["id"]), 204)
        async with desk.peer("priya") as priya:
            assert (await priya.get("/api/me"))[1]["must_change_password"]
            change = {"current": PASSWORD, "new": "Priya's own password"}
            await does(priya.post("/api/password", **change), 204)
            async with priya.at_the_desk(), maya.at_the_desk():
                handoff = await takes_a_contact(priya, desk)
                await reads_and_writes(priya, desk.waits)
                await listens(priya, desk.waits)
                await helps_with_orders(priya, ada, desk.waits)
                await asks_a_colleague(priya, maya, handoff)
                await wraps_up(priya, handoff)
                await hands_on(priya, maya, desk.too)
            await does_what_is_left(priya)
            await does(priya.post("/api/signout"), 204)
        assert (await ada.get("/api/audit"))[1]["entries"]
    done = {name for name, status in desk.reads_along.seen if status < 300}
    missing = {operation["operationId"] for *_, operation in operations(describe())} - done
    assert not missing, "nobody has done this in the day"


async def does(asked: Awaitable[Answer], wanted: int = 200) -> Answer:
    status, content = await asked
    assert status == wanted, content
    return status, content


async def takes_a_contact(agent: Peer, desk: ApiDesk) -> str:
    _, lists = await agent.get("/api/desk/handoffs")
    assert {handoff["conversation"] for handoff in lists["waiting"]} == {desk.waits, desk.too}
    [handoff] = [one["id"] for one in lists["waiting"] if one["conversation"] == desk.waits]
    await does(agent.post(f"/api/desk/handoffs/{handoff}/accept"))
    await does(agent.post(f"/api/desk/handoffs/{handoff}/accept"), 409)
    await does(agent.post(f"/api/desk/handoffs/{handoff}/dial", number="+1 503 555 0147"))
    return str(handoff)


async def reads_and_writes(agent: Peer, conversation: str) -> None:
    talk = f"/api/conversations/{conversation}"
    _, card = await agent.get(talk)
    assert card["customer"]
    assert card["orders"]
    assert card["handoff"]["payload"]["evidence"]["recording"]
    _, log = await agent.get(f"{talk}/events?since=1")
    assert len(log["events"]) == log["last"] - 1
    for kind in ("messages", "notes"):
        await does(agent.post(f"{talk}/{kind}", id=str(uuid.uuid4()), text="hello"))
    assert (await agent.get("/api/desk/canned"))[1]["replies"]
    assert (await agent.get(f"{talk}/articles"))[0] == 200


async def listens(agent: Peer, conversation: str) -> None:
    _, found = await agent.get(f"/api/conversations/{conversation}/recordings")
    assert [one["ended_at"] is None for one in found["recordings"]] == [False, True]
    sound = found["recordings"][0]["url"]
    await does(agent.get(sound))
    await does(agent.get(sound, Range="bytes=10-20"), 206)
    await does(agent.get(sound, Range="bytes=999999-"), 416)


async def helps_with_orders(agent: Peer, senior: Peer, conversation: str) -> None:
    talk = f"/api/conversations/{conversation}"
    _, may = await agent.get(f"{talk}/authority")
    _, card = await agent.get(talk)
    dearest = sorted(card["orders"], key=lambda one: -one["total_cents"])
    asks = [f"{agent.csrf[:8]}-{order['number']}" for order in dearest]

    async def refund(number: int, cents: int) -> dict[str, Any]:
        action = {"id": asks[number], "kind": "refund", "order": dearest[number]["number"]}
        path = f"{talk}/order-actions"
        _, told = await does(agent.post(path, **action, amount_cents=cents, why="it is torn"))
        return told  # type: ignore[no-any-return]

    assert (await refund(1, 100))["state"] == "done"
    for number in (2, 3):
        assert (await refund(number, may["refund_cents"] + 1))["state"] == "asked"
    assert len((await senior.get("/api/desk/requests"))[1]["requests"]) == 3
    grant = senior.post(f"/api/desk/requests/{asks[2]}/grant", amount_cents=200)
    assert (await does(grant))[1]["request"]["granted"]
    await does(senior.post(f"/api/desk/requests/{asks[2]}/grant"), 409)
    await does(senior.post(f"/api/desk/requests/{asks[3]}/refuse", answer="It is too old."))


async def asks_a_colleague(agent: Peer, other: Peer, handoff: str) -> None:
    contact = f"/api/desk/handoffs/{handoff}"
    _, team = await agent.get("/api/desk/colleagues")
    [maya] = [one["id"] for one in team["agents"] if one["here"]]

    async def consult() -> str:
        await does(agent.post(f"{contact}/consult", agent=maya, note="May I?"))
        _, lists = await other.get("/api/desk/handoffs")
        [offer] = [one["id"] for one in lists["offers"] if one["kind"] == "consult"]
        return f"/api/desk/offers/{offer}"

    await does(other.post(f"{await consult()}/decline"), 204)
    await does(other.post(f"{await consult()}/accept"))
    await does(agent.post(f"{contact}/conference", agent=maya, joined=True))
    assert (await other.get("/api/desk/handoffs"))[1]["advising"][0]["consults"]
    await does(other.post(f"{contact}/leave"), 204)
    await does(other.post(f"{contact}/leave"), 409)


async def wraps_up(agent: Peer, handoff: str) -> None:
    contact = f"/api/desk/handoffs/{handoff}"
    await does(agent.post(f"{contact}/end"))
    _, proposed = await does(agent.get(f"{contact}/wrap-up"))
    step = {"text": "Call Ana.", "due": "2026-11-30T09:00:00Z"}
    written = {name: proposed[name] for name in ("disposition", "summary", "contact_reason")}
    await does(agent.post(f"{contact}/close", **written, next_step=step))
    await does(agent.post(f"{contact}/close", **written), 409)


async def hands_on(agent: Peer, other: Peer, conversation: str) -> None:
    """To a colleague who is gone, and to one who is there."""
    _, lists = await agent.get("/api/desk/handoffs")
    [handoff] = [one["id"] for one in lists["waiting"] if one["conversation"] == conversation]
    contact = f"/api/desk/handoffs/{handoff}"
    await does(agent.post(f"{contact}/accept"))
    await does(agent.post(f"{contact}/transfer", agent=999, note="Yours?"), 409)
    maya = (await other.get("/api/me"))[1]["agent"]["id"]
    await does(agent.post(f"{contact}/transfer", agent=maya, note="She speaks French."))
    await does(other.post(f"{contact}/accept"))
    written = {"disposition": "refused", "summary": ""}
    await does(other.post(f"{contact}/close", **written), 409)


async def does_what_is_left(agent: Peer) -> None:
    _, taken = await agent.get("/api/desk/messages-taken")
    assert taken["messages"][0]["message"]["text"] == "please call me about my tent"
    await does(agent.post(f"/api/desk/messages-taken/{taken['messages'][0]['id']}/done"), 204)
    _, left = await agent.get("/api/desk/tasks")
    assert left["tasks"][0]["text"] == "Call Ana."
    await does(agent.post(f"/api/desk/tasks/{left['tasks'][0]['id']}/done"), 204)


async def test_nobody_is_asked_about_a_customer_who_has_left(desk: ApiDesk) -> None:
    async def leaves() -> None:
        async with desk.board.centre.log.opened(conversation) as opened:
            await end_conversation(opened, desk.board.centre.handoffs)

    conversation = await desk.board.inside(desk.customer("a person please"))
    await desk.board.inside(desk.asks_for_person(conversation))
    async with desk.peer("ada") as ada, desk.maya() as maya, ada.at_the_desk():
        _, card = await maya.get(f"/api/conversations/{conversation}")
        contact = f"/api/desk/handoffs/{card['handoff']['id']}"
        await does(maya.post(f"{contact}/accept"))
        await desk.board.inside(leaves())
        colleague = (await ada.get("/api/me"))[1]["agent"]["id"]
        _, told = await does(maya.post(f"{contact}/consult", agent=colleague, note=""), 409)
        assert told["error"]["code"] == "ended"
        _, team = await maya.get("/api/desk/colleagues")
        assert [one["id"] for one in team["agents"] if one["here"]] == [colleague]
        await does(maya.post(f"{contact}/close", disposition="customer_left", summary=""))


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
async def test_who_may_is_as_described(
    desk: ApiDesk, method: str, path: str, operation: Json
) -> None:
    async def code(peer: Peer, **headers: str) -> str:
        sent = {"X-CSRF-Token": peer.csrf} | headers
        async with peer.http.request(method, address(path), json={}, headers=sent) as answer:
            told = await answer.json() if answer.content_type == "application/json" else {}
            return str(told.get("error", {}).get("code", ""))

    async with desk.stranger() as http, desk.maya() as maya, desk.peer("nils") as nils:
        stranger = Peer(http, "")
        assert (await code(stranger) == "signed_out") == needs(operation, "session")
        assert await code(maya, Origin="https://evil.example") == "foreign_origin"
        wrong = await code(maya, **{"X-CSRF-Token": "guess"})
        assert (wrong == "csrf") == needs(operation, "csrf")
        new = await code(nils)
        assert (new == "must_change_password") == says(operation, 403, "must_change_password")
        if operation["operationId"] != "signOut":
            assert (await code(maya) == "not_allowed") == says(operation, 403, "not_allowed")


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [one for one in OPERATIONS if "requestBody" in one.values[2]],  # type: ignore[operator]
)
async def test_what_is_no_request_is_refused(
    desk: ApiDesk, method: str, path: str, operation: Json
) -> None:
    async with desk.peer("ada") as ada:
        for body, wanted in (
            (b"", 400),
            (b"\xff\xfe\x00", 400),
            (b"[" * 100_000, 400),
            (b"1" * 5_000, 400),
            (b'"text"', 400),
            (b"[]", 400),
            (b" " * (BODY_BYTES + 1), 413),
        ):
            headers = {"X-CSRF-Token": ada.csrf}
            async with ada.http.request(
                method, address(path), data=body, headers=headers
            ) as answer:
                # Whether there is such a thing may be looked at first.
                assert answer.status in (wanted, 404, 409), (
                    f"{operation['operationId']}: {body[:20]!r}"
                )


async def test_ids_that_nothing_can_have(database_url: str, tmp_path: Path) -> None:
    """PostgreSQL takes no NUL, and no database half a character."""
    body = {"disposition": "solved", "summary": "", "id": "12345678", "text": "x"}
    with open_api_desk(tmp_path, database_url=database_url) as desk:
        async with desk.peer("ada") as ada:
            for path, method, _ in operations(describe()):
                for strange in STRANGE if "{" in path else ():
                    there = re.sub(r"\{\w+\}", strange, path)
                    asked = ada.get(there) if method == "get" else ada.post(there, **body)
                    assert (await asked)[0] in (404, 409, 422), f"{method} {there[:80]}"


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("Cookie", b"warmline_session=\xff\xfe", "signed_out"),
        ("X-CSRF-Token", b"\xff", "csrf"),
        ("Origin", b"\xff", "foreign_origin"),
        ("Content-Encoding", b"gzip", "bad_request"),  # the body isn't
    ],
)
async def test_headers_that_no_browser_sends(
    desk: ApiDesk, header: str, value: bytes, code: str
) -> None:
    async with desk.peer("ada") as ada:
        [cookie] = ada.http.cookie_jar
        headers: dict[str, str | bytes] = {
            "Cookie": f"warmline_session={cookie.value}",
            "X-CSRF-Token": ada.csrf,
        }

    def asked() -> Json:
        connection = HTTPConnection("127.0.0.1", desk.board.settings.port, timeout=20)
        connection.request("POST", "/api/password", b"{}", headers | {header: value})
        answer: Json = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    assert (await asyncio.to_thread(asked))["error"]["code"] == code


async def test_what_isnt_there_is_refused_in_the_same_form(desk: ApiDesk) -> None:
    async with desk.stranger() as http:
        for method, path, wanted in (
            ("GET", "/api/nothing", (404, "not_found")),
            ("DELETE", "/api/agents", (405, "method_not_allowed")),
        ):
            async with http.request(method, path) as answer:
                told = (await answer.json())["error"]
                assert (answer.status, told["code"]) == wanted
                assert ("Allow" in answer.headers) == (answer.status == 405)
