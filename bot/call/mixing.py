"""Several voices as one: the sum of what each of them says in the same 20 ms."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Sequence
from typing import Final

import numpy as np

from bot.call.jitter import is_pause
from speech.audio import samples

MOST: Final = 6
"""Frames of a voice that wait for whoever sets the pace: 120 ms. With more of them, that one has
stopped, and this voice sets it."""


class Mixer:
    """Frames of one length and rate, from any number of sources. Pure: knows no clock. The first
    source sets the pace, so that as many frames come out as one voice has, whatever bursts the others
    come in; who is alone is let through at once."""

    def __init__(self) -> None:
        self._held: dict[Hashable, deque[bytes]] = {}
        self._leads: Hashable | None = None

    def put(self, source: Hashable, frame: bytes) -> list[bytes]:
        """What is to be heard now: one frame or none."""
        held = self._held.setdefault(source, deque())
        held.append(frame)
        if self._leads not in self._held or len(held) > MOST:
            self._leads = source
        if source != self._leads:
            return []
        return [mixed([self._next(one) for one in self._held.values() if one])]

    def drop(self, source: Hashable) -> None:
        """It won't come again."""
        self._held.pop(source, None)

    def _next(self, held: deque[bytes]) -> bytes:
        frame = held.popleft()
        while held and is_pause(frame):  # it is behind, and a pause is a good moment to catch up
            frame = held.popleft()
        return frame


def mixed(frames: Sequence[bytes]) -> bytes:
    """Their sum, clipped at 16 bits: two people rarely shout at once."""
    if len(frames) == 1:
        return frames[0]
    total = np.sum([samples(frame).astype(np.int32) for frame in frames], axis=0)
    return bytes(np.clip(total, -32768, 32767).astype("<i2").tobytes())
