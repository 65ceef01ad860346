"""Wakes the screens: who watches a conversation is told that something happened, and reads it from
the log by number. A wake-up may be lost or doubled without harm; the log is what counts.

Things that are no events (typing, partial speech) travel here only, and are gone if nobody looks."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Passing = dict[str, Any]
"""A frame that is shown and forgotten."""

DESK = "desk"
"""The topic of the queue itself; every other topic is a conversation's id."""

PASSING_KEPT = 32
"""Frames kept for a slow reader; older ones are dropped, as nobody needs to see old typing."""


class Watch:
    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._passing: deque[Passing] = deque(maxlen=PASSING_KEPT)

    def wake(self, passing: Passing | None = None) -> None:
        if passing is not None:
            self._passing.append(passing)
        self._woken.set()

    async def news(self) -> list[Passing]:
        """Waits until something happened; returns what passed by since the last call."""
        await self._woken.wait()
        self._woken.clear()
        passed = list(self._passing)
        self._passing.clear()
        return passed


class Hub:
    def __init__(self) -> None:
        self._watches: dict[str, set[Watch]] = defaultdict(set)

    @contextmanager
    def watching(self, *topics: str) -> Iterator[Watch]:
        watch = Watch()
        for topic in topics:
            self.join(topic, watch)
        try:
            yield watch
        finally:
            for topic in list(self._watches):
                self.leave(topic, watch)

    def join(self, topic: str, watch: Watch) -> None:
        self._watches[topic].add(watch)

    def leave(self, topic: str, watch: Watch) -> None:
        self._watches[topic].discard(watch)
        if not self._watches[topic]:
            del self._watches[topic]

    def changed(self, topic: str) -> None:
        for watch in list(self._watches.get(topic, ())):
            watch.wake()

    def passing(self, topic: str, frame: Passing, *, but: Watch | None = None) -> None:
        for watch in list(self._watches.get(topic, ())):
            if watch is not but:
                watch.wake({**frame, "conversation": topic})
