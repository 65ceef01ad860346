"""Putting something into an order, taking something out, or other quantities of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from actions.backend import ChangeQuote, LineChange, NotAllowed, OrderLine, Refusal
from actions.shop import rules
from actions.shop.database import reading
from actions.shop.house import House, need_order, order_lock
from actions.shop.identity import order_key
from actions.shop.inputs import sku_key
from actions.shop.money import Bill, Goods, new_bill
from actions.shop.reservations import release_expired
from actions.shop.stock import LockedStock
from actions.shop.tables import OrderItemRow, OrderRow, StockRow, VariantRow
from actions.shop.terms import Terms
from actions.shop.views import WITH_GOODS, called


@dataclass(frozen=True, slots=True)
class Line:
    """One line after the change; `item` is None for a new one. Quantity 0: it goes."""

    item: OrderItemRow | None
    variant: VariantRow
    view: OrderLine

    @property
    def more(self) -> int:
        """Pieces the change puts in; negative: takes out."""
        return self.view.quantity - (self.item.quantity if self.item else 0)


@dataclass(frozen=True, slots=True)
class Plan:
    order: OrderRow
    lines: list[Line]
    bill: Bill

    def quote(self) -> ChangeQuote:
        return ChangeQuote(
            lines=tuple(line.view for line in self.lines if line.view.quantity),
            total_before_cents=self.order.total_cents,
            total_cents=self.bill.total_cents,
            currency=self.order.currency,
        )

    def more(self) -> Counter[int]:
        """By variant, how many pieces more of it there will be."""
        change: Counter[int] = Counter()
        for line in self.lines:
            change[line.variant.id] += line.more
        return change


async def quote(house: House, number: str, changes: Sequence[LineChange]) -> ChangeQuote:
    wanted = _wanted(changes)
    await release_expired(house)
    async with reading(house.engine) as connection, AsyncSession(connection) as session:
        plan = await _plan(session, number, wanted, house.terms)
        more = plan.more()
        on_hand = await session.execute(
            select(StockRow.variant_id, func.sum(StockRow.on_hand))
            .where(StockRow.variant_id.in_(sorted(more)))
            .group_by(StockRow.variant_id)
        )
        free: dict[int, int] = dict(on_hand.all())
        if any(count > free.get(variant_id, 0) for variant_id, count in more.items() if count > 0):
            raise NotAllowed(Refusal.OUT_OF_STOCK)
        return plan.quote()


async def change(
    house: House, number: str, changes: Sequence[LineChange], turn_id: str
) -> ChangeQuote:
    wanted = _wanted(changes)
    await release_expired(house)

    async def work(session: AsyncSession) -> ChangeQuote:
        plan = await _plan(session, number, wanted, house.terms)
        quoted = plan.quote()
        stock = await LockedStock.of(session, plan.more())
        for line in plan.lines:  # what goes out may come in again in another line
            if line.item and line.more < 0:
                await _less(session, stock, line.item, line)
        for line in plan.lines:
            if line.more > 0:
                await _more(session, stock, plan.order, line)
        await session.execute(
            update(OrderRow)
            .where(OrderRow.id == plan.order.id)
            .values(
                discount_cents=plan.bill.discount_cents,
                delivery_cents=plan.bill.delivery_cents,
                total_cents=plan.bill.total_cents,
            )
            .execution_options(synchronize_session=False)
        )
        return quoted

    return await house.once(
        ChangeQuote, "change_order", turn_id, order_key(number), work, order_lock(number)
    )


def _wanted(changes: Sequence[LineChange]) -> dict[str, int]:
    """By article the quantity there shall be; of two for the same one the later."""
    for one in changes:
        if one.quantity < 0:
            raise ValueError(f"there can't be {one.quantity} of {one.sku!r} in an order")
    return {sku_key(one.sku): one.quantity for one in changes}


async def _plan(session: AsyncSession, number: str, wanted: dict[str, int], terms: Terms) -> Plan:
    order = await need_order(session, number, *WITH_GOODS)
    if refused := rules.change_refusal(order):
        raise NotAllowed(refused)
    variants = await session.scalars(
        select(VariantRow)
        .where(VariantRow.sku.in_(sorted(wanted)))
        .options(joinedload(VariantRow.product))
    )
    lines = _kept_lines(order, wanted)
    lines += _new_lines(order, wanted, {variant.sku.upper(): variant for variant in variants})
    if not any(line.view.quantity for line in lines):
        raise NotAllowed(Refusal.UNKNOWN_ITEM, "nothing would be left: that is a cancellation")
    goods = [
        Goods(line.variant.product.category, line.view.quantity, line.view.unit_price_cents)
        for line in lines
    ]
    return Plan(order, lines, new_bill(order, goods, terms))


def _kept_lines(order: OrderRow, wanted: Mapping[str, int]) -> list[Line]:
    """The order's own lines, at the prices they have. Where an article has two, the first one takes
    what comes in, and the last one loses first."""
    left = dict(wanted)
    held: Counter[str] = Counter()
    for item in order.items:
        held[item.sku.upper()] += item.quantity
    lines = []
    for item in order.items:
        sku = item.sku.upper()
        quantity = item.quantity
        if sku in left:
            extra = max(0, wanted[sku] - held[sku]) if left[sku] == wanted[sku] else 0
            quantity = min(item.quantity + extra, left[sku])
            left[sku] -= quantity
        view = OrderLine(item.sku, item.name, quantity, item.unit_price_cents)
        lines.append(Line(item, item.variant, view))
    return lines


def _new_lines(
    order: OrderRow, wanted: Mapping[str, int], variants: Mapping[str, VariantRow]
) -> list[Line]:
    """Articles that aren't in the order yet, at today's price."""
    lines = []
    own = {item.sku.upper() for item in order.items}
    for sku, quantity in wanted.items():
        if sku in own:
            continue
        variant = variants.get(sku)
        if variant is None or quantity == 0 or variant.product.currency != order.currency:
            raise NotAllowed(Refusal.UNKNOWN_ITEM, sku)
        view = OrderLine(variant.sku, called(variant), quantity, variant.price_cents)
        lines.append(Line(None, variant, view))
    return lines


async def _less(session: AsyncSession, stock: LockedStock, item: OrderItemRow, line: Line) -> None:
    await stock.put_back(item.variant_id, -line.more, item.id)
    mine = OrderItemRow.id == item.id
    statement = (
        update(OrderItemRow).where(mine).values(quantity=line.view.quantity)
        if line.view.quantity
        else delete(OrderItemRow).where(mine)
    )
    await session.execute(statement.execution_options(synchronize_session=False))


async def _more(session: AsyncSession, stock: LockedStock, order: OrderRow, line: Line) -> None:
    variant_id, more = line.variant.id, line.more
    if line.item is None:
        item = OrderItemRow(
            order_id=order.id,
            variant_id=variant_id,
            sku=line.view.sku,
            name=line.view.name,
            quantity=line.view.quantity,
            unit_price_cents=line.view.unit_price_cents,
        )
        session.add(item)
        await session.flush()
        await stock.take(variant_id, more, item.id)
        return
    await stock.take(variant_id, more, line.item.id)
    await session.execute(
        update(OrderItemRow)
        .where(OrderItemRow.id == line.item.id)
        .values(quantity=line.view.quantity)
        .execution_options(synchronize_session=False)
    )
