"""What may be done with an order, and calling it off."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actions.backend import Cancellation, NotAllowed, OrderOptions, OrderState
from actions.shop import rules
from actions.shop.database import reading
from actions.shop.house import House, find_order, need_order, order_lock
from actions.shop.identity import order_key
from actions.shop.stock import LockedStock
from actions.shop.terms import working_days_after
from actions.shop.views import WITH_REFUNDS


async def options(house: House, number: str) -> OrderOptions | None:
    async with reading(house.engine) as connection, AsyncSession(connection) as session:
        order = await find_order(session, number, *WITH_REFUNDS)
        return rules.options(order, house.today(), house.terms) if order else None


async def cancel(house: House, number: str, turn_id: str) -> Cancellation:
    """The stock goes back to where it was taken from. What compensations paid back already is not
    paid back again."""

    async def work(session: AsyncSession) -> Cancellation:
        order = await need_order(session, number, *WITH_REFUNDS)
        if refused := rules.change_refusal(order):
            raise NotAllowed(refused)
        refund = rules.refundable(order)
        stock = await LockedStock.of(session, {item.variant_id for item in order.items})
        for item in order.items:
            await stock.put_back(item.variant_id, item.quantity, item.id)
        order.state = OrderState.CANCELLED
        order.expected_on = None
        days = house.terms.refund_within_days
        return Cancellation(
            refund_cents=refund,
            currency=order.currency,
            refund_by=working_days_after(house.today(), days) if refund else None,
        )

    return await house.once(
        Cancellation, "cancel_order", turn_id, order_key(number), work, order_lock(number)
    )
