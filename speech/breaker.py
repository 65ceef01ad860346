"""When something that failed may be tried again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

PAUSE_S: Final = 15.0
"""After the first break; it doubles with every trial that fails, since each costs a caller the time
it takes to notice."""
LONGEST_PAUSE_S: Final = 300.0
TOLERATED: Final = 1
"""Failures in a row that break nothing: one text may be at fault, not what speaks it."""


class Breaker:
    """A circuit breaker: closed until failures break it, then open for a pause, then open but for
    one trial, whose outcome closes it or opens it for twice as long.

        closed ──broke──▶ open ──pause over──▶ one trial ──worked──▶ closed
                            ▲                      │
                            └──────failed──────────┘

    May be used by several threads.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        pause_s: float = PAUSE_S,
        longest_pause_s: float = LONGEST_PAUSE_S,
        tolerated: int = TOLERATED,
    ) -> None:
        """`clock` gives seconds that only grow."""
        self._clock = clock
        self._first_pause_s = self._pause_s = pause_s
        self._longest_pause_s = longest_pause_s
        self._tolerated = tolerated
        self._failures = 0
        self._closed_again_at: float | None = None
        """None while closed; infinity while a trial runs."""
        self._lock = threading.Lock()

    @property
    def closed(self) -> bool:
        return self._closed_again_at is None

    def may_try(self) -> bool:
        """Whether to try now. Where this says so after a pause, it is the one trial: say afterwards
        whether it `worked` or `failed`."""
        with self._lock:
            if self._closed_again_at is None:
                return True
            if self._clock() < self._closed_again_at:
                return False
            self._closed_again_at = float("inf")
            return True

    def worked(self) -> None:
        with self._lock:
            self._failures = 0
            self._closed_again_at = None
            self._pause_s = self._first_pause_s

    def failed(self, *, for_certain: bool = False) -> None:
        """`for_certain`: nothing is tolerated, it breaks now."""
        with self._lock:
            self._failures += 1
            trial = self._closed_again_at == float("inf")
            if self._failures <= self._tolerated and not for_certain and not trial:
                return
            if trial:
                self._pause_s = min(2 * self._pause_s, self._longest_pause_s)
            self._closed_again_at = self._clock() + self._pause_s
