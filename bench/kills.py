"""Server processes killed in the middle of a conversation: `python -m bench.kills`.

Two of them on PostgreSQL and Redis, with one engine. A customer types in the web chat and an agent at
the desk, without a pause; both connect to the other server when theirs is killed (SIGKILL, by turns,
each time owing somebody an answer) and go on from the last event they have read."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from bench.house import own_house
from bench.table import show
from tests.house import House
from tests.product.killing import Killed, kill_by_turns
from tests.servers import beside, open_servers
from tests.services import REDIS, empty_postgres


async def run(house: House, kills: int, seed: int) -> Killed:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="warmline-bench-"))
        url = await stack.enter_async_context(empty_postgres())
        changes = {"database_url": url, "redis_url": REDIS, **beside(house)}
        servers = stack.enter_context(open_servers(Path(folder), **changes))
        return await kill_by_turns(house, servers, url, kills, seed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.kills")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with own_house(speech="false") as house:
        made = asyncio.run(run(house, options.kills, options.seed))
    show(
        f"{len(made.kills)} kills, {made.messages:,} messages, {len(made.wrong)} wrong",
        ("killed", "connected to it", "customer s", "agent s", "owed answer s", "alive again s"),
        [
            (f"server {kill.server + 1}", "both" if kill.both_lost else "one or none",
             *(f"{s:.2f}" for s in (kill.customer_s, kill.agent_s, kill.answer_s, kill.started_s)))
            for kill in made.kills
        ],
    )  # fmt: skip
    for what in made.wrong:
        print(what)
    return bool(made.wrong)


if __name__ == "__main__":
    raise SystemExit(main())
