"""The handoff's payload, version 1: what a person needs before saying hello.

Composed from facts in the log, never from a guess: each line of the summary points at its event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from actions.backend import Customer, Order, OrderState
from bot.conversation.events import Event, Kind, iso
from bot.handoff.mentions import Mentions
from bot.handoff.priority import is_vip, shown_priority
from bot.store.tables import SPOKEN, Conversation, Leg, Speaker

VERSION = 1

TALK = frozenset(
    {
        "greet", "goodbye", "thank", "affirm", "deny", "repeat_that", "slower_please",
        "what_can_you_do", "are_you_a_bot", "correct_last", "never_mind", "out_of_scope",
        "nlu_fallback", "contact_human_agent", "contact_customer_service", "provide_order_number",
        "provide_postcode", "inform", "hostile",
    }
)  # fmt: skip
"""Intents that carry on the talk; a contact reason is any other."""

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
    slots: dict[str, Any],
    evidence: Evidence,
    now: datetime,
) -> dict[str, Any]:
    about, confidence = contact_reason(events)
    verified = [leg for leg in legs if leg.verified_until and leg.verified_until > now]
    customer = evidence.customer
    talked = [leg for leg in legs if leg.channel in SPOKEN] or legs
    return {
        "version": VERSION,
        "identity": {
            "customer_id": conversation.customer_id,
            "name": customer.name if customer else conversation.customer_name,
            "verified": bool(verified),
            "how": verified[-1].verified_how if verified else None,
            "tier": customer.tier.value if customer else None,
            "vip": is_vip(customer),
            "language": legs[-1].language if legs else conversation.language,
            "channel": talked[-1].channel.value if talked else None,
        },
        "need": {
            "reason": need.reason,
            "contact_reason": about,
            "confidence": confidence,
            "skills": [],
            "priority": shown_priority(need.priority, customer),
            "decision": need.decision,
        },
        "progress": {
            "summary": summarise(events, need.reason, about),
            "slots": {name: value for name, value in slots.items() if value is not None},
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
            "seconds_with_bot": round((now - conversation.created_at).total_seconds()),
            "due_by": None,
        },
    }


SAID = frozenset({Kind.MESSAGE, Kind.SPEECH})


def contact_reason(events: Sequence[Event]) -> tuple[str | None, float | None]:
    """The last thing the customer came for, as the engine understood it, and how sure it was."""
    for event in reversed(events):
        intent = event.data.get("intent")
        if event.speaker is Speaker.ASSISTANT and intent and intent not in TALK:
            return intent, event.data.get("confidence")
    return None, None


def tried(events: Sequence[Event]) -> list[dict[str, Any]]:
    """What the assistant answered, the last time each response was given."""
    steps: dict[str, dict[str, Any]] = {}
    for event in events:
        response = event.data.get("response")
        if event.kind is Kind.MESSAGE and event.speaker is Speaker.ASSISTANT and response:
            if event.data.get("intent") in TALK:
                continue
            steps.pop(response, None)
            steps[response] = {"text": quote(event.text), "event": event.seq}
    return list(steps.values())[-6:]


def summarise(events: Sequence[Event], reason: str, need: str | None) -> list[dict[str, Any]]:
    """Wanted, done, result, open: at most four short lines, each with the event it stands on."""
    said = [event for event in events if event.said_by_customer]
    if not said:
        return []
    lines: list[dict[str, Any]] = []

    def add(label: str, text: str, event: Event) -> None:
        lines.append({"label": label, "text": text, "event": event.seq})

    wanted = first_with_need(events, need) or said[0]
    about = f" ({need.replace('_', ' ')})" if need else ""
    add("Wanted", quote(wanted.text) + about, wanted)
    checks = [event for event in events if event.kind is Kind.IDENTITY]
    if checks:
        check = checks[-1]
        order, how = check.data.get("order"), check.data.get("how")
        if check.data.get("verified"):
            about = f", order {order}" if order else ""
            add("Done", f"{check.data.get('name')} verified by {how}{about}", check)
        else:
            add("Done", f"Order {order} checked by {how}: this order only, not who it is", check)
    answers = [
        event
        for event in events
        if event.speaker is Speaker.ASSISTANT
        and event.kind is Kind.MESSAGE
        and event.data.get("intent") == need
        and need is not None
        and not event.data.get("filler")
        and not event.data.get("asks")
    ]
    if answers:
        add("Result", f"Assistant answered {quote(answers[-1].text)}", answers[-1])
    add("Open", f"{REASONS.get(reason, reason)}: {quote(said[-1].text)}", said[-1])
    return lines


def first_with_need(events: Sequence[Event], need: str | None) -> Event | None:
    """The customer's words that the engine understood as `need`."""
    by_turn = {event.turn_id: event for event in events if event.said_by_customer}
    for event in events:
        if need and event.data.get("intent") == need and event.turn_id in by_turn:
            return by_turn[event.turn_id]
    return None
