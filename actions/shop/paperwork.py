"""Invoices. The demo shop prints none and has no mail server: what is to be sent waits in the outbox."""

from __future__ import annotations

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.backend import Invoice, NotAllowed, Refusal
from actions.shop.database import reading
from actions.shop.house import House, find_order, need_order, order_lock
from actions.shop.identity import order_key
from actions.shop.tables import OrderRow, OutboxRow
from actions.shop.terms import day_of


async def invoice(house: House, number: str) -> Invoice | None:
    async with reading(house.engine) as connection, AsyncSession(connection) as session:
        order = await find_order(session, number)
        return _invoice(order) if order else None


async def send_invoice(house: House, number: str, turn_id: str) -> str:
    async def work(session: AsyncSession) -> str:
        order = await need_order(session, number)
        if _invoice(order) is None:
            raise NotAllowed(Refusal.UNKNOWN_ITEM, "no invoice before the order is paid")
        recipient = order.customer.email
        await session.execute(
            insert(OutboxRow).values(
                kind="invoice", recipient=recipient, order_id=order.id, created_at=house.clock()
            )
        )
        return recipient

    return await house.once(
        str, "send_invoice", turn_id, order_key(number), work, order_lock(number)
    )


def _invoice(order: OrderRow) -> Invoice | None:
    if not order.paid:
        return None
    return Invoice(
        number=f"INV-{order.number}",
        issued_on=day_of(order.placed_at),
        total_cents=order.total_cents,
        currency=order.currency,
    )
