"""One turn of the conversation, as actions see it: who asks, what was asked before, how to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backend import Customer, ShopBackend
from actions.help import HelpIndex
from actions.wording import Words

CHECK_LASTS = timedelta(minutes=30)
"""After this long a caller is asked for number and postcode again."""

Event = dict[str, Any]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """What actions reach for. `clock` gives aware datetimes in UTC; a test gives its own."""

    shop: ShopBackend
    help: HelpIndex
    clock: Callable[[], datetime] = _now

    def today(self) -> date:
        return self.clock().date()


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Turn:
    id: str
    leg: str
    source: str
    """Whom failed checks count against: a visitor, a phone number, an address."""
    text: str
    intent: str
    alternatives: Sequence[str]
    identity: KnownCustomer | None
    """Verified by the server for this turn."""
    previous_id: str | None
    earlier_number: str | None
    """The order number as it stood before this message."""
    slots: Mapping[str, Any]
    entities: Sequence[Mapping[str, Any]] = field(default_factory=list)
    ranking: Sequence[Mapping[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, tracker: Tracker) -> Turn:
        message = tracker.latest_message
        metadata = message.get("metadata") or {}
        identity = metadata.get("identity")
        users = [event for event in tracker.events if event.get("event") == "user"]
        previous = users[-2].get("metadata") if len(users) > 1 else None
        return cls(
            id=str(metadata.get("turn_id") or len(users)),
            leg=str(metadata.get("leg") or ""),
            source=str(metadata.get("source") or tracker.sender_id),
            text=message.get("text") or "",
            intent=(message.get("intent") or {}).get("name") or "",
            alternatives=metadata.get("alternatives") or [],
            identity=KnownCustomer(int(identity["customer_id"]), str(identity["name"]))
            if identity
            else None,
            previous_id=str((previous or {}).get("turn_id") or len(users) - 1)
            if len(users) > 1
            else None,
            earlier_number=_slot_before_message(tracker.events, "order_number"),
            slots=tracker.slots,
            entities=message.get("entities") or [],
            ranking=message.get("intent_ranking") or [],
        )

    def known_customer(self, now: datetime) -> KnownCustomer | None:
        """Who this is: signed in, or checked in this leg less than CHECK_LASTS ago."""
        if self.identity:
            return self.identity
        checked = self.slots.get("verified_customer")
        until = self.slots.get("verified_until")
        if not checked or not until or self.slots.get("verified_leg") != self.leg:
            return None
        if datetime.fromisoformat(until) <= now:
            return None
        return KnownCustomer(int(checked["id"]), str(checked["name"]))

    def remember_customer(self, customer: Customer, order: str, now: datetime) -> list[Event]:
        return [
            SlotSet(
                "verified_customer",
                {"id": customer.id, "name": customer.name, "order": order, "turn": self.id},
            ),
            SlotSet("verified_leg", self.leg),
            SlotSet("verified_until", (now + CHECK_LASTS).isoformat()),
        ]

    def identified_now(self) -> dict[str, Any] | None:
        """The reply's `identified`, in the turn in which a check succeeded."""
        checked = self.slots.get("verified_customer")
        if not checked or checked.get("turn") != self.id:
            return None
        return {
            "customer_id": checked["id"],
            "name": checked["name"],
            "order": checked["order"],
            "how": "order number and postcode",
        }

    def ask(self, kind: str, **about: Any) -> Event:
        """The slot that says which question is open; only the very next turn can answer it."""
        question: Event = SlotSet("pending_question", {"kind": kind, "turn": self.id, **about})
        return question

    def open_question(self) -> Mapping[str, Any] | None:
        pending = self.slots.get("pending_question")
        if pending and pending.get("turn") == self.previous_id:
            return dict(pending)
        return None


def _slot_before_message(events: Sequence[Mapping[str, Any]], slot: str) -> Any:
    value, earlier = None, None
    for event in events:
        if event.get("event") == "user":
            earlier = value
        elif event.get("event") == "slot" and event.get("name") == slot:
            value = event.get("value")
    return earlier


class TurnAction(Action):  # type: ignore[misc]  # rasa-sdk has no types
    """An action with its signature written down."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        raise NotImplementedError


def say(
    dispatcher: CollectingDispatcher,
    words: Words,
    response: str,
    *,
    expects: str | None = None,
    buttons: Sequence[tuple[str, str]] = (),
    **custom: Any,
) -> None:
    """One message in both forms. `response` names what was said, for tests and for the log.

    `buttons` are (title, what the customer would have written); `custom` holds what docs/protocol.md
    lists: `handoff`, `promises`, `identified`, `source`."""
    fields = {"response": response, "spoken": words.spoken, "expects": expects, **custom}
    dispatcher.utter_message(
        text=words.text,
        buttons=[{"title": title, "payload": payload} for title, payload in buttons],
        json_message={key: value for key, value in fields.items() if value is not None},
    )
