"""The loaded speech engines, and the one bounded executor they all run on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from aiohttp import web

from bot.settings import Settings
from speech.catalogue import Catalogue
from speech.recogniser import Recogniser
from speech.synthesiser import Synthesiser
from speech.vad import VoiceActivityModel

P = ParamSpec("P")
T = TypeVar("T")

THREADS = max(2, os.cpu_count() or 2)
"""Engines compute outside Python's lock; more threads than cores would only slow each other."""


@dataclass(frozen=True, slots=True)
class SpeechEngines:
    recogniser: Recogniser
    synthesiser: Synthesiser
    voice_activity: VoiceActivityModel
    executor: ThreadPoolExecutor

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Blocking work of an engine, off the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.executor, lambda: work(*args, **kwargs))


SPEECH = web.AppKey("speech", SpeechEngines)


def _load(settings: Settings, executor: ThreadPoolExecutor) -> SpeechEngines:
    from speech.piper_synthesiser import PiperSynthesiser
    from speech.vosk_recogniser import VoskRecogniser

    catalogue = Catalogue.load(settings.models_dir)
    engines = SpeechEngines(
        recogniser=VoskRecogniser(catalogue.path("recogniser", settings.language)),
        synthesiser=PiperSynthesiser(catalogue.path("voice", settings.language)),
        voice_activity=VoiceActivityModel(catalogue.path("vad", settings.language)),
        executor=executor,
    )
    for _ in engines.synthesiser.speak("Hello."):  # the first sentence costs what later ones don't
        pass
    return engines


@asynccontextmanager
async def open_speech(settings: Settings) -> AsyncIterator[SpeechEngines]:
    """Loads the models of the catalogue (about 3 s). Raises ModelMissing with what to type."""
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="speech")
    try:
        yield await asyncio.get_running_loop().run_in_executor(executor, _load, settings, executor)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
