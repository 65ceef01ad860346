"""The demo shop's orders, for trying out and for tests."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from actions.shop.database import create_engine, reading
from actions.shop.tables import AddressRow, CustomerRow, OrderItemRow, OrderRow, ShipmentRow


async def demo_orders(url: str) -> list[dict[str, Any]]:
    """All orders, newest first, ready for JSON: number, status (an OrderState's value), postcode
    and city (of the delivery), billing_postcode (which identifies the customer), email, customer,
    customer_id, tier, placed_on, expected_on (ISO days or None), carrier (of the first shipment,
    or None), tracking_numbers, lines ([sku, name, quantity] each), total_cents."""
    engine = create_engine(url)
    billing = aliased(AddressRow)
    try:
        async with reading(engine) as connection:
            shipments: dict[int, list[tuple[str, str]]] = defaultdict(list)
            for order_id, carrier, tracking_number in await connection.execute(
                select(
                    ShipmentRow.order_id, ShipmentRow.carrier, ShipmentRow.tracking_number
                ).order_by(ShipmentRow.id)
            ):
                shipments[order_id].append((carrier, tracking_number))
            lines: dict[int, list[list[Any]]] = defaultdict(list)
            for order_id, *line in await connection.execute(
                select(
                    OrderItemRow.order_id,
                    OrderItemRow.sku,
                    OrderItemRow.name,
                    OrderItemRow.quantity,
                ).order_by(OrderItemRow.id)
            ):
                lines[order_id].append(line)
            rows = await connection.execute(
                select(
                    OrderRow.id,
                    OrderRow.number,
                    OrderRow.state,
                    OrderRow.placed_at,
                    OrderRow.expected_on,
                    OrderRow.customer_id,
                    OrderRow.total_cents,
                    AddressRow.postcode,
                    AddressRow.city,
                    billing.postcode.label("billing_postcode"),
                    CustomerRow.email,
                    CustomerRow.name,
                    CustomerRow.tier,
                )
                .join(AddressRow, OrderRow.delivery_address_id == AddressRow.id)
                .join(billing, OrderRow.billing_address_id == billing.id)
                .join(CustomerRow, OrderRow.customer_id == CustomerRow.id)
                .order_by(OrderRow.placed_at.desc(), OrderRow.id.desc())
            )
            return [
                {
                    "number": row.number,
                    "status": row.state.value,
                    "postcode": row.postcode,
                    "city": row.city,
                    "billing_postcode": row.billing_postcode,
                    "email": row.email,
                    "customer": row.name,
                    "customer_id": row.customer_id,
                    "tier": row.tier.value,
                    "placed_on": row.placed_at.date().isoformat(),
                    "expected_on": row.expected_on.isoformat() if row.expected_on else None,
                    "carrier": shipments[row.id][0][0] if shipments[row.id] else None,
                    "tracking_numbers": [number for _carrier, number in shipments[row.id]],
                    "lines": lines[row.id],
                    "total_cents": row.total_cents,
                }
                for row in rows
            ]
    finally:
        await engine.dispose()
