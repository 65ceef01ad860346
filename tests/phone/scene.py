"""A carrier's doors on a real port of this machine; behind them, instead of the centre, a call that
keeps what its ear is told and does what the scene says."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet
from xml.etree import ElementTree as Xml

import aiohttp
import numpy as np
from aiohttp import web
from aiohttp.test_utils import TestServer
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.call.line import Arrival, Ear, Line
from bot.channels.frames import SOCKETS
from bot.channels.phone.taking import TAKE_CALL, TakeCall
from bot.channels.phone.twilio import twilio_routes
from bot.channels.phone.twilio_account import TWILIO, Account, Twilio
from bot.conversation.log import Clock
from speech.audio import mulaw_decode

TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT_SID = "AC" + "1" * 32
WITHIN_S = 10.0
"""A failing test's patience; what passes doesn't wait."""


class Seen:
    """One call: what its ear was told."""

    def __init__(self, line: Line, arrival: Arrival, rate_hz: int) -> None:
        self.line, self.arrival, self.rate_hz = line, arrival, rate_hz
        self.heard = bytearray()
        self.losses: list[float] = []
        self.marks: list[tuple[int, float]] = []
        self.keys = ""
        self.why: str | None = None
        self.news = asyncio.Event()

    def hear(self, pcm: bytes) -> None:
        self.heard += pcm
        self.news.set()

    def lost(self, seconds: float) -> None:
        self.losses.append(seconds)
        self.news.set()

    def played(self, seq: int, ms: float) -> None:
        self.marks.append((seq, ms))
        self.news.set()

    def key(self, digit: str) -> None:
        self.keys += digit
        self.news.set()

    async def until(self, true: Callable[[Seen], object]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not true(self):
                self.news.clear()
                await self.news.wait()


Talk = Callable[[Seen], Awaitable[None]]


async def listen_only(seen: Seen) -> None:
    await asyncio.Event().wait()


async def echo(seen: Seen) -> None:
    said = 0
    while True:
        await seen.until(lambda seen, said=said: len(seen.heard) > said)  # type: ignore[misc]
        pcm = bytes(seen.heard[said:])
        said += len(pcm)
        await seen.line.sound(pcm)


class Desk:
    """Takes calls as bot/channels/phone/door.py does: reads the wire and talks at the same time, and
    hangs up when either ends."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.calls: asyncio.Queue[Seen] = asyncio.Queue()

    async def __call__(
        self, line: Line, arrival: Arrival, *, rate_hz: int, read: Callable[[Ear], Awaitable[str]]
    ) -> None:
        seen = Seen(line, arrival, rate_hz)
        self.calls.put_nowait(seen)
        reading = asyncio.ensure_future(read(seen))
        talking = asyncio.ensure_future(self.talk(seen))
        try:
            await asyncio.wait({reading, talking}, return_when=asyncio.FIRST_COMPLETED)
            if talking.done():
                talking.result()
        finally:
            talking.cancel()
            await line.hang_up()
            seen.why = await asyncio.wait_for(reading, WITHIN_S)
            seen.news.set()

    async def call(self) -> Seen:
        return await asyncio.wait_for(self.calls.get(), WITHIN_S)


@dataclass
class TwilioScene:
    url: str
    desk: Desk
    http: aiohttp.ClientSession
    app: web.Application

    async def post(self, path: str, **form: str) -> str:
        """A webhook as Twilio would send it; the TwiML."""
        fields = {"CallSid": "CA" + "c" * 32, "AccountSid": ACCOUNT_SID, **form}
        signature = RequestValidator(TOKEN).compute_signature(self.url + path, fields)
        headers = {"X-Twilio-Signature": signature}
        async with self.http.post(self.url + path, data=fields, headers=headers) as response:
            assert response.status == 200, await response.text()
            return await response.text()

    @asynccontextmanager
    async def calling(self, **changes: Any) -> AsyncIterator[TwilioEnd]:
        """Webhook, media socket, `connected` and `start`; `changes` to the start."""
        call = "CA" + secrets.token_hex(16)
        told = Xml.fromstring(await self.post("/phone/twilio", CallSid=call, From="+15550100"))
        async with self.http.ws_connect(self.url + "/phone/twilio/media", max_msg_size=0) as socket:
            end = TwilioEnd(self, socket, call, media_token(told))
            await end.send("connected", protocol="Call", version="1.0.0")
            await end.start(**changes)
            yield end


def media_token(told: Xml.Element) -> str:
    parameter = told.find("Connect/Stream/Parameter")
    assert parameter is not None
    assert parameter.get("name") == "token"
    return parameter.get("value", "")


@dataclass
class TwilioEnd:
    """Twilio's end of a media socket, hand-driven and without any clock."""

    scene: TwilioScene
    socket: aiohttp.ClientWebSocketResponse
    call: str
    token: str
    stream: str = "MZ" + "5" * 32
    chunk: int = 0
    at_ms: int = 0
    got: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, event: str, **content: Any) -> None:
        await self.socket.send_str(
            json.dumps({"event": event, "streamSid": self.stream, **content})
        )

    async def start(self, **changes: Any) -> None:
        sound = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        start = {
            "streamSid": self.stream, "accountSid": ACCOUNT_SID, "callSid": self.call,
            "tracks": ["inbound"], "mediaFormat": sound,
            "customParameters": {"token": self.token}, **changes,
        }  # fmt: skip
        await self.send("start", sequenceNumber="1", start=start)

    async def says(self, mulaw: bytes) -> None:
        """In frames of 20 ms."""
        for at in range(0, len(mulaw), 160):
            self.chunk += 1
            payload = base64.b64encode(mulaw[at : at + 160]).decode()
            await self.send("media", media={
                "track": "inbound", "chunk": str(self.chunk), "timestamp": str(self.at_ms),
                "payload": payload,
            })  # fmt: skip
            self.at_ms += 20

    async def hears(self, event: str) -> dict[str, Any]:
        """The next frame, which is `event`."""
        message = await self.socket.receive(timeout=WITHIN_S)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        frame: dict[str, Any] = json.loads(message.data)
        assert frame["streamSid"] == self.stream
        assert frame["event"] == event, frame
        return frame

    async def hears_sound(self, length: int) -> bytes:
        """So many bytes of mu-law."""
        mulaw = b""
        while len(mulaw) < length:
            mulaw += base64.b64decode((await self.hears("media"))["media"]["payload"])
        return mulaw

    async def returns_mark(self, name: str) -> None:
        await self.send("mark", mark={"name": name})

    async def is_closed(self) -> int | None:
        """The code with which the server closes, after at most some more frames."""
        while True:
            message = await self.socket.receive(timeout=WITHIN_S)
            if message.type is not aiohttp.WSMsgType.TEXT:
                assert message.type is aiohttp.WSMsgType.CLOSE, message
                return self.socket.close_code

    async def asks_next(self, **form: str) -> Xml.Element:
        return Xml.fromstring(
            await self.scene.post("/phone/twilio/next?again=0", CallSid=self.call, **form)
        )


@asynccontextmanager
async def twilio_doors(
    clock: Clock,
    talk: Talk = listen_only,
    *,
    account: Account | None = None,
    take: TakeCall | None = None,
) -> AsyncIterator[TwilioScene]:
    desk = Desk(talk)
    app = web.Application()
    app[SOCKETS] = WeakSet()
    app[TAKE_CALL] = take or desk
    app[TWILIO] = Twilio(account or Account(TOKEN, ACCOUNT_SID), clock)
    app.router.add_routes(twilio_routes())
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        yield TwilioScene(f"http://127.0.0.1:{server.port}", desk, http, app)


def tone(seconds: float, hz: float = 440.0, rate_hz: int = 8000) -> bytes:
    """PCM of a sine at half of full scale."""
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    return (16384 * np.sin(2 * np.pi * hz * at)).astype("<i2").tobytes()


def every_code(times: int = 1) -> bytes:
    """All 256 codes of mu-law: what is mangled on the way shows. Code 7F is the same sample as FF."""
    return bytes(code for code in range(256) if code != 0x7F)[:160] * times


def same_sound(mulaw: bytes, pcm: bytes) -> bool:
    return mulaw_decode(mulaw) == pcm
