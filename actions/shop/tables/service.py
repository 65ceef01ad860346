"""What comes after an order, or beside it: returns, reservations, compensations, complaints, mail to
send; and what the backend keeps for itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from actions.backend import ComplaintKind, GrantKind, ReturnReason, ReturnState, ReturnWish
from actions.shop.tables.base import Base

if TYPE_CHECKING:
    from actions.shop.tables.orders import OrderItemRow


class ReturnRow(Base):
    __tablename__ = "returns"
    __table_args__ = (Index(None, "rma", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    state: Mapped[ReturnState]
    reason: Mapped[ReturnReason]
    requested_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    refunded_at: Mapped[datetime | None]
    refund_cents: Mapped[int]
    """What is or will be paid back; 0 for a replacement."""
    rma: Mapped[str] = mapped_column(String(10), server_default="")
    """"RMA-" and six digits."""
    wish: Mapped[ReturnWish] = mapped_column(server_default=ReturnWish.REFUND.value)

    items: Mapped[list[ReturnItemRow]] = relationship(order_by="ReturnItemRow.order_item_id")


class ReturnItemRow(Base):
    __tablename__ = "return_items"

    return_id: Mapped[int] = mapped_column(
        ForeignKey("returns.id", ondelete="CASCADE"), primary_key=True
    )
    order_item_id: Mapped[int] = mapped_column(
        ForeignKey("order_items.id", ondelete="CASCADE"), primary_key=True
    )
    quantity: Mapped[int]

    order_item: Mapped[OrderItemRow] = relationship()


class ReservationRow(Base):
    """Pieces put aside for pick-up. They were taken out of the stock when the row was made, and go
    back to it when `released_at` is set for a reservation that ran out. The counter sets
    `released_at`, too, when somebody collects: then nothing goes back."""

    __tablename__ = "reservations"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index(None, "code", unique=True),
        Index(None, "released_at", "until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(6))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouses.id"))
    quantity: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    """Who collects it."""
    created_at: Mapped[datetime]
    until: Mapped[datetime]
    released_at: Mapped[datetime | None]


class OutboxRow(Base):
    """Something to be sent. The demo shop has no mail server: its rows wait."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """"invoice"."""
    recipient: Mapped[str] = mapped_column(String(254))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None] = mapped_column(index=True)


class GrantRow(Base):
    """A compensation given for an order."""

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        Index(None, "order_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    kind: Mapped[GrantKind]
    amount_cents: Mapped[int]
    reason: Mapped[ComplaintKind]
    code: Mapped[str | None] = mapped_column(String(20), unique=True)
    """Of a voucher."""
    decided_by: Mapped[str | None] = mapped_column(String(120))
    """The person; None: the assistant, by the policy."""
    at: Mapped[datetime]


class ComplaintRow(Base):
    __tablename__ = "complaints"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(8), unique=True)
    """"C-" and six digits."""
    kind: Mapped[ComplaintKind]
    text: Mapped[str] = mapped_column(Text)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id", ondelete="SET NULL"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    at: Mapped[datetime]


class DoneTurnRow(Base):
    """What a turn has changed, so that a turn sent again changes nothing and hears the same."""

    __tablename__ = "done_turns"
    __table_args__ = (UniqueConstraint("turn_id", "method", "subject"), Index(None, "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    turn_id: Mapped[str] = mapped_column(String(64))
    """A digest of it: they come in all lengths."""
    method: Mapped[str] = mapped_column(String(30))
    subject: Mapped[str] = mapped_column(String(64))
    """A digest of what it was done to: one turn may cancel two orders."""
    result: Mapped[str] = mapped_column(Text)
    """What the method returned, as JSON."""
    at: Mapped[datetime]


class IdentityCheckRow(Base):
    """One failed try to prove that an order is one's own."""

    __tablename__ = "identity_checks"
    __table_args__ = (
        Index(None, "number", "at"),
        Index(None, "source", "at"),
        Index(None, "at"),
        Index(None, "attempt", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    number: Mapped[str] = mapped_column(String(6))
    """As tried, whether such an order exists or not; empty where it can't be an order number."""
    source: Mapped[str] = mapped_column(String(64))
    """A digest of the visitor, phone number or address: enough to count, too little to read."""
    attempt: Mapped[str | None] = mapped_column(String(64))
    """A digest of the turn and what was tried in it, so that a turn sent again counts once."""


class DemoSeedRow(Base):
    """One row in a seeded demo shop: the day its dates are relative to."""

    __tablename__ = "demo_seed"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    today: Mapped[date]
