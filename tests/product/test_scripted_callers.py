"""The benchmark's callers: how they say numbers, how they react, and how their calls are judged."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from actions.shop import migrate, seed
from bench.conversation_judge import Shop, is_reached, what_was_wrong
from bench.conversation_report import Exchange, fault
from bench.conversation_script import AGAIN, Caller, Script, Situation, numbers_in, read
from bench.manners import MANNERS
from tests.product.call_log import CallLog

ASKED_NUMBER = Situation("order_number", ("ask_order_number",))
ASKED_POSTCODE = Situation("postcode", ("ask_postcode",))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("callers") / "shop.db"

    async def seeded() -> None:
        await migrate(f"sqlite:///{file}")
        await seed(f"sqlite:///{file}")

    with asyncio.Runner() as runner:
        runner.run(seeded())
    return file


@pytest.fixture
def scripts(shop: Path) -> dict[str, Script]:
    return {script.name: script for script in read(Shop(str(shop)).connection)}


@pytest.mark.parametrize("manner", sorted(set(MANNERS) - {"slipped", "keypad", "half_keyed"}))
@pytest.mark.parametrize("number", ["482913", "550044", "203885", "97205", "00501"])
def test_a_number_in_any_manner_means_the_same(manner: str, number: str) -> None:
    words = MANNERS[manner](number).replace("[0.5]", "").replace("[0.6]", "")
    for pause in ("[0.7]", "[0.8]", "[0.9]", "[1.0]"):
        words = words.replace(pause, "")
    assert number in numbers_in(words), words


def test_sixty_callers_each_with_an_order_of_their_own(scripts: dict[str, Script]) -> None:
    orders = [script.order.number for script in scripts.values() if script.order]
    assert len(scripts) == 60
    assert len(set(orders)) == len(orders)
    assert sum(script.ci and script.voice == "joe" for script in scripts.values()) == 6


def test_a_caller_tells_what_is_asked_and_then_says_it_more_slowly(
    scripts: dict[str, Script],
) -> None:
    script = scripts["delivered / pairs"]
    assert script.order
    caller = Caller(script)
    assert caller.next(Situation(), 1) == script.says[0]
    assert caller.next(ASKED_NUMBER, 2) == MANNERS["pairs"](script.order.number)
    assert caller.next(ASKED_NUMBER, 3) == MANNERS["slowly"](script.order.number)
    assert caller.next(ASKED_POSTCODE, 4) == MANNERS["singly"](script.order.billing)


def test_a_caller_types_what_was_not_understood_once_that_is_offered(
    scripts: dict[str, Script],
) -> None:
    script = scripts["shipped / singly"]
    assert script.order
    caller = Caller(script)
    offered = replace(ASKED_NUMBER, text="You can also type it on your keypad.")
    assert caller.next(offered, 2) == MANNERS["singly"](script.order.number)
    assert caller.next(ASKED_NUMBER, 3) == f"#{script.order.number}"


def test_a_caller_who_was_not_understood_says_the_same_again(scripts: dict[str, Script]) -> None:
    caller = Caller(scripts["asks for the state and then cancels"])
    assert caller.next(Situation(), 1) == "Where is my order?"
    assert caller.next(Situation("free", ("rephrase",)), 2) == "Where is my order?"
    assert caller.next(Situation("free", ("order_status",)), 3) == "Please cancel it."


def test_a_caller_checks_what_is_read_back(scripts: dict[str, Script]) -> None:
    script = scripts["shipped / singly"]
    assert script.order
    own = Situation("order_number", (None,), f"Was that {MANNERS['singly'](script.order.number)}?")
    other = Situation("order_number", (None,), "Was that one two three, one two three?")
    caller = Caller(script)
    assert caller.next(own, 2) == "Yes."
    assert caller.next(other, 3) == f"No. It's {MANNERS['singly'](script.order.number)}"
    assert caller.next(other, 4) == "No."


def test_a_caller_has_it_said_again_once(scripts: dict[str, Script]) -> None:
    caller = Caller(scripts["shipped / has it said again"])
    assert caller.next(ASKED_NUMBER, 2) == AGAIN
    assert caller.next(ASKED_NUMBER, 3) != AGAIN


def test_what_was_heard_is_held_against_what_was_said() -> None:
    said = Exchange(2, "order_number", "four eight two nine one three")
    assert fault(replace(said, heard=["four eight two nine one three"])) is None
    assert fault(replace(said, heard=["four eight two nine one nine"])) == "order number misheard"
    assert fault(said) == "not heard"
    opening = Exchange(1, "free", "Where is my [0.5] order?")
    assert fault(replace(opening, heard=["where is my order"])) is None
    assert fault(replace(opening, heard=["wear is my boarder"])) == "words misheard"
    assert fault(replace(opening, heard=["where is", "my order"])) == "taken for several turns"


def log(response: str, text: str) -> CallLog:
    data = {"response": response}
    event = {"seq": 1, "kind": "message", "speaker": "assistant", "text": text, "data": data}
    return CallLog("one", False, [event])


def test_only_the_own_order_counts_as_told(shop: Path, scripts: dict[str, Script]) -> None:
    judge, script = Shop(str(shop)), scripts["shipped / singly"]
    assert script.order
    other = scripts["delivered / pairs"].order
    assert other
    own = log("order_status", f"Your order {script.order.facts()['grouped']} is on its way.")
    others = log("order_status", f"Your order {other.facts()['grouped']} is on its way.")
    before = judge.order(script.order.number)
    assert is_reached(script, judge, own, before)
    assert what_was_wrong(script, judge, own, before) is None
    assert not is_reached(script, judge, others, before)
    assert what_was_wrong(script, judge, others, before)


def test_what_was_done_is_read_in_the_shop(
    shop: Path, scripts: dict[str, Script], tmp_path: Path
) -> None:
    file = shutil.copy(shop, tmp_path / "shop.db")
    judge, script = Shop(str(file)), scripts["cancels / singly"]
    assert script.order
    before, told = judge.order(script.order.number), log("cancelled", "Done.")
    assert not is_reached(script, judge, told, before)
    with sqlite3.connect(file) as database:
        state = "update orders set state = 'cancelled' where number = ?"
        database.execute(state, (script.order.number,))
    assert is_reached(script, judge, told, before)
    unwanted = replace(script, goal={"told": "being prepared"})
    assert what_was_wrong(unwanted, judge, told, before) == "the order became cancelled"
