"""The talk itself: yes, no, never mind, say that again, and not understanding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.articles import answer_from
from actions.backend import BackendUnavailable
from actions.handoff import offer_person, pass_on
from actions.meanings import MEANINGS
from actions.products import OF_THAT_KIND, answer_product
from actions.turn import Event, Services, Turn, TurnAction, say
from actions.wording import Words

HELP_WITHOUT_INTENT = 0.6
"""A help article must be this near to answer a sentence that was otherwise not understood."""

LIKELY_AT_ALL = 0.08
"""With fifty intents, chance is 0.02."""

_REPHRASE = (
    Words.same("I didn't quite get that. Could you say it in other words?"),
    Words.same("Sorry, that one escaped me. What would you like to do, in a few words?"),
)
_TOPICS = Words.same(
    "I'm still not sure what you need. Is it about an order, a product, delivery, or a return?"
)
_TOPIC_BUTTONS = (
    ("An order", "where is my order"),
    ("A product", "I am looking for a product"),
    ("Delivery", "how long does delivery take"),
    ("A return", "I want to return an item"),
)
_ASKED_AGAIN = "asked_again"
_STILL_NOT = Words.same("I'm sorry, I still don't understand.")
_YES_OR_NO = Words.same("Sorry, I couldn't tell whether that was a yes.")


class ActionAffirm(TurnAction):
    def name(self) -> str:
        return "action_affirm"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        asked_again = _ask_again(dispatcher, tracker, turn)
        if asked_again:
            return asked_again
        question = turn.open_question()
        if question and question["kind"] == "offer_person":
            pass_on(dispatcher, question["reason"])
            return [SlotSet("pending_question", None), ActiveLoop(None)]
        if tracker.active_loop.get("name"):
            return []  # the form asks again
        say(dispatcher, Words.same("Good. What can I do for you?"), "affirm_open")
        return []


class ActionDeny(TurnAction):
    def name(self) -> str:
        return "action_deny"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        asked_again = _ask_again(dispatcher, tracker, turn)
        if asked_again:
            return asked_again
        if tracker.active_loop.get("name"):
            return _dropped(dispatcher) if turn.answers_last else []  # the form asks again
        say(
            dispatcher,
            Words.same("All right. If anything else comes up, just ask."),
            "deny_open",
        )
        return [SlotSet("pending_question", None)]


def _ask_again(dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> list[Event]:
    """For a yes or no that was said before our question had been sent or played to its end: it
    confirms nothing, the question is put once more. Empty where it answers, or nothing was asked."""
    question = turn.last_question()
    if turn.answers_last or question is None:
        return []
    for message in _last_said(tracker.events):
        data = message.get("data") or {}
        custom = data.get("custom") or {}
        if custom.get("expects") != "yes_no":
            continue
        words = Words(message["text"], custom.get("spoken") or message["text"])
        if custom.get("response") != _ASKED_AGAIN:
            words = Words.same("Just to be sure:") + words
        buttons = [(button["title"], button["payload"]) for button in data.get("buttons") or []]
        say(dispatcher, words, _ASKED_AGAIN, expects="yes_no", buttons=buttons)
    return [turn.ask_again(question)]


class ActionNeverMind(TurnAction):
    def name(self) -> str:
        return "action_never_mind"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        return _dropped(dispatcher)


def _dropped(dispatcher: CollectingDispatcher) -> list[Event]:
    say(dispatcher, Words.same("No problem, let's leave that. What else can I do?"), "never_mind")
    reset = ("order_number", "postcode", "choosing", "order_problem", "pending_question")
    return [
        ActiveLoop(None),
        SlotSet("requested_slot", None),
        *(SlotSet(slot, None) for slot in reset),
    ]


class ActionRepeat(TurnAction):
    """Says again what was said in the turn before; an open question stays open."""

    def name(self) -> str:
        return "action_repeat"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        said = _last_said(tracker.events)
        if not said:
            say(dispatcher, Words.same("I haven't said anything yet. Go ahead."), "repeat_nothing")
            return []
        for message in said:
            custom = (message.get("data") or {}).get("custom") or {}
            spoken = custom.get("spoken") or message["text"]
            say(
                dispatcher,
                Words(message["text"], spoken),
                "repeat",
                expects=custom.get("expects"),
                source=custom.get("source"),
            )
        question = turn.last_question()
        return [turn.ask_again(question)] if question else []


def _last_said(events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The messages between the last two of the customer; in a form without its question, which
    the form asks anyway."""
    users = [index for index, event in enumerate(events) if event.get("event") == "user"]
    if not users:
        return []
    start = users[-2] if len(users) > 1 else 0
    said = [
        event
        for event in events[start : users[-1]]
        if event.get("event") == "bot" and event.get("text")
    ]
    return [
        event
        for event in said
        if not str((event.get("metadata") or {}).get("utter_action", "")).startswith("utter_ask_")
    ]


class ActionNotUnderstood(TurnAction):
    """Tries products and articles by the words alone; then asks to rephrase, then offers the two
    likeliest meanings, then a person. Never the same words twice in a row."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self) -> str:
        return "action_not_understood"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        events = [] if await self._answered(dispatcher, turn) else self._asked(dispatcher, turn)
        if turn.intent != "nlu_fallback":  # no rule led here, so none says that we listen now
            events.append(FollowupAction("action_listen"))
        return events

    def _asked(self, dispatcher: CollectingDispatcher, turn: Turn) -> list[Event]:
        before = turn.slots.get("misunderstood") or {}
        in_a_row = before.get("in_a_row", 0) + 1 if before.get("turn") == turn.previous_id else 1
        total = before.get("total", 0) + 1
        noted: Event = SlotSet(
            "misunderstood", {"turn": turn.id, "in_a_row": in_a_row, "total": total}
        )
        meanings = _likely(turn.ranking)
        if in_a_row == 1:
            say(dispatcher, _REPHRASE[(total - 1) % len(_REPHRASE)], "rephrase")
        elif in_a_row == 2 and meanings:
            _suggest(dispatcher, meanings)
        elif in_a_row == 2:
            say(dispatcher, _TOPICS, "topics", expects="choice", buttons=_TOPIC_BUTTONS)
        else:
            question = turn.last_question()
            asked_already = question and question["kind"] == "offer_person"
            words = _YES_OR_NO if asked_already and in_a_row % 2 == 0 else _STILL_NOT
            return [noted, offer_person(dispatcher, turn, "not_understood", words)]
        return [noted]

    async def _answered(self, dispatcher: CollectingDispatcher, turn: Turn) -> bool:
        found = self._services.help.search(turn.text, limit=1)
        if found and found[0].score >= HELP_WITHOUT_INTENT:
            answer_from(dispatcher, found[0])
            return True
        try:
            matches = await self._services.shop.search_products(turn.text)
        except BackendUnavailable:
            return False  # they may not have asked about products at all
        if matches and matches[0].score >= OF_THAT_KIND:
            answer_product(dispatcher, matches, "product_search", self._services.today())
            return True
        return False


def _likely(ranking: Sequence[Mapping[str, Any]]) -> list[str]:
    """The two likeliest contact reasons, if both are likely at all."""
    names = [
        str(entry.get("name"))
        for entry in ranking
        if float(entry.get("confidence") or 0) >= LIKELY_AT_ALL
    ]
    likely = [name for name in names if name in MEANINGS][:2]
    return likely if len(likely) == 2 else []


def _suggest(dispatcher: CollectingDispatcher, meanings: Sequence[str]) -> None:
    options = [MEANINGS[meaning] for meaning in meanings]
    question = " or ".join(option.phrase for option in options)
    say(
        dispatcher,
        Words.same(f"Would you like to {question}?"),
        "clarify",
        expects="choice",
        buttons=[(option.phrase.capitalize(), option.example) for option in options],
    )
