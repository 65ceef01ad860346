"""What is asked decides how it is listened to.

Two streaming ears on one utterance, one for open speech and one bound to the question's grammar, which
hears digits and short answers far better and everything else not at all (speech/grammars.py). The
better reading is chosen by what is expected and what came out. Open speech is then finished by a second
pass of a stronger model over the same sound, where there is one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import TypeVar

import structlog

from bot.call.answers import (
    NUMBERS,
    OPEN,
    Asked,
    is_complete,
    is_unfinished,
    known_words,
)
from bot.call.choosing import Heard, choose, heard_twice
from engine.numbers_spoken import find_numbers
from speech.audio import samples
from speech.recogniser import (
    UNKNOWN_WORD,
    Recogniser,
    RecognitionStream,
    Transcriber,
    Transcript,
)

__all__ = ["OPEN", "Asked", "Ears", "Heard", "HearingFailed", "Recognisers", "choose"]

T = TypeVar("T")

log = structlog.get_logger()

SECOND_PASS_WORDS = 2
"""Open speech of fewer words isn't heard a second time: "hello" is as well heard the first time."""

WORD_TAIL_S = 0.15
"""The first pass's word times are that exact."""


class HearingFailed(Exception):
    """A recogniser broke twice on one utterance. What was said is lost: ask again."""


@dataclass(frozen=True, slots=True)
class Recognisers:
    """Of one language."""

    first: Recogniser | None
    """None: no recogniser of this language streams, and `second` hears everything
    (bot/call/hearing_whole.py)."""
    second: Transcriber | None = None
    """Finishes open speech."""
    numbers: Recogniser | None = None
    """Another model that listens for numbers, too: what one mishears, the other often doesn't."""
    names: Set[str] = frozenset()
    """Words that the first has learnt from the shop (speech.compounds.read_names)."""


class Ears:
    """One utterance. `feed`, `likely_end` and `finish` block: call them on an executor. `feed` and
    `finish` one at a time; `likely_end` may run beside them. All raise HearingFailed."""

    def __init__(
        self, recognisers: Recognisers | Recogniser, rate_hz: int, asked: Asked | str
    ) -> None:
        self.asked = Asked(asked) if isinstance(asked, str) else asked
        if not isinstance(recognisers, Recognisers):
            recognisers = Recognisers(recognisers)
        first, grammar = recognisers.first, self.asked.grammar
        assert first, "a language without a recogniser that streams has WholeEars"
        self._rate_hz = rate_hz
        self._audio = bytearray()
        self._open = _Ear(lambda: first.stream(rate_hz), self._audio)
        self._bound = _Ear(lambda: first.stream(rate_hz, grammar), self._audio)
        self._numbers: _Ear | None = None
        if self.asked.expects in NUMBERS and (other := recognisers.numbers) is not None:
            self._numbers = _Ear(lambda: other.stream(rate_hz, grammar), self._audio)
        self._open_text = self._bound_text = self._number_text = ""
        self._second = recognisers.second
        self._names = recognisers.names
        self._passing = threading.Lock()
        self._passed: tuple[int, Transcript] | None = None
        """Bytes that the last second pass heard, and what."""

    @property
    def expects(self) -> str:
        return self.asked.expects

    def feed(self, pcm: bytes) -> str:
        """The words so far, as the caller may see them. Raises AudioError for what is no PCM."""
        samples(pcm)
        self._audio += pcm
        self._open_text = self._open.feed(pcm)
        self._bound_text = self._bound.feed(pcm)
        if self._numbers:
            self._number_text = self._numbers.feed(pcm)
        if self.expects in NUMBERS and find_numbers(self._bound_text):
            return known_words(self._bound_text)
        return self._open_text

    @property
    def words(self) -> Sequence[str]:
        """Of the partial so far, as the open ear has them."""
        return self._open_text.split()

    @property
    def complete(self) -> bool:
        """Whether the expected answer is all there: a number with its right check digit, a
        postcode, a yes or no, a choice."""
        texts = (self._bound_text, self._number_text)
        return any(is_complete(self.asked, text) for text in texts)

    @property
    def unfinished(self) -> bool:
        """Whether more must come: "my number is", "and", a number short of digits."""
        return is_unfinished(self.asked, self._open_text, self._bound_text)

    def asks(self, silence_s: float) -> bool:
        """Whether a second pass, made within the last `silence_s` seconds of sound, heard a whole
        question: nobody has spoken since."""
        if self._passed is None:
            return False
        heard, second = self._passed
        return second.question and heard >= len(self._audio) - 2 * self._rate_hz * silence_s

    def likely_end(self) -> None:
        """The turn may be over: begins the second pass over what was said so far, so that `finish`
        need not. Costs a tenth of the utterance's length, nothing where there is no second pass for
        this question. Call it again after more was said; while one pass runs others are skipped."""
        if self._second is None or (self.asked.bound and not self._strays):
            return
        if len(self._open_text.split()) >= SECOND_PASS_WORDS and self._passing.acquire(
            blocking=False
        ):
            try:
                self._pass()
            finally:
                self._passing.release()

    def finish(self) -> Heard:
        """Waits for a second pass that runs, and makes one if something was said since."""
        free, bound = self._open.finish(), self._bound.finish()
        numbers = self._numbers.finish() if self._numbers else None
        heard = choose(self.asked, free, bound, numbers)
        if self._second is None or not heard.free:
            return heard
        if len(free.text.split()) < SECOND_PASS_WORDS:
            return heard
        with self._passing:
            last_word_s = free.words[-1].end_s if free.words else self._seconds(len(self._audio))
            if self._passed and last_word_s <= self._seconds(self._passed[0]) + WORD_TAIL_S:
                second = self._passed[1]
            else:
                second = self._pass()
        return heard_twice(heard, free, bound, second, self._names, expects=self.expects)

    @property
    def _strays(self) -> bool:
        """Something else than the expected answer is being said."""
        return UNKNOWN_WORD in self._bound_text.split()

    def _seconds(self, length: int) -> float:
        return length / 2 / self._rate_hz

    def _pass(self) -> Transcript:
        """A second pass that fails is as if it had understood nothing: the first one stands."""
        assert self._second
        pcm = bytes(self._audio)
        try:
            second = self._second.transcribe(pcm, self._rate_hz)
        except Exception:
            log.exception("the second pass failed; the first one's text is used")
            second = Transcript("", 0.0, (), ())
        self._passed = (len(pcm), second)
        return second


class _Ear:
    """A stream that survives its recogniser's crash once: a new one hears it all again."""

    def __init__(self, begin: Callable[[], RecognitionStream], audio: bytearray) -> None:
        """`audio` is all that was fed so far, including what is being fed."""
        self._begin = begin
        self._audio = audio
        self._failed = False
        self._stream: RecognitionStream | None = None

    def feed(self, pcm: bytes) -> str:
        try:
            self._stream = self._stream or self._begin()
            return self._stream.feed(pcm)
        except Exception as error:
            return self._again(error, lambda stream: stream.feed(bytes(self._audio)))

    def finish(self) -> Transcript:
        def once_more(stream: RecognitionStream) -> Transcript:
            stream.feed(bytes(self._audio))
            return stream.finish()

        try:
            self._stream = self._stream or self._begin()
            return self._stream.finish()
        except Exception as error:
            return self._again(error, once_more)

    def _again(self, error: Exception, work: Callable[[RecognitionStream], T]) -> T:
        if self._failed:
            raise HearingFailed(f"the recogniser failed twice: {error!r}") from error
        self._failed = True
        log.warning("the recogniser failed; it hears the utterance again", error=repr(error))
        try:
            self._stream = self._begin()
            return work(self._stream)
        except Exception as again:
            raise HearingFailed(f"the recogniser failed twice: {again!r}") from again
