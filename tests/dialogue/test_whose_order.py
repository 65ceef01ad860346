"""Whom a check opens what to, and how failures count, with the real engine and shop."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from tests.dialogue.engine_house import Customer, House

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]


@pytest.fixture
def present(house: House) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order that went to somebody else's address, and another one of the same buyer."""
    for gift in house.orders:
        if gift["postcode"] == gift["billing_postcode"]:
            continue
        for other in house.orders:
            if other["customer_id"] == gift["customer_id"] and other is not gift:
                return gift, other
    raise AssertionError("the demo shop sends no presents")


@pytest.fixture
def receiver(house: House, present: tuple[dict[str, Any], dict[str, Any]]) -> Customer:
    """Was told about the present, by the postcode it went to."""
    gift, _ = present
    receiver = house.customer()
    told = receiver.says(f"where is order {gift['number']}, zip {gift['postcode']}")
    assert told.responses[0] == "order_status"
    assert told.identified is not None
    assert told.identified["order"] == gift["number"]
    assert told.identified["scope"] == "order"
    return receiver


def test_who_receives_a_present_does_not_see_what_else_the_giver_bought(
    receiver: Customer, present: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    gift, other = present
    asked = receiver.says(f"and where is order {other['number']}?")
    assert asked.responses == ["other_order_needs_check", "ask_postcode"]
    assert asked.expects == "postcode"
    for tracking in other["tracking_numbers"]:
        assert tracking not in asked.text
    assert "no_match" in receiver.says("00501").responses
    assert receiver.says(f"{other['number']} {other['billing_postcode']}").identified == {
        "customer_id": other["customer_id"],
        "name": other["customer"],
        "order": other["number"],
        "how": "order number and postcode",
        "scope": "account",
    }
    assert receiver.says(f"where is order {gift['number']}").responses[0] == "order_status"


def test_my_other_orders_are_asked_for_one_by_one(receiver: Customer) -> None:
    asked = receiver.says("where are my other orders")
    assert asked.responses == ["other_order_needs_check", "ask_order_number"]
    assert asked.body["messages"][0]["buttons"] == []


def test_an_unknown_number_sounds_like_the_givers(
    house: House, receiver: Customer, present: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    stranger = next(o for o in house.orders if o["customer_id"] != present[1]["customer_id"])
    said = []
    for number in (present[1]["number"], stranger["number"]):
        said.append(receiver.says(f"where is order {number}").text)
        receiver.says("never mind")
    assert said[0].split("\n")[0] == said[1].split("\n")[0]


def test_the_same_order_needs_no_second_check(
    receiver: Customer, present: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    assert receiver.says("where is my order").responses[0] == "order_status"
    again = receiver.says(f"where is order {present[0]['number']}")
    assert again.responses[0] == "order_status"
    elsewhere = receiver.says(f"where is order {present[0]['number']}", leg="another leg")
    assert elsewhere.responses == ["ask_postcode"]


def test_a_signed_in_customer_may_ask_for_a_present_too(
    house: House, present: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    gift, _ = present
    own = next(o for o in house.orders if o["customer_id"] != gift["customer_id"])
    bo = house.customer(identity={"customer_id": own["customer_id"], "name": own["customer"]})
    told = bo.says(f"where is order {gift['number']}, zip {gift['postcode']}")
    assert told.responses[0] == "order_status"
    assert bo.says(f"where is order {own['number']}").responses[0] == "order_status"


def test_a_turn_lost_after_its_failed_check_counts_once(house: House) -> None:
    """The engine dies between the check and storing the turn; the server sends the turn again."""
    guesser = house.customer()
    guesser.says("where is my order")
    body = guesser.body(f"{house.order('shipped')['number']} 00501")
    before = failed_checks(house)
    first = house.post("turn", body)
    forget_turn(house, guesser.conversation, body["turn_id"])
    again = house.post("turn", body)
    assert again[1]["replayed"] is False, "it was really lost"
    assert [m["response"] for m in again[1]["messages"]] == [
        m["response"] for m in first[1]["messages"]
    ]
    assert failed_checks(house) == before + 1


def failed_checks(house: House) -> int:
    with sqlite3.connect(house.shop_file) as shop:
        (count,) = shop.execute("select count(*) from identity_checks").fetchone()
    return int(count)


def forget_turn(house: House, conversation: str, turn_id: str) -> None:
    with sqlite3.connect(house.tracker_file) as trackers:
        (start,) = trackers.execute(
            "select min(id) from events where sender_id = ? and data like ?",
            [conversation, f"%{turn_id}%"],
        ).fetchone()
        trackers.execute(
            "delete from events where sender_id = ? and id >= ?", [conversation, start]
        )
