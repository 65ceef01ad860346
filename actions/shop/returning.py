"""Sending something back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from actions.backend import (
    LineChange,
    NotAllowed,
    Refusal,
    Return,
    ReturnReason,
    ReturnState,
    ReturnWish,
)
from actions.shop import rules
from actions.shop.codes import six_digits, unused
from actions.shop.database import reading
from actions.shop.house import House, find_order, need_order, order_lock
from actions.shop.identity import order_key
from actions.shop.inputs import sku_key
from actions.shop.money import Goods, worth
from actions.shop.rules import Back
from actions.shop.tables import OrderRow, ReturnItemRow, ReturnRow
from actions.shop.views import WITH_GOODS, WITH_REFUNDS, return_view


async def returns_of(house: House, number: str) -> list[Return]:
    async with reading(house.engine) as connection, AsyncSession(connection) as session:
        order = await find_order(session, number, *WITH_REFUNDS)
        return [return_view(row, order.currency) for row in order.returns] if order else []


async def request(
    house: House,
    number: str,
    items: Sequence[LineChange],
    reason: ReturnReason,
    wish: ReturnWish,
    turn_id: str,
) -> Return:
    async def work(session: AsyncSession) -> Return:
        order = await need_order(session, number, *WITH_REFUNDS, *WITH_GOODS)
        lines = rules.backs(order, house.today(), house.terms)
        if refused := rules.return_refusal(order, lines):
            raise NotAllowed(refused)
        chosen = _choose(lines, items)
        row = ReturnRow(
            order_id=order.id,
            state=ReturnState.REQUESTED,
            reason=reason,
            requested_at=house.clock(),
            refund_cents=_refund(order, chosen) if wish is ReturnWish.REFUND else 0,
            rma=await unused(session, ReturnRow.rma, lambda: f"RMA-{six_digits()}"),
            wish=wish,
            items=[
                ReturnItemRow(order_item=back.item, quantity=quantity) for back, quantity in chosen
            ],
        )
        session.add(row)
        return return_view(row, order.currency)

    return await house.once(
        Return, "request_return", turn_id, order_key(number), work, order_lock(number)
    )


def _choose(lines: list[Back], items: Sequence[LineChange]) -> list[tuple[Back, int]]:
    """Which lines, and how many of each. NotAllowed where that isn't among what can come back:
    with the line's own reason, UNKNOWN_ITEM where it's only too many or none at all."""
    wanted: Counter[str] = Counter()
    for change in items:
        if change.quantity < 1:
            raise NotAllowed(Refusal.UNKNOWN_ITEM, "a return of no pieces")
        wanted[sku_key(change.sku)] += change.quantity
    if not wanted:
        raise NotAllowed(Refusal.UNKNOWN_ITEM, "a return of nothing")
    chosen: list[tuple[Back, int]] = []
    for sku, quantity in wanted.items():
        own = [back for back in lines if back.item.sku.upper() == sku]
        if quantity > sum(back.open for back in own):
            reasons = [back.refusal for back in own if back.refusal]
            raise NotAllowed(reasons[0] if len(reasons) == len(own) > 0 else Refusal.UNKNOWN_ITEM)
        for back in own:
            here = min(quantity, back.open)
            if here:
                chosen.append((back, here))
                quantity -= here
    return chosen


def _refund(order: OrderRow, chosen: list[tuple[Back, int]]) -> int:
    """What was paid for these pieces. Reckoned as what all pieces that come back were worth less
    what those before these were, so that the cents of several returns add up to those of one; and
    never more than is left of what was paid. Delivery costs stay paid."""
    now = {back.item.id: quantity for back, quantity in chosen}
    before, after = [], []
    for item in order.items:
        category, price = item.variant.product.category, item.unit_price_cents
        returned = sum(
            part.quantity
            for back in order.returns
            for part in back.items
            if part.order_item_id == item.id
        )
        before.append(Goods(category, returned, price))
        after.append(Goods(category, returned + now.get(item.id, 0), price))
    return min(worth(order, after) - worth(order, before), rules.refundable(order))
