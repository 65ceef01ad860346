"""What can stand in a conversation's log."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.store.tables import EventRow, Speaker


class Kind(enum.StrEnum):
    """docs/protocol.md says what each holds in `data`."""

    MESSAGE = "message"
    SPEECH = "speech"
    SPEECH_STARTED = "speech_started"
    SPEECH_ENDED = "speech_ended"
    HANDOFF_REQUESTED = "handoff_requested"
    HANDOFF_ACCEPTED = "handoff_accepted"
    HANDOFF_ENDED = "handoff_ended"
    MESSAGE_TAKEN = "message_taken"
    TRANSFER = "transfer"
    CONSULT = "consult"
    CONFERENCE = "conference"
    ORDER_ACTION = "order_action"
    ORDER_REQUEST = "order_request"
    ORDER_REQUEST_ANSWERED = "order_request_answered"
    NOTE = "note"
    PROMISE = "promise"
    WRAP_UP = "wrap_up"
    IDENTITY = "identity"
    RATING = "rating"
    LEG_STARTED = "leg_started"
    LEG_ENDED = "leg_ended"
    CONVERSATION_ENDED = "conversation_ended"


LAST_SEQ = 2**31 - 1
"""The largest number an event can have, PostgreSQL's largest integer."""

CUSTOMER_SEES = frozenset(
    {
        Kind.MESSAGE,
        Kind.SPEECH,
        Kind.HANDOFF_REQUESTED,
        Kind.HANDOFF_ACCEPTED,
        Kind.HANDOFF_ENDED,
        Kind.MESSAGE_TAKEN,
        Kind.RATING,
        Kind.CONVERSATION_ENDED,
    }
)
"""What is said in the room; notes, wrap-ups and checks are the team's."""

DATA_FOR_CUSTOMERS = frozenset(
    {"buttons", "source", "truncated", "filler", "confidence", "stars", "comment", "spoken"}
)


@dataclass(frozen=True, slots=True)
class NewEvent:
    kind: Kind
    speaker: Speaker
    text: str = ""
    name: str | None = None
    leg_id: str | None = None
    agent_id: int | None = None
    client_id: str | None = None
    turn_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    seq: int
    at: datetime
    kind: Kind
    speaker: Speaker
    text: str
    name: str | None
    leg_id: str | None
    agent_id: int | None
    client_id: str | None
    turn_id: str | None
    data: dict[str, Any]

    @classmethod
    def of(cls, row: EventRow) -> Event:
        return cls(
            seq=row.seq,
            at=row.at,
            kind=Kind(row.kind),
            speaker=row.speaker,
            text=row.text,
            name=row.name,
            leg_id=row.leg_id,
            agent_id=row.agent_id,
            client_id=row.client_id,
            turn_id=row.turn_id,
            data=row.data,
        )

    @property
    def said_by_customer(self) -> bool:
        return self.speaker is Speaker.CUSTOMER and self.kind in (Kind.MESSAGE, Kind.SPEECH)

    def for_team(self) -> dict[str, Any]:
        """As agents see it (JSON)."""
        return {
            "seq": self.seq,
            "at": iso(self.at),
            "kind": self.kind.value,
            "from": self.speaker.value,
            "name": self.name,
            "text": self.text,
            "leg": self.leg_id,
            "id": self.client_id,
            "data": self.data,
        }

    def for_customer(self) -> dict[str, Any] | None:
        """As the customer sees it (JSON); None for what is the team's alone."""
        if self.kind not in CUSTOMER_SEES:
            return None
        seen = self.for_team()
        seen["data"] = {k: v for k, v in self.data.items() if k in DATA_FOR_CUSTOMERS}
        return seen


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: 2026-05-04T10:11:12.123Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
