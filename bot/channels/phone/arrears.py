"""What never arrived on a line without time stamps: sound is due at the pace of time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

LEAST_S: Final = 0.3
"""Less than this in arrears may still be on its way; a syllable lasts about so long."""


class Arrears:
    """Tells sound that is late from sound that is lost, by the frames' arrival alone.

    ::

        late   |--|--|--|            ||||||--|--|     a burst makes up for the pause
        lost   |--|--|--|            |--|--|--|--     the pace goes on, behind for ever

    So arrears count once frames come at their own pace again while a gap is left.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock`: seconds, from any beginning."""
        self._clock = clock
        self._due_from: float | None = None
        """When the first frame began; later, when it would have, without what got lost."""
        self._heard_s = 0.0
        self._last = 0.0

    def came(self, seconds: float) -> float:
        """A frame of so many seconds came now; returns the seconds that were lost before it."""
        now = self._clock()
        since_last, self._last = now - self._last, now
        self._heard_s += seconds
        if self._due_from is None:
            self._due_from = now - seconds
            return 0.0
        behind = now - self._due_from - self._heard_s
        if behind < 0:  # the frames before this one were late
            self._due_from += behind
            return 0.0
        at_its_pace = seconds / 2 <= since_last <= seconds * 2
        if behind < LEAST_S or not at_its_pace:
            return 0.0
        self._due_from += behind
        return behind
