"""What the recogniser wasn't sure of: its other guesses, with the real engine and shop."""

from __future__ import annotations

from typing import Any

import pytest

from actions.backend import is_order_number
from tests.dialogue.engine_house import Customer, House, Reply

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]


@pytest.fixture
def order(house: House) -> dict[str, Any]:
    return house.order("processing")


@pytest.fixture
def caller(house: House) -> Customer:
    """Was asked for the order number."""
    caller = house.customer(channel="voice")
    assert caller.says("where is my order").expects == "order_number"
    return caller


def slipped(number: str) -> str:
    """With a wrong check digit."""
    return number[:-1] + str((int(number[-1]) + 1) % 10)


def taken(reply: Reply) -> Any:
    return reply.body["slots"].get("order_number")


def test_the_other_guess_has_the_right_check_digit(caller: Customer, order: dict[str, Any]) -> None:
    number = order["number"]
    reply = caller.says(slipped(number), alternatives=["five tents", number])
    assert taken(reply) == number
    assert reply.responses == ["order_number_understood", "ask_postcode"]
    assert f"{number[:3]} {number[3:]}" in reply.text, "the caller hears what was taken"


def test_no_number_was_understood_at_all(caller: Customer, order: dict[str, Any]) -> None:
    reply = caller.says("it's for aid to mine", alternatives=[f"it's {order['number']}"])
    assert taken(reply) == order["number"]


def test_a_swallowed_digit_is_no_postcode(caller: Customer, order: dict[str, Any]) -> None:
    number = order["number"]
    reply = caller.says(number[:2] + number[3:], alternatives=[number])
    assert taken(reply) == number
    assert reply.expects == "postcode"


def test_a_misheard_number_in_the_very_first_sentence(house: House, order: dict[str, Any]) -> None:
    said = "where is order {}"
    reply = house.customer(channel="voice").says(
        said.format(slipped(order["number"])), alternatives=[said.format(order["number"])]
    )
    assert taken(reply) == order["number"]
    assert reply.expects == "postcode"


def test_a_clear_number_stands(house: House, caller: Customer) -> None:
    said, guessed = house.order("shipped")["number"], house.order("delivered")["number"]
    reply = caller.says(said, alternatives=[guessed])
    assert taken(reply) == said
    assert "order_number_understood" not in reply.responses


def test_a_clear_postcode_stands(caller: Customer, order: dict[str, Any]) -> None:
    unlike = next(code for code in ("97201", "60614") if not set(code) <= set(order["number"]))
    reply = caller.says(unlike, alternatives=[order["number"]])
    assert reply.responses == ["taken_as_postcode", "ask_order_number"]


def test_two_guesses_that_fit_are_asked_about(house: House, caller: Customer) -> None:
    one, other = house.order("shipped")["number"], house.order("delivered")["number"]
    reply = caller.says("mumble four", alternatives=[one, other])
    assert is_order_number(one)
    assert is_order_number(other)
    assert taken(reply) is None
    assert "order_number_understood" not in reply.responses
