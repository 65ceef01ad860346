"""How fast one visitor may send."""

from __future__ import annotations

import time
from collections.abc import Callable


class TokenBucket:
    """`per_minute` on average, bursts up to `burst`. Seconds come from `now`, any monotonic clock."""

    def __init__(
        self, per_minute: float, burst: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = per_minute / 60
        self._burst = burst
        self._now = now
        self._tokens = burst
        self._at = now()

    def take(self) -> bool:
        moment = self._now()
        self._tokens = min(self._burst, self._tokens + (moment - self._at) * self._rate)
        self._at = moment
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
