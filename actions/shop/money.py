"""What an order costs, and what a part of it was worth. All of it in cents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from actions.shop.tables import OrderRow, PromotionRow
from actions.shop.terms import Terms


@dataclass(frozen=True, slots=True)
class Goods:
    """Pieces of one line."""

    category: str
    quantity: int
    unit_price_cents: int

    @property
    def cents(self) -> int:
        return self.quantity * self.unit_price_cents


@dataclass(frozen=True, slots=True)
class Bill:
    discount_cents: int
    delivery_cents: int
    total_cents: int


def new_bill(order: OrderRow, goods: Iterable[Goods], terms: Terms) -> Bill:
    """What `order` would cost with `goods` in it.

    The discount is the promotion's percentage of the lines it is for (those of its category; all
    of them where it has none), rounded down to a cent. An order keeps the promotion it was placed
    with, also where that has ended since, and gets no other one. A discount without a promotion
    stays what it was, as far as the goods are worth it. The delivery is free from
    `free_delivery_from_cents` on, of the goods less the discount."""
    goods = list(goods)
    sum_cents = sum(part.cents for part in goods)
    if order.promotion:
        discount = _eligible(goods, order.promotion) * order.promotion.percent_off // 100
    else:
        discount = min(order.discount_cents, sum_cents)
    free = sum_cents - discount >= terms.free_delivery_from_cents
    delivery = 0 if free else terms.delivery_cents
    return Bill(discount, delivery, sum_cents - discount + delivery)


def worth(order: OrderRow, part: Iterable[Goods]) -> int:
    """What was paid for `part` of the order's lines: their price less their share of the discount.
    The lines that the promotion is for share it by their price, rounded to a cent."""
    part = list(part)
    price = sum(goods.cents for goods in part)
    of_all = _eligible(goods_of(order), order.promotion)
    if of_all == 0:
        return price
    share = 2 * order.discount_cents * _eligible(part, order.promotion) + of_all
    return price - share // (2 * of_all)


def goods_of(order: OrderRow) -> list[Goods]:
    return [
        Goods(item.variant.product.category, item.quantity, item.unit_price_cents)
        for item in order.items
    ]


def _eligible(goods: Iterable[Goods], promotion: PromotionRow | None) -> int:
    category = promotion.category if promotion else None
    return sum(part.cents for part in goods if category in (None, part.category))
