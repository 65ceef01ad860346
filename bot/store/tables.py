"""The contact centre's tables: conversations, how their customers come in, and what happens in them."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.columns import Table, new_id, words


class Floor(enum.StrEnum):
    """Who answers the customer now."""

    BOT = "bot"
    QUEUE = "queue"
    HUMAN = "human"


class Channel(enum.StrEnum):
    WEBCHAT = "webchat"
    VOICE = "voice"
    PHONE = "phone"
    REST = "rest"


SPOKEN = frozenset({Channel.VOICE, Channel.PHONE})
"""Channels where people talk."""


class Medium(enum.StrEnum):
    """What a contact takes of a person: a voice takes all of them."""

    VOICE = "voice"
    CHAT = "chat"


class Speaker(enum.StrEnum):
    CUSTOMER = "customer"
    ASSISTANT = "assistant"
    AGENT = "agent"
    SYSTEM = "system"


class TurnState(enum.StrEnum):
    PENDING = "pending"
    ANSWERED = "answered"
    SUPERSEDED = "superseded"
    """Somebody else took the floor before the reply came."""
    HANDED_OVER = "handed_over"
    """The engine could not answer; a person or the message pad has it."""


class Conversation(Table):
    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    external_key: Mapped[str | None] = mapped_column(String(300), unique=True)
    """A machine's name for it (`rest:SENDER`), in a name space no browser or phone can reach."""
    token_hash: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the key an anonymous visitor holds."""
    language: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime]
    last_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    last_seq: Mapped[int] = mapped_column(default=0)
    floor: Mapped[Floor] = mapped_column(words(Floor), default=Floor.BOT)
    floor_epoch: Mapped[int] = mapped_column(default=1)
    floor_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    customer_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """In the shop's system. Known does not mean verified: a leg's check says that."""
    customer_name: Mapped[str | None] = mapped_column(String(200))
    expects: Mapped[str] = mapped_column(String(32), default="free")
    """What kind of answer the assistant waits for; tells the ears how to listen."""
    message_offer: Mapped[int | None]
    """The event that offered to take a message; the customer's next words after it are one."""
    outcome_due: Mapped[dict[str, Any] | None]
    """What a person did, still to be told to the engine before its next turn."""


class Leg(Table):
    """One way in: a browser tab's chat, a call. A check of identity belongs to a leg and expires."""

    __tablename__ = "legs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    channel: Mapped[Channel] = mapped_column(words(Channel))
    language: Mapped[str] = mapped_column(String(12))
    """In which the customer is answered here; ISO 639-1."""
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    source: Mapped[str] = mapped_column(String(200))
    """Whose tries are counted together: an address, a phone number, a machine's sender."""
    device: Mapped[str | None] = mapped_column(String(40))
    page: Mapped[str | None] = mapped_column(String(500))
    locale: Mapped[str | None] = mapped_column(String(40))
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    customer_name: Mapped[str | None] = mapped_column(String(200))
    verified_how: Mapped[str | None] = mapped_column(String(60))
    verified_until: Mapped[datetime | None]
    owner: Mapped[str | None] = mapped_column(String(80))
    """The process that holds the live connection; its lease runs out where it died."""
    lease_until: Mapped[datetime | None]

    @property
    def caller(self) -> str | None:
        """The number a telephone calls from, unless it was withheld."""
        kind, _, number = self.source.partition(":")
        return number if kind == "phone" and number != "withheld" else None


class EventRow(Table):
    """Something that happened. `seq` is gapless per conversation; rows are never altered."""

    __tablename__ = "events"
    __table_args__ = (
        Index("uq_events_client_id", "conversation_id", "client_id", unique=True),
        Index(None, "turn_id"),
        CheckConstraint("seq > 0", name="seq_positive"),
    )

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(32))
    speaker: Mapped[Speaker] = mapped_column(words(Speaker))
    name: Mapped[str | None] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")
    leg_id: Mapped[str | None] = mapped_column(ForeignKey("legs.id"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    client_id: Mapped[str | None] = mapped_column(String(64))
    """The sender's own id of a message: sent again, it is found instead of stored twice."""
    turn_id: Mapped[str | None] = mapped_column(String(32))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Turn(Table):
    """A customer's words that the assistant owes an answer to. Survives a killed process."""

    __tablename__ = "turns"
    __table_args__ = (Index(None, "state", "created_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    leg_id: Mapped[str] = mapped_column(ForeignKey("legs.id"))
    seq: Mapped[int]
    """The event that holds the words."""
    epoch: Mapped[int]
    """The floor's epoch when they were said: an answer under another one is dropped."""
    state: Mapped[TurnState] = mapped_column(words(TurnState), default=TurnState.PENDING)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    identity: Mapped[dict[str, Any] | None]
    """Who the shop's server said this is when the words came: `customer_id`, `name`, `until`."""
    owner: Mapped[str | None] = mapped_column(String(80))
    """The process that answers it (bot/dialogue/leases.py)."""
    lease_until: Mapped[datetime | None]


class Ticket(Table):
    """The right to open one media socket once."""

    __tablename__ = "tickets"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    leg_id: Mapped[str] = mapped_column(ForeignKey("legs.id"))
    """The chat leg it was given to, whose identity the call inherits."""
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecordingRow(Table):
    """A call that was recorded, or part of one. The sound is a file (bot/call/recording_file.py)."""

    __tablename__ = "recordings"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    leg_id: Mapped[str] = mapped_column(ForeignKey("legs.id"))
    file: Mapped[str] = mapped_column(String(120))
    """Below the recordings' folder."""
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    """None while it's being written, or where a crash left it and no sweep has found it yet."""
    ms: Mapped[int | None]
    """Its length."""
    gaps: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Stretches silenced on purpose: `from_ms`, `to_ms`, `reason`."""
