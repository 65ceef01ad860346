"""The contact centre's tables."""

from __future__ import annotations

import enum
import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC; SQLite, which keeps no zone, gives it back aware all the same."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment(), dict[str, Any]: JSON(none_as_null=True)}  # noqa: RUF012


def new_id() -> str:
    return uuid.uuid4().hex


def words(kind: type[enum.StrEnum]) -> Enum:
    """A StrEnum kept as its words (no database type to alter when a word is added)."""
    return Enum(kind, native_enum=False, length=32, values_callable=lambda e: [m.value for m in e])


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


class HandoffState(enum.StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    WRAP_UP = "wrap_up"
    """The customer has gone, or has the assistant again; the agent writes down what came of it."""
    CLOSED = "closed"
    MESSAGE_TAKEN = "message_taken"
    """Nobody was there; the customer's message is kept for the team."""
    ABANDONED = "abandoned"
    """The customer left, or nobody was left to take it."""


class Role(enum.StrEnum):
    AGENT = "agent"
    SENIOR = "senior"
    """Decides what is above an agent's authority."""
    ADMINISTRATOR = "administrator"


class Status(enum.StrEnum):
    """What the agent chose. Who has no desk page open is signed out, whatever was chosen."""

    AVAILABLE = "available"
    ON_BREAK = "on_break"
    AFTER_CALL = "after_call"
    """Finishes what is begun; takes nothing new."""


class OfferState(enum.StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"
    """The customer left, somebody else took it, or the agent's page was gone."""


class Agent(Table):
    __tablename__ = "agents"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(words(Role))
    password_hash: Mapped[str] = mapped_column(String(255))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    status: Mapped[Status] = mapped_column(words(Status), default=Status.AVAILABLE)
    status_since: Mapped[datetime | None]
    break_reason: Mapped[str | None] = mapped_column(String(60))
    next_status: Mapped[Status | None] = mapped_column(words(Status))
    """Chosen during a contact: applies when it ends."""
    seen_at: Mapped[datetime | None]
    """Last sign of life of an open desk page; presence is this with a lease."""
    idle_since: Mapped[datetime | None]
    """When the last contact ended, or the page was opened."""
    misses: Mapped[int] = mapped_column(default=0)
    """Offers in a row that were neither taken nor declined."""
    no_offers_until: Mapped[datetime | None]
    """After a decline or a miss."""
    chat_places: Mapped[int] = mapped_column(default=3)
    """Chats they have at once; of calls always one."""
    skills: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Skill → level, 1 to 5."""
    groups: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime]


class Session(Table):
    """A sign-in. The cookie holds the secret, this table its SHA-256."""

    __tablename__ = "sessions"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class FailedSignIn(Table):
    __tablename__ = "failed_sign_ins"
    __table_args__ = (Index(None, "username", "at"), Index(None, "source", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(80))
    source: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]


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


class Handoff(Table):
    __tablename__ = "handoffs"
    __table_args__ = (
        Index(
            "uq_handoffs_open",
            "conversation_id",
            unique=True,
            sqlite_where=text("state IN ('waiting', 'accepted')"),
            postgresql_where=text("state IN ('waiting', 'accepted')"),
        ),
        Index(None, "state", "asked_at"),
        Index(None, "state", "ranks_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    state: Mapped[HandoffState] = mapped_column(words(HandoffState))
    reason: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]]
    asked_at: Mapped[datetime]
    ranks_at: Mapped[datetime]
    """When it would have been asked for if it had waited its head start already
    (bot/handoff/priority.py): the queue's order, the earliest first."""
    accepted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"), index=True)
    disposition: Mapped[str | None] = mapped_column(String(60))
    summary: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None]
    """When somebody dealt with a message that was taken."""
    medium: Mapped[Medium] = mapped_column(words(Medium), default=Medium.CHAT)
    group: Mapped[str | None] = mapped_column(String(60))
    """Whose it is; None: everybody's."""
    skills: Mapped[list[str]] = mapped_column(JSON, default=list)
    own_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    """Who should have it: the agent of last time, or the one the customer has by name."""
    own_why: Mapped[str | None] = mapped_column(String(20))
    handed_on_by: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    handed_on_note: Mapped[str | None] = mapped_column(Text)
    """What the colleague who handed it on wrote for the next one."""
    not_to: Mapped[list[int]] = mapped_column(JSON, default=list)
    """Agents it isn't offered to: who handed it on."""
    told_due_at: Mapped[datetime | None]
    """When the customer's turn comes, as they were told last (bot/handoff/wait.py)."""
    told_position: Mapped[int | None]
    told_places: Mapped[int | None]
    told_at: Mapped[datetime | None]
    """When the customer was told last where they stand."""
    callback_number: Mapped[str | None] = mapped_column(String(40))
    """The customer needn't stay: they are called when an agent is free. Empty while they are asked for
    the number."""
    dialled_at: Mapped[datetime | None]
    wrap_up_until: Mapped[datetime | None]
    contact_reason: Mapped[str | None] = mapped_column(String(60))
    """What it was about, as the system guessed and the agent corrected."""


class OfferKind(enum.StrEnum):
    CONTACT = "contact"
    CONSULT = "consult"
    """A colleague wants advice about a contact that stays theirs."""


class Offer(Table):
    """A contact on one agent's desk, for as long as its countdown runs."""

    __tablename__ = "offers"
    __table_args__ = (
        Index(
            "uq_offers_open",
            "handoff_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(None, "agent_id", "state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    handoff_id: Mapped[str] = mapped_column(ForeignKey("handoffs.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    kind: Mapped[OfferKind] = mapped_column(words(OfferKind), default=OfferKind.CONTACT)
    from_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    """The colleague who hands it on or asks."""
    note: Mapped[str | None] = mapped_column(Text)
    state: Mapped[OfferState] = mapped_column(words(OfferState), default=OfferState.OPEN)
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    why: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Why it came to this agent (bot/handoff/router.py)."""


class Consultant(Table):
    """A colleague who reads along in a contact of somebody else's."""

    __tablename__ = "consultants"

    handoff_id: Mapped[str] = mapped_column(ForeignKey("handoffs.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), primary_key=True)
    joined: Mapped[bool] = mapped_column(default=False)
    """In a conference: may write to the customer, too."""
    at: Mapped[datetime]


class OrderRequest(Table):
    """An order action above an agent's authority: a senior decides while the customer waits."""

    __tablename__ = "order_requests"
    __table_args__ = (Index(None, "answered_at", "asked_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The asking page's own id: asked again, it is one request."""
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    action: Mapped[dict[str, Any]]
    """Kind, order, amount and so on (bot/desk/order_actions.py)."""
    why: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    granted: Mapped[bool | None]
    answer: Mapped[str | None] = mapped_column(Text)


class NamedAgent(Table):
    """Whom a customer of the shop has as their own agent."""

    __tablename__ = "named_agents"

    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"))


class Task(Table):
    """Something promised to a customer that a person still has to do."""

    __tablename__ = "tasks"
    __table_args__ = (Index(None, "done_at", "due_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"), index=True)
    """Whose it is; None: the team's."""
    text: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))


class AuditRow(Table):
    """Who did what that others may have to answer for. Only ever added to: the database itself
    refuses to alter or delete a row."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "agent_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(40))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    """None: nobody was signed in, or the system did it."""
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    source: Mapped[str | None] = mapped_column(String(80))
    """The address a sign-in came from."""
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


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
