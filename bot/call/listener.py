"""The caller's sound: turns are found in it, and what is said in them is read."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import structlog

from bot.call.endpointing import Endpointing, So, Step
from bot.call.engines import SpeechEngines
from bot.call.hearing import Asked, Ears, Heard, HearingFailed, Recognisers
from bot.call.hearing_whole import WholeEars
from bot.call.turn_settings import STARVED_S, settings_for
from speech.audio import DcBlocker, Framer, Resampler
from speech.noise import NoiseSuppressor, Room
from speech.vad import FRAME_BYTES, FRAME_SAMPLES, RATE_HZ

log = structlog.get_logger()

FRAME_S = FRAME_SAMPLES / RATE_HZ
LEAD_IN_FRAMES = 10
"""0.32 s from before the voice was noticed go to the recogniser: words begin softly."""

WAITING_FRAMES = 500
"""16 s of sound waiting for the recogniser; beyond it the oldest is dropped rather than memory
filled. Reached only if the machine is far too slow."""

WHOLE_WORDS = 3
"""Open speech of so many words that doesn't end in "the" or "and" sounds like a whole sentence."""

BEHIND_FRAMES = 8
"""A quarter of a second; less waits for a moment whenever several calls talk."""

AT_ONCE = 8
"""Frames taken together where some have piled up: a quarter of a second."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Of one turn; monotonic seconds unless said otherwise."""

    last_voice: float
    ended: float
    recognised: float
    voice_s: float
    """Seconds of voice in it."""


class _Frame(NamedTuple):
    as_it_came: bytes
    without_noise: bytes
    """Of another length now and then."""


def ears_of(recognisers: Recognisers, asked: Asked) -> Ears | WholeEars:
    """For one utterance in the recognisers' language."""
    if recognisers.first is None and recognisers.second:
        return WholeEars(recognisers.second, RATE_HZ, asked)
    return Ears(recognisers, RATE_HZ, asked)


class Attends(Protocol):
    """Who is told about turns: the call. Sound waits meanwhile."""

    async def began(self) -> Asked:
        """Somebody speaks. Returns what was asked: it decides how we listen."""
        ...

    async def goes_on(self, partial: str, voice_s: float) -> None:
        """The turn so far; also when no word is new."""
        ...

    async def ended(self, heard: Heard | None, moments: Moments) -> None:
        """None: it was no word. A text may be empty: a voice, but nothing one could make out."""
        ...

    async def failed(self) -> None:
        """The recogniser broke down; what was said is lost."""
        ...


class Listener:
    def __init__(self, engines: SpeechEngines, attends: Attends, rate_hz: int) -> None:
        """`rate_hz` is that of the sound that comes in (raises AudioError for an unsupported one)."""
        self.engines = engines
        """May change between two turns: the caller goes on in another language."""
        self._attends = attends
        self._rate_hz = rate_hz
        self._resampler = Resampler(rate_hz, RATE_HZ)
        self._centred = DcBlocker()
        self._framer = Framer(FRAME_BYTES)
        self._suppressor = NoiseSuppressor()
        self._room = Room()
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(WAITING_FRAMES)
        self._vad = engines.voice_activity.listen()
        self._ends = Endpointing()
        self._lead_in: deque[_Frame] = deque(maxlen=LEAD_IN_FRAMES)
        self._loud = False
        """Whether this turn is heard with the noise taken out."""
        self._ears: Ears | WholeEars | None = None
        self._partial = ""
        self._early: asyncio.Task[None] | None = None
        self._reading = False

    @property
    def speaking(self) -> bool:
        """The caller is in the middle of a turn."""
        return self._ends.speaking

    @property
    def behind(self) -> bool:
        """There is sound we haven't listened to yet, or words that are still being read: on a busy
        machine the caller may have said something already."""
        return self._reading or self._frames.qsize() > BEHIND_FRAMES

    def hear(self, pcm: bytes) -> None:
        """The next sound, at the rate it was made with. Raises AudioError."""
        for frame in self._framer.feed(self._resampler.feed(pcm)):
            if self._frames.full():
                self._frames.get_nowait()
                log.warning("sound dropped: recognition is too slow")
            self._frames.put_nowait(frame)

    def lost(self, seconds: float) -> None:
        """So much sound is missing: silence stands for it, up to what a turn can end with."""
        silence = bytes(2 * int(min(seconds, 1.0) * self._rate_hz))
        self.hear(silence)

    async def run(self) -> None:
        try:
            while True:
                frames = await self._next()
                if not frames:
                    log.info("no sound arrives: the turn ends with what was heard")
                    await self._ended(self._ends.end())
                    continue
                probabilities = await self.engines.run(self._judge, frames)
                for frame, probability in zip(frames, probabilities, strict=True):
                    await self._frame(frame, probability)
        finally:
            if self._early:
                self._early.cancel()

    async def _next(self) -> list[bytes]:
        """The frames that are there; none where a caller who was speaking went dumb."""
        try:
            async with asyncio.timeout(STARVED_S if self._ends.speaking else None):
                frames = [await self._frames.get()]
        except TimeoutError:
            return []
        while not self._frames.empty() and len(frames) < AT_ONCE:
            frames.append(self._frames.get_nowait())
        return frames

    def _judge(self, frames: list[bytes]) -> list[float]:
        return [self._vad.probability(frame) for frame in frames]

    async def _frame(self, frame: bytes, probability: float) -> None:
        frame = self._centred.feed(frame)
        both = _Frame(frame, self._suppressor.feed(frame))
        step = self._ends.process(FRAME_S, probability, self._so())
        self._look_round(frame, probability)
        if step is Step.BEGAN:
            asked = await self._attends.began()
            self._ends.settings = settings_for(asked.expects)
            self._ears = ears_of(self.engines.recognisers, asked)
            self._partial = ""
            self._loud = self._room.loud
            await self._feed(b"".join(map(self._heard, (*self._lead_in, both))))
            self._lead_in.clear()
        elif self._ears:
            await self._feed(self._heard(both))
        else:
            self._lead_in.append(both)
        if step is Step.LIKELY:
            self._begin_early()
        if step in (Step.ENDED, Step.FALSE_START):
            await self._ended(step)

    def _heard(self, frame: _Frame) -> bytes:
        return frame.without_noise if self._loud else frame.as_it_came

    def _look_round(self, frame: bytes, probability: float) -> None:
        """How loud the room is."""
        settings = self._ends.settings
        if probability >= settings.speech_probability:
            self._room.feed(frame, voice=True)
        elif probability < settings.silence_probability and not self._ends.speaking:
            self._room.feed(frame, voice=False)

    def _so(self) -> So:
        if self._ears is None:
            return So.OPEN
        if self._ears.complete:
            return So.COMPLETE
        if self._ears.unfinished:
            return So.UNFINISHED
        if self._ears.expects != "free" or len(self._ears.words) < WHOLE_WORDS:
            return So.OPEN
        return So.QUESTION if self._ears.asks(self._ends.silence_s) else So.COMPLETE

    async def _feed(self, pcm: bytes) -> None:
        if self._ears is None:
            return
        try:
            self._partial = await self.engines.run(self._ears.feed, pcm)
        except HearingFailed:
            await self._failed()
            return
        await self._attends.goes_on(self._partial, self._ends.voice_s)

    def _begin_early(self) -> None:
        """The second reading begins while we wait whether the turn has really ended."""
        if self._ears and (self._early is None or self._early.done()):
            self._early = asyncio.create_task(self.engines.run(self._ears.likely_end))

    async def _ended(self, step: Step) -> None:
        self._reading = True
        try:
            await self._read(step)
        finally:
            self._reading = False

    async def _read(self, step: Step) -> None:
        ears, self._ears = self._ears, None
        if ears is None:  # it had broken down
            return
        ended = time.monotonic()
        heard = None
        if step is Step.ENDED:
            if self._early:
                await asyncio.gather(self._early, return_exceptions=True)
            try:
                heard = await self.engines.run(self._finish, ears)
            except HearingFailed:
                await self._failed()
                return
        self._early = None
        recognised = time.monotonic()
        last_voice = ended - self._ends.silence_s
        await self._attends.ended(heard, Moments(last_voice, ended, recognised, self._ends.voice_s))

    def _finish(self, ears: Ears | WholeEars) -> Heard:
        if isinstance(ears, WholeEars):
            return ears.finish(self._ends.silence_s)
        return ears.finish()

    async def _failed(self) -> None:
        self._ears = None
        log.error("the recogniser broke down twice over one turn")
        await self._attends.failed()
