"""Where in a recording sound belongs. Pure: positions in, positions out, no clock and no file.

Positions are frames from the recording's beginning; `now` is the moment's. Sound is 16-bit PCM.

The caller's sound comes over a network. It is *counted* as it was spoken, and laid onto the clock by
one offset, which is how late the least delayed of the surrounding sound came:

    spoken    ──a──b──c──d──e──f──g──
    arrives   ───a──b────────cdef─g──    a stall, then everything at once
    placed    ───a──b──c──d──e──f──g─    the offset of b and of f: the stall never happened

To see f while placing c, sound waits for HOLD_S until it is placed. Only what moves that offset for
longer than HOLD_S counts: a line that sent nothing for a while (the gap is silence), or the drift of the
caller's clock against ours.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from typing import Final

import numpy as np

from speech.audio import SAMPLE_BYTES, Resampler, samples

Placed = tuple[int, bytes]
"""Position, PCM at the recording's rate."""

HOLD_S: Final = 0.4
"""Longer than the jitter of telephone networks (tens of ms) and of a browser's audio thread; with the
time between two batches it stays below the second that a crash may cost."""

TOLERANCE_S: Final = 0.06
"""Three frames of a telephone. An offset that moves less is jitter, and sound stays seamless."""

QUIET: Final = 328
"""-40 dBFS, the level of a line's hiss: sound that may be left out to catch up with the clock."""

CUT_EVERY_S: Final = 10.0
"""Where nobody is ever quiet, TOLERANCE_S is left out at most so often: enough for a clock that is
wrong by 0.6 % (those of sound cards are wrong by 0.01 %)."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    began: float
    """Frames counted before it."""
    arrived: float
    late: float
    """Its end on the clock minus its end as counted."""
    pcm: bytes


class Arriving:
    """Sound that comes in as it is spoken."""

    def __init__(self, from_hz: int, rate_hz: int) -> None:
        """`from_hz` is that of the sound that comes in. Raises AudioError for one that can't be."""
        self.rate_hz = rate_hz
        self._from_hz = from_hz
        self._resampler = Resampler(from_hz, rate_hz)
        self._counted = 0.0
        self._resampled = 0.0
        """Frames counted, of what has come out of the resampler, which holds some back."""
        self._late = 0.0
        """Of the sound that came last: see `_Waiting.late`."""
        self._offset: float | None = None
        self._cut_at = 0.0
        self._waiting: deque[_Waiting] = deque()

    def came(self, pcm: bytes, now: float) -> None:
        """Sound whose last sample was spoken just now, but for the network. Raises AudioError."""
        resampled = self._resampler.feed(pcm)
        held = max(0, round(self._counted - self._resampled)) * SAMPLE_BYTES
        self._wait(resampled[:held], now)  # as late as what it came with
        self._counted += len(pcm) / SAMPLE_BYTES * self.rate_hz / self._from_hz
        self._late = now - self._counted
        self._wait(resampled[held:], now)

    def _wait(self, pcm: bytes, now: float) -> None:
        if pcm:
            self._waiting.append(_Waiting(self._resampled, now, self._late, pcm))
            self._resampled += len(pcm) / SAMPLE_BYTES

    def lost(self, seconds: float) -> None:
        """So much was spoken and never came."""
        self._counted += seconds * self.rate_hz
        self._resampled += seconds * self.rate_hz

    def ended(self, now: float) -> list[Placed]:
        """All that is left. Nothing may come after it."""
        self._wait(self._resampler.finish(), now)
        return self.settled(inf)

    def settled(self, now: float) -> list[Placed]:
        """What has waited long enough, in order; seamless sound in one piece."""
        placed: list[Placed] = []
        least_late = list(accumulate((one.late for one in reversed(self._waiting)), min))
        while self._waiting and now - self._waiting[0].arrived >= HOLD_S * self.rate_hz:
            placed.append(self._place(self._waiting.popleft(), least_late.pop()))
        return list(_joined(placed))

    def _place(self, one: _Waiting, late: float) -> Placed:
        if self._offset is None:
            self._offset = late
        moved = late - self._offset
        tolerance = TOLERANCE_S * self.rate_hz
        cut = 0
        if moved > tolerance:
            self._offset = late
        elif moved < -tolerance:
            cut = self._leave_out(one, int(-moved))
            self._offset -= cut
        # What was left out is the beginning; the rest lies where it would have begun.
        return round(one.began + self._offset) + cut, one.pcm[cut * SAMPLE_BYTES :]

    def _leave_out(self, one: _Waiting, most: int) -> int:
        """Frames of `one` not to be kept, because we are behind the clock. Speech is left alone."""
        values = samples(one.pcm)
        if not values.size:
            return 0
        if int(np.abs(values.astype(np.int32)).max()) <= QUIET:
            return min(most, values.size)
        if one.arrived - self._cut_at < CUT_EVERY_S * self.rate_hz:
            return 0
        self._cut_at = one.arrived
        return min(most, values.size, round(TOLERANCE_S * self.rate_hz))


class Queued:
    """Sound that is sent to be played, one piece after the other, and may be called back."""

    def __init__(self, from_hz: int, rate_hz: int) -> None:
        """`from_hz` is that of the sound that is sent. Raises AudioError for one that can't be."""
        self.rate_hz = rate_hz
        self._from_hz = from_hz
        self._resampler = Resampler(from_hz, rate_hz)
        self._held = False
        """The resampler may hold something back."""
        self._ends = 0.0
        """When all that was sent has been played."""
        self._next = 0
        """Where the resampler's next sample belongs."""
        self._pieces: deque[Placed] = deque()

    def said(self, pcm: bytes, now: float) -> None:
        """Plays after what was said before, or now where that is over. Raises AudioError."""
        if self._over(now):
            self._rest()
            self._ends = now
            self._next = round(now)
        self._push(self._resampler.feed(pcm))
        self._held = True
        self._ends += len(pcm) / SAMPLE_BYTES * self.rate_hz / self._from_hz

    def cleared(self, now: float) -> list[Placed]:
        """What hasn't played by now never will; returns what has and was not returned yet."""
        self._rest()
        played = self.played(now)
        self._pieces.clear()
        self._ends = min(self._ends, now)
        self._next = round(self._ends)
        return played

    def played(self, now: float) -> list[Placed]:
        """What has been played since the last time."""
        if self._over(now):
            self._rest()
        played: list[Placed] = []
        while self._pieces and self._pieces[0][0] < int(now):
            at, pcm = self._pieces.popleft()
            cut = (int(now) - at) * SAMPLE_BYTES
            played.append((at, pcm[:cut]))
            if pcm[cut:]:
                self._pieces.appendleft((int(now), pcm[cut:]))
        return list(_joined(played))

    def _over(self, now: float) -> bool:
        """A person's voice comes as it is spoken: a little late is no pause."""
        return now > self._ends + TOLERANCE_S * self.rate_hz

    def _push(self, resampled: bytes) -> None:
        if resampled:
            self._pieces.append((self._next, resampled))
            self._next += len(resampled) // SAMPLE_BYTES

    def _rest(self) -> None:
        """What the resampler still holds of what was said, before something else begins."""
        if self._held:
            self._held = False
            self._push(self._resampler.finish())
            self._resampler = Resampler(self._from_hz, self.rate_hz)


def _joined(placed: Iterable[Placed]) -> Iterable[Placed]:
    begins, ends, pieces = 0, 0, list[bytes]()
    for at, pcm in placed:
        if pieces and at != ends:
            yield begins, b"".join(pieces)
            pieces.clear()
        if not pieces:
            begins = ends = at
        pieces.append(pcm)
        ends += len(pcm) // SAMPLE_BYTES
    if pieces:
        yield begins, b"".join(pieces)
