"""Evens out live sound that comes in bursts: a little is kept in hand, never much."""

from __future__ import annotations

from typing import Final

import numpy as np

from speech.audio import SAMPLE_BYTES, samples

AHEAD_S: Final = 0.06
"""Kept in hand before anything is let out: two frames of a browser's microphone (32 ms each)."""

CALM_S: Final = 0.1
"""More than this in hand (a burst came), and pauses are shortened until it is gone."""
QUIET: Final = 328
"""Of 32,768 (-40 dBFS): a frame whose peak stays below it is a pause."""

MOST_S: Final = 0.3
"""More than this in hand and the oldest goes: late words are worse than a missing syllable."""


class JitterBuffer:
    """PCM in whatever pieces it comes; out in frames, at the pace of whoever takes them. Pure: knows
    no clock. Runs dry when the other side is late, and then gathers `AHEAD_S` again."""

    def __init__(self, rate_hz: int, *, ahead_s: float = AHEAD_S, most_s: float = MOST_S) -> None:
        self._second = rate_hz * SAMPLE_BYTES
        self._ahead = self._bytes(ahead_s)
        self._calm = self._bytes(CALM_S)
        self._most = self._bytes(most_s)
        self._held = bytearray()
        self._gathering = True

    @property
    def held_s(self) -> float:
        return len(self._held) / self._second

    def put(self, pcm: bytes) -> float:
        """Returns the seconds of older sound that had to go for it."""
        self._held += pcm
        if len(self._held) <= self._most:
            return 0.0
        too_much = len(self._held) - self._ahead
        del self._held[:too_much]
        return too_much / self._second

    def take(self, seconds: float) -> bytes | None:
        """The next so many seconds; None while it gathers, or where it ran dry."""
        size = self._bytes(seconds)
        if self._gathering and len(self._held) < max(self._ahead, size):
            return None
        self._gathering = len(self._held) < size
        if self._gathering:
            return None
        frame = self._cut(size)
        while len(self._held) > self._calm and is_pause(frame):
            frame = self._cut(size)
        return frame

    def _cut(self, size: int) -> bytes:
        frame = bytes(self._held[:size])
        del self._held[:size]
        return frame

    def _bytes(self, seconds: float) -> int:
        return round(self._second * seconds) // SAMPLE_BYTES * SAMPLE_BYTES


def is_pause(frame: bytes) -> bool:
    """Whether it may be left out to catch up."""
    return int(np.abs(samples(frame).astype(np.int32)).max(initial=0)) < QUIET
