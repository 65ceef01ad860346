"""The desk's tables: who works there, what waits for them, and what they did."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.columns import Table, new_id, words
from bot.store.tables import Medium


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
