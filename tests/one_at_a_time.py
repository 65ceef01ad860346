"""Two workers share the tests; whoever plays sound in real time has the machine to itself.

```
 worker 1   [shop][shop]  waits  [a call in real time.......]  waits  [speech]
 worker 2   [desk.............]            waits              [desk][desk]...
```
"""

from __future__ import annotations

import fcntl
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
    with (folder / "room").open("w") as room:
        with (folder / "door").open("w") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
