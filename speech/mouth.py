"""The mouth of the house: one voice by choice, others behind it, and never silence.

mouth = Mouth([Voice("piper joe", piper, digest_of(folder)), …], prompts, cache_folder=folder)
mouth.warm(phrases)                       # renders what isn't on disk yet
for piece in mouth.say("Hello. How can I help?"):
    play(piece.pcm)                       # of mouth.rate_hz; piece.words are what it says
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from speech.audio import SAMPLE_BYTES, Resampler
from speech.breaker import PAUSE_S, Breaker
from speech.phrase_cache import FIXED_SECONDS, RECENT_SECONDS, PhraseCache
from speech.prompts import VOICE_TROUBLE, Prompts
from speech.sentences import first_breath, split_sentences
from speech.watched import Failure, Voice, VoiceFailed, Wait, WatchedVoice, wait

SENTENCE_PAUSE_S: Final = 0.25
CLAUSE_PAUSE_S: Final = 0.08
"""Between two pieces of one sentence. What an engine leaves around a piece is cut (`Edges`)."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A chunk of sound."""

    piece: int
    """Counts the pieces (sentences, or parts of long ones) of one text from 0; a piece may have
    several chunks."""
    words: str
    """What the whole piece says. Of a recorded prompt its own words, not those of the text."""
    pcm: bytes


class Mouth:
    """Implements `Synthesiser`, out of an ordered list of them. Shared by all calls."""

    def __init__(
        self,
        voices: Sequence[Voice],
        prompts: Callable[[int], Prompts],
        *,
        cache_folder: Path | None = None,
        fixed_seconds: float = FIXED_SECONDS,
        recent_seconds: float = RECENT_SECONDS,
        pause_s: float = PAUSE_S,
        clock: Callable[[], float] = time.monotonic,
        wait: Wait = wait,
        on_failure: Callable[[str, Failure], None] = lambda voice, failure: None,
    ) -> None:
        """`voices`: the first is the chosen one and gives the rate, the others stand in for it in
        this order. `prompts` are what is left when all have failed, asked for at that rate.
        `pause_s`: before a failed voice is tried again. `on_failure` is
        told the voice's name, for counting. Raises ValueError without a voice."""
        if not voices:
            raise ValueError("A mouth needs a voice.")
        self._voices = [
            WatchedVoice(
                voice,
                Breaker(clock, pause_s=pause_s),
                on_failure=on_failure,
                wait=wait,
            )
            for voice in voices
        ]
        self._rate_hz = voices[0].synthesiser.rate_hz
        self.prompts = prompts(self._rate_hz)
        self._cache = PhraseCache(
            cache_folder,
            f"{voices[0].name} {voices[0].digest}",
            self._rate_hz,
            fixed_seconds=fixed_seconds,
            recent_seconds=recent_seconds,
        )

    @property
    def rate_hz(self) -> int:
        return self._rate_hz

    @property
    def voiceless(self) -> bool:
        """No voice is known to work: what isn't cached becomes a recorded prompt. Better get the
        caller a person."""
        return not any(voice.well for voice in self._voices)

    def speak(self, text: str) -> Iterator[bytes]:
        """As `say`, without the words."""
        return (spoken.pcm for spoken in self.say(text))

    def say(self, text: str) -> Iterator[Spoken]:
        """The text's sound, piece by piece as it is made. Blocks while one is made.

        A voice that fails raises nothing here: the next one says what is missing, and when none can,
        a recorded apology ends the text.
        """
        numbers = count()
        before = ""
        for piece in self._pieces(text):
            number = next(numbers)
            silence = self._pause_after(before)
            before = piece
            try:
                for pcm in self._sound_of(piece):
                    yield Spoken(number, piece, silence + pcm)
                    silence = b""
            except _NoVoiceLeft:
                prompt = self.prompts.saying(piece)
                said = prompt or self.prompts[VOICE_TROUBLE]
                yield Spoken(next(numbers), said.words, silence + said.pcm)
                if prompt is None:
                    return  # one apology is enough

    def warm(
        self, phrases: Iterable[str], progress: Callable[[int, int], None] = lambda done, of: None
    ) -> int:
        """Renders fixed phrases, in this order, where they are not on disk; how many sentences are
        missing at the end, because the voice failed.

        Works on the calling thread, about a tenth of the phrases' length with Piper; calls can be
        served meanwhile. `progress` is told how many sentences are done, of how many. Sentences on
        disk that are none of these are removed.
        """
        sentences = list(dict.fromkeys(s for phrase in phrases for s in split_sentences(phrase)))
        self._cache.sweep(sentences)
        missing = 0
        for done, sentence in enumerate(sentences, 1):
            if not self._cache.load(sentence):
                missing += not self._render(sentence)
            progress(done, len(sentences))
        return missing

    def _render(self, sentence: str) -> bool:
        if not self._voices[0].may_speak():
            return False
        try:
            self._cache.keep(sentence, b"".join(self._made_by(self._voices[0], sentence)))
        except VoiceFailed:
            return False
        return True

    def _pieces(self, text: str) -> Iterator[str]:
        """Sentences; of the first one its beginning by itself, where that brings sound sooner."""
        for number, sentence in enumerate(split_sentences(text)):
            if number == 0 and self._cache.get(sentence) is None:
                yield from first_breath(sentence)
            else:
                yield sentence

    def _sound_of(self, piece: str) -> Iterator[bytes]:
        """From the cache, or by the first voice that can. One that breaks off within a piece is
        followed by the next from the piece's beginning: better a few words twice than half a number.
        """
        if (known := self._cache.get(piece)) is not None:
            yield known
            return
        for voice in self._voices:
            if not voice.may_speak():
                continue
            made = []
            try:
                for pcm in self._made_by(voice, piece):
                    made.append(pcm)
                    yield pcm
            except VoiceFailed:
                continue
            if voice is self._voices[0]:
                self._cache.remember(piece, b"".join(made))
            return
        raise _NoVoiceLeft

    def _made_by(self, voice: WatchedVoice, piece: str) -> Iterator[bytes]:
        """At our rate. Raises VoiceFailed."""
        stream = Resampler(voice.voice.synthesiser.rate_hz, self._rate_hz)
        for chunk in voice.speak(piece):
            if pcm := stream.feed(chunk):
                yield pcm
        if pcm := stream.finish():
            yield pcm

    def _pause_after(self, piece: str) -> bytes:
        if not piece:
            return b""
        clause = piece.endswith((",", ";", ":", "–", "—", "，", "；", "："))
        seconds = CLAUSE_PAUSE_S if clause else SENTENCE_PAUSE_S
        return bytes(int(self._rate_hz * seconds) * SAMPLE_BYTES)


class _NoVoiceLeft(Exception):
    pass
