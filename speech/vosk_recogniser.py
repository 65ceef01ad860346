"""Vosk as the ear: streams, and can be bound to a grammar at run time."""

from __future__ import annotations

import heapq
import json
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import vosk

from speech.audio import Resampler, samples
from speech.compounds import joined, read_compounds
from speech.grammars import FILLERS
from speech.recogniser import UNKNOWN_WORD, Alternative, Transcript, Word

MODEL_RATE_HZ: Final = 16_000
DEFAULT_ALTERNATIVES: Final = 8

_Timed = tuple[str, float, float]
"""A word, its start and its end in seconds."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read what was heard."""

    score: float
    """Log likelihood."""
    words: tuple[_Timed, ...]


class VoskRecogniser:
    """Implements `Recogniser`. Loading takes 0.3 s and, with the models of the
    catalogue, 150 to 300 MB."""

    def __init__(
        self,
        folder: Path,
        *,
        alternatives: int = DEFAULT_ALTERNATIVES,
        fillers: Sequence[str] = FILLERS,
    ) -> None:
        """`folder` is what the catalogue's `recogniser` says. `fillers` catch what fits
        no grammar where the model has no word for that (Zamia's hasn't, Alpha Cephei's have)."""
        if not (folder / "am" / "final.mdl").is_file():
            raise FileNotFoundError(f"{folder} holds no Vosk model (am/final.mdl is missing).")
        vosk.SetLogLevel(-1)
        self._model = vosk.Model(str(folder))
        self._alternatives = alternatives
        self._compounds = read_compounds(folder)
        self._parts = {word: " ".join(parts) for parts, word in self._compounds.items()}
        self._left_out: set[str] = set()
        has_unknown = self.knows(UNKNOWN_WORD)
        self._fillers = (UNKNOWN_WORD,) if has_unknown else self._known(fillers)

    def knows(self, word: str) -> bool:
        return word in self._parts or self._has(word)

    def _has(self, word: str) -> bool:
        return int(self._model.vosk_model_find_word(word)) >= 0

    def stream(self, rate_hz: int, grammar: Sequence[str] | None = None) -> VoskStream:
        resampler = Resampler(rate_hz, MODEL_RATE_HZ)
        fillers: frozenset[str] = frozenset()
        if grammar is None:
            engine = vosk.KaldiRecognizer(self._model, MODEL_RATE_HZ)
        else:
            phrases = self._known(grammar)
            meant = {word for phrase in phrases for word in phrase.split()}
            fillers = frozenset(self._fillers) - meant
            engine = vosk.KaldiRecognizer(
                self._model, MODEL_RATE_HZ, json.dumps([*phrases, *sorted(fillers)])
            )
        engine.SetMaxAlternatives(self._alternatives)
        engine.SetWords(True)
        return VoskStream(engine, resampler, fillers, self._compounds, self._alternatives)

    def _known(self, grammar: Sequence[str]) -> list[str]:
        """Vosk would drop only the unknown word and then hear half a phrase as something else."""
        known = []
        for phrase in grammar:
            unknown = [w for w in phrase.split() if w != UNKNOWN_WORD and not self.knows(w)]
            if not unknown:
                known.append(" ".join(self._parts.get(word, word) for word in phrase.split()))
            elif phrase not in self._left_out:
                self._left_out.add(phrase)
                _logger.warning("%r can't be heard: the model lacks %s", phrase, unknown)
        return [phrase for phrase in known if phrase != UNKNOWN_WORD]


class VoskStream:
    """Implements `RecognitionStream`.

    Vosk ends a segment at each longer pause; here the segments of one utterance are put together
    again, because when a turn ends is decided elsewhere.
    """

    def __init__(
        self,
        engine: vosk.KaldiRecognizer,
        resampler: Resampler,
        fillers: frozenset[str],
        compounds: Mapping[tuple[str, str], str],
        limit: int,
    ) -> None:
        self._engine: vosk.KaldiRecognizer | None = engine
        self._resampler = resampler
        self._fillers = fillers
        self._compounds = compounds
        self._limit = limit
        self._readings = [_Reading(0.0, ())]

    def feed(self, pcm: bytes) -> str:
        engine = self._open()
        samples(pcm)
        if engine.AcceptWaveform(self._resampler.feed(pcm)):
            self._add(engine.Result())
        words = json.loads(engine.PartialResult()).get("partial", "").split()
        partial = self._told([(word, 0.0, 0.0) for word in words])
        return " ".join(word for word, _, _ in (*self._readings[0].words, *partial))

    def finish(self) -> Transcript:
        engine = self._open()
        if (rest := self._resampler.finish()) and engine.AcceptWaveform(rest):
            self._add(engine.Result())
        self._add(engine.FinalResult())
        self._engine = None
        return _transcript(self._readings)

    def _open(self) -> vosk.KaldiRecognizer:
        if self._engine is None:
            raise RuntimeError("This utterance is finished; begin a new stream for the next.")
        return self._engine

    def _told(self, words: Sequence[_Timed]) -> tuple[_Timed, ...]:
        return _with_unknown(joined(words, self._compounds), self._fillers)

    def _add(self, result: str) -> None:
        """Continues each reading so far with each of the new segment's; the likeliest stay."""
        segment = [
            _Reading(
                float(found["confidence"]),
                self._told([(w["word"], w["start"], w["end"]) for w in found.get("result", ())]),
            )
            for found in json.loads(result).get("alternatives", ())
        ]
        if not any(reading.words for reading in segment):
            return
        joined = (
            _Reading(before.score + after.score, before.words + after.words)
            for before in self._readings
            for after in segment
        )
        self._readings = heapq.nlargest(self._limit, joined, key=lambda reading: reading.score)


def _with_unknown(words: Sequence[_Timed], fillers: frozenset[str]) -> tuple[_Timed, ...]:
    """Each run of fillers becomes one UNKNOWN_WORD."""
    told: list[_Timed] = []
    for text, start, end in words:
        if text not in fillers:
            told.append((text, start, end))
        elif told and told[-1][0] == UNKNOWN_WORD:
            told[-1] = (UNKNOWN_WORD, told[-1][1], end)
        else:
            told.append((UNKNOWN_WORD, start, end))
    return tuple(told)


def _text(reading: _Reading) -> str:
    return " ".join(word for word, _, _ in reading.words)


def _transcript(readings: Sequence[_Reading]) -> Transcript:
    """Confidences are posteriors over the n-best list: with alternatives asked for, Vosk gives
    each reading's log likelihood but no confidence of its words. A word is as sure as the readings
    that have it at the same time are together."""
    likeliest = readings[0]
    if not likeliest.words:
        return Transcript("", 0.0, (), ())
    weights = [math.exp(reading.score - likeliest.score) for reading in readings]
    shared = tuple(
        (reading, w / sum(weights)) for reading, w in zip(readings, weights, strict=True)
    )
    by_text: dict[str, float] = {}  # several readings may differ in times or fillers only
    for reading, share in shared:
        by_text[_text(reading)] = by_text.get(_text(reading), 0.0) + share
    ranked = sorted(by_text.items(), key=lambda told: told[1], reverse=True)
    best = next(reading for reading in readings if _text(reading) == ranked[0][0])
    words = tuple(
        Word(*word, confidence=min(1.0, sum(share for r, share in shared if _has(r, *word))))
        for word in best.words
    )
    spoken_s = sum(word.end_s - word.start_s for word in words) or 1.0
    confidence = sum(word.confidence * (word.end_s - word.start_s) for word in words) / spoken_s
    return Transcript(
        _text(best),
        confidence,
        words,
        tuple(Alternative(text, share) for text, share in ranked),
    )


def _has(reading: _Reading, text: str, start: float, end: float) -> bool:
    return any(
        word == text and begins < end and ends > start for word, begins, ends in reading.words
    )
