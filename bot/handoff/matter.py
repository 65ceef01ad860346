"""What a conversation is about, read from its log: what the customer came for, what they have told for
it, what they were answered. Pure.

Each message of the assistant says what it belongs to: `about`, the contact reason of the case that said
it, or else the intent it answers. So a postcode or a "yes" belongs to what was asked before, and a
question in between doesn't change what somebody came for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from bot.conversation.events import Event, Kind
from bot.store.tables import Speaker

ANSWERS = frozenset(
    {
        "affirm", "deny", "choose", "give_number", "give_address", "no_order_number", "greet",
        "thank", "goodbye", "repeat_that", "slower_please", "correct_last",
    }
)  # fmt: skip
"""Intents of words that say nothing without what was said before them."""

TALK = ANSWERS | {
    "what_can_you_do", "are_you_a_bot", "never_mind", "out_of_scope", "nlu_fallback",
    "contact_human_agent", "contact_customer_service",
}  # fmt: skip
"""Intents that carry on the talk; a contact reason is any other."""

ALARMS = {"escalate_angry", "escalate_legal", "escalate_crisis"}
"""Responses to anger, legal steps and despair: they answer nothing, and what such words look like
otherwise is no contact reason beside the one there was."""


@dataclass(slots=True)
class Matter:
    """One thing the customer came for."""

    reason: str
    """Contact reason: an intent."""
    wanted: Event | None
    """The words that began it."""
    confidence: float | None
    """Of the understanding that led here."""
    told: dict[str, str] = field(default_factory=dict)
    answer: Event | None = None
    """The last message that told something; where none did, the last offer."""
    open: bool = True
    """The assistant asked for something last."""


@dataclass(slots=True)
class Reading:
    matter: Matter | None
    """What they came for last."""
    number: str | None
    """The order spoken about last."""
    words: list[Event]
    """What the customer said since a person last dealt with them, or at all."""
    intents: dict[str, set[str]]
    """Of each turn's words."""

    @property
    def slots(self) -> dict[str, str]:
        order = {"order_number": self.number} if self.number else {}
        return order | (self.matter.told if self.matter else {})

    @property
    def last_words(self) -> Event:
        """The last of them that say something by themselves."""
        for event in reversed(self.words):
            meant = self.intents.get(event.turn_id or "", set())
            if not meant or meant - ANSWERS:
                return event
        return self.words[-1]


def read(events: Sequence[Event]) -> Reading:
    ends = [
        at
        for at, event in enumerate(events, 1)
        if event.kind is Kind.HANDOFF_ENDED and event.speaker is Speaker.AGENT
    ]
    since = events[ends[-1] :] if ends else events
    if not any(event.said_by_customer for event in since):
        since = events
    words = [event for event in since if event.said_by_customer]
    reading = Reading(None, None, words, {})
    matters: dict[str, Matter] = {}
    for _, turn in groupby(filter(_answers, since), key=lambda event: event.turn_id):
        _read_turn(list(turn), reading, matters)
    return reading


def _answers(event: Event) -> bool:
    """Whether it is a message of the engine's."""
    by_engine = event.speaker is Speaker.ASSISTANT and event.data.get("intent")
    return event.kind is Kind.MESSAGE and bool(by_engine)


def _read_turn(turn: Sequence[Event], reading: Reading, matters: dict[str, Matter]) -> None:
    said = next((event for event in reading.words if event.turn_id == turn[0].turn_id), None)
    reading.intents[turn[0].turn_id or ""] = {event.data["intent"] for event in turn}
    if unsent := turn[-1].data.get("unsent"):
        told = unsent["told"]
        matters[unsent["about"]] = Matter(unsent["about"], said, unsent["confidence"], told)
        reading.matter, reading.number = matters[unsent["about"]], told.get("order_number")
    for about, group in groupby(turn, key=_about):
        messages = list(group)
        last = messages[-1]
        if about is None or (reading.matter and last.data.get("response") in ALARMS):
            continue
        intent = last.data["intent"]
        matter = matters.get(about)
        if matter is None or (not matter.open and intent == about):
            before = reading.matter.wanted if reading.matter else None
            wanted = (before or said) if intent in TALK else said
            matter = Matter(about, wanted, last.data.get("confidence"))
        matters[about] = reading.matter = matter
        if "about" in last.data:
            matter.told = last.data.get("told", {})
            reading.number = matter.told.get("order_number")
        elif "told" in last.data:
            matter.told = last.data["told"]
        matter.answer = _told_something(messages) or matter.answer
        matter.open = "asks" in last.data


def _about(event: Event) -> str | None:
    """The contact reason a message belongs to; None where it belongs to the talk itself."""
    about = event.data.get("about") or event.data["intent"]
    despair = event.data.get("response") == "escalate_crisis"
    return None if despair or about in TALK else str(about)


def _told_something(messages: Sequence[Event]) -> Event | None:
    """Of one turn. What leads to a question for something isn't an answer; an offer is the best there
    is where nothing else was said."""
    asked = {event.data.get("asks") for event in messages}
    if asked - {None, "yes_no"} or messages[-1].data.get("response") in ALARMS:
        return None
    plain = [event for event in messages if "asks" not in event.data]
    return (plain or messages)[-1]
