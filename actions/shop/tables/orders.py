"""Customers and their orders, with the parcels."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from actions.backend import OrderState, Tier
from actions.shop.tables.base import Base
from actions.shop.tables.goods import PromotionRow, VariantRow
from actions.shop.tables.service import GrantRow, ReturnRow


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
    in_book: Mapped[bool] = mapped_column(server_default=true())
    """In the customer's address book; else it is one order's own."""


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
    paid: Mapped[bool] = mapped_column(server_default=true())
    """The money has come in. Stays as it was when an order is cancelled."""

    customer: Mapped[CustomerRow] = relationship()
    delivery_address: Mapped[AddressRow] = relationship(foreign_keys=[delivery_address_id])
    billing_address: Mapped[AddressRow] = relationship(foreign_keys=[billing_address_id])
    items: Mapped[list[OrderItemRow]] = relationship(order_by="OrderItemRow.id")
    shipments: Mapped[list[ShipmentRow]] = relationship(order_by="ShipmentRow.id")
    promotion: Mapped[PromotionRow | None] = relationship()
    returns: Mapped[list[ReturnRow]] = relationship(
        order_by="ReturnRow.requested_at.desc(), ReturnRow.id.desc()"
    )
    grants: Mapped[list[GrantRow]] = relationship(order_by="GrantRow.id")


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

    variant: Mapped[VariantRow] = relationship()


class AllocationRow(Base):
    """From which warehouse a line's pieces were taken, as far as it is known: that of orders changed
    here. The rest of a line's quantity came from before these tables."""

    __tablename__ = "allocations"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    order_item_id: Mapped[int] = mapped_column(
        ForeignKey("order_items.id", ondelete="CASCADE"), primary_key=True
    )
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouses.id"), primary_key=True)
    quantity: Mapped[int]


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
