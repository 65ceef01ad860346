"""Routing against theory: `python -m bench.routing [--days 1000]`.

Days of a plain queue on virtual time, every contact matched by the product's own router, beside what
Erlang C says; confidence intervals from the days' means. Then how far off the wait estimates were, and
that the lowest priority doesn't starve where most contacts outrank it."""

from __future__ import annotations

import argparse
import heapq
import math
import multiprocessing
import random
import statistics
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bench.erlang import erlang_c
from bench.table import show
from bot.handoff.priority import head_start
from bot.handoff.router import Candidate, Waiting, match
from bot.handoff.wait import Outlook, outlook
from bot.store.tables import Medium

CALLS_PER_S = 100 / 1800
HANDLE_S = 180.0
AGENTS = 14
TARGET_S = 20.0
DAY_S = 10 * 3600.0
WARM_UP_S = 3600.0
"""Contacts of the first hour aren't counted: it begins with nobody busy."""
Z95 = 1.96
AT_ONCE_S = 0.001
"""Moments are kept in microseconds."""

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
BUSY_FACTOR = 1.2
"""Of the calls in the starvation day: nearly as many as the agents can take."""
URGENT_SHARE = 0.8


@dataclass
class Day:
    waits_s: list[float] = field(default_factory=list)
    busy_s: float = 0.0
    errors_s: list[float] = field(default_factory=list)
    """Of the estimate told to those who had to wait: told minus true."""
    told_grew: int = 0
    """Times a later estimate was later though nothing had changed."""
    by_urgency: dict[int, list[float]] = field(default_factory=dict)


def play(
    seed: int,
    *,
    calls_per_s: float = CALLS_PER_S,
    agents: int = AGENTS,
    urgent_share: float = 0.0,
    day_s: float = DAY_S,
) -> Day:
    chance = random.Random(seed)
    day = Day()
    free = dict.fromkeys(range(agents), 0.0)
    """Agent → idle since."""
    waiting: dict[str, Waiting] = {}
    told: dict[str, tuple[float, Outlook]] = {}
    urgency: dict[str, int] = {}
    lately: deque[float] = deque(maxlen=50)
    ends: list[tuple[float, int, float]] = []
    arrives, number = chance.expovariate(calls_per_s), 0
    while arrives < day_s or ends:
        if ends and ends[0][0] <= arrives:
            now, agent, took = heapq.heappop(ends)
            free[agent] = now
            lately.append(took)
        elif arrives < day_s:
            now, number = arrives, number + 1
            arrives += chance.expovariate(calls_per_s)
            level = 2 if chance.random() < urgent_share else 0
            asked = _at(now)
            contact = Waiting(f"{number:06}", Medium.VOICE, asked, asked - head_start(level, None))
            waiting[contact.id], urgency[contact.id] = contact, level
        else:
            arrives = math.inf
            continue
        team = [Candidate(who, _at(since), {Medium.VOICE: 1}) for who, since in free.items()]
        for found in match(waiting.values(), team, _at(now)) if team else ():
            contact = waiting.pop(found.contact)
            waited = now - (contact.asked_at - BEGINNING).total_seconds()
            took = chance.expovariate(1 / HANDLE_S)
            heapq.heappush(ends, (now + took, found.agent, took))
            del free[found.agent]
            if now - waited >= WARM_UP_S:
                day.waits_s.append(waited)
                day.by_urgency.setdefault(urgency[contact.id], []).append(waited)
                if contact.id in told:
                    at, said = told[contact.id]
                    day.errors_s.append(said.left_s(_at(at)) - (now - at))
            day.busy_s += max(0.0, min(day_s, now + took) - max(now, WARM_UP_S))
        if not urgent_share:
            _tell(day, waiting, told, now, agents, lately)
    return day


def _tell(
    day: Day,
    waiting: dict[str, Waiting],
    told: dict[str, tuple[float, Outlook]],
    now: float,
    agents: int,
    lately: Sequence[float],
) -> None:
    """What each one in line hears; the first one told is what is judged."""
    for place, contact in enumerate(waiting, 1):
        before = told.get(contact)
        said = outlook(_at(now), place, agents, lately, before[1] if before else None)
        if said is None:
            continue
        if before is None:
            told[contact] = (now, said)
        elif said.due_at > before[1].due_at:
            day.told_grew += 1


def _at(seconds: float) -> datetime:
    return BEGINNING + timedelta(seconds=seconds)


def _plain(seed: int) -> tuple[float, float, float, float, list[float], int]:
    day = play(seed)
    waits = day.waits_s
    return (
        sum(wait > AT_ONCE_S for wait in waits) / len(waits),
        sum(wait <= TARGET_S for wait in waits) / len(waits),
        statistics.fmean(waits),
        day.busy_s / AGENTS / (DAY_S - WARM_UP_S),
        day.errors_s,
        day.told_grew,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.routing")
    parser.add_argument("--days", type=int, default=1000)
    days = parser.parse_args(arguments).days
    with multiprocessing.Pool() as pool:
        played = pool.map(_plain, range(days), chunksize=4)
    theory = erlang_c(CALLS_PER_S, HANDLE_S, AGENTS, TARGET_S)
    rows = []
    for name, at, expected, unit in (
        ("P(wait)", 0, theory.waits, 100),
        ("service level in 20 s", 1, theory.within, 100),
        ("ASA", 2, theory.asa_s, 1),
        ("occupancy", 3, theory.occupancy, 100),
    ):
        values = [float(day[at]) for day in played]  # type: ignore[arg-type]
        mean = statistics.fmean(values)
        half = Z95 * statistics.stdev(values) / math.sqrt(days)
        sign = "%" if unit == 100 else "s"
        rows.append(
            (
                name,
                f"{unit * mean:.2f} {sign} ± {unit * half:.2f}",
                f"{unit * expected:.2f} {sign}",
                f"{100 * (mean / expected - 1):+.1f} %",
            )
        )
    show(f"Routing, {days} days", ("", "router", "Erlang C", "off"), rows)
    errors = [error for day in played for error in day[4]]
    grew = sum(day[5] for day in played)
    print(
        f"Wait estimate, {len(errors):,} customers who had to wait: mean error "
        f"{statistics.fmean(errors):+.1f} s, mean absolute "
        f"{statistics.fmean(map(abs, errors)):.1f} s; grew while nothing changed: {grew}"
    )
    busy = play(1, calls_per_s=CALLS_PER_S * BUSY_FACTOR, urgent_share=URGENT_SHARE)
    for level, waits in sorted(busy.by_urgency.items()):
        print(
            f"Busy day, priority {level}: {len(waits):,} contacts, waited "
            f"{statistics.fmean(waits):.0f} s on average, {max(waits):.0f} s at most"
        )


if __name__ == "__main__":
    main()
