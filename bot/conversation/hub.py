"""Wakes the screens: who watches a conversation is told that something happened, and reads it from
the log by number. A wake-up may be lost or doubled without harm; the log is what counts.

Things that are no events (typing, partial speech) travel here only, and are gone if nobody looks.
Where there are several processes, bot/conversation/fanout.py carries both to the others."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

Passing = dict[str, Any]
"""A frame that is shown and forgotten."""

DESK = "desk"
"""The topic of the queue itself; every other topic is the id of a conversation or of a turn."""

PASSING_KEPT = 32
"""Frames kept for a slow reader; older ones are dropped, as nobody needs to see old typing."""


@dataclass(frozen=True, slots=True)
class News:
    passing: list[Passing]
    changed: set[str]
    """Topics whose log has more to read."""


class Watch:
    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._passing: deque[Passing] = deque(maxlen=PASSING_KEPT)
        self._changed: set[str] = set()

    def wake(self, topic: str) -> None:
        """There is something new to read in a topic."""
        self._changed.add(topic)
        self._woken.set()

    def show(self, frame: Passing) -> None:
        self._passing.append(frame)
        self._woken.set()

    async def news(self) -> News:
        """Waits until something happened since the last call."""
        await self._woken.wait()
        self._woken.clear()
        news = News(list(self._passing), self._changed)
        self._passing.clear()
        self._changed = set()
        return news


class Others(Protocol):
    """The other processes. Neither waits nor fails."""

    def changed(self, topic: str) -> None: ...

    def passing(self, topic: str, frame: Passing) -> None: ...


class Hub:
    def __init__(self) -> None:
        self._watches: dict[str, set[Watch]] = defaultdict(set)
        self.others: Others | None = None
        """None: this process is the only one."""

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
        """There is something new to read: for watchers everywhere."""
        self.wake(topic)
        if self.others:
            self.others.changed(topic)

    def passing(self, topic: str, frame: Passing, *, but: Watch | None = None) -> None:
        self.show(topic, frame, but=but)
        if self.others:
            self.others.passing(topic, frame)

    # --- in this process -----------------------------------------------------------------------

    def wake(self, topic: str) -> None:
        for watch in list(self._watches.get(topic, ())):
            watch.wake(topic)

    def wake_all(self) -> None:
        """Whatever they watch may have changed."""
        for topic in list(self._watches):
            self.wake(topic)

    def show(self, topic: str, frame: Passing, *, but: Watch | None = None) -> None:
        for watch in list(self._watches.get(topic, ())):
            if watch is not but:
                watch.show({**frame, "conversation": topic})
