"""Who is known, for how long, and which question a "yes" answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from rasa_sdk import Tracker

from actions.backend import Customer, Tier
from actions.turn import CHECK_LASTS, KnownCustomer, Turn

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
ANA = Customer(12, "Ana Reyes", "ana@example.com", None, Tier.VIP)


def turn(slots: dict[str, Any], *, turns: tuple[str, ...] = ("t1",), **metadata: Any) -> Turn:
    """The last of `turns`, in leg L unless `metadata` says otherwise."""
    users = [{"event": "user", "metadata": {"turn_id": name}} for name in turns]
    said = {"leg": "L", "source": "s"} | metadata | {"turn_id": turns[-1]}
    message = {"text": "hi", "metadata": said}
    return Turn.of(Tracker("c", slots, message, users, False, None, {}, None))


def checked() -> dict[str, Any]:
    events = turn({}).remember_customer(ANA, "482919", NOW)
    return {event["name"]: event["value"] for event in events}


def test_a_check_counts_in_its_leg_until_it_expires() -> None:
    slots = checked()
    assert turn(slots).known_customer(NOW) == KnownCustomer(12, "Ana Reyes")
    assert turn(slots, leg="another").known_customer(NOW) is None
    assert turn(slots).known_customer(NOW + CHECK_LASTS - timedelta(seconds=1))
    assert turn(slots).known_customer(NOW + CHECK_LASTS) is None


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
