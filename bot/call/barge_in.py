"""Whether a caller who speaks over us interrupts: timing and words, without I/O.

A command or a key interrupts at once; "mhm" and a cough never do; other speech after two words, or
half a second with a word in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.call.turn_settings import BARGE_IN_S, BARGE_IN_WORDLESS_S, BARGE_IN_WORDS


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Of one language (data/LANGUAGE/calls.toml); in lower case, as a recogniser writes."""

    commands: frozenset[str]
    """Interrupt as soon as they are heard: "agent", "stop", "no"."""
    backchannel: frozenset[str]
    """Say "I'm listening": never an interruption, alone or in a row."""
    noises: frozenset[str]
    """What a recogniser makes of a cough or a breath: words that count for nothing."""


class BargeIn:
    """One stretch of the caller's speech."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def interrupts(self, voice_s: float, words: Iterable[str]) -> bool:
        """`voice_s` seconds of voice so far in it, and the words recognised so far."""
        said = [word for word in words if word not in self._vocabulary.noises]
        if any(word in self._vocabulary.commands for word in said):
            return True
        if said and all(word in self._vocabulary.backchannel for word in said):
            return False
        told = [word for word in said if word not in self._vocabulary.backchannel]
        if len(told) >= BARGE_IN_WORDS:
            return True
        return voice_s >= (BARGE_IN_S if told else BARGE_IN_WORDLESS_S)

    def only_listening(self, text: str) -> bool:
        """Whether a finished stretch said no more than "I'm listening", or nothing: then what we were
        saying goes on."""
        said = [word.strip(".,!?") for word in text.lower().split()]
        quiet = self._vocabulary.backchannel | self._vocabulary.noises
        return all(word in quiet for word in said)
