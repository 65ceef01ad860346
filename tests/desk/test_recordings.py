"""Listening at the desk: who may, and how a player asks for a part."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.call.recording import Recording
from bot.call.recordings import RECORDINGS, Recordings
from bot.centre import CENTRE, Centre, open_centre
from bot.desk.routes import desk_routes
from bot.settings import load_settings
from bot.store.desk_tables import Role
from bot.store.migrate import migrate
from bot.store.tables import Channel
from tests.call.tape import RATE_HZ, Heard, near, tone
from tests.desk.described import ReadsAlong

PASSWORD = "a password for maya"


@dataclass
class Desk:
    """A server with the desk's API and one recorded call of two seconds."""

    url: str
    centre: Centre
    recordings: Recordings
    now: float = 0.0
    """The recordings' clock, in seconds."""
    conversation: str = ""
    recording: str = ""
    path: Path = Path()

    @property
    def address(self) -> str:
        return f"/api/conversations/{self.conversation}/recordings/{self.recording}"

    async def begin(self) -> Recording:
        conversation, _ = await self.centre.log.begin("en")
        async with self.centre.log.opened(conversation) as opened:
            leg = await opened.begin_leg(Channel.PHONE, "phone:+15550100")
        recording = await self.recordings.begin(
            conversation, leg.id, caller_hz=RATE_HZ, said_hz=RATE_HZ
        )
        self.conversation, self.recording = conversation, recording.id
        self.path = recording.file.path
        return recording

    async def call(self) -> str:
        """Its conversation."""
        recording = await self.begin()
        self.now += 2
        recording.caller(tone(440, 2.0))
        recording.blank(500, 1000)
        await self.recordings.finish(recording)
        return self.conversation


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    settings = load_settings(data_dir=tmp_path)
    await migrate(settings.database_url)
    async with open_centre(settings) as centre:
        recordings = Recordings(
            centre.database, tmp_path / "recordings", centre.clock, monotonic=lambda: made.now
        )
        app = web.Application()
        app[CENTRE], app[RECORDINGS] = centre, recordings
        app.router.add_routes(desk_routes())
        await centre.sign_in.add_agent("maya", "Maya", Role.AGENT, PASSWORD)
        async with TestServer(app) as server:
            made = Desk(str(server.make_url("/")), centre, recordings)
            await made.call()
            yield made
        await recordings.close()


@pytest.fixture
async def maya(desk: Desk) -> AsyncIterator[aiohttp.ClientSession]:
    """An agent at the desk."""
    jar = aiohttp.CookieJar(unsafe=True)
    trace = [ReadsAlong().trace]
    async with aiohttp.ClientSession(desk.url, cookie_jar=jar, trace_configs=trace) as http:
        account = {"username": "maya", "password": PASSWORD}
        async with http.post("/api/signin", json=account) as answer:
            csrf = (await answer.json())["csrf"]
        change = {"current": PASSWORD, "new": f"{PASSWORD}, her own"}
        async with http.post(
            "/api/password", json=change, headers={"X-CSRF-Token": csrf}
        ) as answer:
            assert answer.status == 204
        yield http


async def test_an_agent_listens(desk: Desk, maya: aiohttp.ClientSession) -> None:
    async with maya.get(f"/api/conversations/{desk.conversation}/recordings") as answer:
        [listed] = (await answer.json())["recordings"]
    assert listed["id"] == desk.recording
    assert listed["url"] == desk.address
    assert listed["ended_at"]
    assert listed["ms"] == 2000
    assert listed["gaps"] == [{"from_ms": 500, "to_ms": 1000, "reason": "card number"}]
    async with maya.get(listed["url"]) as answer:
        assert answer.status == 200
        assert answer.content_type == "audio/wav"
        assert answer.headers["Accept-Ranges"] == "bytes"
        assert answer.headers["Cache-Control"] == "no-store"
        assert await answer.read() == desk.path.read_bytes()
    heard = Heard(desk.path)
    assert near(heard.spans(heard.caller), (0, 0.5), (1, 2))


async def test_an_agent_listens_while_the_call_goes_on(
    desk: Desk, maya: aiohttp.ClientSession, tmp_path: Path
) -> None:
    recording = await desk.begin()
    so_far = tmp_path / "so_far.wav"
    for seconds in (1.0, 2.0):
        desk.now += 1
        recording.caller(tone(440, 1.0))
        recording.tick()
        await desk.recordings.written()
        async with maya.get(desk.address) as answer:
            so_far.write_bytes(await answer.read())
        assert Heard(so_far).seconds == seconds
    await desk.recordings.finish(recording)


async def test_a_player_seeks(desk: Desk, maya: aiohttp.ClientSession) -> None:
    sound = desk.path.read_bytes()
    size = len(sound)
    for asked, part in (
        ("bytes=0-57", sound[:58]),
        ("bytes=16000-", sound[16000:]),
        ("bytes=-100", sound[-100:]),
        (f"bytes=30000-{size + 999}", sound[30000:]),
    ):
        async with maya.get(desk.address, headers={"Range": asked}) as answer:
            assert answer.status == 206
            begins = size - len(part) if asked != "bytes=0-57" else 0
            wanted = f"bytes {begins}-{begins + len(part) - 1}/{size}"
            assert answer.headers["Content-Range"] == wanted
            assert await answer.read() == part
    async with maya.get(desk.address, headers={"Range": f"bytes={size}-"}) as answer:
        assert answer.status == 416
        assert answer.headers["Content-Range"] == f"bytes */{size}"
    async with maya.head(desk.address) as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(size))


async def test_strangers_hear_nothing(desk: Desk) -> None:
    async with aiohttp.ClientSession(desk.url) as stranger:
        for path in (desk.address, f"/api/conversations/{desk.conversation}/recordings"):
            async with stranger.get(path) as answer:
                assert answer.status == 401
                assert (await answer.json())["error"]["code"] == "signed_out"


async def test_a_customers_key_opens_no_recording(desk: Desk) -> None:
    _, token = await desk.centre.log.begin("en")
    cookie = {"Cookie": f"warmline_session={token}"}
    async with (
        aiohttp.ClientSession(desk.url, headers=cookie) as customer,
        customer.get(desk.address) as answer,
    ):
        assert answer.status == 401


async def test_a_page_of_another_site_hears_nothing(
    desk: Desk, maya: aiohttp.ClientSession
) -> None:
    async with maya.get(desk.address, headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403


async def test_somebody_elses_recording_is_not_found_in_this_conversation(
    desk: Desk, maya: aiohttp.ClientSession
) -> None:
    """Who may read one conversation doesn't hear another through it."""
    mine, theirs = desk.conversation, desk.recording
    other = await desk.call()
    assert other != mine
    for path in (
        f"/api/conversations/{other}/recordings/{theirs}",
        f"/api/conversations/{'0' * 32}/recordings/{theirs}",
        f"/api/conversations/{mine}/recordings/..%2f..%2fwarmline.db",
    ):
        async with maya.get(path) as answer:
            assert answer.status == 404
            assert (await answer.json())["error"]["code"] == "unknown"


async def test_a_missing_file_is_said(desk: Desk, maya: aiohttp.ClientSession) -> None:
    desk.path.unlink()
    async with maya.get(desk.address) as answer:
        assert answer.status == 404
        assert (await answer.json())["error"]["code"] == "file_missing"


async def test_an_administrator_reads_who_listened(desk: Desk, maya: aiohttp.ClientSession) -> None:
    await (await maya.get(desk.address)).read()
    await (await maya.get(desk.address, headers={"Range": "bytes=100-200"})).read()  # seeks
    assert (await maya.get("/api/audit")).status == 403
    await desk.centre.sign_in.add_agent(
        "ada", "Ada", Role.ADMINISTRATOR, PASSWORD, must_change=False
    )
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(desk.url, cookie_jar=jar) as ada:
        await ada.post("/api/signin", json={"username": "ada", "password": PASSWORD})
        entries = (await (await ada.get("/api/audit")).json())["entries"]
        [opened] = [one for one in entries if one["action"] == "recording_opened"]
        assert opened["agent"]["name"] == "Maya"
        assert opened["conversation"] == desk.conversation
        assert opened["data"] == {"recording": desk.recording}
        assert entries[0]["action"] == "signed_in"
        older = await (await ada.get(f"/api/audit?before={opened['id']}")).json()
        assert [one["id"] for one in older["entries"]] == [
            one["id"] for one in entries if one["id"] < opened["id"]
        ]
        for bad in ("x", "-1", "9" * 12):
            assert (await ada.get(f"/api/audit?before={bad}")).status == 422
