"""The door for Asterisk's WebSockets, and its line's book-keeping, without an Asterisk: a WebSocket
client says what Asterisk says. What Asterisk itself does is shown in test_asterisk_calls.py."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakSet

import aiohttp
import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from bot.call.line import CannotTransfer
from bot.channels.frames import SOCKETS
from bot.channels.phone.asterisk import asterisk_routes
from bot.channels.phone.asterisk_line import AHEAD_FRAMES
from bot.channels.phone.asterisk_manager import Manager
from bot.channels.phone.taking import TAKE_CALL
from speech.audio import mulaw_decode, mulaw_encode
from tests.house import free_ports
from tests.phone.exchange import Exchange, TakenCall
from tests.phone.wire import tone

START = {
    "event": "MEDIA_START",
    "connection_id": "warmline",
    "channel": "WebSocket/warmline/0x1",
    "channel_id": "1.2",
    "format": "ulaw",
    "optimal_frame_size": 160,
    "ptime": 20,
    "channel_variables": {},
}


class Peer:
    """What Asterisk's end of the socket was sent."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.sound = bytearray()

    async def say(self, **event: Any) -> None:
        await self.socket.send_json(event)

    async def command(self, name: str) -> dict[str, Any]:
        """The next command of that name; sound and others before it are taken in."""
        async with asyncio.timeout(5):
            async for message in self.socket:
                if message.type is WSMsgType.BINARY:
                    assert len(message.data) % 160 == 0
                    self.sound += message.data
                elif len(message.data) > 128:
                    raise AssertionError("Asterisk would ignore this")
                elif (command := json.loads(message.data))["command"] == name:
                    return dict(command)
        raise AssertionError(f"the socket was closed before {name}")


@asynccontextmanager
async def door(
    secret: str | None = None, manager: Manager | None = None, *, behind_proxy: bool = False
) -> AsyncIterator[tuple[Exchange, aiohttp.ClientSession]]:
    exchange = Exchange()
    app = web.Application()
    app[TAKE_CALL] = exchange
    app[SOCKETS] = WeakSet()
    app.router.add_routes(asterisk_routes(secret, manager, behind_proxy=behind_proxy))
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession(base_url=server.make_url("/")) as session,
    ):
        yield exchange, session


@asynccontextmanager
async def a_call(manager: Manager | None = None) -> AsyncIterator[tuple[TakenCall, Peer]]:
    async with (
        door(manager=manager) as (exchange, session),
        session.ws_connect("/phone/asterisk?call=17.1", protocols=["media"]) as socket,
    ):
        await socket.send_json(START)
        yield await exchange.next_call(), Peer(socket)


# --- who may bring calls ---


def signed(name: str, password: str) -> dict[str, str]:
    return {"Authorization": aiohttp.encode_basic_auth(name, password)}


async def refused(session: aiohttp.ClientSession, **more: Any) -> str:
    async with session.get("/phone/asterisk", **more) as answer:
        assert answer.status == 401
        return await answer.text()


async def test_the_secret_of_the_settings_opens_the_door() -> None:
    async with door("the shared secret") as (exchange, session):
        assert "WARMLINE_ASTERISK_SECRET" in await refused(session)
        for wrong in (signed("asterisk", "guess"), signed("the shared secret", "")):
            await refused(session, headers=wrong)
        for broken in ("Basic", "Basic =", "Bearer the shared secret", "Basic gICA"):
            await refused(session, headers={"Authorization": broken})
        right = signed("asterisk", "the shared secret")
        async with session.ws_connect(
            "/phone/asterisk", protocols=["media"], headers=right
        ) as socket:
            await socket.send_json(START)
            assert (await exchange.next_call()).arrival.call_id == "1.2"


async def test_without_a_secret_only_this_machine_brings_calls() -> None:
    async with door() as (_, session):
        for header in ("X-Forwarded-For", "Forwarded", "Via"):  # from elsewhere, by a proxy here
            await refused(session, headers={header: "203.0.113.5"})
    async with door(behind_proxy=True) as (_, session):
        await refused(session)


async def test_web_pages_bring_no_calls() -> None:
    async with door() as (_, session):
        assert "web pages" in await refused(session, headers={"Origin": "http://evil.example"})


# --- who is calling ---


@pytest.mark.parametrize(
    ("query", "caller", "called", "language"),
    [
        ("call=1&caller=%2B4930123&called=200&language=de&back=", "+4930123", "200", "de"),
        ("call=1&caller=&called=&language=&back=BUSY", None, None, None),
        ("call=1&caller=anonymous", None, None, None),
        ("call=1&caller=%00", None, None, None),
        (f"call=1&caller={'9' * 81}", None, None, None),
    ],
)
async def test_who_is_calling_stands_in_the_address(
    query: str, caller: str | None, called: str | None, language: str | None
) -> None:
    async with (
        door() as (exchange, session),
        session.ws_connect(f"/phone/asterisk?{query}", protocols=["media"]) as socket,
    ):
        await socket.send_json(START)
        arrival = (await exchange.next_call()).arrival
        assert (arrival.call_id, arrival.caller) == ("1", caller)
        assert (arrival.called, arrival.language) == (called, language)


@pytest.mark.parametrize(
    "first",
    [
        "MEDIA_START connection_id:warmline",
        json.dumps(START | {"format": "alaw"}),
        json.dumps(START | {"format": "slin16", "optimal_frame_size": 640}),
        json.dumps({"event": "STATUS"}),
        "[1]",
        "{",
        b"\xff" * 160,
    ],
)
async def test_a_line_nobody_can_speak_on_is_refused_loudly(first: str | bytes) -> None:
    async with (
        door() as (exchange, session),
        session.ws_connect("/phone/asterisk", protocols=["media"]) as socket,
    ):
        await (socket.send_str(first) if isinstance(first, str) else socket.send_bytes(first))
        assert (await socket.receive()).type is WSMsgType.CLOSE
        assert socket.close_code == 1003
        assert not exchange.calls


# --- the line's book-keeping ---


async def test_what_the_caller_says_at_once_is_heard_once() -> None:
    async with (
        door() as (exchange, session),
        session.ws_connect("/phone/asterisk", protocols=["media"]) as socket,
    ):
        await socket.send_json(START)
        said = mulaw_encode(tone(440, 0.2))
        for at in range(0, len(said), 160):
            await socket.send_bytes(said[at : at + 160])
        await socket.send_json({"event": "DTMF_END", "digit": "5"})
        call = await exchange.next_call()
        await call.ear.until(lambda: call.ear.keys == "5")
        assert bytes(call.ear.pcm) == mulaw_decode(said)


async def test_sound_of_any_length_arrives_whole_in_whole_frames() -> None:
    async with a_call() as (call, peer):
        pcm = tone(440, 1.2345)
        for at in range(0, len(pcm), 334):
            await call.line.sound(pcm[at : at + 334])
        await call.line.mark(1, 1234.5)
        await peer.command("MARK_MEDIA")  # of the line's own, after each second
        await peer.command("MARK_MEDIA")
        assert bytes(peer.sound[: len(pcm) // 2]) == mulaw_encode(pcm)
        assert set(peer.sound[len(pcm) // 2 :]) == {0xFF}  # filled up with silence


async def test_only_eight_seconds_lie_in_asterisk() -> None:
    async with a_call() as (call, peer):
        talking = asyncio.create_task(call.line.sound(tone(440, 30)))
        marks = [await peer.command("MARK_MEDIA") for _ in range(AHEAD_FRAMES // 50)]
        assert len(peer.sound) == AHEAD_FRAMES * 160
        assert not talking.done()
        await peer.say(event="MEDIA_MARK_PROCESSED", correlation_id=marks[0]["correlation_id"])
        await peer.command("MARK_MEDIA")
        assert len(peer.sound) == (AHEAD_FRAMES + 50) * 160
        await call.line.clear()
        await talking


async def test_a_full_asterisk_is_sent_nothing() -> None:
    async with a_call() as (call, peer):
        await peer.say(event="MEDIA_XOFF")
        await peer.say(event="DTMF_END", digit="1")
        await call.ear.until(lambda: call.ear.keys == "1")
        talking = asyncio.create_task(call.line.sound(tone(440, 1)))
        await call.line.mark(1, 0.0)
        await peer.command("MARK_MEDIA")
        assert not peer.sound
        await peer.say(event="MEDIA_XON")
        await talking
        await peer.command("MARK_MEDIA")
        assert len(peer.sound) == 8000


async def test_marks_that_were_on_their_way_at_a_clear_count_for_nothing() -> None:
    async with a_call() as (call, peer):
        await call.line.sound(tone(440, 0.1))
        await call.line.mark(7, 100.0)
        old = await peer.command("MARK_MEDIA")
        await call.line.clear()
        await call.line.mark(8, 0.0)
        new = await peer.command("MARK_MEDIA")
        for mark in (old, new):
            await peer.say(event="MEDIA_MARK_PROCESSED", correlation_id=mark["correlation_id"])
        await call.ear.was_told((8, 0.0))


async def test_hanging_up_waits_for_the_last_word() -> None:
    async with a_call() as (call, peer):
        await call.line.sound(tone(440, 0.5))
        ending = asyncio.create_task(call.line.hang_up())
        await peer.command("REPORT_QUEUE_DRAINED")
        assert not ending.done()
        await peer.say(event="QUEUE_DRAINED")
        await peer.command("HANGUP")
        await ending


async def test_messages_nobody_can_read_harm_nothing() -> None:
    async with a_call() as (call, peer):
        for bad in ("", "{", "[]", '{"event": 5}', '{"event": "NEW_IN_23"}', "[" * 10_000):
            await peer.socket.send_str(bad)
        await peer.say(event="MEDIA_MARK_PROCESSED")
        await peer.say(event="DTMF_END", digit="9")
        await call.ear.until(lambda: call.ear.keys == "9")


async def test_a_transfer_without_asterisks_help_is_said() -> None:
    async with a_call() as (call, _):
        with pytest.raises(CannotTransfer, match=r"telephone\.md"):
            await call.line.transfer("6001")


async def test_a_transfer_by_an_asterisk_that_is_away_is_said() -> None:
    async with a_call(Manager("127.0.0.1", free_ports(1)[0], "x")) as (call, peer):
        moving = asyncio.create_task(call.line.transfer("6001"))
        await peer.command("REPORT_QUEUE_DRAINED")
        await peer.say(event="QUEUE_DRAINED")
        with pytest.raises(CannotTransfer, match=r"manager\.conf"):
            await moving


def test_where_the_manager_is() -> None:
    assert Manager.at("127.0.0.1:5038", "x") == Manager("127.0.0.1", 5038, "x")
    assert Manager.at("[::1]:5038", "x") == Manager("::1", 5038, "x")
    for address in ("", "localhost", ":5038", "localhost:0", "localhost:65536", "localhost:x"):
        with pytest.raises(ValueError, match=r"127\.0\.0\.1:5038"):
            Manager.at(address, "x")
