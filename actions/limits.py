"""Where understanding ends: asking back, asking again, a person; and matters for a person at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.addresses import read_address
from actions.articles import answer_from
from actions.backend import BackendUnavailable
from actions.cases.form import FORM
from actions.meanings import Meaning, meanings
from actions.products import OF_THAT_KIND, answer_product, goes_on_about_product
from actions.reply import CHOICE, Reply
from actions.turn import Event, Services, Turn, TurnAction
from engine.emails_spoken import EMAIL
from engine.numbers_spoken import ORDER_NUMBER

LIKELY_AT_ALL = 0.08
"""With fifty intents, chance is 0.02."""

PATIENCE = 3
"""Each third sentence of a conversation that isn't understood goes to a person."""


class ActionNotUnderstood(TurnAction):
    """Tries products and articles by the words alone; then asks which of the two likeliest meanings,
    then to rephrase, then gets a person. The count is the conversation's."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self) -> str:
        return "action_not_understood"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        reply = Reply(dispatcher, turn, self._services.texts(turn.language))
        events = await self._answered(reply, turn)
        if events is None:
            events = self._asked(reply, turn)
        if turn.intent != "nlu_fallback":  # no rule led here, so none says that we listen now
            events.append(FollowupAction("action_listen"))
        return events

    def _asked(self, reply: Reply, turn: Turn) -> list[Event]:
        count = int(turn.slots.get("misunderstood") or 0) + 1
        likely = _likely(turn.ranking, meanings(turn.language))
        if count % PATIENCE == 0:
            reply.hand_over("still_not", "not_understood", priority=1)
            return [SlotSet("misunderstood", count), *closed()]
        if count % PATIENCE == 1 and likely:
            first, second = likely
            reply.say(
                "clarify",
                expects=CHOICE,
                buttons=[(one.phrase.capitalize(), one.example) for one in likely],
                first=first.phrase,
                second=second.phrase,
            )
        else:
            reply.say("rephrase")
        return [SlotSet("misunderstood", count)]

    async def _answered(self, reply: Reply, turn: Turn) -> list[Event] | None:
        index = self._services.help.get(turn.language)
        found = index.search(turn.text, limit=1) if index else []
        if found and found[0].sure:
            answer_from(reply, found[0])
            return []
        if any(one["entity"] in (ORDER_NUMBER, EMAIL) for one in turn.entities):
            return None  # about an order, whatever product is named beside it
        try:
            matches = await self._services.shop.search_products(turn.text)
            if matches and matches[0].score >= OF_THAT_KIND:
                return await answer_product(self._services, reply, matches, "product_search")
        except BackendUnavailable:
            pass  # they may not have asked about products at all
        return None


def _likely(ranking: Sequence[Mapping[str, Any]], known: Mapping[str, Meaning]) -> list[Meaning]:
    """The two likeliest contact reasons, if both are likely at all."""
    names = [
        str(entry.get("name"))
        for entry in ranking
        if float(entry.get("confidence") or 0) >= LIKELY_AT_ALL
    ]
    likely = [known[name] for name in names if name in known][:2]
    return likely if len(likely) == 2 else []


class ActionOutOfScope(TurnAction):
    """A polite limit; or a help article that really fits, or the product spoken about before, where
    "and in navy?" was meant for that. An address that nobody asked for comes here, too: with a street
    in it, it is one for the address book."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self) -> str:
        return "action_out_of_scope"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        reply = Reply(dispatcher, turn, self._services.texts(turn.language))
        if turn.intent == "give_address" and read_address(turn.text).street:
            return [FollowupAction(FORM)]
        if (about := await goes_on_about_product(self._services, reply, turn)) is not None:
            return about
        index = self._services.help.get(turn.language)
        articles = index.search(turn.text, limit=1) if index else []
        if articles and articles[0].sure:
            answer_from(reply, articles[0])
        else:
            reply.say("out_of_scope")
        return []


class ActionEscalate(TurnAction):
    """Despair, legal steps and anger: a person at once, with a higher priority, whatever was going on.
    The engine's AlarmPolicy leads here."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self) -> str:
        return "action_escalate"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        from engine.alarm import find_alarm

        turn = Turn.of(tracker)
        reply = Reply(dispatcher, turn, self._services.texts(turn.language))
        alarm = find_alarm(turn.text, turn.language)
        if alarm == "crisis":
            reply.hand_over("escalate_crisis", "policy", priority=3)
        elif alarm == "legal":
            reply.hand_over("escalate_legal", "legal", priority=3)
        else:
            reply.hand_over("escalate_angry", "angry", priority=2)
        return closed()


def closed() -> list[Event]:
    """Ends what was open: a person goes on from here."""
    slots = ("requested_slot", "case", "waiting", "pending_question")
    return [ActiveLoop(None), *(SlotSet(slot, None) for slot in slots)]
