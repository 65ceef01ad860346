"""One turn of the conversation, as actions see it: who asks, what was asked before, how to answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backend import Order, ShopBackend
from actions.help import HelpIndex
from actions.phrases import Phrases
from actions.policy import Policy

CHECK_LASTS = timedelta(minutes=30)
"""After this long a caller is asked for number and postcode again."""

Event = dict[str, Any]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """What actions reach for. `clock` gives aware datetimes in UTC; a test gives its own."""

    shop: ShopBackend
    help: Mapping[str, HelpIndex]
    """By language code; one that isn't there has no articles of its own."""
    phrases: Mapping[str, Phrases]
    policy: Policy
    clock: Callable[[], datetime] = _now

    def today(self) -> date:
        return self.clock().date()

    def texts(self, language: str) -> Phrases:
        """The language's phrases; English where it has none."""
        return self.phrases.get(language) or self.phrases["en"]


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    id: int
    name: str


class Scope(StrEnum):
    """How far a check reaches (docs/protocol.md)."""

    ACCOUNT = "account"
    """The billing postcode: this is the customer, and all their orders are open to them."""
    ORDER = "order"
    """Only the delivery postcode: somebody who knows of this one order, perhaps as a present."""


@dataclass(frozen=True, slots=True)
class Turn:
    id: str
    leg: str
    language: str
    source: str
    """Whom failed checks count against: a visitor, a phone number, an address."""
    text: str
    intent: str
    alternatives: Sequence[str]
    identity: KnownCustomer | None
    """Verified by the server for this turn."""
    answers_last: bool
    """False where these words were said before our last message had been sent or played to its
    end: they can't be the answer to a question in it."""
    heard: bool
    """The words are a recogniser's, which may have lost or misheard some."""
    message_id: str
    """Of the customer's message, of which this turn may be only a part."""
    previous_id: str | None
    """Of the message before."""
    part: int
    """Which of the requests in the customer's message this is: the second one waits until the first
    is done (bot/dialogue/splitting.py)."""
    slots: Mapping[str, Any]
    said: Mapping[str, int]
    """How often each response was given in this conversation."""
    confidence: float = 1.0
    """In `intent`, 0 to 1."""
    entities: Sequence[Mapping[str, Any]] = field(default_factory=list)
    ranking: Sequence[Mapping[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, tracker: Tracker) -> Turn:
        message = tracker.latest_message
        metadata = message.get("metadata") or {}
        identity = metadata.get("identity")
        users = [event for event in tracker.events if event.get("event") == "user"]
        own = _message_id(metadata) or f"{tracker.sender_id}-{len(users)}"
        earlier = [
            _message_id(event.get("metadata") or {}) or f"{tracker.sender_id}-{number}"
            for number, event in enumerate(users, 1)
        ]
        previous = next((one for one in reversed(earlier) if one != own), None)
        return cls(
            id=str(metadata.get("turn_id") or f"{tracker.sender_id}-{len(users)}"),
            leg=str(metadata.get("leg") or ""),
            language=str(metadata.get("language") or "en"),
            source=str(metadata.get("source") or tracker.sender_id),
            text=message.get("text") or "",
            intent=(message.get("intent") or {}).get("name") or "",
            alternatives=metadata.get("alternatives") or [],
            identity=KnownCustomer(int(identity["customer_id"]), str(identity["name"]))
            if identity
            else None,
            answers_last=metadata.get("answers_last") is not False,
            heard=metadata.get("channel") in ("voice", "phone"),
            message_id=own,
            previous_id=previous,
            part=int(metadata.get("part") or 1),
            slots=tracker.slots,
            said=_responses(tracker.events),
            confidence=float((message.get("intent") or {}).get("confidence") or 0.0),
            entities=message.get("entities") or [],
            ranking=message.get("intent_ranking") or [],
        )

    def words(self) -> str:
        """The text without its numbers and addresses: what is left may name products."""
        text = self.text
        for entity in sorted(self.entities, key=lambda one: -int(one.get("start", 0))):
            text = f"{text[: entity['start']]} {text[entity['end'] :]}"
        return " ".join(text.split())

    def known_customer(self, now: datetime) -> KnownCustomer | None:
        """Who this is: signed in, or checked by the billing postcode."""
        if self.identity:
            return self.identity
        for check in reversed(self._checks(now)):
            if check["leg"] == self.leg and check["scope"] == Scope.ACCOUNT:
                return KnownCustomer(int(check["id"]), str(check["name"]))
        return None

    def checked_orders(self, now: datetime) -> list[str]:
        """Numbers of the orders that were checked one by one, the earliest first."""
        return [check["order"] for check in self._checks(now) if check["leg"] == self.leg]

    def owners(self, now: datetime) -> set[int]:
        """Whose orders may be changed: the customer signed in, and whoever was checked on this leg."""
        checked = {
            int(check["id"])
            for check in self._checks(now)
            if check["leg"] == self.leg and check["scope"] == Scope.ACCOUNT
        }
        return checked | ({self.identity.id} if self.identity else set())

    def owns(self, order: Order, now: datetime) -> bool:
        """Whether this is the customer whose order it is: who may change it."""
        return order.customer.id in self.owners(now)

    def may_see(self, order: Order, now: datetime) -> bool:
        return self.owns(order, now) or order.number in self.checked_orders(now)

    def remember_check(self, order: Order, scope: Scope, how: str, now: datetime) -> Event:
        """A check counts in this leg and for CHECK_LASTS; it takes no earlier one away."""
        check = {
            "id": order.customer.id,
            "name": order.customer.name,
            "order": order.number,
            "scope": scope.value,
            "how": how,
            "leg": self.leg,
            "turn": self.id,
            "until": (now + CHECK_LASTS).isoformat(),
        }
        event: Event = SlotSet("checks", [*self._checks(now), check])
        return event

    def _checks(self, now: datetime) -> list[Mapping[str, Any]]:
        checks = self.slots.get("checks") or []
        return [check for check in checks if datetime.fromisoformat(check["until"]) > now]

    def identified_now(self) -> dict[str, Any] | None:
        """The reply's `identified`, in the turn in which a check succeeded."""
        checks = self.slots.get("checks") or []
        if not checks or checks[-1]["turn"] != self.id:
            return None
        return {
            "customer_id": checks[-1]["id"],
            "name": checks[-1]["name"],
            "order": checks[-1]["order"],
            "how": checks[-1]["how"],
            "scope": checks[-1]["scope"],
        }

    def ask(self, kind: str, **about: Any) -> Event:
        """The slot that says which question is open; only the very next turn can answer it."""
        question: Event = SlotSet(
            "pending_question", {"kind": kind, "turn": self.message_id, **about}
        )
        return question

    def open_question(self) -> Mapping[str, Any] | None:
        """The question that a yes or a no in this turn answers."""
        return self.last_question() if self.answers_last else None

    def last_question(self) -> Mapping[str, Any] | None:
        """The question asked in the turn before, whether or not these words can answer it."""
        pending = self.slots.get("pending_question")
        if pending and pending.get("turn") == self.previous_id:
            return dict(pending)
        return None

    def ask_again(self, question: Mapping[str, Any]) -> Event:
        """Keeps `question` open for the next turn."""
        event: Event = SlotSet("pending_question", {**question, "turn": self.message_id})
        return event


def _message_id(metadata: Mapping[str, Any]) -> str:
    turn_id, part = str(metadata.get("turn_id") or ""), int(metadata.get("part") or 1)
    return turn_id.removesuffix(f".{part}") if part > 1 else turn_id


def _responses(events: Sequence[Mapping[str, Any]]) -> Counter[str]:
    said = [event.get("data") or {} for event in events if event.get("event") == "bot"]
    counted: Counter[str] = Counter()
    for data in said:
        custom = data.get("custom") or {}
        counted.update({str(custom.get("response")), *(custom.get("phrases") or [])})
    return counted


class TurnAction(Action):  # type: ignore[misc]  # rasa-sdk has no types
    """An action with its signature written down."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        raise NotImplementedError
