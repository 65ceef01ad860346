"""The server answers what the description says: every answer in these scenes is read along, field by
field (described.py)."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from bot.app import BODY_BYTES
from bot.desk.description import Json, describe, operations
from tests.desk.api_desk import PASSWORD, ApiDesk, Peer, open_api_desk

OPERATIONS = [
    pytest.param(method.upper(), path, operation, id=operation["operationId"])
    for path, method, operation in operations(describe())
]
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
    async with desk.peer("ada") as ada, desk.stranger() as http:
        account = {"username": "priya", "name": "Priya", "role": "agent", "password": PASSWORD}
        assert (await ada.post("/api/agents", **account))[0] == 201
        await http.get("/api/docs")
        await http.get("/api/openapi.json")
        async with desk.peer("priya") as priya:
            assert (await priya.get("/api/me"))[1]["must_change_password"]
            change = {"current": PASSWORD, "new": "Priya's own password"}
            assert (await priya.post("/api/password", **change))[0] == 204
            await takes_a_contact(priya, desk)
            assert (await priya.post("/api/signout"))[0] == 204
        assert (await ada.get("/api/audit"))[1]["entries"]
    done = {name for name, status in desk.reads_along.seen if status < 300}
    missing = {operation["operationId"] for *_, operation in operations(describe())} - done
    assert not missing, "nobody has done this in the day"


async def takes_a_contact(agent: Peer, desk: ApiDesk) -> None:
    _, lists = await agent.get("/api/desk/handoffs")
    assert {handoff["conversation"] for handoff in lists["waiting"]} == {desk.waits, desk.too}
    [handoff] = [one["id"] for one in lists["waiting"] if one["conversation"] == desk.waits]
    talk = f"/api/conversations/{desk.waits}"
    assert (await agent.post(f"{talk}/messages", id=str(uuid.uuid4()), text="hello"))[0] == 409
    assert (await agent.post(f"/api/desk/handoffs/{handoff}/accept"))[0] == 200
    assert (await agent.post(f"/api/desk/handoffs/{handoff}/accept"))[0] == 409
    _, card = await agent.get(talk)
    assert card["customer"]
    assert card["orders"]
    assert card["handoff"]["payload"]["evidence"]["recording"]
    _, log = await agent.get(f"{talk}/events?since=1")
    assert len(log["events"]) == log["last"] - 1
    for kind in ("messages", "notes"):
        assert (await agent.post(f"{talk}/{kind}", id=str(uuid.uuid4()), text="hello"))[0] == 200
    _, found = await agent.get(f"{talk}/recordings")
    assert [one["ended_at"] is None for one in found["recordings"]] == [False, True]
    sound = found["recordings"][0]["url"]
    assert (await agent.get(sound))[0] == 200
    assert (await agent.get(sound, Range="bytes=10-20"))[0] == 206
    assert (await agent.get(sound, Range="bytes=999999-"))[0] == 416
    wrap_up = {"disposition": "solved", "summary": "Refunded."}
    assert (await agent.post(f"/api/desk/handoffs/{handoff}/close", **wrap_up))[0] == 200
    assert (await agent.post(f"/api/desk/handoffs/{handoff}/close", **wrap_up))[0] == 409
    _, taken = await agent.get("/api/desk/messages-taken")
    assert taken["messages"][0]["message"]["text"] == "please call me about my tent"
    done = f"/api/desk/messages-taken/{taken['messages'][0]['id']}/done"
    assert (await agent.post(done))[0] == 204


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
            (b"{}", 422),
            (b" " * (BODY_BYTES + 1), 413),
        ):
            headers = {"X-CSRF-Token": ada.csrf}
            async with ada.http.request(
                method, address(path), data=body, headers=headers
            ) as answer:
                # Whether there is such a thing may be looked at first.
                assert answer.status in (wanted, 404), f"{operation['operationId']}: {body[:20]!r}"


async def test_ids_that_nothing_can_have(database_url: str, tmp_path: Path) -> None:
    """PostgreSQL takes no NUL, and no database half a character."""
    body = {"disposition": "solved", "summary": "", "id": "12345678", "text": "x"}
    with open_api_desk(tmp_path, database_url=database_url) as desk:
        async with desk.peer("ada") as ada:
            for path, method, _ in operations(describe()):
                for strange in STRANGE if "{" in path else ():
                    there = re.sub(r"\{\w+\}", strange, path)
                    asked = ada.get(there) if method == "get" else ada.post(there, **body)
                    assert (await asked)[0] in (404, 409), f"{method} {there[:80]}"


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
