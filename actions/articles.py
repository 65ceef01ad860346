"""Questions that a help article answers."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.cases.form import FORM
from actions.help import Found, spoken_passage
from actions.reply import Reply
from actions.turn import Event, Services, Turn, TurnAction
from actions.wording import Words
from speech.spoken import speakable


class ActionAnswerHelp(TurnAction):
    """The passage that fits, with its source; below the confidence it says that it doesn't know."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self) -> str:
        return "action_answer_help"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        reply = Reply(dispatcher, turn, self._services.texts(turn.language))
        index = self._services.help.get(turn.language)
        found = index.search(turn.text, turn.intent, limit=1) if index else []
        if not found or not found[0].sure:
            reply.lead(reply.phrase("unknown_article"))
            return [reply.offer_person("not_understood")]
        answer_from(reply, found[0])
        if found[0].article.offers_person:
            reply.lead(reply.phrase("only_a_person"))
            return [reply.offer_person("policy")]
        return []


class ActionDeliveryPeriod(ActionAnswerHelp):
    """How long delivery takes; or, for an order that was spoken about or named, when it comes."""

    def name(self) -> str:
        return "action_delivery_period"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        named = any(entity["entity"] == "order_number" for entity in turn.entities)
        known = turn.slots.get("order_number") in turn.checked_orders(self._services.clock())
        if tracker.active_loop.get("name") or not (named or known):
            return await super().run(dispatcher, tracker, domain)
        return [SlotSet("requested_slot", None), FollowupAction(FORM)]


def answer_from(reply: Reply, found: Found) -> None:
    words = Words(found.passage, speakable(spoken_passage(found.passage)))
    reply.say_words(words, "help_article", fields={"source": found.source})
