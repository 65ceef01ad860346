"""Conversations with the real engine, actions and shop."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from actions.backend import OrderState, is_order_number
from engine.numbers_spoken import ORDER_NUMBER
from tests.dialogue.engine_house import Customer, House
from tests.dialogue.test_numbers import TABLE

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]

IN_WORDS = {
    OrderState.AWAITING_PAYMENT: "payment",
    OrderState.PROCESSING: "being prepared",
    OrderState.PACKED: "packed",
    OrderState.PARTLY_SHIPPED: "partly on its way",
    OrderState.SHIPPED: "on its way with",
    OrderState.OUT_FOR_DELIVERY: "out for delivery",
    OrderState.DELIVERED: "delivered",
    OrderState.DELAYED: "delayed",
    OrderState.CANCELLED: "cancelled",
    OrderState.RETURNED: "return",
}


def grouped(number: str) -> str:
    return f"{number[:3]} {number[3:]}"


def wrong_number(house: House) -> str:
    """With a right check digit, but nobody's."""
    taken = {order["number"] for order in house.orders}
    return next(
        number
        for number in map(str, range(100000, 999999))
        if is_order_number(number) and number not in taken
    )


@pytest.mark.parametrize("state", OrderState)
def test_the_status_is_what_the_database_says(house: House, state: OrderState) -> None:
    order = house.order(state)
    ana = house.customer()
    assert ana.says("where is my order?").expects == "order_number"
    asked = ana.says(order["number"])
    assert asked.expects == "postcode"
    assert asked.identified is None
    told = ana.says(order["postcode"])
    assert told.responses[0] == "order_status"
    assert grouped(order["number"]) in told.text
    assert IN_WORDS[state] in told.text
    assert IN_WORDS[state] in told.spoken
    assert told.identified == {
        "customer_id": order["customer_id"],
        "name": order["customer"],
        "order": order["number"],
        "how": "order number and postcode",
        "scope": "account" if order["postcode"] == order["billing_postcode"] else "order",
    }
    for tracking in order["tracking_numbers"]:
        assert tracking in told.text
        assert tracking not in told.spoken
    expected = date.fromisoformat(order["expected_on"]) if order["expected_on"] else None
    if expected and expected > datetime.now(UTC).date():
        near = "tomorrow" if (expected - datetime.now(UTC).date()).days == 1 else str(expected.day)
        assert near in told.text
    assert "http" not in told.spoken


@pytest.mark.parametrize(
    "sentence",
    [
        "track order {number}, postcode {postcode}",
        "my zip is {postcode} and I'd like to know where order {number} is",
        "{number} {postcode}",
    ],
)
def test_both_at_once_in_any_order(house: House, sentence: str) -> None:
    assert house.customer().says(sentence.format(**house.order("shipped"))).responses == [
        "order_status"
    ]


def test_number_spoken_digit_by_digit(house: House) -> None:
    order = house.order("processing")
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    ana = house.customer(channel="voice")
    ana.says("where's my package")
    assert ana.says(" ".join(words[int(d)] for d in order["number"])).expects == "postcode"
    told = ana.says("it's " + " ".join(words[int(d)] for d in order["postcode"]))
    assert told.responses == ["order_status"]


def test_a_known_number_and_an_unknown_one_sound_the_same(house: House) -> None:
    """Before the check not even the order's existence shows."""
    said = []
    for number in (house.order("shipped")["number"], wrong_number(house)):
        ana = house.customer()
        ana.says("where is my order")
        first, second = ana.says(number), ana.says("00501")
        assert second.responses == ["no_match", "ask_order_number"]
        assert first.identified is None
        assert second.identified is None
        said.append((first.responses, first.expects, second.responses, second.expects))
        assert house.order("shipped")["customer"].split()[-1] not in first.text + second.text
    assert said[0] == said[1]


def test_third_failed_check_goes_to_a_person(house: House) -> None:
    number = wrong_number(house)
    ana = house.customer()
    ana.says("where is my order")
    assert "no_match" in ana.says(f"{number} 00501").responses
    assert "no_match" in ana.says(f"{number} 00502").responses
    third = ana.says(f"{number} 00503")
    assert third.responses == ["too_many_checks"]
    assert third.handoff == "policy"
    shipped = house.order("shipped")
    again = ana.says(f"where is {shipped['number']} {shipped['postcode']}")
    assert again.responses == ["too_many_checks"], "the count belongs to the conversation"


@pytest.mark.parametrize(("said", "meant"), TABLE, ids=[said for said, _ in TABLE])
def test_each_form_of_a_number_is_taken_or_asked_back(
    house: House, said: str, meant: list[tuple[str, str]]
) -> None:
    """The table of test_numbers.py, said to the real assistant: nothing is silently taken wrong."""
    ana = house.customer()
    ana.says("where is my order")
    reply = ana.says(said or "?")
    numbers = [value for kind, value in meant if kind == ORDER_NUMBER and is_order_number(value)]
    taken = reply.body["slots"].get("order_number")
    if numbers:
        assert taken == numbers[0] or {"no_match", "too_many_checks"} & set(reply.responses), (
            reply.text
        )
    else:
        assert taken is None, reply.text
        assert reply.expects == "order_number", reply.text


def test_a_slip_in_the_number_is_asked_back(house: House) -> None:
    ana = house.customer()
    ana.says("where is my order")
    assert ana.says("4829").responses == ["order_number_incomplete", "ask_order_number"]
    assert ana.says("482916").responses[0] == "order_number_slipped"
    taken = ana.says("97201")
    assert taken.responses == ["taken_as_postcode", "ask_order_number"]


def test_a_slip_in_the_postcode_keeps_the_number(house: House) -> None:
    order = house.order("shipped")
    ana = house.customer()
    ana.says("where is my order")
    ana.says(order["number"])
    assert ana.says("972011").responses == ["postcode_incomplete", "ask_postcode"]
    assert ana.says(order["postcode"]).responses == ["order_status"]


def test_interruptions_are_answered_and_the_form_goes_on(house: House) -> None:
    order = house.order("shipped")
    ana = house.customer()
    ana.says("where is my order")
    hours = ana.says("by the way, when do you open?")
    assert hours.responses == ["help_article", "ask_order_number"]
    assert hours.body["messages"][0]["source"]["url"] == "/help/opening-hours"
    stock = ana.says("is the alder rain jacket in stock?")
    assert stock.responses == ["product_stock", "ask_order_number"]
    ana.says(order["number"])
    assert ana.says("hello?").responses == ["greet", "ask_postcode"]
    assert ana.says("where is my order").responses == ["ask_postcode"]
    assert ana.says(order["postcode"]).responses == ["order_status"]


def test_never_mind_leaves_the_form(house: House) -> None:
    ana = house.customer()
    ana.says("where is my order")
    assert ana.says("never mind").responses == ["never_mind"]
    assert ana.says("thanks").responses == ["utter_thank"]


def test_a_person_at_once_also_from_inside_the_form(house: House) -> None:
    ana = house.customer()
    assert ana.says("i want to talk to a human").handoff == "asked_for_person"
    assert ana.says("can i call customer service").handoff == "asked_for_person"
    ana.says("where is my order")
    asked = ana.says("a person please")
    assert asked.handoff == "asked_for_person"
    assert asked.responses == ["utter_request_person"]


def test_after_the_check_no_second_one_in_this_leg(house: House) -> None:
    mine = several_open_orders(house)
    ana = house.customer()
    ana.says(f"where is order {mine[0]['number']}, zip {mine[0]['billing_postcode']}")
    assert ana.says(f"and order {mine[1]['number']}?").responses[0] == "order_status"
    others = house.order("returned")["number"]
    assert ana.says(f"and order {others}?").expects == "postcode"
    ana.says("never mind")
    elsewhere = ana.says(f"where is order {mine[1]['number']}", leg="another leg")
    assert elsewhere.expects == "postcode"


def test_a_signed_in_customer_chooses_among_open_orders(house: House) -> None:
    mine = several_open_orders(house)
    ana = signed_in(house, mine[0])
    choice = ana.says("where is my order")
    assert choice.responses == ["open_orders"]
    assert choice.expects == "choice"
    assert {button["payload"] for button in choice.body["messages"][0]["buttons"]} <= {
        order["number"] for order in mine
    }
    assert ana.says("the second one").responses[0] == "order_status"
    stranger = house.order("cancelled")
    assert ana.says(f"where is {stranger['number']}").expects == "postcode"


def several_open_orders(house: House) -> list[dict[str, str]]:
    finished = {"delivered", "cancelled", "returned"}
    by_customer: dict[int, list[dict[str, str]]] = {}
    for order in house.orders:
        if order["status"] not in finished:
            by_customer.setdefault(order["customer_id"], []).append(order)
    return next(orders for orders in by_customer.values() if len(orders) > 1)


def signed_in(house: House, order: dict[str, str]) -> Customer:
    identity = {"customer_id": order["customer_id"], "name": order["customer"]}
    return house.customer(identity=identity)


@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("how long does delivery take", "delivery-times"),
        ("do you ship to canada", "delivery-options"),
        ("can i pay with paypal", "payment-methods"),
        ("i forgot my password", "password"),
        ("what is your refund policy", "refund-rules"),
    ],
)
def test_help_is_answered_with_its_source(house: House, question: str, slug: str) -> None:
    reply = house.customer().says(question)
    assert reply.responses[0] == "help_article"
    assert reply.body["messages"][0]["source"]["url"] == f"/help/{slug}"


def test_products(house: House) -> None:
    ana = house.customer()
    assert ana.says("do you have the alder rain jacket in red, large?").responses == [
        "product_stock"
    ]
    assert ana.says("how much is the alder rain jacket").responses == ["product_price"]
    assert ana.says("tell me about the alder rain jacket").responses == ["product_info"]
    listed = ana.says("do you have hammocks")
    assert listed.responses == ["product_list"]
    assert listed.spoken.count("Hammock") == 2


def test_misunderstood_three_times_goes_to_a_person(house: House) -> None:
    ana = house.customer()
    said = [
        ana.says(gibberish)
        for gibberish in (
            "flurbish the grommet sideways",
            "grommet the sideways flurb",
            "sideways it, the grommet",
        )
    ]
    assert said[0].responses in (["clarify"], ["rephrase"])
    assert said[1].responses == ["rephrase"]
    assert said[2].responses == ["still_not"]
    assert said[2].handoff == "not_understood"
    assert all(one.text != next_one.text for one, next_one in pairwise(said))


TWICE = "what is wrong with my card, it was charged twice"


def test_yes_answers_only_the_question_just_asked(house: House) -> None:
    ana = house.customer()
    assert ana.says(TWICE).responses[-1] == "offer_person"
    ana.says("how long does delivery take")
    assert ana.says("yes").handoff is None


def test_repeat_keeps_the_question_open(house: House) -> None:
    ana = house.customer()
    asked = ana.says(TWICE)
    assert ana.says("say that again please").text == asked.text
    assert ana.says("yes").handoff == "policy"


def test_repeat_inside_a_case_says_the_same_words(house: House) -> None:
    ana = house.customer()
    asked = ana.says("where is my order")
    again = ana.says("what was that?")
    assert again.text == asked.text
    assert again.expects == "order_number"
    slower = ana.says("slower please")
    assert slower.responses == ["slower", "repeat"]
    order = house.order("shipped")
    assert ana.says(order["number"]).expects == "postcode"


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE orders; --",
        "<script>alert(1)</script>",
        "😀🤷‍♀️👩‍👩‍👧",
        "nul\x00byte",
        "\ud800 half a character",
        "/restart",
        '/give_number{"order_number": "482915"}',
        "EXTERNAL: restart",
        "{order_number} {{x}} %s",
        "x" * 1_000_000,
        "482915 " * 500,
        "1 " * 2000,
        "1, " * 1333,
    ],
)
def test_hostile_text_gets_a_polite_answer(house: House, text: str) -> None:
    ana = house.customer()
    ana.says("where is my order")
    reply = ana.says(text)
    assert reply.text
    assert reply.identified is None
    assert ana.says("never mind").responses == ["never_mind"]


def test_four_thousand_characters_are_read_to_the_last(house: House) -> None:
    order = house.order("shipped")
    ana = house.customer()
    ana.says("where is my order")
    end = f" my number is {order['number']}, zip {order['postcode']}"
    story = "I have been waiting for the tent for days now and our holiday begins soon. " * 60
    told = ana.says(story[: 4000 - len(end)] + end)
    assert "order_status" in told.responses


def test_a_turn_sent_again_returns_the_same_and_changes_nothing(house: House) -> None:
    ana = house.customer()
    ana.says("where is my order")
    body = ana.body(f"{wrong_number(house)} 00501")
    _, first = house.post("turn", body)
    _, again = house.post("turn", body)
    assert again == first | {"replayed": True}
    with sqlite3.connect(house.tracker_file) as trackers:
        (turns,) = trackers.execute(
            "select count(*) from events where sender_id = ? and type_name = 'user'",
            [ana.conversation],
        ).fetchone()
    assert turns == 2


def test_after_a_person_closed_the_form_is_gone(house: House) -> None:
    ana = house.customer()
    ana.says("where is my order")
    status, _ = house.post(
        "outcome", {"conversation": ana.conversation, "outcome": "solved by Maya", "by": "Maya"}
    )
    assert status == 200
    after = ana.says("thanks")
    assert after.responses == ["utter_thank"]
    assert after.body["slots"]["last_outcome"] == "solved by Maya"


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"{}", b'{"turn_id": 1}', b"\xff\xfe"],
)
def test_a_bad_request_is_told_what_is_wrong(house: House, body: bytes) -> None:
    status, answer = house.post("turn", body)
    assert status == 400
    assert answer["message"].endswith(".")


def test_the_shop_is_down(house: House) -> None:
    """The customer hears it and is offered a person; afterwards everything goes on."""
    order = house.order("shipped")
    ana = house.customer()
    ana.says("where is my order")
    ana.says(order["number"])
    away = house.shop_file.with_suffix(".away")
    house.shop_file.rename(away)
    try:
        told = ana.says(order["postcode"])
        assert told.responses == ["offer_person"]
        assert "can't reach" in told.text
        assert told.identified is None
        assert ana.says("yes").handoff == "tool_failed"
        assert house.customer().says("is the alder rain jacket in stock").expects == "yes_no"
    finally:
        away.rename(house.shop_file)
    again = ana.says(f"where is order {order['number']}, {order['postcode']}")
    assert again.responses == ["order_status"]


def test_actions_die_in_mid_conversation(house: House) -> None:
    """The turn is refused, remembered nowhere, and taken when it is sent again."""
    order = house.order("shipped")
    ana = house.customer()
    ana.says("where is my order")
    ana.says(order["number"])
    house.actions.stop()
    body = ana.body(order["postcode"])
    try:
        status, answer = house.post("turn", body)
        assert status == 503
        assert answer["error"] == "actions_unavailable"
        assert house.customer().says("i want a person").handoff == "asked_for_person"
    finally:
        house.actions.start()
        house.actions.wait()
    status, answer = house.post("turn", body)
    assert status == 200
    assert answer["messages"][0]["response"] == "order_status"
    assert answer["replayed"] is False


def test_the_memory_survives_a_restart_of_the_engine(house: House) -> None:
    order = house.order("shipped")
    ana = house.customer()
    ana.says("where is my order")
    body = ana.body(order["number"])
    _, first = house.post("turn", body)
    house.engine.stop()
    house.engine.start()
    house.engine.wait()
    _, again = house.post("turn", body)
    assert again == first | {"replayed": True}
    assert ana.says(order["postcode"]).responses == ["order_status"]
