"""Chat: turns per second and time per turn, through the REST door, engine, actions and databases.

Each simulated customer asks for the state of a real order (three turns: question, number, postcode),
asks about a product and says thanks: five turns, of which three call an action that reads the shop's
database. Time is from request to reply. The load generator runs in this process, on the same cores."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bench.house import running
from bench.table import percentile, show

AT_ONCE = (1, 4, 16)
CUSTOMERS = 40
"""Per row; five turns each."""

WARM_UP = 3


@dataclass
class Times:
    """Milliseconds by kind of turn."""

    turns: dict[str, list[float]] = field(default_factory=dict)
    wrong: int = 0

    def add(self, kind: str, ms: float) -> None:
        self.turns.setdefault(kind, []).append(ms)

    @property
    def all(self) -> list[float]:
        return [ms for values in self.turns.values() for ms in values]


async def customer(http: aiohttp.ClientSession, order: dict[str, Any], times: Times) -> None:
    sender = f"bench-{uuid.uuid4().hex}"
    script = [
        ("question", "where is my order?"),
        ("number", str(order["number"])),
        ("postcode and answer", str(order["postcode"])),
        ("product and stock", "do you have a rain jacket in red?"),
        ("thanks", "thank you"),
    ]
    said = ""
    for kind, message in script:
        began = time.perf_counter()
        body = {"sender": sender, "message": message}
        async with http.post("/webhooks/rest/webhook", json=body) as answer:
            replies = await answer.json()
        times.add(kind, (time.perf_counter() - began) * 1000)
        if kind == "postcode and answer":
            said = " ".join(reply["text"] for reply in replies)
    number = str(order["number"])
    if number not in said.replace(" ", ""):
        times.wrong += 1


async def load(url: str, orders: list[dict[str, Any]], at_once: int, customers: int) -> Any:
    times = Times()
    waiting = list(range(customers))
    async with aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=0)) as http:

        async def one_after_the_other() -> None:
            while waiting:
                index = waiting.pop()
                await customer(http, orders[index % len(orders)], times)

        began = time.perf_counter()
        await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
        return times, time.perf_counter() - began


async def main() -> None:
    with running() as url:
        async with aiohttp.ClientSession(url) as http, http.get("/demo/orders") as answer:
            orders = (await answer.json())["orders"]
        await load(url, orders, 1, WARM_UP)
        rows = []
        kinds: dict[str, list[float]] = {}
        for at_once in AT_ONCE:
            times, seconds = await load(url, orders, at_once, CUSTOMERS)
            if at_once == 1:
                kinds = times.turns
            rows.append(
                (
                    f"{at_once} at once",
                    len(times.all),
                    f"{len(times.all) / seconds:.1f}",
                    percentile(times.all, 50),
                    percentile(times.all, 95),
                    times.wrong,
                )
            )
    show(
        "Chat: 5-turn conversations over REST",
        ("customers", "turns", "turns/s", "p50 ms", "p95 ms", "wrong answers"),
        rows,
    )
    show(
        "One customer at a time, by kind of turn",
        ("turn", "turns", "p50 ms", "p95 ms"),
        [
            (kind, len(values), percentile(values, 50), percentile(values, 95))
            for kind, values in kinds.items()
        ],
    )


if __name__ == "__main__":
    asyncio.run(main())
