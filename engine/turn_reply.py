"""A turn's reply, read from the tracker's events: the same for a fresh turn and for a replayed one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered

PUBLIC_SLOTS = ("order_number", "last_outcome")
"""What the server may see and log. The rest is the dialogue's own (or personal: the postcode)."""


def find_turn(events: Sequence[Event], turn_id: str) -> int | None:
    """Where the turn's user message stands in `events`, or None."""
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if isinstance(event, UserUttered) and (event.metadata or {}).get("turn_id") == turn_id:
            return index
    return None


def reply(events: Sequence[Event], start: int, *, replayed: bool) -> dict[str, Any]:
    """The answer of docs/protocol.md for the turn whose user message is `events[start]`."""
    user = events[start]
    assert isinstance(user, UserUttered)
    turn = _until_next_user(events, start)
    said = [_message(event) for event in turn if isinstance(event, BotUttered)]
    customs = [event.data.get("custom") or {} for event in turn if isinstance(event, BotUttered)]
    before = _slots(events[:start])
    after = _slots(events[: start + len(turn)])
    return {
        "turn_id": (user.metadata or {}).get("turn_id"),
        "replayed": replayed,
        "intent": {
            "name": user.intent.get("name"),
            "confidence": round(float(user.intent.get("confidence") or 0.0), 4),
        },
        "messages": [message for message in said if message["text"]],
        "expects": _last(customs, "expects") or "free",
        "handoff": _last(customs, "handoff"),
        "promises": [promise for custom in customs for promise in custom.get("promises") or []],
        "identified": _last(customs, "identified"),
        "slots": {name: value for name, value in after.items() if value is not None},
        "slots_changed": {
            name: after.get(name) for name in PUBLIC_SLOTS if after.get(name) != before.get(name)
        },
    }


def _until_next_user(events: Sequence[Event], start: int) -> list[Event]:
    turn = [events[start]]
    for event in events[start + 1 :]:
        if isinstance(event, UserUttered):
            break
        turn.append(event)
    return turn


def _slots(events: Sequence[Event]) -> dict[str, Any]:
    slots: dict[str, Any] = {}
    for event in events:
        if isinstance(event, SlotSet) and event.key in PUBLIC_SLOTS:
            slots[event.key] = event.value
    return slots


def _last(customs: Sequence[dict[str, Any]], field: str) -> Any:
    return next((custom[field] for custom in reversed(customs) if custom.get(field)), None)


def _message(event: BotUttered) -> dict[str, Any]:
    custom = event.data.get("custom") or {}
    return {
        "text": event.text or "",
        "spoken": custom.get("spoken") or event.text or "",
        "buttons": [
            {"title": button.get("title"), "payload": button.get("payload")}
            for button in event.data.get("buttons") or []
        ],
        "response": custom.get("response") or (event.metadata or {}).get("utter_action"),
        "source": custom.get("source"),
        "expects": custom.get("expects"),
        "about": custom.get("about"),
        "told": custom.get("told"),
    }
