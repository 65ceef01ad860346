"""What a caller on the telephone hears, and when: Twilio's buffer, and what came of a recording."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from bot.channels.phone.coding import RATE_HZ
from speech.audio import mulaw_decode, samples

QUIET = 328
"""Of 32,768 (-40 dBFS): 10 ms whose peak stays below it are silent."""

WINDOW = 80
"""Samples in 10 ms."""


def voiced(mulaw: bytes) -> tuple[int, int] | None:
    """Samples to the begin of the first and the end of the last 10 ms that aren't silent."""
    pcm = np.abs(samples(mulaw_decode(mulaw)).astype(np.int32))
    windows = np.pad(pcm, (0, -len(pcm) % WINDOW)).reshape(-1, WINDOW).max(axis=1)
    loud = np.flatnonzero(windows >= QUIET)
    return (int(loud[0]) * WINDOW, int(loud[-1] + 1) * WINDOW) if loud.size else None


class Playhead:
    """Twilio's buffer: plays what comes in one after the other, in real time. Pure: told the time."""

    def __init__(self) -> None:
        self.ends_at = 0.0
        self.segments: list[tuple[float, bytes]] = []
        """What was played or waits: begins at (time), mu-law. After a clear only what was heard."""
        self.marks: deque[tuple[float, str]] = deque()

    def add(self, mulaw: bytes, now: float) -> float:
        """When it begins to play."""
        begins = max(now, self.ends_at)
        self.ends_at = begins + len(mulaw) / RATE_HZ
        self.segments.append((begins, mulaw))
        return begins

    def mark(self, name: str, now: float) -> None:
        self.marks.append((max(now, self.ends_at), name))

    def passed(self, now: float) -> list[str]:
        """Marks the playhead has passed."""
        names = []
        while self.marks and self.marks[0][0] <= now:
            names.append(self.marks.popleft()[1])
        return names

    def heard(self, since: float, now: float) -> bytes:
        """Mu-law that has played from `since` to `now`, without the pauses between."""
        parts = []
        for begins, mulaw in reversed(self.segments):
            if begins + len(mulaw) / RATE_HZ <= since:
                break
            first, last = ((at - begins) * RATE_HZ for at in (since, now))
            parts.append(mulaw[max(0, round(first)) : max(0, round(last))])
        return b"".join(reversed(parts))

    def clear(self, now: float) -> list[str]:
        """Drops what hasn't played; the marks behind it."""
        for index, (begins, mulaw) in enumerate(self.segments):
            heard = max(0, round((now - begins) * RATE_HZ))
            self.segments[index] = (begins, mulaw[:heard])
        self.ends_at = min(self.ends_at, now)
        names = [name for _, name in self.marks]
        self.marks.clear()
        return names


@dataclass(slots=True)
class Exchange:
    """One recording said, and what came of it."""

    said_at: float
    """The end of the last voiced 10 ms; when listening began, where nothing was said."""
    first_sound_at: float | None = None
    """When the first frame that isn't silent arrived after it (and after the last clear)."""
    first_heard_at: float | None = None
    """When the caller could hear that."""
    heard: bytes = b""
    """Mu-law that has played since, without what a clear has dropped."""

    @property
    def voice_to_voice_s(self) -> float | None:
        return None if self.first_sound_at is None else self.first_sound_at - self.said_at
