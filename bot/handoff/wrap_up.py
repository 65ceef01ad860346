"""What the system writes down for the agent, who corrects it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.conversation.events import Event, Kind
from bot.handoff.payload import quote
from bot.store.tables import Speaker

DISPOSITIONS: Final = (
    *("solved", "follow_up", "refused", "customer_left", "wrong_team", "spam", "not_given"),
)

REFUSED: Final = "refused"
"""The customer didn't get what they wanted."""

NOT_GIVEN: Final = "not_given"
"""Where the agent lets the time run out."""

LAST_LINES: Final = 2
"""Things the agent said that the summary quotes."""


@dataclass(frozen=True, slots=True)
class WrapUp:
    disposition: str
    contact_reason: str | None
    summary: str

    def as_data(self) -> dict[str, Any]:
        return {
            "disposition": self.disposition,
            "contact_reason": self.contact_reason,
            "summary": self.summary,
        }


def propose(payload: dict[str, Any], events: Sequence[Event], since: int) -> WrapUp:
    """From the handoff's payload and the conversation; `since`: the event with which it was accepted."""
    during = [event for event in events if event.seq > since]
    said = [event for event in during if event.speaker is Speaker.AGENT and event.text]
    answers = [event for event in said if event.kind in (Kind.MESSAGE, Kind.SPEECH)]
    promised = any(event.kind is Kind.PROMISE for event in during)
    left = not answers or any(event.kind is Kind.CONVERSATION_ENDED for event in during)
    disposition = "follow_up" if promised else "customer_left" if left else "solved"
    wanted = [
        line["text"]
        for line in payload.get("progress", {}).get("summary", ())
        if line["label"] == "Wanted"
    ]
    lines = [f"Wanted: {text}" for text in wanted[:1]]
    lines += [f"{event.name or 'Agent'}: {quote(event.text)}" for event in answers[-LAST_LINES:]]
    reason = payload.get("need", {}).get("contact_reason")
    return WrapUp(disposition, reason, "\n".join(lines))
