"""Questions that a help article answers."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.handoff import offer_person
from actions.help import Found, spoken_passage
from actions.turn import Event, Services, Turn, TurnAction, say
from actions.wording import Words

_UNKNOWN = Words.same("I don't know that one, and I'd rather not guess.")
_ONLY_A_PERSON = Words.same("That's something a person from the team does with you.")


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
        found = self._services.help.search(turn.text, turn.intent, limit=1)
        if not found or not found[0].sure:
            return [offer_person(dispatcher, turn, "not_understood", _UNKNOWN)]
        answer_from(dispatcher, found[0])
        if found[0].article.offers_person:
            return [offer_person(dispatcher, turn, "policy", _ONLY_A_PERSON)]
        return []


def answer_from(dispatcher: CollectingDispatcher, found: Found) -> None:
    words = Words(found.passage, spoken_passage(found.passage))
    say(dispatcher, words, "help_article", source=found.source)
