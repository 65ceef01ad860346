"""Who speaks when a handoff begins, in scenes drawn by chance: `python -m bench.interleavings`.

Each scene is one conversation (tests/handoff/interleaving.py): a customer who types and changes between
two server processes, a call in a third one, agents who reach for the contact at once, write and close,
and an engine that answers late. The log of each is judged; 0 breaches is the only good figure."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from bench.table import show
from tests.handoff.interleaving import open_world, play
from tests.services import REDIS, empty_postgres


async def run(scenes: int, first: int, at_once: int, *, sqlite: bool) -> int:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="warmline-bench-")))
        url = f"sqlite:///{folder / 'centre.db'}"
        if not sqlite:
            url = await stack.enter_async_context(empty_postgres())
        world = await stack.enter_async_context(open_world(folder, url, REDIS))
        began = time.monotonic()
        breaches, counts = await play(world, range(first, first + scenes), at_once)
        seconds = time.monotonic() - began
    rows = [("scenes", str(scenes)), ("seconds", f"{seconds:.0f}")]
    rows += [(name, f"{count:,}") for name, count in sorted(counts.items())]
    rows += [("breaches", str(len(breaches)))]
    kind = "SQLite" if sqlite else "PostgreSQL"
    show(f"Interleavings on {kind}, seeds from {first}", ("", "count"), rows)
    for breach in breaches:
        print(breach)
    return bool(breaches)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.interleavings")
    parser.add_argument("--scenes", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="the first scene's seed")
    parser.add_argument("--at-once", type=int, default=12)
    parser.add_argument("--sqlite", action="store_true", help="instead of PostgreSQL")
    options = parser.parse_args()
    return asyncio.run(run(options.scenes, options.first, options.at_once, sqlite=options.sqlite))


if __name__ == "__main__":
    raise SystemExit(main())
