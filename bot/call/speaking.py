"""The call's own voice: makes sound of messages, sends it to the line, and knows what was heard of them.

A caller who speaks over us pauses it; once it is clear what they wanted, it stops there or goes on from
the sentence that was cut off."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, Protocol, TypeVar

import structlog

from bot.call.line import Line
from bot.call.playback import Playback
from bot.call.turn_settings import LATE_PLAYER_S
from bot.call.word_times import silences
from bot.conversation.events import Kind
from bot.store.tables import Speaker
from speech.audio import SAMPLE_BYTES, Resampler
from speech.mouth import SENTENCE_PAUSE_S, Spoken
from speech.sentences import split_sentences
from speech.spoken import speakable

AHEAD_S = 3.0
"""A sentence isn't made while so much sound is yet to be played."""

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger()

PIECE_MS = 200
"""Sound is sent in pieces of this length, each with a mark: so exactly do we know what was played."""


class Copy(Protocol):
    """Somebody who keeps what we say: the recording."""

    def said(self, pcm: bytes) -> None:
        """PCM at the line's rate, queued to play."""
        ...

    def cleared(self) -> None: ...


class Speaks(Protocol):
    """See speech/mouth.py."""

    @property
    def rate_hz(self) -> int: ...

    def say(self, text: str) -> Iterator[Spoken]: ...


class Voice(Protocol):
    """What makes the sound: the loaded engines."""

    @property
    def synthesiser(self) -> Speaks: ...

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...

    def of(self, language: str) -> Voice:
        """The one for a language."""
        ...


class _State(enum.Enum):
    PLAYING = enum.auto()
    PAUSED = enum.auto()
    STOPPED = enum.auto()


@dataclass(frozen=True, slots=True)
class Saying:
    """A message to be said."""

    seq: int
    written: datetime
    """When it came into the log."""
    words: str
    speaker: Speaker
    turn_id: str | None = None
    filler: bool = False
    language: str = "en"


class Speaking:
    """One message at a time. `note` writes into the log that speech started and ended; `first_sound`
    is told when a message's first sound leaves (monotonic)."""

    def __init__(
        self,
        line: Line,
        engines: Voice,
        note: Callable[[Kind, dict[str, Any]], Coroutine[Any, Any, None]],
        first_sound: Callable[[Saying, float], Awaitable[None]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = line
        self._engines = engines
        self._note = note
        self._first_sound = first_sound
        self._clock = clock
        self.copy: Copy | None = None
        self._playback: Playback | None = None
        self._saying: Saying | None = None
        self._state = _State.PLAYING
        self._changed = asyncio.Event()
        self._closed = asyncio.Event()
        self._closed.set()
        self._sounding_until = 0.0
        self._lost = False
        self._sent_ms = 0.0
        """How far the message's sound has been sent."""
        self._reported_at: float | None = None
        """When the other side last said how far it has played it."""
        self._noting: asyncio.Task[None] | None = None

    # --- what others see ---------------------------------------------------------------------

    @property
    def saying(self) -> Saying | None:
        """The message that is being said, also while it is paused."""
        return self._saying

    @property
    def playing(self) -> bool:
        """Something of ours is, or is about to be, heard."""
        return self._playback is not None and self._state is _State.PLAYING

    @property
    def paused(self) -> bool:
        return self._playback is not None and self._state is _State.PAUSED

    @property
    def lost(self) -> bool:
        """The message that is, or was last, said wasn't heard in its own words: no voice could say
        them, and a recorded prompt stood in."""
        return self._lost

    async def closed(self) -> None:
        """Waits until what was heard of the last message is written down."""
        await self._closed.wait()

    # --- what happens to it ------------------------------------------------------------------

    def played(self, seq: int, ms: float) -> None:
        """The other side has played so much of message `seq`. Reports of what was cleared come late
        and count for nothing."""
        playback = self._playback
        if playback and playback.seq == seq and self._state is _State.PLAYING:
            playback.played(ms)
            self._reported_at = self._clock()
            if playback.finished:
                self._changed.set()

    def _plays_on(self) -> None:
        """Counts what has played since the last report: up to the next one, that is yet to come."""
        if self._playback and self._reported_at is not None:
            since_ms = 1000 * (self._clock() - self._reported_at)
            ms = self._playback.played_ms + min(since_ms, PIECE_MS)
            self._playback.played(min(ms, self._sent_ms))
            self._reported_at = None

    async def pause(self) -> None:
        """Silence at once, until `resume` or `stop`."""
        if self.playing:
            self._plays_on()
            self._state = _State.PAUSED
            self._changed.set()
            await self._clear()

    def resume(self) -> None:
        """It was no interruption: the sentence that was cut off is said again, and what follows."""
        if self.paused:
            self._state = _State.PLAYING
            self._changed.set()

    async def stop(self) -> None:
        """Silence at once, for good: what was not heard is not claimed."""
        if self._playback is None or self._state is _State.STOPPED:
            return
        was = self._state
        if was is _State.PLAYING:
            self._plays_on()
        self._state = _State.STOPPED
        self._changed.set()
        if was is _State.PLAYING:
            await self._clear()

    async def _clear(self) -> None:
        self._sounding_until = 0.0
        await self._line.clear()
        if self.copy:
            self.copy.cleared()

    # --- saying ------------------------------------------------------------------------------

    async def say(self, saying: Saying) -> bool:
        """Says it, and returns when it has been heard or cut off: whether it was heard to its end."""
        playback = self._playback = Playback(saying.seq)
        self._saying = saying
        self._sent_ms, self._reported_at, self._lost = 0.0, None, False
        self._state = _State.PLAYING
        self._closed.clear()
        self._changed.clear()
        try:
            self._noting = asyncio.create_task(self._note(Kind.SPEECH_STARTED, {"of": saying.seq}))
            await self._line.show(
                type="says", seq=saying.seq, text=saying.words, filler=saying.filler
            )
            sentences = list(split_sentences(speakable(saying.words, language=saying.language)))
            while True:
                left = await self._send(saying, playback, sentences)
                await self._until_played(playback)
                if not await self._goes_on():
                    return playback.finished
                sentences = [*playback.rewind(), *left]
        finally:
            await self._end(playback)

    async def _goes_on(self) -> bool:
        """Waits, where it is paused, for what becomes of it; whether the rest is to be said again."""
        if self._state is not _State.PAUSED:
            return False
        while self._state is _State.PAUSED:
            self._changed.clear()
            await self._changed.wait()
        self._changed.clear()
        return self._state is _State.PLAYING

    async def _send(
        self, saying: Saying, playback: Playback, sentences: Sequence[str]
    ) -> Sequence[str]:
        """Those that were not begun, because the caller spoke."""
        for at, sentence in enumerate(sentences):
            await self._not_far_ahead()
            if self._state is not _State.PLAYING:
                return sentences[at:]
            await self._send_sentence(saying, playback, sentence)
            if self._state is not _State.PLAYING:
                return sentences[at + 1 :]
        playback.all_sent = True
        await self._line.show(type="said", seq=saying.seq, ms=round(playback.sent_ms))
        return []

    async def _not_far_ahead(self) -> None:
        """Sound that won't be heard for seconds need not be made now: ears need the machine, too."""
        while self._state is _State.PLAYING:
            left_s = self._sounding_until - self._clock() - AHEAD_S
            if left_s <= 0:
                return
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._changed.wait()

    async def _send_sentence(self, saying: Saying, playback: Playback, sentence: str) -> None:
        """Of a sentence that is cut off the rest is made, too, but not sent: how long it would have
        been tells which of its words had their time."""
        engines, rate_hz = self._engines.of(saying.language), self._line.rate_hz
        engine = engines.synthesiser
        resampler = Resampler(engine.rate_hz, rate_hz)
        chunks = iter(engine.say(sentence))
        begins_ms, sent = playback.sent_ms, 0
        pieces: dict[int, tuple[str, bytes]] = {}
        if playback.sentences and playback.sentences[-1][0]:
            pause = bytes(SAMPLE_BYTES * int(engine.rate_hz * SENTENCE_PAUSE_S))
            pieces[-1] = ("", pause)
            sent += await self._send_sound(saying, resampler.feed(pause), begins_ms, sent)
        while spoken := await engines.run(_next, chunks):
            _, made = pieces.get(spoken.piece, ("", b""))
            pieces[spoken.piece] = (spoken.words, made + spoken.pcm)
            self._lost |= spoken.words not in sentence
            sent += await self._send_sound(saying, resampler.feed(spoken.pcm), begins_ms, sent)
        await self._send_sound(saying, resampler.finish(), begins_ms, sent)
        for words, made in pieces.values():
            ms = len(made) / SAMPLE_BYTES / engine.rate_hz * 1000
            playback.sent(words, ms, silences(made, engine.rate_hz) if words else ())

    async def _send_sound(self, saying: Saying, sound: bytes, begins_ms: float, sent: int) -> int:
        """In pieces, each with its mark; how much was sent before it was cut off. `sent` bytes of the
        sentence, which begins at `begins_ms` of the message, were sent before."""
        rate_hz = self._line.rate_hz
        step = rate_hz * PIECE_MS // 1000 * 2
        before = sent
        for start in range(0, len(sound), step):
            if self._state is not _State.PLAYING:
                break
            piece = sound[start : start + step]
            if self._noting:  # written down before it is heard; meanwhile its sound was made
                await self._noting
                self._noting = None
            now = self._clock()
            if not begins_ms and not sent:
                await self._first_sound(saying, now)
            if self.copy:
                self.copy.said(piece)
            await self._line.sound(piece)
            sent += len(piece)
            self._sounding_until = max(self._sounding_until, now) + len(piece) / 2 / rate_hz
            self._sent_ms = begins_ms + sent / 2 / rate_hz * 1000
            await self._line.mark(saying.seq, self._sent_ms)
        return sent - before

    async def _until_played(self, playback: Playback) -> None:
        if self._state is not _State.PLAYING or playback.finished:
            return
        left_s = (playback.sent_ms - playback.played_ms) / 1000
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left_s + LATE_PLAYER_S):
                while self._state is _State.PLAYING and not playback.finished:
                    self._changed.clear()
                    await self._changed.wait()
        if self._state is _State.PLAYING and not playback.finished:
            # A player that never reports is believed to have played in time.
            playback.played(playback.sent_ms)

    async def _end(self, playback: Playback) -> None:
        cut = not playback.finished
        self._playback = self._saying = None
        self._sounding_until = 0.0
        try:
            if self._noting:
                await self._noting
                self._noting = None
            await self._note(
                Kind.SPEECH_ENDED,
                {"of": playback.seq, "heard": playback.heard(), "interrupted": cut},
            )
        finally:
            self._closed.set()


def _next(chunks: Iterator[Spoken]) -> Spoken | None:
    return next(chunks, None)
