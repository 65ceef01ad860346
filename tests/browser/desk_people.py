"""People at the desk page's door: a VIP whose parcel is late, an unknown caller, a message of the night.

For the desk's harness; every one of them is invented, as is what they say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]
PASSWORD = "warm tea and rain"
"""Maya's."""

MAYA: Json = {"id": 1, "username": "maya", "name": "Maya", "role": "agent"}


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Conversation:
    """One conversation: its log, its handoff, and what the desk is told about the customer."""

    id: str
    handoff: Json
    events: list[Json] = field(default_factory=list)
    customer: Json | None = None
    orders: list[Json] = field(default_factory=list)

    def add(self, kind: str, sender: str, text: str | None, /, **more: Any) -> Json:
        event: Json = {
            "seq": len(self.events) + 1,
            "at": more.pop("at", now()).isoformat(),
            "kind": kind,
            "from": sender,
            "name": more.pop("name", "Juniper" if sender == "assistant" else None),
            "text": text,
            "leg": "leg-1",
            "id": more.pop("id", None),
            "data": more,
        }
        self.events.append(event)
        return event


def _handoff(
    key: str, reason: str, need: str | None, waited_s: int, *, channel: str = "webchat", **who: Any
) -> Json:
    asked = (now() - timedelta(seconds=waited_s)).isoformat()
    nobody = {"customer_id": None, "name": None, "verified": False, "how": None, "tier": None}
    return {
        "id": f"h-{key}",
        "conversation": f"c-{key}",
        "state": "waiting",
        "asked_at": asked,
        "ranks_at": asked,
        "accepted_at": None,
        "closed_at": None,
        "agent": None,
        "medium": "chat" if channel == "webchat" else "voice",
        "group": None,
        "wrap_up_until": None,
        "consults": [],
        "payload": {
            "version": 1,
            "identity": {**nobody, "vip": False, "language": "en", "channel": channel, **who},
            "need": {
                "reason": reason,
                "contact_reason": need,
                "confidence": 0.94 if need else None,
                "skills": [],
                "priority": 0,
            },
            "progress": {
                "summary": [],
                "slots": {},
                "tried": [],
                "promises": [],
                "open_orders": [],
            },
            "evidence": {"transcript": [], "mentions": {}, "recording": None, "last_agent": None},
            "time": {"asked_at": asked, "seconds_with_bot": 84, "due_by": None},
        },
    }


def ana(waited_s: int = 41) -> Conversation:
    """A VIP, verified, by chat: her parcel stands still, and she was promised something."""
    known: Json = {
        "customer_id": 12,
        "name": "Ana Reyes",
        "verified": True,
        "tier": "vip",
        "vip": True,
    }
    how = "order number and postcode"
    talk = Conversation(
        "c-ana", _handoff("ana", "asked_for_person", "track_order", waited_s, how=how, **known)
    )
    talk.add("leg_started", "system", None, channel="webchat")
    talk.add(
        "message", "assistant", "Hello, I'm Juniper, the shop's assistant. What can I do for you?"
    )
    talk.add("message", "customer", "Where is my tent? It should have been here on Friday")
    talk.add(
        "message", "assistant", "I'm sorry it is late. What is the order number?",
        buttons=[{"title": "I don't have it", "payload": "/no_number"}],
    )  # fmt: skip
    talk.add("message", "customer", "482919, postcode is 97214")
    talk.add("identity", "system", None, **{"customer_id": 12, "verified": True, "how": how})
    talk.events[-1]["data"]["name"] = "Ana Reyes"
    talk.add(
        "message", "assistant",
        "Thank you, Ana. Order 482 919 left us on Tuesday and has been in Boise since Thursday. "
        "What a late parcel means for you: https://shop.example/help/late.",
        source={"title": "When a parcel is late", "url": "https://shop.example/help/late"},
    )  # fmt: skip
    talk.add(
        "promise",
        "assistant",
        "You'll hear from us by tomorrow noon",
        due=(now() + timedelta(days=1)).isoformat(),
    )
    talk.add(
        "message",
        "customer",
        "That's not good enough, we leave on Saturday. Can I talk to a person?",
    )
    talk.add("handoff_requested", "system", None, reason="asked_for_person", handoff="h-ana")
    progress = talk.handoff["payload"]["progress"]
    progress["summary"] = [
        {
            "label": "Wanted",
            "text": "“Where is my tent? It should have been here on Friday”",
            "event": 3,
        },
        {
            "label": "Done",
            "text": "Ana Reyes verified by order number and postcode, order 482919",
            "event": 6,
        },
        {
            "label": "Result",
            "text": "Assistant answered “Order 482 919 … in Boise since Thursday.”",
            "event": 7,
        },
        {"label": "Open", "text": "Asked for a person: “we leave on Saturday”", "event": 9},
    ]
    progress["promises"] = [
        {
            "text": "You'll hear from us by tomorrow noon",
            "event": 8,
            "due": talk.events[7]["data"]["due"],
        }
    ]
    progress["tried"] = [
        {"text": "“What is the order number?”", "event": 4},
        {"text": "“Order 482 919 left us on Tuesday …”", "event": 7},
    ]
    progress["slots"] = {"order_number": "482919", "postcode": "97214"}
    talk.handoff["payload"]["evidence"]["transcript"] = [
        e for e in talk.events if e["kind"] == "message"
    ]
    talk.customer = {
        "id": 12,
        "name": "Ana Reyes",
        "email": "ana.reyes@example.org",
        "phone": "+1 503 555 0142",
        "tier": "vip",
    }
    talk.orders = [
        _order("482919", "delayed", 9, 41900, ("Larch Tent, green, 3 persons", 1), ("Peg set", 2)),
        _order("304170", "delivered", 80, 12950, ("Alder Rain Jacket, red, M", 1)),
    ]
    return talk


def _order(number: str, state: str, days_ago: int, cents: int, *lines: tuple[str, int]) -> Json:
    late = state == "delayed"
    return {
        "number": number,
        "state": state,
        "placed_at": (now() - timedelta(days=days_ago)).isoformat(),
        "expected_on": (now() + timedelta(days=2)).date().isoformat() if late else None,
        "total_cents": cents,
        "currency": "USD",
        "lines": [{"name": name, "quantity": quantity} for name, quantity in lines],
        "shipments": [{"carrier": "Northway", "tracking_number": "NW 5520 118"}] if late else [],
    }


def tom(waited_s: int = 205) -> Conversation:
    """A caller nobody knows, half understood, and interrupted."""
    talk = Conversation("c-tom", _handoff("tom", "not_understood", None, waited_s, channel="voice"))
    talk.add("leg_started", "system", None, channel="voice")
    talk.add(
        "message",
        "assistant",
        "Hello, this is Juniper. I can look up orders and tell you about our products.",
    )
    talk.add(
        "speech_ended",
        "assistant",
        None,
        of=2,
        heard="Hello, this is Juniper. I can look",
        interrupted=True,
    )
    talk.add(
        "speech",
        "customer",
        "the stove hisses when I screw it on",
        confidence=0.93,
        alternatives=[],
    )
    talk.add(
        "message", "assistant", "I'm not sure I understood. Could you say that in other words?"
    )
    talk.add(
        "speech",
        "customer",
        "the gas steals when it is cold",
        confidence=0.52,
        alternatives=["the gas smells when it is cold"],
    )
    talk.add("handoff_requested", "system", None, reason="not_understood", handoff="h-tom")
    talk.handoff["payload"]["progress"]["summary"] = [
        {"label": "Wanted", "text": "“the stove hisses when I screw it on”", "event": 4},
        {
            "label": "Open",
            "text": "The assistant did not understand: “the gas steals when it is cold”",
            "event": 6,
        },
    ]
    return talk


def left_by_priya() -> Json:
    """A message that was left at night, when nobody was there."""
    message = _handoff(
        "priya",
        "asked_for_person",
        "return_order",
        30_000,
        name="Priya Nair",
        tier="gold",
        customer_id=31,
    )
    text = "Both boots are left ones. Can you send me a right one before the 14th?"
    return {
        **message,
        "state": "message_taken",
        "message": {"text": text, "event": 5},
        "done_at": None,
    }


def colleagues() -> list[Json]:
    """Maya's: one free and one of the experts, one talking, one gone home."""
    free: Json = {"role": "agent", "status": "available", "state": "idle", "here": True}
    return [
        {**free, "id": 2, "name": "Sam", "skills": {"returns": 4}, "groups": ["experts"]},
        {
            **free,
            "id": 3,
            "name": "Noor",
            "role": "senior",
            "state": "in_contact",
            "skills": {"returns": 2, "tents": 5},
            "groups": ["experts"],
        },
        {**free, "id": 4, "name": "Leo", "here": False, "skills": {}, "groups": []},
    ]


def task(key: str, text: str, due_in: timedelta) -> Json:
    """Something Maya owes Ana."""
    return {
        "id": f"t-{key}",
        "conversation": "c-ana",
        "agent": {"id": 1, "name": "Maya"},
        "text": text,
        "due_at": (now() + due_in).isoformat(),
        "created_at": now().isoformat(),
    }


def sams_request(cents: int = 12_000) -> Json:
    """Sam asks whether he may refund more than he may decide."""
    return {
        "id": "r-1",
        "conversation": "c-tom",
        "customer": "Tom Abel",
        "agent": {"id": 2, "name": "Sam"},
        "kind": "refund",
        "order": "304170",
        "amount_cents": cents,
        "percent": None,
        "currency": "USD",
        "why": "The seam has opened twice",
        "asked_at": now().isoformat(),
    }
