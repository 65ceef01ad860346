"""What the demo shop has for a scene: an order in a state, an article in the store."""

from __future__ import annotations

from collections.abc import Awaitable

import pytest

from actions.backend import (
    Address,
    NotAllowed,
    Order,
    OrderState,
    PlaceStock,
    Refusal,
)
from actions.shop import demo_orders
from tests.rest_shop.conftest import Served

ADDRESS = Address("12 Maple Street, Apt 3", "Portland", "OR", "97205-1234")
NOWHERE = "000000"


async def order_in(served: Served, state: OrderState) -> Order:
    """The newest in this state with at least two different articles."""
    for listed in await demo_orders(served.database):
        if listed["status"] == state:
            order = await served.direct.order(listed["number"])
            assert order is not None
            if len({line.sku for line in order.lines}) > 1:
                return order
    raise AssertionError(f"no order is {state}")


async def in_store(served: Served) -> tuple[str, PlaceStock]:
    """An article of which the shop with pick-up has a few, and what it has."""
    for match in await served.direct.search_products("jacket", limit=50):
        for variant in match.product.variants:
            for stock in await served.direct.stock_at(variant.sku):
                if stock.place.pickup and stock.on_hand > 2:
                    return variant.sku, stock
    raise AssertionError("nothing is in the store")


async def returnable(served: Served) -> Order:
    """The newest delivered order of which a first line can still come back."""
    for listed in await demo_orders(served.database):
        if listed["status"] == OrderState.DELIVERED:
            options = await served.direct.options(listed["number"])
            order = await served.direct.order(listed["number"])
            assert options is not None
            assert order is not None
            if options.returnable and options.returnable[0] == order.lines[0]:
                return order
    raise AssertionError("nothing can come back")


async def refused(change: Awaitable[object], refusal: Refusal) -> None:
    with pytest.raises(NotAllowed) as raised:
        await change
    assert raised.value.refusal is refusal
