"""Who talks in the dialogue benchmark: two engines, and the same customers for both."""

from __future__ import annotations

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from aiohttp import ClientSession

from actions.shop import demo_orders, migrate, seed
from bench.dialogue_baseline.models import Trained
from bench.nlu_sets import Example
from bench.table import percentile
from tests.dialogue.engine_house import Customer, House, open_house

LONG = 30
"""Turns of a long conversation; the last one is measured."""


class Line(NamedTuple):
    kind: str
    text: str
    """{number} and {postcode} are the order's."""
    right: frozenset[str]
    """Responses of which one must be among the answer's."""


def _line(kind: str, text: str, *right: str) -> Line:
    return Line(kind, text, frozenset(right))


GREETING = _line("greeting", "hello", "greet")
ARTICLE = _line("help article", "what payment methods do you accept?", "help_article")
STOCK = _line(
    "product with stock", "is the Alder Rain Jacket in stock in red, size M?", "product_stock"
)
BEGIN = _line("question that begins a form", "where is my order?", "ask_order_number")
CANCEL = _line(BEGIN.kind, "I want to cancel my order", "ask_order_number")
NUMBER = _line("order number into the form", "{number}", "ask_postcode")
STATUS = _line("identity check, order status", "{postcode}", "order_status")
OFFER = _line("identity check, cancellation offered", "{postcode}", "confirm_cancel_paid")
WRITE = _line("confirmed: cancellation written", "yes", "cancelled")
CLARIFY = _line("clarify or not understood", "blorf the wug", "clarify", "offer_person")
THANKS = _line("thanks (no action)", "thank you", "utter_thank")
LAST = STOCK._replace(kind=f"{LONG}th turn (product with stock)")

ASKING = (GREETING, ARTICLE, STOCK, BEGIN, NUMBER, STATUS, CLARIFY, THANKS)
CANCELLING = (CANCEL, NUMBER, OFFER, WRITE, THANKS)
ENDLESS = (GREETING, ARTICLE, STOCK, BEGIN, NUMBER, STATUS, THANKS)
KINDS = (
    *(line.kind for line in (GREETING, THANKS, ARTICLE, STOCK, BEGIN, NUMBER, STATUS, OFFER)),
    *(line.kind for line in (WRITE, CLARIFY, LAST)),
)


@dataclass
class Round:
    """Milliseconds by kind of turn."""

    turns: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    per_second: dict[int, float] = field(default_factory=dict)

    @property
    def all(self) -> list[float]:
        return [ms for values in self.turns.values() for ms in values]


@dataclass
class Side:
    """One of the two that are compared."""

    model: Trained
    house: House
    http: ClientSession
    rounds: list[Round] = field(default_factory=list)
    readings: list[float] = field(default_factory=list)
    """Milliseconds of understanding alone, for each held-out utterance."""
    read_rightly: int = 0
    cpu_ms: float = float("nan")
    """Of the engine, for a turn."""
    failed: list[str] = field(default_factory=list)
    """What was said, and the end of the actions' log."""
    sent: int = 0
    """Turns, measured or not."""

    def __post_init__(self) -> None:
        by_status: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for order in self.house.orders:
            by_status[order["status"]].append(order)
        self._shipped = by_status["shipped"]
        self._cancellable = by_status["processing"]
        self._taken = 0

    async def asks(self, into: Round) -> None:
        self._taken += 1
        order = self._shipped[self._taken % len(self._shipped)]
        await self.converse(ASKING, order, into)

    async def cancels(self, into: Round) -> None:
        await self.converse(CANCELLING, self._cancellable.pop(), into)

    async def talks_long(self, into: Round) -> None:
        order, customer = self._shipped[0], self.house.customer()
        for number in range(LONG - 1):
            await self._turn(customer, ENDLESS[number % len(ENDLESS)], order)
        await self._measured(customer, LAST, order, into)

    async def converse(self, lines: Sequence[Line], order: Mapping[str, Any], into: Round) -> None:
        customer = self.house.customer()
        for line in lines:
            await self._measured(customer, line, order, into)

    async def _measured(
        self, customer: Customer, line: Line, order: Mapping[str, Any], into: Round
    ) -> None:
        began = time.perf_counter()
        said = await self._turn(customer, line, order)
        into.turns[line.kind].append((time.perf_counter() - began) * 1000)
        into.wrong[line.kind] += line.right.isdisjoint(said)

    async def _turn(self, customer: Customer, line: Line, order: Mapping[str, Any]) -> list[str]:
        """The names of the responses; none if the turn failed."""
        self.sent += 1
        text = line.text.format(number=order["number"], postcode=order["billing_postcode"])
        async with self.http.post("/webhooks/warmline/turn", json=customer.body(text)) as answer:
            body = await answer.json()
        if answer.status != 200:
            log = (self.house.tracker_file.parent / "actions.log").read_text(errors="replace")
            self.failed.append(f"{text!r}: {body['error']}\n{log[-2000:]}")
            return []
        return [message["response"] for message in body["messages"]]

    async def under_load(self, at_once: int, conversations: int) -> float:
        """Turns per second with so many customers at once."""
        into, waiting = Round(), list(range(conversations))

        async def one_after_the_other() -> None:
            while waiting:
                await (self.cancels if waiting.pop() % 4 == 0 else self.asks)(into)

        began = time.perf_counter()
        await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
        return len(into.all) / (time.perf_counter() - began)

    async def reads(self, example: Example) -> None:
        began = time.perf_counter()
        async with self.http.post("/model/parse", json={"text": example.text}) as answer:
            intent = (await answer.json())["intent"]["name"]
        self.readings.append((time.perf_counter() - began) * 1000)
        self.read_rightly += intent == example.intent

    def cpu_seconds(self) -> float:
        """Of the engine so far (Linux, proc(5)); what others do on the machine hardly changes it."""
        process = self.house.engine._process
        assert process is not None
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def figure(self, kind: str | None, percent: int) -> float:
        """A percentile of all turns of a kind; kind None: of all kinds, the rounds' median."""
        if kind:
            return percentile([ms for one in self.rounds for ms in one.turns[kind]], percent)
        return median(percentile(one.all, percent) for one in self.rounds)

    def wrong(self, kind: str | None) -> int:
        return sum(one.wrong[kind] if kind else sum(one.wrong.values()) for one in self.rounds)

    def per_second(self, at_once: int) -> float:
        return median(one.per_second[at_once] for one in self.rounds)


@contextmanager
def house(folder: Path, model: Path) -> Iterator[House]:
    folder.mkdir()
    shop_file = folder / "shop.db"
    url = f"sqlite:///{shop_file}"

    async def shop() -> list[dict[str, Any]]:
        await migrate(url)
        await seed(url)
        return await demo_orders(url)

    opened = open_house(folder, model, shop_file, asyncio.run(shop()))
    try:
        yield opened
    finally:
        opened.engine.stop()
        opened.actions.stop()
