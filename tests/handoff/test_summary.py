"""The payload says what happened, and each line stands on an event."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from bot.conversation.events import Event, Kind
from bot.handoff.matter import ALARMS, TALK, read
from bot.handoff.mentions import find_mentions
from bot.handoff.payload import Need, summarise, tried
from bot.settings import ROOT
from bot.store.tables import Speaker

BEGAN = datetime(2026, 3, 4, 10, tzinfo=UTC)


def scene(*lines: tuple[Speaker, Kind, str, dict[str, Any]]) -> list[Event]:
    events = []
    turn = 0
    for seq, (speaker, kind, text, data) in enumerate(lines, 1):
        if speaker is Speaker.CUSTOMER:
            turn += 1
        events.append(
            Event(
                seq=seq, at=BEGAN + timedelta(seconds=seq), kind=kind, speaker=speaker, text=text,
                name=None, leg_id="leg", agent_id=None, client_id=None,
                turn_id=f"turn{turn}", data=data,
            )
        )  # fmt: skip
    return events


def customer(text: str) -> tuple[Speaker, Kind, str, dict[str, Any]]:
    return Speaker.CUSTOMER, Kind.MESSAGE, text, {}


def assistant(
    text: str, intent: str, response: str, **data: Any
) -> tuple[Speaker, Kind, str, dict[str, Any]]:
    data |= {"intent": intent, "confidence": 0.97, "response": response}
    return Speaker.ASSISTANT, Kind.MESSAGE, text, data


def lines_of(events: list[Event], reason: str) -> list[dict[str, Any]]:
    return summarise(events, Need(reason), read(events))


TRACKED = {"about": "track_order", "told": {"order_number": "482915"}}


LATE_ORDER = scene(
    customer("hi there"),
    assistant("Hello! What can I do for you?", "greet", "utter_greet"),
    customer("where is my order, it should have come on Friday"),
    assistant(
        "What's the number?",
        "track_order",
        "ask_order_number",
        about="track_order",
        asks="order_number",
    ),
    customer("482915 and 97205"),
    (
        Speaker.SYSTEM,
        Kind.IDENTITY,
        "",
        {
            "name": "Ana Reyes",
            "how": "order number and postcode",
            "order": "482915",
            "verified": True,
        },
    ),
    assistant("It is late; we expect it on Monday.", "give_number", "order_status", **TRACKED),
    customer("let me talk to somebody"),
    assistant("I'll get someone from the team.", "contact_human_agent", "utter_handoff"),
)


def test_the_reason_is_what_they_came_for_not_that_they_want_a_person() -> None:
    matter = read(LATE_ORDER).matter
    assert matter
    assert (matter.reason, matter.confidence) == ("track_order", 0.97)
    assert read(LATE_ORDER).slots == {"order_number": "482915"}


def test_wanted_done_result_open_each_on_its_event() -> None:
    lines = lines_of(LATE_ORDER, "asked_for_person")
    assert [(line["label"], line["event"]) for line in lines] == [
        ("Wanted", 3), ("Done", 6), ("Result", 7), ("Open", 8),
    ]  # fmt: skip
    assert "should have come on Friday" in lines[0]["text"]
    assert "Ana Reyes" in lines[1]["text"]
    assert "482915" in lines[1]["text"]
    assert "Monday" in lines[2]["text"]
    assert "Asked for a person" in lines[3]["text"]


def test_a_check_by_the_delivery_postcode_says_what_it_is_worth() -> None:
    events = scene(
        customer("where is order 482919"),
        (
            Speaker.SYSTEM,
            Kind.IDENTITY,
            "",
            {"how": "order number and postcode", "order": "482919", "verified": False},
        ),
    )
    done = next(line for line in lines_of(events, "policy") if line["label"] == "Done")
    assert "this order only" in done["text"]


def test_a_question_in_between_is_not_what_they_came_for() -> None:
    asks = {"about": "cancel_order", "asks": "order_number"}
    reading = read(
        scene(
            customer("call it off"),
            assistant("What's the number?", "cancel_order", "ask_order_number", **asks),
            customer("when do you open?"),
            assistant("At nine.", "store_hours", "help_article"),
            assistant("And the number?", "store_hours", "ask_order_number", **asks),
            customer("a person please"),
            assistant("Of course.", "contact_human_agent", "utter_request_person"),
        )
    )
    assert reading.matter
    assert reading.matter.wanted
    assert (reading.matter.reason, reading.matter.wanted.seq) == ("cancel_order", 1)
    assert reading.matter.answer is None


def test_what_carries_on_the_talk_is_named_as_the_dialogue_names_it() -> None:
    domain = ROOT / "data" / "en"
    intents = yaml.safe_load((domain / "domain" / "intents.yml").read_text())["intents"]
    phrases = tomllib.loads((domain / "phrases" / "talk.toml").read_text())
    assert set(intents) >= TALK
    assert set(phrases) >= ALARMS


def test_someone_who_asks_at_once_gets_a_short_summary() -> None:
    events = scene(customer("agent!"), assistant("Of course.", "contact_human_agent", "utter_x"))
    lines = lines_of(events, "asked_for_person")
    assert [line["label"] for line in lines] == ["Wanted", "Open"]
    assert lines_of([], "asked_for_person") == []


def test_steps_tried_are_listed_once_each() -> None:
    asked_twice = scene(
        customer("where is it"),
        assistant("What's the number?", "track_order", "utter_ask_order_number"),
        customer("dunno"),
        assistant("It is on the receipt. And the number?", "track_order", "utter_ask_order_number"),
    )
    assert [step["event"] for step in tried(asked_twice)] == [4]


def test_names_places_and_days_that_were_mentioned() -> None:
    found = find_mentions(
        [
            "I am Maria Johnson and I live in Portland.",
            "It was supposed to arrive last Tuesday, order 482915, zip 97205.",
        ]
    )
    assert found["names"] == ["Maria Johnson"]
    assert "Portland" in found["places"]
    assert any("Tuesday" in day for day in found["dates"])
    assert not any(text.isdigit() for texts in found.values() for text in texts)
