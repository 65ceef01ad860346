"""A number we aren't sure of is read back before it counts: without I/O."""

from __future__ import annotations

import enum
from collections.abc import Set
from dataclasses import dataclass


class Told(enum.Enum):
    YES = enum.auto()
    NO = enum.auto()
    ELSE = enum.auto()
    """Another number, or something else altogether: it counts for itself."""


@dataclass(slots=True)
class ReadBack:
    yes: Set[str]
    no: Set[str]
    """Words that say it, in lower case."""
    number: str | None = None
    """The one that was read back and waits for an answer."""

    def answer(self, text: str) -> Told:
        """What the caller said to it. It waits no longer."""
        self.number = None
        words = [word.strip(".,!?") for word in text.lower().split()]
        if any(character.isdigit() for character in text) or len(words) > LONGEST_ANSWER:
            return Told.ELSE
        if any(word in self.no for word in words):
            return Told.NO
        return Told.YES if any(word in self.yes for word in words) else Told.ELSE


LONGEST_ANSWER = 4
"""Words; what is longer says more than yes or no."""
