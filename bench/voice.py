"""Voice-to-voice time on a telephone's wire: `python -m bench voice`.

From the last voiced 10 ms of the caller's audio to the first frame that isn't silent and carries the
answer arriving at the caller (a filler does not count), over Twilio's protocol, 8 kHz mu-law, in real
time. Half of the turns are open speech with a database action and an answer that is in no cache. Then
the same turns against a plain loop of the same engines (bench/plain_loop.py)."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import resource
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from itertools import islice

from actions.shop.listing import demo_orders
from bench.callers_voice import says
from bench.conversation_script import numbers_in
from bench.house import own_house
from bench.phone_caller import PhoneCaller, calling_by_phone
from bench.plain_loop import plain_loop
from bench.table import percentile, show
from speech.spoken import digits
from tests.house import House
from tests.product.call_log import call_log

TOKEN = "bench-token-of-no-account"
SECRET = "bench-secret-of-no-shop-at-all"
PRODUCTS = (
    "rain jacket", "hiking boots", "tent", "sleeping bag", "backpack", "headlamp", "trekking poles",
    "camping stove", "water bottle", "gloves", "fleece", "tarp", "sleeping pad", "hiking socks",
    "duffel bag", "sun hat", "trail shoes", "lantern", "base layer", "hiking pants",
)  # fmt: skip
AT_ONCE = (1, 2, 4, 8)
ANSWER_WITHIN_S = 20.0
STAGES = ("endpoint_ms", "recogniser_ms", "dialogue_ms", "first_audio_ms")
"""As bot/call/answer_times.py names them; the rest of a turn is the wire."""


@dataclass(frozen=True)
class Line:
    text: str
    open_speech: bool = False
    """Open speech, with a database action."""


@dataclass
class Measured:
    total_s: list[float] = field(default_factory=list)
    open_s: list[float] = field(default_factory=list)
    unanswered: int = 0


def scripts(orders: Sequence[dict[str, object]]) -> list[list[Line]]:
    """Calls of six turns: three open ones with a lookup each, and an order's status."""
    made = []
    for number, order in enumerate(orders):
        one, two, three = (PRODUCTS[(3 * number + at) % len(PRODUCTS)] for at in range(3))
        made.append(
            [
                Line(f"Do you have a {one} in stock?", open_speech=True),
                Line(f"How much is the cheapest {two}?", open_speech=True),
                Line(f"I'm looking for a {three} for a friend.", open_speech=True),
                Line("Where is my order?"),
                Line(digits(str(order["number"]))),
                Line(digits(str(order["postcode"]))),
            ]
        )
    return made


@dataclass(frozen=True, slots=True)
class Answered:
    at: float
    """When its first sound arrived."""
    reads_back: bool = False
    """"Was that four eight two, nine one nine?": the caller says yes, and only then it counts."""


Answer = Callable[[PhoneCaller, str, float], Awaitable[Answered | None]]
"""(caller, number, when it ended speaking) -> the answer; None where none came."""


async def one_call(
    caller: PhoneCaller, number: str, script: Sequence[Line], measured: Measured, answer: Answer
) -> None:
    await caller.listen()
    for line in script:
        says_next = [line.text]
        for text in says_next:
            said_at = await caller.say(says(text))
            answered = await answer(caller, number, said_at)
            if answered is None:
                measured.unanswered += 1
                print(f"no answer to {text!r} of {number}", flush=True)
                continue
            measured.total_s.append(answered.at - said_at)
            if line.open_speech:
                measured.open_s.append(answered.at - said_at)
            if answered.reads_back:
                says_next.append("Yes.")
            await caller.heard_out(quiet_s=0.7)


class FromLog:
    """Finds the answer by the product's own log, so that a filler isn't taken for one."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: dict[str, int] = {}

    async def __call__(self, caller: PhoneCaller, number: str, said_at: float) -> Answered | None:
        until = time.monotonic() + ANSWER_WITHIN_S
        while time.monotonic() < until and not caller.ended.is_set():
            await asyncio.sleep(0.1)
            events = call_log(self._house, number).events
            after = self._known.get(number, 0)
            turns = [e["turn_id"] for e in events if e["kind"] == "speech" and e["seq"] > after]
            for event in events:
                is_message = event["speaker"] == "assistant" and event["kind"] == "message"
                if not is_message or event["seq"] <= after or event["data"].get("filler"):
                    continue
                reads_back = not turns and bool(numbers_in(event["text"]))
                if not reads_back and event["turn_id"] not in turns[-1:]:
                    continue
                if (at := caller.first_sound_of(event["seq"])) and at > said_at:
                    self._known[number] = event["seq"]
                    return Answered(at, reads_back)
        for event in call_log(self._house, number).events[-12:]:
            print("  ", event["seq"], event["kind"], event["speaker"], event["text"], event["data"])
        return None


async def next_sound(caller: PhoneCaller, number: str, said_at: float) -> Answered | None:
    exchange = await caller.listen(within_s=ANSWER_WITHIN_S, quiet_s=0.1)
    return Answered(exchange.first_sound_at) if exchange.first_sound_at else None


async def load(
    url: str,
    at_once: int,
    calls: Sequence[Sequence[Line]],
    answer: Answer,
    connect: Callable[[str], AbstractAsyncContextManager[PhoneCaller]],
) -> Measured:
    """All the calls, `at_once` of them at a time, begun apart so that they don't talk in step."""
    measured, waiting = Measured(), list(enumerate(calls))

    async def line(delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        while waiting:
            index, script = waiting.pop(0)
            number = f"+1555{at_once:02}{index:04}"
            async with connect(number) as caller:
                await one_call(caller, number, script, measured, answer)

    async with asyncio.TaskGroup() as group:
        for place in range(at_once):
            group.create_task(line(place * 0.9))
    return measured


def stages(said: str) -> dict[str, list[float]]:
    """Milliseconds of each stage, by its name, of the answers a house `said` to have begun."""
    found: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for line in said.splitlines():
        with contextlib.suppress(ValueError):
            told = json.loads(line)
            if isinstance(told, dict) and told.get("event") == "answer began to sound":
                for stage in STAGES:
                    found[stage].append(told[stage])
    return found


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def measure(turns: int, plain_turns: int, at_once: Sequence[int]) -> None:
    rows: list[tuple[object, ...]] = []
    staged: list[tuple[object, ...]] = []
    with own_house(
        log_format="json", twilio_auth_token=TOKEN, max_calls="20", rest_secret=SECRET
    ) as house:
        orders = [o for o in await demo_orders(house.settings.shop_database_url) if o["postcode"]]
        calls = list(islice(scripts(orders), -(-turns // 6)))
        for script in calls:
            for line in script:
                says(line.text)  # made before anything is measured
        says("Yes.")

        def connect(url: str) -> Callable[[str], AbstractAsyncContextManager[PhoneCaller]]:
            return lambda number: calling_by_phone(url, auth_token=TOKEN, caller=number)

        async with plain_loop(house.url, SECRET, TOKEN) as plain_url:
            for count in at_once:
                for name, url, answer, asked in (
                    ("Warmline", house.url, FromLog(house), turns),
                    ("plain loop", plain_url, next_sound, plain_turns),
                ):
                    began, used, said = time.monotonic(), cpu_s(), len(house.said())
                    of_them = calls[: max(count, -(-asked // 6))]
                    found = await load(url, count, of_them, answer, connect(url))
                    share = 100 * (cpu_s() - used) / (time.monotonic() - began)
                    rows.append(_row(name, count, found, share))
                    print(*rows[-1], flush=True)
                    if url == house.url:
                        staged += _staged(count, stages(house.said()[said:]))
    show(
        f"Voice to voice over Twilio's protocol, {len(calls) * 6} turns (plain loop: up to "
        f"{plain_turns}), half of them open speech with a lookup",
        ("", "calls", "p50 ms", "p95 ms", "open p50", "open p95", "no answer", "load %"),
        rows,
    )
    show("Where Warmline's time goes", ("", "calls", "answers", "p50 ms", "p95 ms"), staged)


def _staged(count: int, found: dict[str, list[float]]) -> list[tuple[object, ...]]:
    return [
        (stage, str(count), str(len(took)), percentile(took, 50), percentile(took, 95))
        for stage, took in found.items()
    ]


def _row(name: str, count: int, found: Measured, share: float) -> tuple[object, ...]:
    total = [1000 * value for value in found.total_s]
    opened = [1000 * value for value in found.open_s]
    figures = (
        percentile(total, 50),
        percentile(total, 95),
        percentile(opened, 50),
        percentile(opened, 95),
    )
    return name, str(count), *figures, str(found.unanswered), f"{share:.0f}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.voice")
    parser.add_argument("--turns", type=int, default=100)
    parser.add_argument(
        "--plain-turns", type=int, default=24, help="of the plain loop, which scatters less"
    )
    parser.add_argument("--calls", type=int, nargs="*", default=list(AT_ONCE))
    options = parser.parse_args(arguments)
    asyncio.run(measure(options.turns, options.plain_turns, options.calls))


if __name__ == "__main__":
    main()
