"""Everything a shop can be asked, and how it is when it can't be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from actions.backend import (
    Address,
    BackendUnavailable,
    ComplaintKind,
    GrantKind,
    LineChange,
    ReturnReason,
    ReturnWish,
)
from actions.rest_shop import RestShop
from actions.shop import demo_orders
from tests.rest_shop.conftest import KEY, Served

ADDRESS = Address("12 Maple Street", "Portland", "OR", "97205")
SECRETS = ("482911", "97205", "+15035550147", "Maple", "127.0.0.1/", KEY)

READING: list[Callable[[RestShop], Awaitable[object]]] = [
    lambda shop: shop.ping(),
    lambda shop: shop.order("482911"),
    lambda shop: shop.orders_of(1),
    lambda shop: shop.customer(1),
    lambda shop: shop.search_products("a tent for 97205"),
    lambda shop: shop.stock_at("482911"),
    lambda shop: shop.promotions(),
    lambda shop: shop.options("482911"),
    lambda shop: shop.returns_of("482911"),
    lambda shop: shop.invoice("482911"),
    lambda shop: shop.quote_change("482911", [LineChange("A", 1)]),
]
CHANGING: list[Callable[[RestShop], Awaitable[object]]] = [
    lambda shop: shop.check_identity("482911", "97205", source="+15035550147", turn_id="t"),
    lambda shop: shop.reserve("A", 3, name="Robin", turn_id="t"),
    lambda shop: shop.cancel_order("482911", turn_id="t"),
    lambda shop: shop.change_order("482911", [LineChange("A", 1)], turn_id="t"),
    lambda shop: shop.change_address("482911", ADDRESS, turn_id="t"),
    lambda shop: shop.add_address(1, ADDRESS, turn_id="t"),
    lambda shop: shop.request_return(
        "482911",
        [LineChange("A", 1)],
        reason=ReturnReason.OTHER,
        wish=ReturnWish.REFUND,
        turn_id="t",
    ),
    lambda shop: shop.send_invoice("482911", turn_id="t"),
    lambda shop: shop.grant(
        "482911", GrantKind.VOUCHER, 500, reason=ComplaintKind.LATE, turn_id="t"
    ),
    lambda shop: shop.file_complaint(
        ComplaintKind.LATE, "at 97205", number="482911", customer_id=1, turn_id="t"
    ),
]


async def unavailable(question: Awaitable[object], match: str | None = None) -> None:
    with pytest.raises(BackendUnavailable, match=match) as raised:
        await question
    assert not [secret for secret in SECRETS if secret in str(raised.value)]
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


async def first_order(served: Served) -> str:
    return str((await demo_orders(served.database))[0]["number"])
