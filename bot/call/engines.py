"""The loaded speech engines, and the one bounded executor they all run on."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, ParamSpec, TypeVar

import structlog
from aiohttp import web

from bot import metrics
from bot.call.fixed_phrases import fixed_phrases
from bot.call.hearing import Recognisers
from bot.call.hold_music import music_of
from bot.call.language_choice import LanguageChoice
from bot.conversation.sentences import Sentences
from bot.settings import ROOT, Settings
from speech.audio import AudioError, Sound
from speech.catalogue import Catalogue, ModelMissing
from speech.compounds import read_names
from speech.kokoro_synthesiser import DEFAULT_VOICES
from speech.mouth import Mouth
from speech.prompts import Prompts
from speech.recogniser import Transcriber
from speech.vad import VoiceActivityModel
from speech.voices import open_voice, role_of
from speech.watched import Failure

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger()

THREADS = max(2, os.cpu_count() or 2)
"""Engines compute outside Python's lock; more threads than cores would only slow each other."""


@dataclass(frozen=True, slots=True)
class SpeechEngines:
    """Of one language."""

    language: str
    recognisers: Recognisers
    synthesiser: Mouth
    voice_activity: VoiceActivityModel
    music: Sound
    """For callers who wait for a person."""
    executor: ThreadPoolExecutor
    others: dict[str, SpeechEngines] = field(default_factory=dict, repr=False)
    """Where this is the first language: those of the others that can be spoken to."""

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Blocking work of an engine, off the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.executor, lambda: work(*args, **kwargs))

    def of(self, language: str) -> SpeechEngines:
        """Those of a language; these where it can't be spoken to."""
        return self.others.get(language, self)

    @property
    def spoken(self) -> tuple[str, ...]:
        """The languages that can be spoken to, in the order of the settings."""
        return self.language, *self.others

    @property
    def busy(self) -> Sound:
        """For callers for whom there is no line left: recorded, so that it costs nothing then."""
        return Sound(self.synthesiser.rate_hz, self.synthesiser.prompts["lines_busy"].pcm)


SPEECH = web.AppKey("speech", SpeechEngines)


def open_mouth(settings: Settings, catalogue: Catalogue, language: str) -> Mouth:
    """The chosen voice, Piper behind another one, and recorded prompts behind both. What is chosen in
    the settings is a voice of the first language; others, and a first one for which there is no such
    voice, have the first that the catalogue knows. Raises ModelMissing, FileNotFoundError, ImportError,
    with what to do."""
    engine, folder, speaker = settings.voice_engine, settings.voice_folder, settings.voice_speaker
    first = language == settings.language
    if not first or not (folder or catalogue.knows(role_of(engine), language)):
        engine, folder, speaker = _voice_engine(catalogue, language), None, ""
    folder = folder or catalogue.path(role_of(engine), language)
    tongue = language if engine == "kokoro" else None
    voices = [open_voice(engine, folder, speaker=speaker or None, language=tongue)]
    if engine != "piper" and catalogue.knows("voice", language):
        voices.append(open_voice("piper", catalogue.path("voice", language)))
    recorded = ROOT / "data" / language / "prompts"

    def failed(voice: str, failure: Failure) -> None:
        metrics.voice_failures.labels(voice, failure.name.lower()).inc()

    return Mouth(
        voices,
        lambda rate_hz: Prompts.load(recorded, rate_hz),
        cache_folder=settings.models_dir / "phrases",
        on_failure=failed,
    )


def _voice_engine(catalogue: Catalogue, language: str) -> Literal["piper", "kokoro"]:
    if catalogue.knows("voice", language):
        return "piper"
    if language not in DEFAULT_VOICES:
        raise ModelMissing(f"The catalogue has no voice for {language!r}.")
    return "kokoro"


def open_recognisers(settings: Settings, catalogue: Catalogue, language: str) -> Recognisers:
    """The model that has learnt the shop's words (`python -m bot adapt`) with the general one beside
    it for numbers; where nothing was learnt yet, the general one alone; where the catalogue has none
    of the language, the second pass alone. Raises ModelMissing."""
    from speech.vosk_recogniser import VoskRecogniser

    second = open_second_pass(settings, catalogue, language)
    if second and not catalogue.knows("recogniser", language):
        return Recognisers(None, second)
    adapted = catalogue.adapted(language)
    if not (adapted / "am").exists():
        return Recognisers(VoskRecogniser(catalogue.path("recogniser", language)), second)
    return Recognisers(
        VoskRecogniser(adapted),
        second,
        VoskRecogniser(catalogue.path("general_language", language)),
        read_names(adapted),
    )


def open_second_pass(settings: Settings, catalogue: Catalogue, language: str) -> Transcriber | None:
    match settings.second_pass.get(language, "none"):
        case "moonshine":
            from speech.moonshine_recogniser import MoonshineTranscriber

            try:
                return MoonshineTranscriber(catalogue.path("second_pass", language))
            except ModelMissing as error:
                log.warning("open speech has no second pass", why=str(error))
                return None
        case "whisper":
            from speech.whisper_recogniser import WhisperTranscriber

            return WhisperTranscriber(catalogue.path("transcriber", language), language)
        case _:
            return None


def _load(settings: Settings, executors: Callable[[str], ThreadPoolExecutor]) -> SpeechEngines:
    catalogue = Catalogue.load(settings.models_dir)
    voice_activity = VoiceActivityModel(catalogue.path("vad", settings.language))
    music = music_of(settings.hold_music)

    def load(language: str) -> SpeechEngines:
        mouth = open_mouth(settings, catalogue, language)
        for _ in mouth.say("Hello."):  # the first sentence costs what later ones don't
            pass
        recognisers = open_recognisers(settings, catalogue, language)
        return SpeechEngines(
            language, recognisers, mouth, voice_activity, music, executors(language)
        )

    engines = load(settings.language)
    for language in settings.languages[1:]:
        if (ROOT / "data" / language / "calls.toml").is_file():
            try:
                engines.others[language] = load(language)
            except (ModelMissing, AudioError, OSError, ImportError) as error:
                log.warning("no calls in this language", language=language, why=str(error))
    return engines


def _warm(settings: Settings, engines: SpeechEngines) -> None:
    for language in engines.spoken:
        elsewhere = (LanguageChoice(Sentences(o), engines.spoken, o) for o in engines.spoken)
        offers = {s.text for choice in elsewhere for code, s in choice.offers() if code == language}
        phrases = [*sorted(offers), *fixed_phrases(settings, language)]
        engines.of(language).synthesiser.warm(phrases)


@asynccontextmanager
async def open_speech(settings: Settings) -> AsyncIterator[SpeechEngines]:
    """Loads the models of the catalogue (about 3 s). Raises ModelMissing with what to type. Fixed
    phrases are rendered beside the first calls, where that hasn't been done at an earlier start."""
    opened: list[ThreadPoolExecutor] = []

    def executor(language: str) -> ThreadPoolExecutor:
        """One for each language: a slow one (Whisper, Kokoro) may keep its own calls waiting."""
        opened.append(ThreadPoolExecutor(THREADS, thread_name_prefix=f"speech-{language}"))
        return opened[-1]

    try:
        engines = await asyncio.to_thread(_load, settings, executor)
        warming = threading.Thread(
            target=_warm, args=(settings, engines), name="phrases", daemon=True
        )
        warming.start()
        yield engines
    finally:
        for one in opened:
            one.shutdown(wait=True, cancel_futures=True)
