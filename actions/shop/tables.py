"""The demo shop's tables. Money is integer cents, moments are UTC, days are the shop's own days.

Deleting follows the parent (`ON DELETE CASCADE`) inside an order and inside a product; customers,
variants and addresses that orders still point to can't be deleted.
"""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from actions.backend import OrderState, Tier


class ReturnState(enum.StrEnum):
    """Where a return is, in the order it happens."""

    REQUESTED = "requested"
    ON_ITS_WAY = "on_its_way"
    RECEIVED = "received"
    REFUNDED = "refunded"


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC. SQLite has no zones: there it is stored bare and given its zone
    back. A naive datetime is refused, since nobody can say which moment it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone, {value!r} has none")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def word_of(kind: type[enum.Enum]) -> Enum:
    """An enum held as its value in a plain VARCHAR, so that a new member needs no ALTER TYPE."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: dict[Any, Any] = {  # noqa: RUF012 (SQLAlchemy reads it from the class)
        datetime: Moment,
        date: Date,
        Tier: word_of(Tier),
        OrderState: word_of(OrderState),
        ReturnState: word_of(ReturnState),
    }


class CustomerRow(Base):
    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    phone: Mapped[str | None] = mapped_column(String(20))
    """E.164."""
    tier: Mapped[Tier]


class AddressRow(Base):
    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    street: Mapped[str] = mapped_column(String(120))
    city: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(2))
    postcode: Mapped[str] = mapped_column(String(10))
    """A ZIP code: five digits, or ZIP+4 as nnnnn-nnnn."""


class ProductRow(Base):
    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(String(40))
    """The part of the name that tells it from others of its kind: "Alder"."""
    name: Mapped[str] = mapped_column(String(120), unique=True)
    category: Mapped[str] = mapped_column(String(60), index=True)
    description: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(String(3))

    variants: Mapped[list[VariantRow]] = relationship(
        back_populates="product", order_by="VariantRow.id"
    )


class VariantRow(Base):
    __tablename__ = "variants"
    __table_args__ = (CheckConstraint("price_cents > 0", name="price"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(
        ForeignKey("products.id", ondelete="CASCADE"), index=True
    )
    sku: Mapped[str] = mapped_column(String(40), unique=True)
    colour: Mapped[str | None] = mapped_column(String(30))
    size: Mapped[str | None] = mapped_column(String(20))
    price_cents: Mapped[int]

    product: Mapped[ProductRow] = relationship(back_populates="variants")
    stock: Mapped[list[StockRow]] = relationship()


class WarehouseRow(Base):
    __tablename__ = "warehouses"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    city: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(2))
    pickup: Mapped[bool]
    """A shop where customers can collect."""


class StockRow(Base):
    __tablename__ = "stock"
    __table_args__ = (CheckConstraint("on_hand >= 0", name="on_hand"),)

    variant_id: Mapped[int] = mapped_column(
        ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True
    )
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouses.id"), primary_key=True)
    on_hand: Mapped[int]
    """Free to sell: what orders have reserved is not in it."""
    restock_on: Mapped[date | None]


class PromotionRow(Base):
    __tablename__ = "promotions"
    __table_args__ = (CheckConstraint("percent_off BETWEEN 1 AND 90", name="percent_off"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    percent_off: Mapped[int]
    category: Mapped[str | None] = mapped_column(String(60))
    """Only for lines of this category; None: for the whole order."""
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class OrderRow(Base):
    __tablename__ = "orders"
    __table_args__ = (Index(None, "customer_id", "placed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(6), unique=True)
    """Six digits, the last a Luhn check digit."""
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    delivery_address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"))
    billing_address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"))
    promotion_id: Mapped[int | None] = mapped_column(ForeignKey("promotions.id"))
    state: Mapped[OrderState]
    placed_at: Mapped[datetime]
    expected_on: Mapped[date | None]
    """What the customer was promised; None once it is delivered or won't come."""
    discount_cents: Mapped[int]
    delivery_cents: Mapped[int]
    total_cents: Mapped[int]
    """Lines less discount plus delivery."""
    currency: Mapped[str] = mapped_column(String(3))

    customer: Mapped[CustomerRow] = relationship()
    delivery_address: Mapped[AddressRow] = relationship(foreign_keys=[delivery_address_id])
    billing_address: Mapped[AddressRow] = relationship(foreign_keys=[billing_address_id])
    items: Mapped[list[OrderItemRow]] = relationship(order_by="OrderItemRow.id")
    shipments: Mapped[list[ShipmentRow]] = relationship(order_by="ShipmentRow.id")


class OrderItemRow(Base):
    __tablename__ = "order_items"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    sku: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(180))
    """Product and variant as they were called when the order was placed."""
    quantity: Mapped[int]
    unit_price_cents: Mapped[int]


class ShipmentRow(Base):
    __tablename__ = "shipments"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouses.id"))
    carrier: Mapped[str] = mapped_column(String(40))
    tracking_number: Mapped[str] = mapped_column(String(40), unique=True)
    shipped_at: Mapped[datetime | None]
    expected_on: Mapped[date | None]
    """The carrier's latest estimate; on a late parcel it may be later than the order's."""
    delivered_at: Mapped[datetime | None]

    items: Mapped[list[ShipmentItemRow]] = relationship(order_by="ShipmentItemRow.order_item_id")
    events: Mapped[list[TrackingEventRow]] = relationship(
        order_by="TrackingEventRow.at, TrackingEventRow.id"
    )


class ShipmentItemRow(Base):
    __tablename__ = "shipment_items"

    shipment_id: Mapped[int] = mapped_column(
        ForeignKey("shipments.id", ondelete="CASCADE"), primary_key=True
    )
    order_item_id: Mapped[int] = mapped_column(
        ForeignKey("order_items.id", ondelete="CASCADE"), primary_key=True
    )
    quantity: Mapped[int]

    order_item: Mapped[OrderItemRow] = relationship()


class TrackingEventRow(Base):
    __tablename__ = "tracking_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_id: Mapped[int] = mapped_column(
        ForeignKey("shipments.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(String(160))


class ReturnRow(Base):
    __tablename__ = "returns"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    state: Mapped[ReturnState]
    reason: Mapped[str] = mapped_column(String(120))
    requested_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    refunded_at: Mapped[datetime | None]
    refund_cents: Mapped[int]
    """What is or will be paid back."""


class ReturnItemRow(Base):
    __tablename__ = "return_items"

    return_id: Mapped[int] = mapped_column(
        ForeignKey("returns.id", ondelete="CASCADE"), primary_key=True
    )
    order_item_id: Mapped[int] = mapped_column(
        ForeignKey("order_items.id", ondelete="CASCADE"), primary_key=True
    )
    quantity: Mapped[int]


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
