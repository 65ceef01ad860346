"""Two workers share the tests; whoever plays sound in real time has the machine to itself.

```
 worker 1   [shop][shop]  waits  [a call in real time.......]  waits  [speech]
 worker 2   [desk.............]            waits              [desk][desk]...
```
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

REAL_TIME = "realtime"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Around a test's set-up, its call, its tear-down and its timeout."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    assert item.config.cache
    folder = item.config.cache.mkdir("one-at-a-time")
    with _place(folder, alone=item.get_closest_marker(REAL_TIME) is not None):
        return (yield)


@contextmanager
def _place(folder: Path, *, alone: bool) -> Iterator[None]:
    """Everybody comes in by the door. Who waits to be alone keeps it shut, so that the other worker's
    tests don't slip in before, one after the other. A worker that dies leaves nothing locked."""
    with _locked(folder / "door", fcntl.LOCK_EX):
        room = _lock(folder / "room", fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
    try:
        yield
    finally:
        os.close(room)


@contextmanager
def _locked(file: Path, how: int) -> Iterator[None]:
    lock = _lock(file, how)
    try:
        yield
    finally:
        os.close(lock)


def _lock(file: Path, how: int) -> int:
    """Until it is closed; children don't inherit it."""
    lock = os.open(file, os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, how)
    return lock
