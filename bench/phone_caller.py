"""A caller by telephone: does what Twilio does with a call, to measure it and to hold conversations.

    async with calling_by_phone("http://127.0.0.1:8080", auth_token=TOKEN) as caller:
        await caller.listen()                        # the greeting
        exchange = await caller.play(read_wav(path)) # says it, hears the reply out
        print(exchange.voice_to_voice_s, len(exchange.heard) / 8000)

It posts the signed webhook, opens the media socket it is told, and from then on sends a frame of 20 ms
every 20 ms, silence included. What arrives goes into a model of Twilio's buffer: a playhead in real
time, marks returned when it passes them, all at once when a clear drops what they stand behind.
Each call is one task; many fit into one process. Times are `time.monotonic()` seconds.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import random
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import aiohttp

from bench.playhead import Exchange, Playhead, voiced
from bot.channels.phone.coding import RATE_HZ
from bot.channels.phone.twilio_account import Account
from bot.channels.phone.twilio_webhook import ANSWER_PATH
from speech.audio import Sound, mulaw_encode, resample

FRAME_S = 0.02
FRAME_BYTES = 160
SILENCE = b"\xff" * FRAME_BYTES


class CallFailed(Exception):
    """The call wasn't answered; the text is what the server said."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """What happens to the caller's sound on its way."""

    loss: float = 0.0
    """Probability of a frame to be lost before Twilio gets it: only the time stamps tell."""
    jitter_s: float = 0.0
    """Frames are late by up to so much; their order stays."""
    seed: int = 1


class PhoneCaller:
    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, call: str, token: str, line: BadLine,
        ask_next: Callable[[], Awaitable[str]],
    ) -> None:  # fmt: skip
        self.call_sid = call
        self.stream_sid = "MZ" + secrets.token_hex(16)
        self.playhead = Playhead()
        self.frames: list[tuple[float, bytes, float]] = []
        """Everything that arrived: when, mu-law, when it begins to play."""
        self.marks: list[tuple[int, str]] = []
        """Every mark that arrived: how many frames stood before it, its name."""
        self.clears: list[float] = []
        self.ended = asyncio.Event()
        self.what_follows = ask_next
        """After `ended` (the server has closed the socket): the TwiML Twilio goes on with."""
        self._socket, self._token, self._line = socket, token, line
        self._random = random.Random(line.seed)
        self._saying: deque[bytes] = deque()
        self._late: deque[tuple[float, str]] = deque()
        self._stalled_until = 0.0
        self._sequence = 1
        self._said = asyncio.Event()
        self._said_at = 0.0
        self._exchange = Exchange(time.monotonic())

    async def listen(self, *, within_s: float = 15.0, quiet_s: float = 0.8) -> Exchange:
        """Until something was said and `quiet_s` of silence followed, or nothing came `within_s`."""
        return await self._hear_out(Exchange(time.monotonic()), within_s, quiet_s)

    async def play(self, sound: Sound, *, within_s: float = 15.0, quiet_s: float = 0.8) -> Exchange:
        """Says it, then listens as `listen` does."""
        exchange = Exchange(await self.say(sound))
        return await self._hear_out(exchange, within_s, quiet_s)

    async def heard_out(self, *, quiet_s: float) -> None:
        """Until everything that has arrived was heard, and `quiet_s` of silence followed."""
        while not self.ended.is_set():
            left_s = self.playhead.ends_at + quiet_s - time.monotonic()
            if left_s <= 0:
                break
            await asyncio.sleep(left_s)

    async def say(self, sound: Sound) -> float:
        """Says it to the end; returns when its last voiced 10 ms ended."""
        mulaw = mulaw_encode(resample(sound, RATE_HZ).pcm)
        mulaw += b"\xff" * (-len(mulaw) % FRAME_BYTES)
        self._said.clear()
        self._saying.extend(mulaw[i : i + FRAME_BYTES] for i in range(0, len(mulaw), FRAME_BYTES))
        await self._said.wait()
        ends = (voiced(mulaw) or (0, len(mulaw)))[1]
        return self._said_at - (len(mulaw) - ends) / RATE_HZ

    async def _hear_out(self, exchange: Exchange, within_s: float, quiet_s: float) -> Exchange:
        self._exchange = exchange
        for frame in self.frames:
            if frame[0] > exchange.said_at and exchange.first_sound_at is None:
                self._note(*frame)
        until = time.monotonic() + within_s
        while not self.ended.is_set():
            now = time.monotonic()
            if exchange.first_sound_at is None and now > until:
                break
            if exchange.first_sound_at and now > self.playhead.ends_at + quiet_s:
                break
            await asyncio.sleep(FRAME_S)
        exchange.heard = self.playhead.heard(exchange.said_at, time.monotonic())
        return exchange

    def first_sound_of(self, seq: int) -> float | None:
        """When the first frame of the server's message `seq` that isn't silent arrived. The server
        marks each piece of sound with its message (bot/channels/phone/twilio.py)."""
        before = 0
        for frames, name in self.marks:
            if name.split(":")[1] == str(seq):
                for at, mulaw, _ in self.frames[before:frames]:
                    if voiced(mulaw):
                        return at
            before = frames
        return None

    async def until_spoken_to(self, seconds: float) -> None:
        """Until so much of what plays now, or next, was heard: the moment to interrupt."""
        began = time.monotonic()
        while not self.ended.is_set():
            heard = self.playhead.heard(began, time.monotonic())
            if voiced(heard) and len(heard) >= seconds * RATE_HZ:
                return
            await asyncio.sleep(FRAME_S)

    async def press(self, digits: str, *, every_s: float = 0.25) -> None:
        for digit in digits:
            await self._tell("dtmf", dtmf={"track": "inbound_track", "digit": digit})
            await asyncio.sleep(every_s)

    def stall(self, seconds: float) -> None:
        """From now on nothing gets through, neither way; then everything at once."""
        self._stalled_until = time.monotonic() + seconds

    async def hang_up(self) -> None:
        stop = {"accountSid": "AC" + "0" * 32, "callSid": self.call_sid}
        await self._tell("stop", stop=stop)
        await self._socket.close()

    def cut(self) -> None:
        """The network goes away in the middle of everything."""
        self.ended.set()
        self._said.set()
        if transport := self._socket.get_extra_info("socket"):
            with contextlib.suppress(OSError):
                transport.shutdown(2)

    # --- the wire ------------------------------------------------------------------------------

    async def run(self) -> None:
        receiving = asyncio.create_task(self._receive())
        try:
            await self._send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
            await self._tell("start", start={
                "accountSid": "AC" + "0" * 32, "streamSid": self.stream_sid,
                "callSid": self.call_sid, "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": RATE_HZ, "channels": 1},
                "customParameters": {"token": self._token},
            })  # fmt: skip
            await self._pace()
        finally:
            receiving.cancel()
            await asyncio.gather(receiving, return_exceptions=True)

    async def _pace(self) -> None:
        began = time.monotonic()
        tick = chunk = 0
        while not self.ended.is_set():
            tick += 1
            due = began + tick * FRAME_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            now = time.monotonic()
            mulaw = self._saying.popleft() if self._saying else SILENCE
            if not self._saying and not self._said.is_set():
                self._said_at = due  # were we late ourselves, the wait counts
                self._said.set()
            if self._random.random() >= self._line.loss:
                chunk += 1
                payload = base64.b64encode(mulaw).decode()
                stamp = (tick - 1) * 20
                late = now + self._random.uniform(0, self._line.jitter_s)
                release = max(late, self._stalled_until, self._late[-1][0] if self._late else 0)
                self._late.append((release, (
                    f'"media":{{"track":"inbound","chunk":"{chunk}","timestamp":"{stamp}",'
                    f'"payload":"{payload}"}}'
                )))  # fmt: skip
            while self._late and self._late[0][0] <= now:
                await self._send(self._framed("media", self._late.popleft()[1]))
            for name in self.playhead.passed(now):
                await self._tell("mark", mark={"name": name})

    async def _receive(self) -> None:
        async for message in self._socket:
            if (stalled_s := self._stalled_until - time.monotonic()) > 0:
                await asyncio.sleep(stalled_s)
            now = time.monotonic()
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            frame = json.loads(message.data)
            if frame.get("streamSid") != self.stream_sid:
                continue  # as Twilio does
            if frame["event"] == "media":
                mulaw = base64.b64decode(frame["media"]["payload"])
                self.frames.append((now, mulaw, self.playhead.add(mulaw, now)))
                self._note(*self.frames[-1])
            elif frame["event"] == "mark":
                self.marks.append((len(self.frames), frame["mark"]["name"]))
                self.playhead.mark(frame["mark"]["name"], now)
            elif frame["event"] == "clear":
                self.clears.append(now)
                self._exchange.first_sound_at = self._exchange.first_heard_at = None
                for name in self.playhead.clear(now):
                    await self._tell("mark", mark={"name": name})
        self.ended.set()
        self._said.set()

    def _note(self, at: float, mulaw: bytes, begins: float) -> None:
        exchange = self._exchange
        after = max([exchange.said_at, *self.clears[-1:]])
        if exchange.first_sound_at is None and at > after and (loud := voiced(mulaw)):
            exchange.first_sound_at = at
            exchange.first_heard_at = begins + loud[0] / RATE_HZ

    async def _tell(self, event: str, **content: object) -> None:
        await self._send(self._framed(event, json.dumps(content)[1:-1]))

    def _framed(self, event: str, content: str) -> str:
        self._sequence += 1
        return (
            f'{{"event":"{event}","sequenceNumber":"{self._sequence}",'
            f'"streamSid":"{self.stream_sid}",{content}}}'
        )

    async def _send(self, frame: str | dict[str, str]) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self._socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))


@asynccontextmanager
async def calling_by_phone(
    url: str,
    *,
    auth_token: str,
    caller: str = "+15550100",
    called: str = "+15550199",
    account_sid: str = "AC" + "0" * 32,
    public_url: str | None = None,
    query: str = "",
    line: BadLine | None = None,
    rung: bool = False,
) -> AsyncIterator[PhoneCaller]:
    """A call to the server at `url`, whose WARMLINE_PUBLIC_URL is `public_url` (none: `url`), to a
    number whose webhook has `query` (`?language=de`). `rung`: it was the server that called, and
    `caller` picks up. Hangs up at the end. Raises CallFailed."""
    form = {"CallSid": "CA" + secrets.token_hex(16), "AccountSid": account_sid, "From": caller,
            "To": called, "CallStatus": "ringing", "Direction": "inbound"}  # fmt: skip
    if rung:
        form |= {"From": called, "To": caller, "Direction": "outbound-api"}
    account = Account(auth_token, public_url=public_url or url)
    async with aiohttp.ClientSession() as http:

        async def ask(path: str) -> str:
            signature = account.signature((public_url or url).rstrip("/") + path, form.items())
            headers = {"X-Twilio-Signature": signature}
            async with http.post(url.rstrip("/") + path, data=form, headers=headers) as response:
                told = await response.text()
                if response.status != 200:
                    raise CallFailed(f"{response.status}: {told[:300]}")
                return told

        told = Xml.fromstring(await ask(ANSWER_PATH + query))
        if (stream := told.find("Connect/Stream")) is None:
            raise CallFailed(f"no stream: {Xml.tostring(told, 'unicode')[:300]}")
        parameter = stream.find("Parameter")
        token = "" if parameter is None else parameter.get("value", "")
        media = "ws" + url.removeprefix("http").rstrip("/") + urlsplit(stream.get("url", "")).path
        socket = await http.ws_connect(media, max_msg_size=0)
        after = urlsplit(told.findtext("Redirect", ""))
        phone = PhoneCaller(
            socket,
            form["CallSid"],
            token,
            line or BadLine(),
            lambda: ask(f"{after.path}?{after.query}"),
        )
        running = asyncio.create_task(phone.run())
        try:
            yield phone
        finally:
            if not phone.ended.is_set():
                await phone.hang_up()
            phone.ended.set()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await socket.close()
