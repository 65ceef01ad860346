"""What the assistant answers in one turn: phrases in both forms, and what goes with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.phrases import Phrases, Value
from actions.turn import Event, Turn
from actions.wording import Words

YES_NO = "yes_no"
CHOICE = "choice"

Buttons = Sequence[tuple[str, str]]
"""(title, what the customer would have written)"""

_SPELLED = re.compile(
    r"\b(?:(?:zero|one|two|three|four|five|six|seven|eight|nine|[A-Z]) )+"
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|[A-Z])\b"
)


def slowly(spoken: str) -> str:
    """The same words with a pause after each digit and each clause: a comma is a pause to every
    synthesiser, whether or not it has a setting for its speed."""
    if "…" in spoken:  # it is already
        return spoken
    spoken = _SPELLED.sub(lambda found: found[0].replace(" ", ", "), spoken)
    return re.sub(r"(?<=\w)[;:] ", ", … ", re.sub(r"([.!?]) ", r"\1 … ", spoken))


class Matter(Protocol):
    """What a message is about, for whoever takes over: they read what was told, not how it was asked."""

    @property
    def contact_reason(self) -> str: ...

    def facts(self) -> Mapping[str, str]:
        """What has been told so far, by name, in words for a person."""
        ...


@dataclass(frozen=True, slots=True)
class KeptMatter:
    """A matter that is settled but for our last question (`Case.kept`)."""

    contact_reason: str
    told: Mapping[str, str]

    def facts(self) -> Mapping[str, str]:
        return self.told

    @classmethod
    def of(cls, question: Mapping[str, Any]) -> KeptMatter | None:
        """None for a question that was asked outside any matter."""
        return cls(question["about"], question["told"]) if "about" in question else None


class Reply:
    """Collects messages for one turn. `said` counts how often each phrase was used before, so that
    variants take turns and the same words never come twice in a row."""

    def __init__(self, dispatcher: CollectingDispatcher, turn: Turn, phrases: Phrases) -> None:
        phrases.refresh()
        self._dispatcher = dispatcher
        self._turn = turn
        self.phrases = phrases
        self.matter: Matter | None = None
        """Goes with each message: `about` and `told` (docs/protocol.md)."""
        self._said = Counter(turn.said)
        self._lead: Words | None = None
        self._fields: dict[str, Any] = {}
        self._parts: list[str] = []

    def phrase(self, key: str, **values: Value) -> Words:
        """The words of a phrase, to be said with others."""
        if self.phrases.variants(key) > 1 and key not in self._parts:
            self._parts.append(key)  # so that the next time brings another variant
        return self.phrases(key, self._said[key], **values)

    def lead(self, words: Words) -> None:
        """Begins the next message."""
        self._lead = words if self._lead is None else self._lead + words

    def about(self, **fields: Any) -> None:
        """Goes with the next message (docs/protocol.md: `identified`)."""
        self._fields |= fields

    def say(
        self,
        key: str,
        *,
        expects: str | None = None,
        buttons: Buttons = (),
        fields: Mapping[str, Any] | None = None,
        **values: Value,
    ) -> None:
        """One message. `key` names the phrase, and the response in tests and log."""
        self.say_words(
            self.phrase(key, **values), key, expects=expects, buttons=buttons, fields=fields
        )

    def say_words(
        self,
        words: Words,
        response: str,
        *,
        expects: str | None = None,
        buttons: Buttons = (),
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        """One message whose words were put together; `response` names what was said.

        `fields`: what docs/protocol.md lists (`handoff`, `promises`, `source`)."""
        if self._lead is not None:
            words, self._lead = self._lead + words, None
        spoken = slowly(words.spoken) if self._turn.slots.get("pace") == "slow" else words.spoken
        custom = {
            "response": response,
            "spoken": spoken,
            "expects": expects,
            "phrases": [part for part in self._parts if part != response] or None,
            "about": self.matter.contact_reason if self.matter else None,
            "told": dict(self.matter.facts()) if self.matter else None,
            **self._fields,
            **(fields or {}),
        }
        self._fields, self._parts = {}, []
        self._said[response] += 1
        self._dispatcher.utter_message(
            text=words.text,
            buttons=[{"title": title, "payload": payload} for title, payload in buttons],
            json_message={key: value for key, value in custom.items() if value is not None},
        )

    def yes_no(self) -> Buttons:
        return [
            (self.phrase("button_yes").text, self.phrase("button_yes_payload").text),
            (self.phrase("button_no").text, self.phrase("button_no_payload").text),
        ]

    def ask_yes_no(
        self, key: str, *, fields: Mapping[str, Any] | None = None, **values: Value
    ) -> None:
        self.say(key, expects=YES_NO, buttons=self.yes_no(), fields=fields, **values)

    def offer_person(
        self, reason: str, *, decision: str | None = None, ends: bool = False
    ) -> Event:
        """Asks whether to get a person, without insisting: the next turn may be about anything.
        `reason` is the handoff's (docs/protocol.md). Returns the event that keeps the question
        open. While a case waits for an answer it is no question: a yes could mean both (unless the
        offer `ends` that case)."""
        if self._turn.slots.get("requested_slot") and not ends:
            self.say("person_on_request")
            forget: Event = SlotSet("pending_question", None)
            return forget
        self.ask_yes_no("offer_person")
        return self._turn.ask("offer_person", reason=reason, decision=decision)

    def hand_over(
        self,
        key: str,
        reason: str,
        *,
        priority: int = 0,
        decision: str | None = None,
        promise: str | None = None,
        **values: Value,
    ) -> None:
        """Says `key` and asks the server for a person. It, not we, knows whether somebody is there:
        nothing is promised about when. `decision`: what the person has to decide, in a line."""
        handoff = {"reason": reason, "priority": priority, "decision": decision}
        promises = [{"text": promise, "due": None}] if promise else None
        fields = {
            "handoff": {name: value for name, value in handoff.items() if value},
            "promises": promises,
        }
        self.say_words(self.phrase(key, **values), key, fields=fields)
