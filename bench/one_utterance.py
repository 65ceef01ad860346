"""One utterance as a call hears it (bot/call/listener.py), and an engine to understand it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.callers_voice import RATE_HZ
from bot.call.engines import SpeechEngines
from bot.call.hearing import Asked, Heard
from bot.call.listener import Listener, Moments
from bot.commands.parts import model_file
from bot.settings import Settings
from tests.dialogue.engine_house import engine_process


class OneUtterance:
    """What a caller says."""

    def __init__(self, engines: SpeechEngines, expects: str = "free") -> None:
        self._expects = expects
        self._listener = Listener(engines, self, RATE_HZ)
        self._heard: asyncio.Queue[str] = asyncio.Queue()

    async def began(self) -> Asked:
        return Asked(self._expects)

    async def goes_on(self, partial: str, voice_s: float) -> None:
        pass

    async def ended(self, heard: Heard | None, moments: Moments) -> None:
        self._heard.put_nowait(heard.text if heard else "")

    async def failed(self) -> None:
        raise RuntimeError("the recogniser broke down")

    async def heard_as(self, pcm: bytes) -> str:
        """The first words heard; "" where none were."""
        listening = asyncio.create_task(self._listener.run())
        self._listener.hear(pcm)
        try:
            async with asyncio.timeout(30):
                return await self._heard.get()
        except TimeoutError:
            if listening.done():
                await listening  # raises what it broke down with
            return ""
        finally:
            listening.cancel()


@contextmanager
def engine_alone(settings: Settings, language: str = "en") -> Iterator[str]:
    """The address of a language's engine without actions."""
    with tempfile.TemporaryDirectory(prefix="warmline-bench-") as folder:
        process, url = engine_process(
            Path(folder), model_file(settings, language), "http://127.0.0.1:9"
        )
        process.start()
        try:
            process.wait()
            yield url
        finally:
            process.stop()
