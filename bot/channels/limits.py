"""How fast one visitor may send."""

from __future__ import annotations

import time
from collections.abc import Callable

BURST = 12
"""Messages at once: somebody pasting lines, or an outbox sent after a lost connection."""

MOST_KEYS = 10_000
"""Buckets kept; beyond it the full ones (nobody's doing) are forgotten."""


class Limits:
    """A bucket per key (a conversation, an address), however many sockets it comes by."""

    def __init__(self, per_minute: float, now: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._now = now
        self._buckets: dict[str, TokenBucket] = {}

    def take(self, key: str) -> bool:
        if len(self._buckets) > MOST_KEYS:
            self._buckets = {k: b for k, b in self._buckets.items() if not b.is_full()}
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(self._per_minute, BURST, self._now)
        return bucket.take()


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
        self._fill()
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def is_full(self) -> bool:
        self._fill()
        return self._tokens >= self._burst

    def _fill(self) -> None:
        moment = self._now()
        self._tokens = min(self._burst, self._tokens + (moment - self._at) * self._rate)
        self._at = moment
