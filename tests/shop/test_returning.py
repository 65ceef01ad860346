"""Something doesn't fit and goes back."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest

from actions.backend import (
    LineChange,
    NotAllowed,
    OrderOptions,
    Refusal,
    Return,
    ReturnReason,
    ReturnState,
    ReturnWish,
)
from actions.shop import SqlShop
from tests.shop.conftest import TODAY, Clock
from tests.shop.ledger import Ledger, Listed


async def ask(
    shop: SqlShop,
    number: str,
    *items: tuple[str, int],
    turn_id: str = "t",
    wish: ReturnWish = ReturnWish.REFUND,
) -> Return:
    changes = [LineChange(sku, quantity) for sku, quantity in items]
    reason = ReturnReason.TOO_SMALL
    return await shop.request_return(number, changes, reason=reason, wish=wish, turn_id=turn_id)


async def no_to(shop: SqlShop, number: str, *items: tuple[str, int]) -> Refusal:
    with pytest.raises(NotAllowed) as no:
        await ask(shop, number, *items, turn_id="refused")
    return no.value.refusal


async def options(shop: SqlShop, number: str) -> OrderOptions:
    found = await shop.options(number)
    assert found is not None
    return found


async def delivered(ledger: Ledger, *, lines: int, parcels: int, discount: bool) -> Listed:
    """Delivered lately, of which nothing has come back."""
    rows = {row.number: row for row in await ledger.rows("orders")}
    returned = {row.order_id for row in await ledger.rows("returns")}
    recent = (TODAY - timedelta(days=45)).isoformat()
    return next(
        order
        for order in await ledger.orders("delivered")
        if rows[order["number"]].id not in returned
        and order["placed_on"] > recent
        and (len(order["lines"]), len(order["tracking_numbers"])) == (lines, parcels)
        and (rows[order["number"]].discount_cents > 0) == discount
    )


async def test_a_return_gets_a_number_and_pays_back_what_was_paid(
    shop: SqlShop, ledger: Ledger, clock: Clock
) -> None:
    order = await delivered(ledger, lines=1, parcels=1, discount=False)
    number, [[sku, name, quantity]] = order["number"], order["lines"]
    before = await options(shop, number)
    assert before.give_back is None
    assert [(line.sku, line.quantity) for line in before.returnable] == [(sku, quantity)]
    back = await ask(shop, number, (sku.lower(), quantity))
    assert re.fullmatch(r"RMA-\d{6}", back.rma)
    assert (back.state, back.wish) == (ReturnState.REQUESTED, ReturnWish.REFUND)
    assert (back.requested_at, back.received_at) == (clock.now, None)
    assert [(line.name, line.quantity) for line in back.lines] == [(name, quantity)]
    assert back.refund_cents == quantity * back.lines[0].unit_price_cents, "not the delivery"
    assert await shop.returns_of(number) == [back]
    assert (await options(shop, number)).give_back is Refusal.RETURNED
    assert await no_to(shop, number, (sku, 1)) is Refusal.RETURNED
    [row] = [row for row in await ledger.rows("returns") if row.rma == back.rma]
    assert row.reason is ReturnReason.TOO_SMALL


async def test_several_returns_pay_back_what_one_would(shop: SqlShop, ledger: Ledger) -> None:
    """Piece by piece, with a discount that doesn't divide evenly."""
    order = await delivered(ledger, lines=2, parcels=1, discount=True)
    rows = {row.number: row for row in await ledger.rows("orders")}
    row = rows[order["number"]]
    goods = row.total_cents - row.delivery_cents + row.discount_cents
    await ledger.change("promotions", row.promotion_id, category=None)
    odd = 1001
    await ledger.change("orders", row.id, discount_cents=odd, total_cents=goods - odd)
    refunds = [
        (await ask(shop, order["number"], (sku, 1), turn_id=f"{sku} {n}")).refund_cents
        for sku, _name, quantity in order["lines"]
        for n in range(quantity)
    ]
    assert sum(refunds) == goods - odd
    newest_first = [back.refund_cents for back in await shop.returns_of(order["number"])]
    assert newest_first == refunds[::-1]


async def test_a_discount_on_tents_is_not_taken_off_the_socks(
    shop: SqlShop, ledger: Ledger
) -> None:
    order = await delivered(ledger, lines=2, parcels=1, discount=True)
    row = next(row for row in await ledger.rows("orders") if row.number == order["number"])
    products = {product.id: product.category for product in await ledger.rows("products")}
    categories = {row.sku: products[row.product_id] for row in await ledger.rows("variants")}
    [[tent, *_], [socks, _name, quantity]] = order["lines"]
    assert categories[tent] != categories[socks]
    await ledger.change("promotions", row.promotion_id, category=categories[tent])
    back = await ask(shop, order["number"], (socks, quantity))
    assert back.refund_cents == quantity * back.lines[0].unit_price_cents


async def test_a_replacement_pays_nothing_back(shop: SqlShop, ledger: Ledger) -> None:
    order = await delivered(ledger, lines=1, parcels=1, discount=False)
    [[sku, _name, quantity]] = order["lines"]
    back = await ask(shop, order["number"], (sku, quantity), wish=ReturnWish.REPLACEMENT)
    assert (back.wish, back.refund_cents) == (ReturnWish.REPLACEMENT, 0)


async def test_sixty_days_after_each_parcel_it_is_over(
    shop: SqlShop, ledger: Ledger, clock: Clock
) -> None:
    order = await delivered(ledger, lines=2, parcels=2, discount=False)
    number, [[first, *_], [second, *_rest]] = order["number"], order["lines"]
    order_id = next(row.id for row in await ledger.rows("orders") if row.number == number)
    parcels = [row for row in await ledger.rows("shipments") if row.order_id == order_id]
    for parcel, day in zip(parcels, (1, 4), strict=True):
        at = datetime(2026, 5, day, 23, 59, tzinfo=UTC)
        await ledger.change("shipments", parcel.id, delivered_at=at)
    assert (await options(shop, number)).return_until == datetime(2026, 6, 30, tzinfo=UTC).date()
    clock.now = datetime(2026, 6, 30, 23, 59, tzinfo=UTC)
    assert len((await options(shop, number)).returnable) == 2, "the last day counts"
    clock.now = datetime(2026, 7, 1, 0, 0, tzinfo=UTC)
    late = await options(shop, number)
    assert [line.sku for line in late.returnable] == [second]
    assert late.return_until == datetime(2026, 7, 3, tzinfo=UTC).date()
    assert await no_to(shop, number, (first, 1)) is Refusal.WINDOW_OVER
    clock.now = datetime(2026, 7, 4, 0, 0, tzinfo=UTC)
    over = await options(shop, number)
    assert over.give_back is Refusal.WINDOW_OVER
    assert over.returnable == ()
    assert over.return_until == datetime(2026, 7, 3, tzinfo=UTC).date()
    assert await no_to(shop, number, (second, 1)) is Refusal.WINDOW_OVER


async def test_what_has_arrived_may_come_back_while_the_rest_is_on_its_way(
    shop: SqlShop, ledger: Ledger
) -> None:
    rows = await ledger.rows("shipments")
    arrived = {row.tracking_number for row in rows if row.delivered_at}
    order = next(
        o for o in await ledger.orders("partly_shipped") if arrived & set(o["tracking_numbers"])
    )
    number = order["number"]
    before = await options(shop, number)
    here = {line.sku for line in before.returnable}
    missing = next(sku for sku, *_ in order["lines"] if sku not in here)
    assert here
    assert before.give_back is None
    assert await no_to(shop, number, (missing, 1)) is Refusal.NOT_DELIVERED
    await ask(shop, number, *((line.sku, line.quantity) for line in before.returnable))
    assert (await options(shop, number)).give_back is Refusal.NOT_DELIVERED


async def test_what_cannot_come_back_is_refused(shop: SqlShop, ledger: Ledger) -> None:
    order = await delivered(ledger, lines=2, parcels=1, discount=False)
    number, [[sku, _name, quantity], [_other, *_]] = order["number"], order["lines"]
    assert await no_to(shop, number, (sku, quantity + 1)) is Refusal.UNKNOWN_ITEM
    assert await no_to(shop, number, (sku, quantity), (sku, 1)) is Refusal.UNKNOWN_ITEM
    assert await no_to(shop, number, (sku, 0)) is Refusal.UNKNOWN_ITEM
    assert await no_to(shop, number) is Refusal.UNKNOWN_ITEM
    assert await no_to(shop, number, ("NO-SUCH-THING", 1)) is Refusal.UNKNOWN_ITEM
    for status, refusal in [
        ("processing", Refusal.NOT_DELIVERED),
        ("cancelled", Refusal.CANCELLED),
        ("returned", Refusal.RETURNED),
    ]:
        other = (await ledger.orders(status))[0]
        assert await no_to(shop, other["number"], (other["lines"][0][0], 1)) is refusal
    assert await shop.returns_of(number) == []


async def test_ten_requests_for_the_same_thing_at_once_are_one_return(
    counters: list[SqlShop], ledger: Ledger
) -> None:
    order = await delivered(ledger, lines=1, parcels=1, discount=False)
    [[sku, _name, quantity]] = order["lines"]
    answers = await asyncio.gather(
        *(
            ask(counters[n % 4], order["number"], (sku, quantity), turn_id=f"turn {n}")
            for n in range(10)
        ),
        return_exceptions=True,
    )
    no = [answer.refusal for answer in answers if isinstance(answer, NotAllowed)]
    assert no == [Refusal.RETURNED] * 9
    assert len(await counters[0].returns_of(order["number"])) == 1


async def test_seeded_returns_are_told_as_they_are(reader: SqlShop, shared_url: str) -> None:
    ledger = Ledger(shared_url)
    returned = (await ledger.orders("returned"))[0]
    [back] = await reader.returns_of(returned["number"])
    assert back.state is ReturnState.REFUNDED
    assert back.refunded_at
    assert {line.sku for line in back.lines} == {sku for sku, *_ in returned["lines"]}
    numbers = [row.rma for row in await ledger.rows("returns")]
    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"RMA-\d{6}", rma) for rma in numbers)
    await ledger.close()
