"""Who is known, for how long, and which question a "yes" answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rasa_sdk import Tracker

from actions.backend import Address, Customer, Order, OrderState, Tier
from actions.turn import CHECK_LASTS, KnownCustomer, Scope, Turn

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
ANA = Customer(12, "Ana Reyes", "ana@example.com", None, Tier.VIP)
BO = Customer(7, "Bo Lind", "bo@example.com", None, Tier.STANDARD)


def order(number: str, customer: Customer) -> Order:
    home = Address("12 Maple Street", "Bend", "OR", "97701")
    return Order(number, OrderState.SHIPPED, NOW, (), (), 100, "USD", None, customer, home, 0, 0)


MINE, MINE_TOO, BOS = order("482919", ANA), order("100008", ANA), order("200006", BO)


def turn(slots: dict[str, Any], *, turns: tuple[str, ...] = ("t1",), **metadata: Any) -> Turn:
    """The last of `turns`, in leg L unless `metadata` says otherwise."""
    users = [{"event": "user", "metadata": {"turn_id": name}} for name in turns]
    said = {"leg": "L", "source": "s"} | metadata | {"turn_id": turns[-1]}
    message = {"text": "hi", "metadata": said}
    return Turn.of(Tracker("c", slots, message, users, False, None, {}, None))


def checked(*checks: tuple[Order, Scope], at: Sequence[datetime] = (NOW, NOW)) -> dict[str, Any]:
    """The slots after these checks, one a turn; of MINE where none is named."""
    slots: dict[str, Any] = {}
    for (what, scope), moment in zip(checks or [(MINE, Scope.ACCOUNT)], at, strict=False):
        event = turn(slots).remember_check(what, scope, "order number and postcode", moment)
        slots = {event["name"]: event["value"]}
    return slots


def test_a_check_counts_in_its_leg_until_it_expires() -> None:
    slots = checked()
    assert turn(slots).known_customer(NOW) == KnownCustomer(12, "Ana Reyes")
    assert turn(slots, leg="another").known_customer(NOW) is None
    assert turn(slots).known_customer(NOW + CHECK_LASTS - timedelta(seconds=1))
    assert turn(slots).known_customer(NOW + CHECK_LASTS) is None


def test_the_delivery_postcode_opens_one_order_only() -> None:
    somebody = turn(checked((MINE, Scope.ORDER)))
    assert somebody.may_see(MINE, NOW)
    assert not somebody.may_see(MINE_TOO, NOW)
    assert somebody.known_customer(NOW) is None
    assert not somebody.may_see(MINE, NOW + CHECK_LASTS)
    assert not turn(checked((MINE, Scope.ORDER)), leg="another").may_see(MINE, NOW)


def test_one_more_order_takes_no_account_away_and_prolongs_nothing() -> None:
    later = NOW + timedelta(minutes=20)
    ana = turn(checked((MINE, Scope.ACCOUNT), (BOS, Scope.ORDER), at=(NOW, later)))
    assert ana.known_customer(later) == KnownCustomer(12, "Ana Reyes")
    assert ana.may_see(MINE_TOO, later)
    assert ana.may_see(BOS, later)
    assert not ana.may_see(MINE_TOO, NOW + CHECK_LASTS)
    assert ana.may_see(BOS, NOW + CHECK_LASTS)


def test_a_signed_in_customer_is_known_for_the_turn_that_says_so() -> None:
    identity = {"customer_id": 7, "name": "Bo"}
    assert turn({}, identity=identity).known_customer(NOW) == KnownCustomer(7, "Bo")
    assert turn(checked(), identity=identity).known_customer(NOW) == KnownCustomer(7, "Bo")
    assert turn({}).known_customer(NOW) is None


def test_identified_is_said_once() -> None:
    assert turn(checked()).identified_now() == {
        "customer_id": 12,
        "name": "Ana Reyes",
        "order": "482919",
        "how": "order number and postcode",
        "scope": "account",
    }
    assert turn(checked(), turns=("t1", "t2")).identified_now() is None


def test_only_the_next_turn_answers_a_question() -> None:
    event = turn({}).ask("offer_person", reason="policy")
    slots = {event["name"]: event["value"]}
    answer = turn(slots, turns=("t1", "t2")).open_question()
    assert answer is not None
    assert answer["reason"] == "policy"
    assert turn(slots, turns=("t1", "t2", "t3")).open_question() is None
    assert turn(slots).open_question() is None


def test_words_said_before_a_question_do_not_answer_it() -> None:
    event = turn({}).ask("offer_person", reason="policy")
    slots = {event["name"]: event["value"]}
    early = turn(slots, turns=("t1", "t2"), answers_last=False)
    assert early.open_question() is None
    question = early.last_question()
    assert question is not None
    again = early.ask_again(question)
    slots = {again["name"]: again["value"]}
    answer = turn(slots, turns=("t1", "t2", "t3")).open_question()
    assert answer is not None
    assert answer["reason"] == "policy"
