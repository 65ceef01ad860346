"""A running product to measure: the one at BENCH_URL, else one started for the purpose."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.commands.run import say
from tests.house import House, open_house


@contextmanager
def own_house(**changes: str) -> Iterator[House]:
    """A product started to be measured, with WARMLINE_… `changes`."""
    with tempfile.TemporaryDirectory(prefix="warmline-bench-") as folder:
        say("starting engine, actions and server to measure …")
        with open_house(Path(folder), **changes) as house:
            yield house


@contextmanager
def running() -> Iterator[str]:
    """The server's address."""
    if url := os.environ.get("BENCH_URL"):
        yield url.rstrip("/")
        return
    with own_house() as house:
        yield house.url
