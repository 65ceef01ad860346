"""Dialogue: milliseconds of one turn through engine, actions and database, by kind of turn, beside the
same engine set up as RasaHQ's retail-demo (bench/dialogue_baseline/) and trained on the same data.

Both run at once, each with actions and a freshly seeded shop of its own; they are asked in turns, so
that what else the machine does hits both. Percentiles of a kind are of its turns in all rounds, those of
all turns and turns per second the median of the rounds'. A turn counts whether or not its answer was
right; how many weren't is in the table. The customers are in this process, on the same cores."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from statistics import median

from aiohttp import ClientSession

from bench.dialogue_baseline import models
from bench.dialogue_baseline.sides import KINDS, Round, Side, house
from bench.nlu_sets import HELD_OUT, listed
from bench.table import percentile, show
from bot.commands.run import say
from bot.settings import load_settings

ROUNDS = 7
CUSTOMERS = 4
"""Who ask, and as many who cancel, in a round, one at a time; half as many talk long."""

AT_ONCE = (1, 2, 4)
WARM_UP = 3
AIM_P50_MS, AIM_P95_MS = 90, 200


def busy_cores(seconds: float = 1.0) -> float:
    """By everything on the machine; called while ours do nothing, so by others (Linux, proc(5))."""

    def ticks() -> tuple[int, int]:
        numbers = [int(n) for n in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return sum(numbers), numbers[3] + numbers[4]  # idle, waiting for a disk

    all_before, idle_before = ticks()
    time.sleep(seconds)
    all_after, idle_after = ticks()
    busy = 1 - (idle_after - idle_before) / (all_after - all_before)
    return busy * (os.cpu_count() or 1)


async def measure(sides: Sequence[Side], rounds: int) -> list[float]:
    """Fills the sides' rounds; how many cores others kept busy before each."""
    others = []
    for side in sides:
        for _ in range(WARM_UP):
            await side.asks(Round())
    before = [(side.cpu_seconds(), side.sent) for side in sides]
    for number in range(rounds):
        others.append(busy_cores())
        say(f"round {number + 1} of {rounds} ({others[-1]:.1f} cores are busy with other work)")
        in_turns = sides if number % 2 == 0 else sides[::-1]
        for side in sides:
            side.rounds.append(Round())
        for talk in (Side.asks, Side.cancels, Side.asks, Side.cancels, Side.talks_long):
            for _ in range(CUSTOMERS // 2):
                for side in in_turns:
                    await talk(side, side.rounds[-1])
        for at_once in AT_ONCE:
            for side in in_turns:
                per_second = await side.under_load(at_once, 2 * max(AT_ONCE))
                side.rounds[-1].per_second[at_once] = per_second
    for side, (seconds, sent) in zip(sides, before, strict=True):
        side.cpu_ms = 1000 * (side.cpu_seconds() - seconds) / (side.sent - sent)
    say("asking both what they understand …")
    for example in listed(HELD_OUT):
        for side in sides:
            await side.reads(example)
    return others


def tell(sides: Sequence[Side], others: Sequence[float], load: float) -> None:
    first, *second = sides
    columns = ["ms"]
    for side in sides:
        columns += [f"{side.model.name}\np50", "\np95", "\nwrong"]
    columns += ["ratio\np50", "\np95"] if second else []

    def row(name: str, kind: str | None) -> tuple[str, ...]:
        cells = [name]
        for side in sides:
            count = sum(len(one.turns[kind]) if kind else len(one.all) for one in side.rounds)
            cells += [f"{side.figure(kind, percent):.0f}" for percent in (50, 95)]
            cells.append(f"{side.wrong(kind)}/{count}")
        for other in second:
            cells += [
                f"{other.figure(kind, percent) / first.figure(kind, percent):.2f}"
                for percent in (50, 95)
            ]
        return tuple(cells)

    show(
        f"One turn, one customer at a time, median of {len(first.rounds)} rounds",
        columns,
        [*(row(kind, kind) for kind in KINDS), row("all", None)],
    )
    show(
        "Turns per second",
        ["customers at once", *(side.model.name for side in sides), *(["ratio"] if second else [])],
        [
            (
                str(at_once),
                *(f"{side.per_second(at_once):.1f}" for side in sides),
                *(
                    f"{first.per_second(at_once) / other.per_second(at_once):.2f}"
                    for other in second
                ),
            )
            for at_once in AT_ONCE
        ],
    )
    show(
        f"{len(first.readings)} held-out utterances, CPU, training",
        ["", *(side.model.name for side in sides)],
        [
            ("intents right, %", *(_percent(side) for side in sides)),
            ("understanding alone, p50 ms", *(percentile(side.readings, 50) for side in sides)),
            ("engine's CPU time of a turn, ms", *(side.cpu_ms for side in sides)),
            ("training, s", *(_whole(side.model.seconds) for side in sides)),
            ("training, CPU s", *(_whole(side.model.cpu_seconds) for side in sides)),
        ],
    )
    print(
        f"Aim: p50 {AIM_P50_MS} ms, p95 {AIM_P95_MS} ms. Before the measuring, load average {load:.2f}; "
        f"before each round others kept {median(others):.2f} cores busy (at most {max(others):.2f})."
    )
    for side in sides:
        if side.failed:
            print(
                f"{side.model.name}: {len(side.failed)} turns failed, the first: {side.failed[0]}"
            )
        if not side.model.current:
            print(f"{side.model.name} was trained on earlier data than today's (--stale-baseline).")


def _percent(side: Side) -> str:
    return f"{100 * side.read_rightly / len(side.readings):.1f}"


def _whole(number: float | None) -> str:
    return "not measured" if number is None else f"{number:.0f}"


def add_options(parser: argparse._ArgumentGroup) -> None:
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default {ROUNDS}, at most 18")
    parser.add_argument(
        "--without-baseline", action="store_true", help="Warmline alone, with the model that runs"
    )
    parser.add_argument(
        "--stale-baseline",
        action="store_true",
        help="the baseline as it was trained, even if its data changed since",
    )


def main(options: argparse.Namespace) -> None:
    compared = [models.ours(load_settings(), with_time=not options.without_baseline)]
    if not options.without_baseline:
        compared.append(models.baseline(even_stale=options.stale_baseline))
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="warmline-bench-") as folder, ExitStack() as stack:
        say("starting engines and actions to measure …")
        houses = [
            stack.enter_context(house(Path(folder) / str(number), model.file))
            for number, model in enumerate(compared)
        ]

        async def run() -> tuple[list[Side], list[float]]:
            async with AsyncExitStack() as clients:
                sides = [
                    Side(model, place, await clients.enter_async_context(ClientSession(place.url)))
                    for model, place in zip(compared, houses, strict=True)
                ]
                return sides, await measure(sides, options.rounds)

        sides, others = asyncio.run(run())
    tell(sides, others, load)
