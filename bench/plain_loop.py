"""The voice bot one writes first, of the same engines, to measure against: it waits for a second of
silence, recognises the whole utterance, asks the dialogue, makes the whole reply and plays it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from weakref import WeakSet

import aiohttp
from aiohttp import web

from bot.call.line import Arrival, Ear, Line
from bot.centre import utc_now
from bot.channels.frames import SOCKETS
from bot.channels.phone.taking import TAKE_CALL
from bot.channels.phone.twilio import twilio_routes
from bot.channels.phone.twilio_account import TWILIO, Account, Twilio
from bot.settings import ROOT
from speech.audio import Framer, Resampler
from speech.catalogue import Catalogue
from speech.piper_synthesiser import PiperSynthesiser
from speech.spoken import speakable
from speech.vad import FRAME_BYTES, FRAME_SAMPLES, RATE_HZ, VoiceActivityModel
from speech.vosk_recogniser import VoskRecogniser

SILENCE_S = 1.0
FRAME_S = FRAME_SAMPLES / RATE_HZ


class PlainLoop:
    """Implements TakeCall."""

    def __init__(self, product: str, secret: str) -> None:
        """`product`: the address of the one whose dialogue answers; `secret`: of its REST channel."""
        catalogue = Catalogue.load()
        self.ears = VoskRecogniser(catalogue.path("recogniser"))
        self.voice = PiperSynthesiser(catalogue.path("voice"))
        self.vad = VoiceActivityModel(catalogue.path("vad"))
        self.product, self.secret = product, secret
        self.executor = ThreadPoolExecutor(2)

    async def __call__(
        self, line: Line, arrival: Arrival, *, rate_hz: int, read: Callable[[Ear], Awaitable[str]]
    ) -> None:
        call = PlainCall(self, line, arrival, rate_hz)
        talking = asyncio.ensure_future(call.run())
        await read(call)
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)


class PlainCall:
    def __init__(self, loop: PlainLoop, line: Line, arrival: Arrival, rate_hz: int) -> None:
        self.loop, self.line, self.sender = loop, line, arrival.call_id
        self.frames: asyncio.Queue[bytes] = asyncio.Queue()
        self.framer, self.resampler = Framer(FRAME_BYTES), Resampler(rate_hz, RATE_HZ)

    def hear(self, pcm: bytes) -> None:
        for frame in self.framer.feed(self.resampler.feed(pcm)):
            self.frames.put_nowait(frame)

    def lost(self, seconds: float) -> None: ...

    def played(self, seq: int, ms: float) -> None: ...

    def key(self, digit: str) -> None: ...

    async def run(self) -> None:
        on_thread = asyncio.get_running_loop().run_in_executor
        executor = self.loop.executor
        await self.say("Hello, how can I help?")
        async with aiohttp.ClientSession() as http:
            while True:
                utterance = await self.utterance()
                text = await on_thread(executor, self.recognise, utterance)
                if text:
                    await self.say(await self.ask(http, text))

    async def utterance(self) -> bytes:
        vad = self.loop.vad.listen()
        heard, voiced, silent_s = [], False, 0.0
        while not voiced or silent_s < SILENCE_S:
            frame = await self.frames.get()
            heard.append(frame)
            if vad.probability(frame) >= 0.5:
                voiced, silent_s = True, 0.0
            else:
                silent_s += FRAME_S
                if not voiced:
                    del heard[:-10]
        return b"".join(heard)

    def recognise(self, pcm: bytes) -> str:
        stream = self.loop.ears.stream(RATE_HZ)
        stream.feed(pcm)
        return stream.finish().text

    async def ask(self, http: aiohttp.ClientSession, text: str) -> str:
        async with http.post(
            f"{self.loop.product}/webhooks/rest/webhook",
            headers={"Authorization": f"Bearer {self.loop.secret}"},
            json={"sender": self.sender, "message": text},
        ) as answer:
            return " ".join(reply["text"] for reply in await answer.json())

    def synthesise(self, text: str) -> bytes:
        voice = self.loop.voice
        resampler = Resampler(voice.rate_hz, self.line.rate_hz)
        return resampler.feed(b"".join(voice.speak(speakable(text)))) + resampler.finish()

    async def say(self, text: str) -> None:
        on_thread = asyncio.get_running_loop().run_in_executor
        await self.line.sound(await on_thread(self.loop.executor, self.synthesise, text))


@asynccontextmanager
async def plain_loop(product: str, secret: str, auth_token: str) -> AsyncIterator[str]:
    """Its address, while it takes calls over Twilio's protocol, in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.plain_loop", product, secret, auth_token,
        stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.wait()


async def serve(product: str, secret: str, auth_token: str) -> None:
    app = web.Application()
    app[SOCKETS] = WeakSet()
    app[TAKE_CALL] = PlainLoop(product, secret)
    app[TWILIO] = Twilio(Account(auth_token), utc_now)
    app.router.add_routes(twilio_routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
