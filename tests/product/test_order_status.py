"""Where is my order? Through the REST door, engine, actions and databases, all real."""

from __future__ import annotations

import json
import re
import uuid
from datetime import date
from typing import Any

import pytest

from actions.backend import Order, OrderState
from actions.shop import SqlShop
from actions.shop.listing import demo_orders
from bot.settings import Settings
from tests.house import House

pytestmark = pytest.mark.engine


def sender() -> str:
    return f"test-{uuid.uuid4().hex}"


async def one_order_per_state(settings: Settings) -> list[dict[str, Any]]:
    chosen: dict[str, dict[str, Any]] = {}
    for order in await demo_orders(settings.shop_database_url):
        chosen.setdefault(str(order["status"]), order)
    return list(chosen.values())


async def in_database(settings: Settings, number: str) -> Order:
    shop = SqlShop(settings.shop_database_url)
    try:
        order = await shop.order(number)
    finally:
        await shop.close()
    assert order is not None
    return order


STATE_WORDS = {
    OrderState.AWAITING_PAYMENT: "payment",
    OrderState.PROCESSING: "prepar|process|being",
    OrderState.PACKED: "pack",
    OrderState.PARTLY_SHIPPED: "part|some|rest",
    OrderState.SHIPPED: "on its way|shipped",
    OrderState.OUT_FOR_DELIVERY: "out for delivery|today",
    OrderState.DELIVERED: "delivered",
    OrderState.DELAYED: "sorry|late|delay",
    OrderState.CANCELLED: "cancel",
    OrderState.RETURNED: "return",
}


def day_in_words(day: date) -> str:
    return f"{day.day} {day.strftime('%B')}"


async def test_ten_orders_in_ten_states_are_told_as_the_database_has_them(house: House) -> None:
    orders = await one_order_per_state(house.settings)
    assert {order["status"] for order in orders} == {state.value for state in OrderState}
    for listed in orders:
        order = await in_database(house.settings, str(listed["number"]))
        who = sender()
        asked = house.say(who, "where is my order?")
        assert "order number" in asked
        house.say(who, str(listed["number"]))
        told = house.say(who, str(listed["postcode"]))
        assert order.number in told.replace(" ", "")
        assert re.search(STATE_WORDS[order.state], told, re.IGNORECASE), (order.state, told)
        for shipment in order.shipments:
            assert shipment.tracking_number in told
            assert shipment.carrier in told
        if order.expected_on and order.state is not OrderState.AWAITING_PAYMENT:
            days = {day_in_words(order.expected_on), "today", "tomorrow"}
            assert any(day in told for day in days), (order.expected_on, told)
        for line in order.lines:
            assert line.name.split(",")[0] in told


async def test_nothing_is_revealed_before_the_postcode_nor_with_a_wrong_one(house: House) -> None:
    for listed in await one_order_per_state(house.settings):
        order = await in_database(house.settings, str(listed["number"]))
        who = sender()
        replies = [house.say(who, f"where is my order {order.number}")]
        wrong = "99999" if listed["postcode"] != "99999" else "11111"
        replies.append(house.say(who, wrong))
        for reply in replies:
            for secret in (
                order.customer.name, order.customer.email, str(listed["postcode"]),
                *(line.name.split(",")[0] for line in order.lines),
                *(shipment.tracking_number for shipment in order.shipments),
                *(shipment.carrier for shipment in order.shipments),
                "delivered", "on its way", "cancelled",
            ):  # fmt: skip
                assert secret.lower() not in reply.lower()


async def test_an_unknown_number_and_a_wrong_postcode_get_the_same_words(house: House) -> None:
    [listed, *_] = await one_order_per_state(house.settings)
    known = str(listed["number"])
    unknown = next(n for n in ("100008", "100016", "900001") if luhn(n) and n != known)
    answers = []
    for number in (known, unknown):
        who = sender()
        house.say(who, "track my order")
        house.say(who, number)
        verdict = house.say(who, "10101").splitlines()[0]
        answers.append(verdict.replace(number[:3], "").replace(number[3:], ""))
    assert answers[0] == answers[1]


def luhn(number: str) -> bool:
    from actions.backend import is_order_number

    return is_order_number(number)


async def test_three_wrong_postcodes_lead_to_a_person(house: House) -> None:
    [_, listed, *_] = await one_order_per_state(house.settings)
    who = sender()
    house.say(who, "where is my order?")
    replies = [house.say(who, f"{listed['number']} and {wrong}") for wrong in (10101, 20202, 30303)]
    offer = re.compile("person|team|someone", re.IGNORECASE)
    assert [bool(offer.search(reply)) for reply in replies] == [False, False, True]


HOSTILE = {
    "SQL": "'; DROP TABLE orders; --",
    "more SQL": '482919" OR "1"="1',
    "HTML": "<script>alert(document.cookie)</script><img src=x onerror=alert(1)>",
    "a megabyte": "where is my order " * 58_000,
    "emoji": "🦊🏕️👨‍👩‍👧‍👦" * 200,
    "NUL": "where\x00is\x00my order",
    "control characters": "".join(map(chr, range(1, 32))) + "hello",
    "a lone surrogate": "hello \ud83d there",
    "right to left": "\u202eredro ym si erehw",
    "template": "{order_number} {{7*7}} ${jndi:ldap://x} %s%n",
    "rasa's own payload": '/contact_human_agent{"order_number": "482919"}',
    "nothing": "",
    "spaces": "   \n\t ",
    "zalgo": "w\u0300\u0301\u0302\u0303\u0304" * 300,
    "a card": "pay with 4111 1111 1111 1111 please",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_gets_a_polite_answer_and_breaks_nothing(house: House, name: str) -> None:
    who = sender()
    reply = house.say(who, HOSTILE[name])
    assert reply.strip()
    assert "Traceback" not in reply
    assert "<script>" not in reply
    assert "4111 1111" not in reply
    assert house.say(who, "thank you").strip()  # the conversation goes on
    assert house.is_ready()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff\xfe not json", 400),
        (b"[]", 400),
        (b'{"message": "hi"}', 400),
        (b'{"sender": "", "message": "hi"}', 400),
        (b'{"sender": "x", "message": 5}', 400),
        (b'{"sender": "' + b"x" * 500 + b'", "message": "hi"}', 400),
        (b'{"sender": "x", "message": "' + b"y" * 5_000_000 + b'"}', 413),
        (b"[" * 100_000, 400),
    ],
)
def test_bad_requests_are_told_what_is_wrong(house: House, body: bytes, status: int) -> None:
    import urllib.error
    import urllib.request

    request = urllib.request.Request(f"{house.url}/webhooks/rest/webhook", body)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)
    assert refused.value.code == status
    assert json.loads(refused.value.read())["error"]["message"]


def test_two_senders_are_two_conversations(house: House) -> None:
    one, two = sender(), sender()
    house.say(one, "where is my order?")
    assert "order number" not in house.say(two, "thank you").lower()


def test_forty_messages_at_once_from_one_sender_are_all_answered(house: House) -> None:
    from concurrent.futures import ThreadPoolExecutor

    who = sender()
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda n: house.say(who, f"hello number {n}"), range(40)))
    assert all(reply.strip() for reply in replies)
