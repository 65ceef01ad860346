"""The mouth: what a synthesiser must do here. One module per engine implements it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class Synthesiser(Protocol):
    """A loaded voice, shared by all calls."""

    @property
    def rate_hz(self) -> int:
        """Of the PCM that `speak` makes."""
        ...

    def speak(self, text: str) -> Iterator[bytes]:
        """PCM, a chunk per sentence or less, so that the first plays while the rest is made.

        Blocks while a chunk is made: take each on an executor thread. Text without anything to
        pronounce makes no chunk. Numbers and the like should have gone through `speech.spoken`.
        """
        ...
