"""From rows to what the assistant and the desk see (actions/backend.py)."""

from __future__ import annotations

from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from actions.backend import (
    Address,
    Customer,
    Order,
    OrderLine,
    Place,
    Return,
    Shipment,
    TrackingEvent,
)
from actions.shop.tables import (
    AddressRow,
    CustomerRow,
    OrderItemRow,
    OrderRow,
    ReturnItemRow,
    ReturnRow,
    ShipmentItemRow,
    ShipmentRow,
    VariantRow,
    WarehouseRow,
)

WHOLE_ORDER: tuple[ORMOption, ...] = (
    joinedload(OrderRow.customer),
    joinedload(OrderRow.delivery_address),
    selectinload(OrderRow.items),
    selectinload(OrderRow.shipments)
    .selectinload(ShipmentRow.items)
    .joinedload(ShipmentItemRow.order_item),
    selectinload(OrderRow.shipments).selectinload(ShipmentRow.events),
)
"""Load options for all that `order_view` reads: four queries, for one order or many."""

WITH_REFUNDS: tuple[ORMOption, ...] = (
    selectinload(OrderRow.returns)
    .selectinload(ReturnRow.items)
    .joinedload(ReturnItemRow.order_item),
    selectinload(OrderRow.grants),
)
"""What has been paid back, and what is coming back: for rules.py."""

WITH_GOODS: tuple[ORMOption, ...] = (
    joinedload(OrderRow.promotion),
    selectinload(OrderRow.items).joinedload(OrderItemRow.variant).joinedload(VariantRow.product),
)
"""What the discount was for: for money.py."""


def customer_view(row: CustomerRow) -> Customer:
    return Customer(id=row.id, name=row.name, email=row.email, phone=row.phone, tier=row.tier)


def address_view(row: AddressRow) -> Address:
    return Address(street=row.street, city=row.city, state=row.state, postcode=row.postcode)


def order_view(row: OrderRow) -> Order:
    return Order(
        number=row.number,
        state=row.state,
        placed_at=row.placed_at,
        lines=tuple(line_view(item, item.quantity) for item in row.items),
        shipments=tuple(_shipment(shipment) for shipment in row.shipments),
        total_cents=row.total_cents,
        currency=row.currency,
        expected_on=row.expected_on,
        customer=customer_view(row.customer),
        delivery_address=address_view(row.delivery_address),
        discount_cents=row.discount_cents,
        delivery_cents=row.delivery_cents,
    )


def place_view(row: WarehouseRow) -> Place:
    return Place(id=row.id, name=row.name, city=row.city, state=row.state, pickup=row.pickup)


def return_view(row: ReturnRow, currency: str) -> Return:
    return Return(
        rma=row.rma,
        state=row.state,
        wish=row.wish,
        lines=tuple(line_view(part.order_item, part.quantity) for part in row.items),
        requested_at=row.requested_at,
        received_at=row.received_at,
        refunded_at=row.refunded_at,
        refund_cents=row.refund_cents,
        currency=currency,
    )


def called(variant: VariantRow) -> str:
    """Product and variant as the customer knows them: "Alder Rain Jacket, red, M"."""
    parts = (variant.product.name, variant.colour, variant.size)
    return ", ".join(part for part in parts if part)


def line_view(item: OrderItemRow, quantity: int) -> OrderLine:
    return OrderLine(
        sku=item.sku, name=item.name, quantity=quantity, unit_price_cents=item.unit_price_cents
    )


def _shipment(row: ShipmentRow) -> Shipment:
    return Shipment(
        carrier=row.carrier,
        tracking_number=row.tracking_number,
        lines=tuple(line_view(part.order_item, part.quantity) for part in row.items),
        shipped_at=row.shipped_at,
        expected_on=row.expected_on,
        delivered_at=row.delivered_at,
        events=tuple(TrackingEvent(at=e.at, place=e.place, text=e.text) for e in row.events),
    )
