"""The handoff's payload, version 1: what a person needs before saying hello.

Composed from facts in the log, never from a guess: each line of the summary points at its event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from actions.backend import Customer, Order, OrderState
from bot.conversation.events import Event, Kind, iso
from bot.handoff.matter import TALK, Reading, read
from bot.handoff.mentions import Mentions
from bot.handoff.priority import is_vip, shown_priority
from bot.store.tables import SPOKEN, Conversation, Leg, Speaker

VERSION = 1

CLOSED_ORDERS = frozenset({OrderState.DELIVERED, OrderState.CANCELLED, OrderState.RETURNED})

REASONS = {
    "asked_for_person": "Asked for a person",
    "not_understood": "The assistant did not understand",
    "angry": "The customer is upset",
    "tool_failed": "The assistant's systems failed",
    "policy": "Needs a person by policy",
    "legal": "Speaks of legal steps",
    "needs_decision": "Needs a decision",
}

QUOTE = 140
"""Characters of a quotation in a summary: one line on a desk."""


@dataclass(frozen=True, slots=True)
class Need:
    """Why a person is needed, as whoever asks for one says it."""

    reason: str
    priority: int = 0
    """0 to MOST_URGENT."""
    decision: str | None = None
    """What is to be decided, in a sentence."""

    def as_data(self) -> dict[str, Any]:
        return {"reason": self.reason, "priority": self.priority, "decision": self.decision}

    @classmethod
    def of(cls, data: dict[str, Any] | None) -> Need:
        """From `as_data`, or from a payload's `need`."""
        data = data or {}
        return cls(
            str(data.get("reason") or ASKED),
            int(data.get("priority") or 0),
            data.get("decision"),
        )


ASKED = "asked_for_person"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is looked up before the conversation is locked: slow things, from elsewhere."""

    mentions: Mentions = field(default_factory=lambda: {"names": [], "places": [], "dates": []})
    customer: Customer | None = None
    orders: Sequence[Order] = ()
    last_agent: str | None = None
    recording: dict[str, Any] | None = None
    """Where to listen to the call, and from where on."""


def quote(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= QUOTE else line[: QUOTE - 1].rstrip() + '…'}”"


def compose(
    conversation: Conversation,
    legs: Sequence[Leg],
    events: Sequence[Event],
    *,
    need: Need,
    evidence: Evidence,
    now: datetime,
    leg_id: str | None = None,
) -> dict[str, Any]:
    """`leg_id`: where the customer asked (None: on the last leg that began)."""
    reading = read(events)
    matter = reading.matter
    here = next((leg for leg in legs if leg.id == leg_id), legs[-1] if legs else None)
    verified = here is not None and bool(here.verified_until and here.verified_until > now)
    customer = evidence.customer
    return {
        "version": VERSION,
        "identity": {
            "customer_id": conversation.customer_id,
            "name": customer.name if customer else conversation.customer_name,
            "caller": next((leg.caller for leg in reversed(legs) if leg.caller), None),
            "verified": verified,
            "how": here.verified_how if here and verified else None,
            "tier": customer.tier.value if customer else None,
            "vip": is_vip(customer),
            "language": legs[-1].language if legs else conversation.language,
            "channel": talks_on(legs, here),
        },
        "need": {
            "reason": need.reason,
            "contact_reason": matter.reason if matter else None,
            "confidence": matter.confidence if matter else None,
            "skills": [],
            "priority": shown_priority(need.priority, customer),
            "decision": need.decision,
        },
        "progress": {
            "summary": summarise(events, need, reading, checked_elsewhere(events, legs, here)),
            "slots": reading.slots,
            "tried": tried(events),
            "promises": [
                {"text": event.text, "event": event.seq, "due": event.data.get("due")}
                for event in events
                if event.kind is Kind.PROMISE
            ],
            "open_orders": [
                {"number": order.number, "state": order.state.value}
                for order in evidence.orders
                if order.state not in CLOSED_ORDERS
            ],
        },
        "evidence": {
            "transcript": [event.for_team() for event in events if event.kind in SAID],
            "mentions": evidence.mentions,
            "recording": evidence.recording,
            "last_agent": evidence.last_agent,
        },
        "time": {
            "asked_at": iso(now),
            "seconds_with_bot": round((now - bot_since(conversation, events)).total_seconds()),
            "due_by": None,
        },
    }


SAID = frozenset({Kind.MESSAGE, Kind.SPEECH})


def talks_on(legs: Sequence[Leg], here: Leg | None) -> str | None:
    """The channel the customer is on: a call that lasts, else where they asked."""
    calls = [leg for leg in legs if leg.channel in SPOKEN and leg.ended_at is None]
    leg = calls[-1] if calls else here
    return leg.channel.value if leg else None


def checked_elsewhere(events: Sequence[Event], legs: Sequence[Leg], here: Leg | None) -> str | None:
    """Where the last check of identity was, if on another leg: there it counts, here it doesn't."""
    checks = [event for event in events if event.kind is Kind.IDENTITY]
    leg = next((leg for leg in legs if checks and leg.id == checks[-1].leg_id), here)
    if leg is None or leg is here:
        return None
    return "in the call" if leg.channel in SPOKEN else "in the chat"


def bot_since(conversation: Conversation, events: Sequence[Event]) -> datetime:
    """When the assistant was given the floor last."""
    ends = [event.at for event in events if event.kind is Kind.HANDOFF_ENDED]
    return ends[-1] if ends else conversation.created_at


def tried(events: Sequence[Event]) -> list[dict[str, Any]]:
    """What the assistant answered, the last time each response was given."""
    steps: dict[str, dict[str, Any]] = {}
    for event in events:
        response = event.data.get("response")
        if event.kind is Kind.MESSAGE and event.speaker is Speaker.ASSISTANT and response:
            if "about" not in event.data and event.data.get("intent") in TALK:
                continue
            steps.pop(response, None)
            steps[response] = {"text": quote(event.text), "event": event.seq}
    return list(steps.values())[-6:]


def summarise(
    events: Sequence[Event], need: Need, reading: Reading, elsewhere: str | None = None
) -> list[dict[str, Any]]:
    """Wanted, done, result, open: at most four short lines, each with the event it stands on.
    `elsewhere`: where the last check of identity was, if not where the customer is now."""
    if not reading.words:
        return []
    lines: list[dict[str, Any]] = []

    def add(label: str, text: str, event: Event) -> None:
        lines.append({"label": label, "text": text, "event": event.seq})

    matter = reading.matter
    wanted = (matter and matter.wanted) or reading.words[0]
    about = f" ({matter.reason.replace('_', ' ')})" if matter else ""
    add("Wanted", quote(wanted.text) + about, wanted)
    checks = [event for event in events if event.kind is Kind.IDENTITY]
    if checks:
        check = checks[-1]
        order, how = check.data.get("order"), check.data.get("how")
        where = f" {elsewhere}" if elsewhere else ""
        if check.data.get("verified"):
            about = f", order {order}" if order else ""
            add("Done", f"{check.data.get('name')} verified by {how}{about}{where}", check)
        else:
            worth = "this order only, not who it is"
            add("Done", f"Order {order} checked by {how}{where}: {worth}", check)
    if matter and matter.answer:
        verb = "offered" if "asks" in matter.answer.data else "answered"
        add("Result", f"Assistant {verb} {quote(matter.answer.text)}", matter.answer)
    why = REASONS.get(need.reason, need.reason)
    if need.decision:
        add("Open", f"{why}: {need.decision}", reading.words[-1])
    else:
        add("Open", f"{why}: {quote(reading.last_words.text)}", reading.last_words)
    return lines
