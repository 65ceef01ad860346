"""The ear: what a speech recogniser must do here. One module per engine implements one of the two:
a `Recogniser` hears while somebody speaks, a `Transcriber` hears whole utterances a second time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

UNKNOWN_WORD: Final = "[unk]"
"""Stands in a grammar's transcript for speech that no phrase of the grammar fits."""


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    start_s: float
    """Seconds from the stream's first sample."""
    end_s: float
    confidence: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class Alternative:
    text: str
    confidence: float
    """0 to 1; those of one transcript add up to 1."""


@dataclass(frozen=True, slots=True)
class Transcript:
    text: str
    """Lower case, without punctuation; empty where nothing was understood."""
    confidence: float
    """The mean of the words', weighted by their length in time; 0 for an empty text."""
    words: Sequence[Word]
    alternatives: Sequence[Alternative]
    """Readings, best first; the first is `text`. Empty for an empty text."""
    question: bool = False
    """It sounds like a whole question. Only models that write punctuation can tell."""


class RecognitionStream(Protocol):
    """One utterance. Both methods block for up to tenths of a second: call them on an executor
    thread, one at a time."""

    def feed(self, pcm: bytes) -> str:
        """Takes PCM of the stream's rate (20 to 200 ms are sensible), returns the text so far.
        Raises AudioError for what can't be 16-bit PCM."""
        ...

    def finish(self) -> Transcript:
        """The final text. The stream is over after this; a second call raises RuntimeError."""
        ...


class Recogniser(Protocol):
    """A loaded model, shared by all calls."""

    def stream(self, rate_hz: int, grammar: Sequence[str] | None = None) -> RecognitionStream:
        """A new utterance in PCM of `rate_hz` (8,000 to 48,000; else AudioError).

        With a grammar (phrases in lower case) only these, in any order and number, can be
        understood; everything else becomes UNKNOWN_WORD. A phrase listed twice counts twice as much.
        Phrases with words that the model doesn't know are left out.
        """
        ...

    def knows(self, word: str) -> bool:
        """Whether the word is in the model's vocabulary."""
        ...


class Transcriber(Protocol):
    """A loaded model that hears whole utterances, shared by all calls: for the second pass over open
    speech, and as the only ear of a language for which no recogniser streams. Where there is one, it
    isn't asked about numbers: such models make up digits."""

    def transcribe(self, pcm: bytes, rate_hz: int) -> Transcript:
        """A whole utterance (up to 30 s are sensible), lower case, without punctuation; `words` stay
        empty, for it tells no times. Blocks for a tenth of the utterance's length or more. Raises
        AudioError for what can't be 16-bit PCM."""
        ...
