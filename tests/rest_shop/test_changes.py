"""What is changed over HTTP is changed in the shop: once, or not at all and with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from actions.backend import (
    ComplaintKind,
    GrantKind,
    LineChange,
    NotAllowed,
    OrderState,
    Refusal,
    ReturnReason,
    ReturnState,
    ReturnWish,
)
from actions.rest_shop import RestShop
from tests.rest_shop.conftest import Served
from tests.rest_shop.goods import ADDRESS, NOWHERE, in_store, order_in, refused, returnable


async def test_an_order_is_cancelled(served: Served, rest: RestShop) -> None:
    order = await order_in(served, OrderState.PROCESSING)
    options = await rest.options(order.number)
    assert options is not None
    assert options.cancel is None
    cancelled = await rest.cancel_order(order.number, turn_id="turn 1")
    assert cancelled.refund_cents == options.cancel_refund_cents
    assert cancelled.currency == order.currency
    now = await served.direct.order(order.number)
    assert now is not None
    assert now.state is OrderState.CANCELLED
    assert await rest.cancel_order(order.number, turn_id="turn 1") == cancelled
    await refused(rest.cancel_order(order.number, turn_id="turn 2"), Refusal.CANCELLED)


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (OrderState.PACKED, Refusal.PACKED),
        (OrderState.SHIPPED, Refusal.UNDERWAY),
        (OrderState.DELIVERED, Refusal.DELIVERED),
        (OrderState.CANCELLED, Refusal.CANCELLED),
    ],
)
async def test_what_the_rules_forbid_is_refused_with_its_reason(
    served: Served, rest: RestShop, state: OrderState, refusal: Refusal
) -> None:
    order = await order_in(served, state)
    changes = [LineChange(order.lines[0].sku, 0)]
    await refused(rest.cancel_order(order.number, turn_id="t"), refusal)
    await refused(rest.quote_change(order.number, changes), refusal)
    await refused(rest.change_order(order.number, changes, turn_id="t"), refusal)
    await refused(rest.change_address(order.number, ADDRESS, turn_id="t"), refusal)
    assert await served.direct.order(order.number) == order


async def test_an_unknown_order_is_refused_as_unknown(rest: RestShop) -> None:
    changes = [LineChange("A", 1)]
    other, refund = ReturnReason.OTHER, ReturnWish.REFUND
    for change in (
        rest.cancel_order(NOWHERE, turn_id="t"),
        rest.quote_change(NOWHERE, changes),
        rest.change_order(NOWHERE, changes, turn_id="t"),
        rest.change_address(NOWHERE, ADDRESS, turn_id="t"),
        rest.request_return(NOWHERE, changes, reason=other, wish=refund, turn_id="t"),
        rest.send_invoice(NOWHERE, turn_id="t"),
        rest.grant(NOWHERE, GrantKind.REFUND, 500, reason=ComplaintKind.LATE, turn_id="t"),
    ):
        await refused(change, Refusal.UNKNOWN_ORDER)


async def test_a_change_is_quoted_and_then_made(served: Served, rest: RestShop) -> None:
    order = await order_in(served, OrderState.PROCESSING)
    gone, kept = order.lines[0], order.lines[1]
    changes = [LineChange(gone.sku, 0)]
    quote = await rest.quote_change(order.number, changes)
    assert quote.total_before_cents == order.total_cents
    assert gone.sku not in {line.sku for line in quote.lines}
    assert await served.direct.order(order.number) == order  # so far it was only a question
    assert await rest.change_order(order.number, changes, turn_id="t") == quote
    now = await served.direct.order(order.number)
    assert now is not None
    assert (now.lines, now.total_cents) == (quote.lines, quote.total_cents)
    await refused(
        rest.change_order(order.number, [LineChange("NO-SUCH-SKU", 1)], turn_id="t2"),
        Refusal.UNKNOWN_ITEM,
    )
    await refused(
        rest.change_order(order.number, [LineChange(kept.sku, 10_000)], turn_id="t3"),
        Refusal.OUT_OF_STOCK,
    )


async def test_an_order_goes_elsewhere(served: Served, rest: RestShop) -> None:
    order = await order_in(served, OrderState.PROCESSING)
    assert await rest.change_address(order.number, ADDRESS, turn_id="t") == ADDRESS
    now = await served.direct.order(order.number)
    assert now == replace(order, delivery_address=ADDRESS)


async def test_an_address_goes_into_the_book(rest: RestShop) -> None:
    assert await rest.add_address(1, ADDRESS, turn_id="t") == ADDRESS
    assert await rest.add_address(1, ADDRESS, turn_id="t") == ADDRESS
    for nobody in (999_999, 0):
        with pytest.raises(ValueError, match=f"no customer {nobody}"):
            await rest.add_address(nobody, ADDRESS, turn_id="t")


async def test_a_return_is_announced(served: Served, rest: RestShop) -> None:
    order = await returnable(served)
    line = order.lines[0]
    before = await rest.returns_of(order.number)
    served.clock.move(seconds=1)

    async def send_back(quantity: int, turn_id: str) -> Any:
        items = [LineChange(line.sku, quantity)]
        reason, wish = ReturnReason.TOO_SMALL, ReturnWish.REFUND
        return await rest.request_return(
            order.number, items, reason=reason, wish=wish, turn_id=turn_id
        )

    made = await send_back(line.quantity, "t")
    assert made.state is ReturnState.REQUESTED
    assert made.wish is ReturnWish.REFUND
    assert made.requested_at == served.clock.now
    assert await send_back(line.quantity, "t") == made
    assert await rest.returns_of(order.number) == (made, *before)
    with pytest.raises(NotAllowed):
        await send_back(1, "t2")


async def test_a_return_of_what_has_not_come_is_refused(served: Served, rest: RestShop) -> None:
    order = await order_in(served, OrderState.PROCESSING)
    await refused(
        rest.request_return(
            order.number,
            [LineChange(order.lines[0].sku, 1)],
            reason=ReturnReason.DAMAGED,
            wish=ReturnWish.REPLACEMENT,
            turn_id="t",
        ),
        Refusal.NOT_DELIVERED,
    )


async def test_an_article_is_put_aside(served: Served, rest: RestShop) -> None:
    sku, stock = await in_store(served)
    kept = await rest.reserve(sku, stock.place.id, name="Zoë Hale", quantity=2, turn_id="t")
    assert (kept.sku, kept.quantity, kept.place) == (sku, 2, stock.place)
    assert kept.until > served.clock.now
    assert kept.until.utcoffset() == timedelta(0)
    left = {place.place.id: place.on_hand for place in await rest.stock_at(sku)}
    assert left[stock.place.id] == stock.on_hand - 2
    for place_id, article, quantity, refusal in [
        (stock.place.id, sku, 10_000, Refusal.OUT_OF_STOCK),
        (stock.place.id, "NO-SUCH-SKU", 1, Refusal.UNKNOWN_ITEM),
        (stock.place.id, " ", 1, Refusal.UNKNOWN_ITEM),
        (999, sku, 1, Refusal.NOT_HERE),
        (0, sku, 1, Refusal.NOT_HERE),
    ]:
        await refused(
            rest.reserve(article, place_id, name="R", quantity=quantity, turn_id="t2"), refusal
        )
    with pytest.raises(ValueError, match="at least one piece"):
        await rest.reserve(sku, stock.place.id, name="R", quantity=0, turn_id="t3")


async def test_an_invoice_goes_to_the_orders_own_address(served: Served, rest: RestShop) -> None:
    order = await order_in(served, OrderState.DELIVERED)
    assert await rest.invoice(order.number) is not None
    assert await rest.send_invoice(order.number, turn_id="t") == order.customer.email
    unpaid = await order_in(served, OrderState.AWAITING_PAYMENT)
    assert await rest.invoice(unpaid.number) is None
    await refused(rest.send_invoice(unpaid.number, turn_id="t"), Refusal.UNKNOWN_ITEM)


async def test_a_compensation_is_given_once(served: Served, rest: RestShop) -> None:
    number = (await order_in(served, OrderState.DELIVERED)).number
    second = (await order_in(served, OrderState.SHIPPED)).number
    late = ComplaintKind.LATE
    voucher = await rest.grant(number, GrantKind.VOUCHER, 1000, reason=late, turn_id="t")
    assert (voucher.amount_cents, bool(voucher.code)) == (1000, True)
    assert await rest.grant(number, GrantKind.VOUCHER, 1000, reason=late, turn_id="t") == voucher
    money = await rest.grant(second, GrantKind.DELIVERY_REFUND, 500, reason=late, turn_id="t")
    assert money.code is None
    await refused(
        rest.grant(number, GrantKind.VOUCHER, 1000, reason=late, turn_id="t2"),
        Refusal.ALREADY_GRANTED,
    )
    with pytest.raises(ValueError, match="more than nothing"):
        await rest.grant(number, GrantKind.REFUND, 0, reason=late, turn_id="t3")


async def test_a_complaint_is_kept(served: Served, rest: RestShop) -> None:
    order = await order_in(served, OrderState.DELAYED)
    for number, customer_id in [
        (order.number, order.customer.id),
        (None, None),
        (NOWHERE, 999_999),
    ]:
        reference = await rest.file_complaint(
            ComplaintKind.LATE,
            "Two days late! " * 1000,
            number=number,
            customer_id=customer_id,
            turn_id="t",
        )
        assert reference.startswith("C-")
