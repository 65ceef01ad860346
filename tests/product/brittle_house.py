"""A server in this process whose engines break when they are told to, on the engine and actions of a
running house. The recogniser, the second pass and the voice are the real ones; what wraps them stands
at the outermost edge and does nothing but break."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.app import create_app
from bot.call import engines
from bot.call.hearing import Recognisers
from bot.settings import Settings, load_settings
from speech.catalogue import Catalogue
from speech.mouth import Mouth
from speech.recogniser import Recogniser, RecognitionStream, Transcriber, Transcript
from speech.synthesiser import Synthesiser
from speech.voices import open_voice
from speech.watched import Voice
from tests.house import House, free_ports

READY_WITHIN_S = 120
TRIED_AGAIN_S = 5.0


class Crash(RuntimeError):
    """What an engine raises that breaks down."""


@dataclass
class Breaks:
    """What is broken just now."""

    feeds: float = 0
    """So many of the next frames make the recogniser crash."""
    second_pass: bool = False
    voice: str = ""
    """What it does: "raises" or "hangs"."""
    freed: threading.Event = field(default_factory=threading.Event)
    """Set: voices that hang come back."""

    def mend(self) -> None:
        self.feeds, self.second_pass, self.voice = 0, False, ""
        self.freed.set()


@dataclass
class BrittleEar:
    real: Recogniser
    breaks: Breaks

    def stream(self, rate_hz: int, grammar: Sequence[str] | None = None) -> RecognitionStream:
        return _Stream(self.real.stream(rate_hz, grammar), self.breaks)

    def knows(self, word: str) -> bool:
        return self.real.knows(word)


@dataclass
class _Stream:
    real: RecognitionStream
    breaks: Breaks

    def feed(self, pcm: bytes) -> str:
        if self.breaks.feeds > 0:
            self.breaks.feeds -= 1
            raise Crash("the recogniser")
        return self.real.feed(pcm)

    def finish(self) -> Transcript:
        return self.real.finish()


@dataclass
class BrittleSecondPass:
    real: Transcriber
    breaks: Breaks

    def transcribe(self, pcm: bytes, rate_hz: int) -> Transcript:
        if self.breaks.second_pass:
            raise Crash("the second pass")
        return self.real.transcribe(pcm, rate_hz)


@dataclass
class BrittleVoice:
    real: Synthesiser
    breaks: Breaks

    @property
    def rate_hz(self) -> int:
        return self.real.rate_hz

    def speak(self, text: str) -> Iterator[bytes]:
        if self.breaks.voice == "raises":
            raise Crash("the voice")
        if self.breaks.voice == "hangs":
            self.breaks.freed.clear()
            self.breaks.freed.wait()
        yield from self.real.speak(text)


@contextmanager
def open_brittle_house(
    house: House, folder: Path, patch: pytest.MonkeyPatch, **changes: str
) -> Iterator[tuple[House, Breaks]]:
    """On `house`'s engine and actions, with WARMLINE_… `changes`."""
    [port] = free_ports(1)
    known = house.settings
    settings = load_settings(
        data_dir=str(folder), models_dir=str(known.models_dir), port=str(port),
        engine_port=str(known.engine_port), actions_port=str(known.actions_port),
        shop_database_url=known.shop_database_url, **changes,
    )  # fmt: skip
    breaks = Breaks()
    _break_engines(breaks, patch)
    ready, stop = threading.Event(), _Stop()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(_serve(settings, ready, stop))
        except BaseException as error:  # whatever it is, the test must see it
            failed.append(error)
            ready.set()

    thread = threading.Thread(target=run, name="brittle server", daemon=True)
    thread.start()
    assert ready.wait(READY_WITHIN_S)
    if failed:
        raise failed[0]
    try:
        yield House(settings, house.process, house.output), breaks
    finally:
        breaks.mend()
        stop.now()
        thread.join(30)


def _break_engines(breaks: Breaks, patch: pytest.MonkeyPatch) -> None:
    """The product opens its engines itself; each is wrapped as it comes out of its library."""
    open_recognisers = engines.open_recognisers

    def recognisers(settings: Settings, catalogue: Catalogue, language: str) -> Recognisers:
        real = open_recognisers(settings, catalogue, language)
        assert real.first
        return replace(
            real,
            first=BrittleEar(real.first, breaks),
            second=real.second and BrittleSecondPass(real.second, breaks),
            numbers=real.numbers and BrittleEar(real.numbers, breaks),
        )

    def voice(*arguments: Any, **more: Any) -> Voice:
        real = open_voice(*arguments, **more)
        return replace(real, synthesiser=BrittleVoice(real.synthesiser, breaks))

    patch.setattr(engines, "open_recognisers", recognisers)
    patch.setattr(engines, "open_voice", voice)
    # What has failed in one scene is tried again in the next.
    patch.setattr(engines, "Mouth", partial(Mouth, pause_s=TRIED_AGAIN_S))


class _Stop:
    """Told from another thread."""

    def __init__(self) -> None:
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def now(self) -> None:
        if self._loop:
            self._loop.call_soon_threadsafe(self._told.set)

    async def wait(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._told.wait()


async def _serve(settings: Settings, ready: threading.Event, stop: _Stop) -> None:
    runner = web.AppRunner(create_app(settings), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port, shutdown_timeout=3).start()
        ready.set()
        await stop.wait()
    finally:
        await runner.cleanup()
