"""Hours of calls: `python -m bench.soak --minutes 60 --calls 5`.

So many calls at once, again and again: an order's status by speech, questions about stock, callers who
hang up in mid-sentence, sockets that break (some come back), callers who say nothing. Every half minute
the memory, files and threads of each part, the server's tasks and the event loop's lag are looked at,
all along the voice-to-voice times. At the end: how memory grew after the warm-up, what is left over when
all is quiet again, calls without an end, and whether answers became slower."""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import time
import urllib.request
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from actions.shop.listing import demo_orders
from bench.callers_voice import says
from bench.house import own_house
from bench.phone_again import connected_again
from bench.phone_caller import CallFailed, PhoneCaller, calling_by_phone
from bench.table import percentile, show
from bench.voice import PRODUCTS, FromLog
from bot.channels.phone.door import RETURNS_WITHIN_S
from speech.spoken import digits
from tests.house import House

TOKEN = "bench-token-of-no-account"
PARTS = ("server", "engine", "actions")
EVERY_S = 30.0
WINDOW_S = 300.0
APART_S = 1.3
"""Between the first calls, so that they don't talk in step."""


@dataclass(frozen=True)
class Sample:
    at_s: float
    rss_mb: dict[str, float]
    files: dict[str, int]
    threads: dict[str, int]
    tasks: float
    calls: float
    lag_ms: float
    """Mean lateness of the event loop's timers since the sample before."""


@dataclass
class Soak:
    house: House
    orders: list[dict[str, Any]]
    began: float = field(default_factory=time.monotonic)
    samples: list[Sample] = field(default_factory=list)
    answers: list[tuple[float, float]] = field(default_factory=list)
    """(seconds into the soak, voice to voice in seconds)."""
    made: dict[str, int] = field(default_factory=dict)
    """Calls, by script."""
    unanswered: int = 0
    failed: list[str] = field(default_factory=list)
    _lag: tuple[float, float] = (0.0, 0.0)

    # --- the calls -----------------------------------------------------------------------------

    async def line(self, place: int, until: float) -> None:
        """One of the lines: call after call."""
        await asyncio.sleep(place * APART_S)
        turn = place
        scripts = (self.status, self.stock, self.hangs_up, self.breaks, self.stock, self.silence)
        while time.monotonic() < until:
            script = scripts[turn % len(scripts)]
            number = f"+1{place}{turn:09}"
            turn += 1
            self.made[script.__name__] = self.made.get(script.__name__, 0) + 1
            try:
                async with (
                    asyncio.timeout(180),
                    calling_by_phone(self.house.url, auth_token=TOKEN, caller=number) as caller,
                ):
                    await script(caller, number, turn)
            except (CallFailed, OSError, TimeoutError) as error:
                self.failed.append(f"{script.__name__} {number}: {error!r}")

    async def asks(self, caller: PhoneCaller, number: str, text: str, answer: FromLog) -> bool:
        said_at = await caller.say(says(text))
        answered = await answer(caller, number, said_at)
        if answered is None:
            self.unanswered += 1
            return False
        self.answers.append((said_at - self.began, answered.at - said_at))
        await caller.heard_out(quiet_s=0.6)
        return not answered.reads_back or await self.asks(caller, number, "Yes.", answer)

    async def status(self, caller: PhoneCaller, number: str, turn: int) -> None:
        order = self.orders[turn % len(self.orders)]
        answer = FromLog(self.house)
        await caller.listen()
        for text in ("Where is my order?", *map(digits, (order["number"], order["postcode"]))):
            if not await self.asks(caller, number, text, answer):
                return

    async def stock(self, caller: PhoneCaller, number: str, turn: int) -> None:
        answer = FromLog(self.house)
        await caller.until_spoken_to(1.0)  # a regular: doesn't hear the greeting out
        await self.asks(caller, number, _stock(turn), answer)
        await self.asks(caller, number, _price(turn), answer)

    async def hangs_up(self, caller: PhoneCaller, number: str, turn: int) -> None:
        """In the middle of our sentence, or of their own."""
        await caller.listen()
        if turn % 2:
            await caller.say(says("What is your return policy?"))
            await caller.until_spoken_to(1.5)
            return
        speaking = asyncio.create_task(caller.say(says("What is your return policy?")))
        await asyncio.sleep(0.9)
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)

    async def breaks(self, caller: PhoneCaller, number: str, turn: int) -> None:
        """In mid-word; every second one is connected again."""
        await caller.listen()
        speaking = asyncio.create_task(caller.say(says("Where is my order?")))
        await asyncio.sleep(0.7)
        caller.cut()
        await speaking
        if turn % 2:
            return
        await asyncio.sleep(0.3)
        async with connected_again(self.house.url, caller) as again:
            await again.listen()
            await self.asks(again, number, "Where is my order?", FromLog(self.house))

    async def silence(self, caller: PhoneCaller, number: str, turn: int) -> None:
        await caller.listen()
        await caller.listen(within_s=8.0)  # "Are you still there?"

    # --- what it does to the parts -------------------------------------------------------------

    def sample(self) -> Sample:
        told = metrics(self.house)
        total, count = (
            told.get(f"warmline_event_loop_lag_seconds_{of}", 0) for of in ("sum", "count")
        )
        before, self._lag = self._lag, (total, count)
        lag = 1000 * (total - before[0]) / max(1, count - before[1])
        pids = {part: self.house.pid(part) for part in PARTS}
        status = {part: _status(pid) for part, pid in pids.items()}
        made = Sample(
            time.monotonic() - self.began,
            {part: int(told["VmRSS"].split()[0]) / 1024 for part, told in status.items()},
            {part: len(list(Path(f"/proc/{pid}/fd").iterdir())) for part, pid in pids.items()},
            {part: int(told["Threads"]) for part, told in status.items()},
            told.get("warmline_tasks", float("nan")),
            told.get("warmline_calls", float("nan")),
            lag,
        )
        self.samples.append(made)
        return made

    async def watch(self, until: float) -> None:
        while time.monotonic() < until:
            await asyncio.sleep(min(EVERY_S, max(0.0, until - time.monotonic())))
            made = await asyncio.to_thread(self.sample)
            memory = ", ".join(f"{part} {mb:.0f} MB" for part, mb in made.rss_mb.items())
            print(
                f"{made.at_s:6.0f} s  {memory}; files {made.files['server']}, tasks "
                f"{made.tasks:.0f}, calls {made.calls:.0f}, lag {made.lag_ms:.1f} ms, "
                f"{len(self.answers)} answers",
                flush=True,
            )


def _stock(turn: int) -> str:
    return f"Do you have a {PRODUCTS[turn % len(PRODUCTS)]} in stock?"


def _price(turn: int) -> str:
    return f"How much is the cheapest {PRODUCTS[(turn + 7) % len(PRODUCTS)]}?"


def metrics(house: House) -> dict[str, float]:
    """Of `/metrics`: those without labels."""
    with urllib.request.urlopen(f"{house.url}/metrics", timeout=20) as answer:
        lines = answer.read().decode().splitlines()
    told = (line.rsplit(" ", 1) for line in lines if line and line[0] != "#" and "{" not in line)
    return {name: float(value) for name, value in told}


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@dataclass(frozen=True)
class Left:
    """What the database holds when all is over."""

    conversations: int
    """Without an end."""
    legs: int
    """Without an end."""
    gaps: int
    """Conversations in whose events a number is missing."""


def left_over(house: House) -> Left:
    path = house.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        [counts] = database.execute(
            """
            SELECT (SELECT count(*) FROM conversations WHERE ended_at IS NULL),
                   (SELECT count(*) FROM legs WHERE ended_at IS NULL),
                   (SELECT count(*) FROM (SELECT 1 FROM events GROUP BY conversation_id
                                          HAVING max(seq) <> count(*) OR min(seq) <> 1))
            """
        ).fetchall()
    return Left(*counts)


def slope_mb_h(samples: Sequence[Sample], part: str, warm_s: float) -> float:
    """Least squares over what came after the warm-up."""
    warm = [sample for sample in samples if sample.at_s >= warm_s]
    if len(warm) < 3:
        return float("nan")
    hours = [sample.at_s / 3600 for sample in warm]
    return float(np.polyfit(hours, [sample.rss_mb[part] for sample in warm], 1)[0])


async def soak(minutes: float, calls: int, warm_minutes: float) -> int:
    with own_house(twilio_auth_token=TOKEN, max_calls="20", messages_per_minute="10000") as house:
        orders = [o for o in await demo_orders(house.settings.shop_database_url) if o["postcode"]]
        await asyncio.to_thread(_make_voices, orders[:20])
        made = Soak(house, orders[:20])
        await asyncio.sleep(2)
        before = made.sample()
        made.samples.clear()
        until = time.monotonic() + 60 * minutes
        async with asyncio.TaskGroup() as group:
            work: list[Coroutine[Any, Any, None]] = [
                made.watch(until), *(made.line(place, until) for place in range(calls))
            ]  # fmt: skip
            for one in work:
                group.create_task(one)
        print(f"all lines quiet; waiting {RETURNS_WITHIN_S:.0f} s for callers who might be back …")
        await asyncio.sleep(RETURNS_WITHIN_S + 5)
        after = made.sample()
        made.samples.pop()
        left = left_over(house)
        report(made, before, after, left, warm_minutes * 60)
        return int(left != Left(0, 0, 0) or after.tasks > before.tasks)


def _make_voices(orders: Sequence[dict[str, Any]]) -> None:
    for turn in range(len(PRODUCTS)):
        says(_stock(turn))
        says(_price(turn))
    for order in orders:
        says(digits(str(order["number"])))
        says(digits(str(order["postcode"])))
    for text in ("Where is my order?", "What is your return policy?"):
        says(text)


def report(made: Soak, before: Sample, after: Sample, left: Left, warm_s: float) -> None:
    samples = made.samples
    rows = []
    for part in PARTS:
        rows.append(
            (
                part, before.rss_mb[part], samples[0].rss_mb[part], samples[-1].rss_mb[part],
                after.rss_mb[part],
                f"{slope_mb_h(samples, part, warm_s):+.1f}",
                f"{before.files[part]} → {after.files[part]}",
                f"{before.threads[part]} → {after.threads[part]}",
            )
        )  # fmt: skip
    total = sum(made.made.values())
    show(
        f"{samples[-1].at_s / 60:.0f} minutes, {total} calls: {made.made}",
        ("", "before MB", "first MB", "last MB", "quiet MB", "MB/h", "files", "threads"),
        rows,
    )
    print(f"tasks before and after: {before.tasks:.0f} → {after.tasks:.0f}")
    print(f"left over: {left}")
    print(f"no answer: {made.unanswered}; calls that failed: {len(made.failed)}")
    for failure in made.failed[:10]:
        print("  ", failure)
    windows: dict[int, list[float]] = {}
    for at_s, seconds in made.answers:
        windows.setdefault(int(at_s // WINDOW_S), []).append(1000 * seconds)
    lags = [sample.lag_ms for sample in samples]
    show(
        f"voice to voice; the loop's lag {np.mean(lags):.1f} ms in the mean, {max(lags):.1f} at most",
        ("minutes", "answers", "p50 ms", "p95 ms"),
        [
            (f"{window * WINDOW_S / 60:.0f} to {(window + 1) * WINDOW_S / 60:.0f}", str(len(of)),
             percentile(of, 50), percentile(of, 95))
            for window, of in sorted(windows.items())
        ],
    )  # fmt: skip
    if len(windows) > 1:
        hours = [at_s / 3600 for at_s, _ in made.answers]
        drift = np.polyfit(hours, [1000 * seconds for _, seconds in made.answers], 1)[0]
        print(f"drift of voice to voice: {drift:+.0f} ms an hour (least squares)")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--calls", type=int, default=5)
    parser.add_argument(
        "--warm-up", type=float, help="minutes that don't count for the slope (default: a third)"
    )
    options = parser.parse_args()
    warm = options.minutes / 3 if options.warm_up is None else options.warm_up
    return asyncio.run(soak(options.minutes, options.calls, warm))


if __name__ == "__main__":
    raise SystemExit(main())
