"""An answer got lost, and the same is asked again; and, at the end, everything is asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from actions.backend import (
    BackendUnavailable,
    ComplaintKind,
    GrantKind,
    LineChange,
    OrderState,
    ReturnReason,
    ReturnWish,
    ShopBackend,
)
from actions.rest_shop import RestShop
from actions.shop import demo_orders
from tests.rest_shop import faults
from tests.rest_shop.conformance import operations
from tests.rest_shop.conftest import Served
from tests.rest_shop.goods import ADDRESS, in_store, order_in, returnable

Change = Callable[[ShopBackend, str, str, int], Awaitable[object]]

LOST: dict[str, Change] = {
    "reserve": lambda shop, _order, sku, place: shop.reserve(sku, place, name="R", turn_id="t"),
    "cancel": lambda shop, order, _sku, _place: shop.cancel_order(order, turn_id="t"),
    "change": lambda shop, order, sku, _place: shop.change_order(
        order, [LineChange(sku, 1)], turn_id="t"
    ),
    "address": lambda shop, order, _sku, _place: shop.change_address(order, ADDRESS, turn_id="t"),
    "grant": lambda shop, order, _sku, _place: shop.grant(
        order, GrantKind.VOUCHER, 500, reason=ComplaintKind.LATE, turn_id="t"
    ),
    "complaint": lambda shop, order, _sku, _place: shop.file_complaint(
        ComplaintKind.LATE, "late", number=order, customer_id=1, turn_id="t"
    ),
}


@pytest.mark.parametrize("change", LOST.values(), ids=LOST)
async def test_a_change_whose_answer_was_lost_is_not_made_twice(
    change: Change, served: Served, rest: RestShop
) -> None:
    number = (await order_in(served, OrderState.PROCESSING)).number
    sku, stock = await in_store(served)
    served.faults.append(faults.answer_lost)
    done = await change(rest, number, sku, stock.place.id)
    assert [request.headers["Idempotency-Key"] for request in served.requests] == ["t", "t"]
    after = await served.direct.order(number), await served.direct.stock_at(sku)
    served.faults.extend([faults.answer_lost, faults.answer_lost])
    with pytest.raises(BackendUnavailable):
        await change(rest, number, sku, stock.place.id)
    assert await change(rest, number, sku, stock.place.id) == done  # the turn was sent again
    assert await change(served.direct, number, sku, stock.place.id) == done
    assert (await served.direct.order(number), await served.direct.stock_at(sku)) == after


async def test_a_lost_failure_at_the_identity_check_counts_once(
    served: Served, rest: RestShop
) -> None:
    listed = (await demo_orders(served.database))[0]
    for n in range(5):
        served.faults.append(faults.answer_lost)
        await rest.check_identity(listed["number"], "99999", source="s", turn_id=f"turn {n}")
    check = await rest.check_identity(listed["number"], listed["postcode"], source="s")
    assert check.order is not None


async def test_the_same_change_twice_at_once_is_made_once(served: Served, rest: RestShop) -> None:
    sku, stock = await in_store(served)
    place = stock.place.id
    kept = await asyncio.gather(
        *(rest.reserve(sku, place, name="R", turn_id="one turn") for _ in range(5))
    )
    assert len(set(kept)) == 1
    (now,) = [s for s in await rest.stock_at(sku) if s.place.id == place]
    assert now.on_hand == stock.on_hand - 1


async def test_every_operation_of_the_file_is_spoken(served: Served, rest: RestShop) -> None:
    """Request and answer of each are checked against the file while it happens."""
    open_order = await order_in(served, OrderState.PROCESSING)
    delivered = await returnable(served)
    sku, stock = await in_store(served)
    number, line = open_order.number, open_order.lines[0]
    await rest.ping()
    await rest.check_identity(number, open_order.customer.email, source="visitor", turn_id="t")
    await rest.order(number)
    await rest.orders_of(open_order.customer.id)
    await rest.customer(open_order.customer.id)
    await rest.search_products("alder rain jacket in red")
    await rest.stock_at(sku)
    await rest.promotions()
    await rest.reserve(sku, stock.place.id, name="Robin", turn_id="t")
    await rest.options(number)
    await rest.quote_change(number, [LineChange(line.sku, 0)])
    await rest.change_order(number, [LineChange(line.sku, 0)], turn_id="t")
    await rest.change_address(number, ADDRESS, turn_id="t")
    await rest.add_address(open_order.customer.id, ADDRESS, turn_id="t")
    await rest.invoice(number)
    await rest.send_invoice(number, turn_id="t")
    await rest.grant(number, GrantKind.REFUND, 100, reason=ComplaintKind.OTHER, turn_id="t")
    await rest.file_complaint(
        ComplaintKind.OTHER, "hm", number=number, customer_id=None, turn_id="t"
    )
    await rest.cancel_order(number, turn_id="t")
    await rest.returns_of(delivered.number)
    await rest.request_return(
        delivered.number,
        [LineChange(delivered.lines[0].sku, 1)],
        reason=ReturnReason.OTHER,
        wish=ReturnWish.REPLACEMENT,
        turn_id="t",
    )
    document = served.conformance.document
    assert served.conformance.seen == {
        (operation["operationId"], 201 if "201" in operation["responses"] else 200)
        for _path, _method, operation in operations(document)
    }
