"""From rows to what the assistant and the desk see (actions/backend.py)."""

from __future__ import annotations

from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from actions.backend import Customer, Order, OrderLine, Shipment, TrackingEvent
from actions.shop.tables import (
    CustomerRow,
    OrderItemRow,
    OrderRow,
    ShipmentItemRow,
    ShipmentRow,
)

WHOLE_ORDER: tuple[ORMOption, ...] = (
    joinedload(OrderRow.customer),
    selectinload(OrderRow.items),
    selectinload(OrderRow.shipments)
    .selectinload(ShipmentRow.items)
    .joinedload(ShipmentItemRow.order_item),
    selectinload(OrderRow.shipments).selectinload(ShipmentRow.events),
)
"""Load options for all that `order_view` reads: four queries, for one order or many."""


def customer_view(row: CustomerRow) -> Customer:
    return Customer(id=row.id, name=row.name, email=row.email, phone=row.phone, tier=row.tier)


def order_view(row: OrderRow) -> Order:
    return Order(
        number=row.number,
        state=row.state,
        placed_at=row.placed_at,
        lines=tuple(_line(item, item.quantity) for item in row.items),
        shipments=tuple(_shipment(shipment) for shipment in row.shipments),
        total_cents=row.total_cents,
        currency=row.currency,
        expected_on=row.expected_on,
        customer=customer_view(row.customer),
    )


def _line(item: OrderItemRow, quantity: int) -> OrderLine:
    return OrderLine(
        sku=item.sku, name=item.name, quantity=quantity, unit_price_cents=item.unit_price_cents
    )


def _shipment(row: ShipmentRow) -> Shipment:
    return Shipment(
        carrier=row.carrier,
        tracking_number=row.tracking_number,
        lines=tuple(_line(part.order_item, part.quantity) for part in row.items),
        shipped_at=row.shipped_at,
        expected_on=row.expected_on,
        delivered_at=row.delivered_at,
        events=tuple(TrackingEvent(at=e.at, place=e.place, text=e.text) for e in row.events),
    )
