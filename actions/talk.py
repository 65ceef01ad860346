"""The talk itself: greetings, yes, no, never mind, say that again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backend import BackendUnavailable, NotAllowed
from actions.cases.form import next_waiting, prepared
from actions.cases.goodwill import asks_for_more, take_goodwill
from actions.cases.invoice import send_invoice
from actions.cases.state import CaseState
from actions.cases.yes_or_no import yes_or_no
from actions.products import goes_on_about_product, shop_unreachable
from actions.reply import KeptMatter, Reply
from actions.turn import Event, Services, Turn, TurnAction
from actions.wording import Words, first_name

_ASKED_AGAIN = "asked_again"
_SLOWER = "slower"


class _Talk(TurnAction):
    def __init__(self, services: Services) -> None:
        self._services = services

    def reply(self, dispatcher: CollectingDispatcher, turn: Turn) -> Reply:
        return Reply(dispatcher, turn, self._services.texts(turn.language))


class ActionGreet(_Talk):
    """By name only who was checked."""

    def name(self) -> str:
        return "action_greet"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        customer = turn.known_customer(self._services.clock())
        if customer:
            self.reply(dispatcher, turn).say("greet_name", name=first_name(customer.name))
        else:
            self.reply(dispatcher, turn).say("greet")
        return []


class ActionAffirm(_Talk):
    """Yes to a question that the next turn may answer but need not (`Turn.ask`)."""

    def name(self) -> str:
        return "action_affirm"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        reply = self.reply(dispatcher, turn)
        if asked_again := _ask_again(reply, tracker, turn):
            return asked_again
        question = turn.open_question()
        if asks_for_more(question, turn, reply):
            return [SlotSet("pending_question", None)]
        if question is not None and yes_or_no(turn.text, turn.intent, heard=turn.heard) is False:
            reply.say("deny_open")
            return [SlotSet("pending_question", None)]
        if question is None:
            if tracker.active_loop.get("name"):
                return []  # the form asks again
            if (about := await goes_on_about_product(self._services, reply, turn)) is not None:
                return about  # "ok, and in size M?"
            reply.say("affirm_open")
            return []
        answered: Event = SlotSet("pending_question", None)
        try:
            return [answered, *await self._do(question, turn, reply)]
        except BackendUnavailable:
            return [shop_unreachable(reply)]

    async def _do(self, question: Mapping[str, Any], turn: Turn, reply: Reply) -> list[Event]:
        match question["kind"]:
            case "offer_person":
                reply.hand_over(
                    "passing_on",
                    question["reason"],
                    decision=question.get("decision"),
                    priority=1 if question.get("decision") else 0,
                )
                return [ActiveLoop(None), SlotSet("requested_slot", None), SlotSet("case", None)]
            case "begin":
                later = turn.slots.get("waiting") or []
                state = CaseState(question["goal"], number=question["number"], later=later)
                return [SlotSet("waiting", None), *prepared(state)]
        order = await self._services.shop.order(question["number"])
        if order is None or not turn.owns(order, self._services.clock()):
            reply.say("affirm_open")  # offered on another leg, or the check has expired
            return []
        reply.matter = KeptMatter.of(question)
        if question["kind"] == "goodwill":
            await take_goodwill(question, turn, reply, self._services)
        else:
            try:
                await send_invoice(order.number, turn.id, reply, self._services)
            except NotAllowed:
                return [shop_unreachable(reply)]
        return next_waiting(turn, reply)


class ActionDeny(_Talk):
    def name(self) -> str:
        return "action_deny"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        reply = self.reply(dispatcher, turn)
        if asked_again := _ask_again(reply, tracker, turn):
            return asked_again
        if asks_for_more(turn.open_question(), turn, reply):
            return [SlotSet("pending_question", None)]
        if tracker.active_loop.get("name"):
            return dropped(reply) if turn.answers_last else []  # the form asks again
        following = next_waiting(turn, reply) if turn.last_question() else []
        if not following:
            reply.say("deny_open")
        return [SlotSet("pending_question", None), *following]


def _ask_again(reply: Reply, tracker: Tracker, turn: Turn) -> list[Event]:
    """For a yes or no that was said before our question had been sent or played to its end, and for a
    "not sure": it confirms nothing, the question is put once more. Empty where it answers, or where
    nothing was asked."""
    question = turn.last_question()
    decided = turn.answers_last and yes_or_no(turn.text, turn.intent, heard=turn.heard) is not None
    if question is None or decided:
        return []
    for message in last_said(tracker.events, turn.leg):
        data = message.get("data") or {}
        custom = data.get("custom") or {}
        if custom.get("expects") != "yes_no":
            continue
        words = Words(message["text"], custom.get("spoken") or message["text"])
        if custom.get("response") != _ASKED_AGAIN:
            words = reply.phrase("to_be_sure") + words
        buttons = [(button["title"], button["payload"]) for button in data.get("buttons") or []]
        reply.say_words(words, _ASKED_AGAIN, expects="yes_no", buttons=buttons)
    return [turn.ask_again(question)]


class ActionNeverMind(_Talk):
    def name(self) -> str:
        return "action_never_mind"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        return dropped(self.reply(dispatcher, Turn.of(tracker)))


def dropped(reply: Reply) -> list[Event]:
    reply.say("never_mind")
    return [ActiveLoop(None), *(SlotSet(slot, None) for slot in CASE_SLOTS)]


CASE_SLOTS = ("requested_slot", "case", "waiting", "order_number", "pending_question")
"""What an open matter leaves behind."""


class ActionRepeat(_Talk):
    """Says again what was said in the turn before, slower if that is what was asked for; an open
    question stays open."""

    def name(self) -> str:
        return "action_repeat"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        events: list[Event] = []
        if turn.intent == "slower_please":
            events.append(SlotSet("pace", "slow"))
            turn = Turn.of(_with_slot(tracker, "pace", "slow"))
        reply = self.reply(dispatcher, turn)
        said = last_said(tracker.events, turn.leg)
        if turn.intent == "slower_please":
            reply.say(_SLOWER)
        if not said:
            reply.say("repeat_nothing")
            return events
        for message in said:
            data = message.get("data") or {}
            custom = data.get("custom") or {}
            buttons = [(button["title"], button["payload"]) for button in data.get("buttons") or []]
            reply.say_words(
                Words(message["text"], custom.get("spoken") or message["text"]),
                "repeat",
                expects=custom.get("expects"),
                buttons=buttons,
                fields={"source": custom.get("source")},
            )
        question = turn.last_question()
        return [*events, turn.ask_again(question)] if question else events


def _with_slot(tracker: Tracker, name: str, value: Any) -> Tracker:
    tracker.slots[name] = value
    return tracker


def last_said(events: Sequence[Mapping[str, Any]], leg: str) -> list[Mapping[str, Any]]:
    """The messages between the last two of the customer; none where the one before came by another
    leg, since what was said there may be for whoever was checked there."""
    users = [index for index, event in enumerate(events) if event.get("event") == "user"]
    if not users:
        return []
    before = (events[users[-2]].get("metadata") or {}) if len(users) > 1 else {}
    if before and str(before.get("leg") or "") != leg:
        return []
    start = users[-2] if len(users) > 1 else 0
    return [
        event
        for event in events[start : users[-1]]
        if event.get("event") == "bot"
        and event.get("text")
        and ((event.get("data") or {}).get("custom") or {}).get("response") != _SLOWER
    ]
