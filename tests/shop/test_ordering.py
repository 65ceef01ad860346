"""A customer wants something else than what was ordered: less, more, nothing, or elsewhere."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest

from actions.backend import (
    Address,
    Cancellation,
    ComplaintKind,
    GrantKind,
    LineChange,
    NotAllowed,
    Order,
    OrderState,
    Refusal,
)
from actions.shop import SqlShop
from tests.shop.conftest import Clock
from tests.shop.ledger import BEND, COLUMBUS, PORTLAND, Ledger, Listed

ELSEWHERE = Address("7 Ferry Street, Apt 2", "Bend", "OR", "97701")


async def refused(shop: SqlShop, number: str) -> set[Refusal | None]:
    options = await shop.options(number)
    assert options is not None
    return {options.cancel, options.change, options.readdress}


async def the_order(shop: SqlShop, number: str) -> Order:
    order = await shop.order(number)
    assert order is not None
    return order


async def one_line(ledger: Ledger, status: str = "processing") -> Listed:
    return next(o for o in await ledger.orders(status) if len(o["lines"]) == 1)


async def test_what_may_be_changed_depends_on_how_far_it_is(
    reader: SqlShop, shared_url: str
) -> None:
    expected = {
        OrderState.AWAITING_PAYMENT: None,
        OrderState.PROCESSING: None,
        OrderState.PACKED: Refusal.PACKED,
        OrderState.PARTLY_SHIPPED: Refusal.UNDERWAY,
        OrderState.SHIPPED: Refusal.UNDERWAY,
        OrderState.OUT_FOR_DELIVERY: Refusal.UNDERWAY,
        OrderState.DELIVERED: Refusal.DELIVERED,
        OrderState.CANCELLED: Refusal.CANCELLED,
        OrderState.RETURNED: Refusal.RETURNED,
    }
    ledger = Ledger(shared_url)
    for state, refusal in expected.items():
        for order in (await ledger.orders(state))[:5]:
            assert await refused(reader, order["number"]) == {refusal}, state
    for order in await ledger.orders(OrderState.DELAYED):
        with_carrier = Refusal.UNDERWAY if order["tracking_numbers"] else None
        assert await refused(reader, order["number"]) == {with_carrier}
    await ledger.close()


async def test_a_delayed_order_with_a_parcel_that_has_not_left_is_packed(
    shop: SqlShop, ledger: Ledger
) -> None:
    packed = (await ledger.orders("packed"))[0]["number"]
    order_id = next(row.id for row in await ledger.rows("orders") if row.number == packed)
    await ledger.change("orders", order_id, state="delayed")
    assert await refused(shop, packed) == {Refusal.PACKED}


async def test_of_an_order_that_is_not_there_nothing_is_known(shop: SqlShop) -> None:
    assert await shop.options("000000") is None
    assert await shop.invoice("000000") is None
    assert await shop.returns_of("000000") == []
    for attempt in (
        shop.cancel_order("000000", turn_id="t"),
        shop.quote_change("000000", [LineChange("X", 1)]),
        shop.change_order("000000", [LineChange("X", 1)], turn_id="t"),
        shop.change_address("000000", ELSEWHERE, turn_id="t"),
        shop.send_invoice("000000", turn_id="t"),
        shop.grant("000000", GrantKind.REFUND, 1, reason=ComplaintKind.LATE, turn_id="t"),
    ):
        with pytest.raises(NotAllowed) as no:
            await attempt
        assert no.value.refusal is Refusal.UNKNOWN_ORDER


async def test_a_cancelled_order_is_paid_back_and_its_goods_are_for_sale_again(
    shop: SqlShop, ledger: Ledger, clock: Clock
) -> None:
    order = await one_line(ledger)
    [[sku, _name, quantity]] = order["lines"]
    before = await ledger.stock(sku)
    cancelled = await shop.cancel_order(order["number"], turn_id="t")
    assert clock.now.date() == date(2026, 5, 4), "a Monday"
    assert cancelled == Cancellation(order["total_cents"], "USD", refund_by=date(2026, 5, 11))
    now = await the_order(shop, order["number"])
    assert (now.state, now.expected_on) == (OrderState.CANCELLED, None)
    assert await ledger.stock(sku) == before | {PORTLAND: before[PORTLAND] + quantity}
    with pytest.raises(NotAllowed) as no:
        await shop.cancel_order(order["number"], turn_id="another")
    assert no.value.refusal is Refusal.CANCELLED


async def test_what_was_not_paid_is_not_paid_back(shop: SqlShop, ledger: Ledger) -> None:
    order = await one_line(ledger, "awaiting_payment")
    options = await shop.options(order["number"])
    assert options is not None
    assert options.cancel_refund_cents == 0
    assert await shop.invoice(order["number"]) is None
    assert await shop.cancel_order(order["number"], turn_id="t") == Cancellation(0, "USD", None)
    assert await shop.invoice(order["number"]) is None, "nor is there an invoice afterwards"


async def test_money_given_back_before_is_not_given_back_twice(
    shop: SqlShop, ledger: Ledger
) -> None:
    """A voucher is for a later order and takes nothing away."""
    orders = [order for order in await ledger.orders("processing") if len(order["lines"]) == 1]
    kept_back = {GrantKind.DELIVERY_REFUND: 695, GrantKind.VOUCHER: 0}
    for order, (kind, less) in zip(orders, kept_back.items(), strict=False):
        await shop.grant(order["number"], kind, 695, reason=ComplaintKind.LATE, turn_id="g")
        cancelled = await shop.cancel_order(order["number"], turn_id="t")
        assert cancelled.refund_cents == order["total_cents"] - less


async def test_twenty_cancellations_at_once_are_one(
    counters: list[SqlShop], ledger: Ledger
) -> None:
    order = await one_line(ledger)
    [[sku, _name, quantity]] = order["lines"]
    before = await ledger.stock(sku)
    answers = await asyncio.gather(
        *(counters[n % 4].cancel_order(order["number"], turn_id=f"turn {n}") for n in range(20)),
        return_exceptions=True,
    )
    no = [answer.refusal for answer in answers if isinstance(answer, NotAllowed)]
    assert no == [Refusal.CANCELLED] * 19
    [yes] = [answer for answer in answers if isinstance(answer, Cancellation)]
    assert yes.refund_cents == order["total_cents"]
    assert await ledger.stock(sku) == before | {PORTLAND: before[PORTLAND] + quantity}


async def test_a_quote_changes_nothing_and_the_change_does_what_it_said(
    shop: SqlShop, ledger: Ledger
) -> None:
    order = await one_line(ledger)
    number, [[sku, _name, quantity]] = order["number"], order["lines"]
    await ledger.put(sku, {PORTLAND: 1, COLUMBUS: 2, BEND: 3})
    before = await the_order(shop, number)
    more = [LineChange(sku, quantity + 4)]
    quoted = await shop.quote_change(number, more)
    assert await the_order(shop, number) == before
    assert await ledger.stock(sku) == {PORTLAND: 1, COLUMBUS: 2, BEND: 3}
    assert quoted.total_before_cents == before.total_cents
    assert [line.quantity for line in quoted.lines] == [quantity + 4]
    assert await shop.change_order(number, more, turn_id="t") == quoted
    now = await the_order(shop, number)
    assert list(now.lines) == list(quoted.lines)
    goods = (quantity + 4) * before.lines[0].unit_price_cents
    assert now.total_cents == goods - now.discount_cents + now.delivery_cents == quoted.total_cents
    assert await ledger.stock(sku) == {PORTLAND: 0, COLUMBUS: 0, BEND: 2}, "a store comes last"
    await shop.change_order(number, [LineChange(sku, quantity + 1)], turn_id="u")
    assert await ledger.stock(sku) == {PORTLAND: 0, COLUMBUS: 2, BEND: 3}, "back to where it was"
    await shop.cancel_order(number, turn_id="v")
    back = {PORTLAND: 1 + quantity, COLUMBUS: 2, BEND: 3}
    assert await ledger.stock(sku) == back, "what was there before the change goes to Portland"
    assert await ledger.rows("allocations") == []


async def test_another_size_costs_todays_price_and_what_stays_the_old_one(
    shop: SqlShop, ledger: Ledger
) -> None:
    order = next(o for o in await ledger.orders("processing") if len(o["lines"]) > 1)
    number, [[old, _name, quantity], [stays, *_rest], *_more] = order["number"], order["lines"]
    variants = {row.sku: row for row in await ledger.rows("variants")}
    product = variants[old].product_id
    new = next(v.sku for v in variants.values() if v.product_id == product and v.sku != old)
    await ledger.put(new, {COLUMBUS: quantity})
    for sku in (new, stays):
        await ledger.change("variants", variants[sku].id, price_cents=4321)
    before = await the_order(shop, number)
    was = {line.sku: line for line in before.lines}
    swapped = await shop.change_order(
        number, [LineChange(old, 0), LineChange(f" {new.lower()} ", quantity)], turn_id="t"
    )
    now = {line.sku: line for line in swapped.lines}
    assert old not in now
    assert now[new].unit_price_cents == 4321
    assert now[new].name.split(",")[0] == was[old].name.split(",")[0]
    assert now[stays] == was[stays]
    assert await ledger.stock(new) == {COLUMBUS: 0}
    assert list((await the_order(shop, number)).lines) == list(swapped.lines)


async def test_an_unchanged_order_costs_what_it_cost(reader: SqlShop, shared_url: str) -> None:
    """The discount and the delivery of every order are reckoned as the shop reckoned them."""
    ledger = Ledger(shared_url)
    for status in ("processing", "awaiting_payment"):
        for order in (await ledger.orders(status))[:60]:
            same = [LineChange(sku, quantity) for sku, _name, quantity in order["lines"]]
            quoted = await reader.quote_change(order["number"], same)
            assert quoted.total_cents == quoted.total_before_cents == order["total_cents"]
    await ledger.close()


async def test_the_discount_follows_the_goods_and_small_orders_pay_delivery(
    shop: SqlShop, ledger: Ledger
) -> None:
    rows = {row.number: row for row in await ledger.rows("orders")}
    promotions = {row.id: row for row in await ledger.rows("promotions")}
    order = next(
        o
        for o in await ledger.orders("processing")
        if rows[o["number"]].promotion_id and len(o["lines"]) == 1
    )
    row = rows[order["number"]]
    await ledger.change("promotions", row.promotion_id, category=None, ends_on=date(2026, 5, 3))
    percent = promotions[row.promotion_id].percent_off
    [[sku, _name, _quantity]] = order["lines"]
    before = await the_order(shop, order["number"])
    item = next(i for i in await ledger.rows("order_items") if i.order_id == row.id)
    await ledger.change("order_items", item.id, unit_price_cents=1999)
    await ledger.put(sku, {PORTLAND: 50})
    await shop.change_order(order["number"], [LineChange(sku, 1)], turn_id="t")
    small = await the_order(shop, order["number"])
    assert small.discount_cents == 1999 * percent // 100, "rounded down, also after its end"
    assert small.delivery_cents == 695
    await shop.change_order(order["number"], [LineChange(sku, 8)], turn_id="u")
    large = await the_order(shop, order["number"])
    assert large.discount_cents == 8 * 1999 * percent // 100
    assert large.delivery_cents == 0
    assert large.total_cents == 8 * 1999 - large.discount_cents
    assert large.placed_at == before.placed_at


async def test_a_change_that_cannot_be_is_refused_and_nothing_changes(
    shop: SqlShop, ledger: Ledger
) -> None:
    order = next(o for o in await ledger.orders("processing") if len(o["lines"]) == 2)
    number, [[sku, _name, quantity], [other, *_rest]] = order["number"], order["lines"]
    await ledger.put(sku, {PORTLAND: 3, BEND: 1})
    before, stock = await the_order(shop, number), await ledger.stock(other)
    for changes, refusal in [
        ([LineChange(other, 0), LineChange(sku, quantity + 5)], Refusal.OUT_OF_STOCK),
        ([LineChange(sku, 10**12)], Refusal.OUT_OF_STOCK),
        ([LineChange("NO-SUCH-THING", 1)], Refusal.UNKNOWN_ITEM),
        ([LineChange("\x00💥\ud800", 1)], Refusal.UNKNOWN_ITEM),
        ([LineChange("JA01-NOT-IN-IT", 0)], Refusal.UNKNOWN_ITEM),
        ([LineChange(sku, 0), LineChange(other, 0)], Refusal.UNKNOWN_ITEM),
    ]:
        with pytest.raises(NotAllowed) as no:
            await shop.quote_change(number, changes)
        assert no.value.refusal is refusal, changes
        with pytest.raises(NotAllowed) as no:
            await shop.change_order(number, changes, turn_id="t")
        assert no.value.refusal is refusal, changes
    with pytest.raises(ValueError, match="can't be -1"):
        await shop.change_order(number, [LineChange(sku, -1)], turn_id="t")
    assert await the_order(shop, number) == before
    assert await ledger.stock(sku) == {PORTLAND: 3, BEND: 1}
    assert await ledger.stock(other) == stock
    packed = (await ledger.orders("packed"))[0]
    with pytest.raises(NotAllowed) as no:
        await shop.quote_change(packed["number"], [LineChange(packed["lines"][0][0], 2)])
    assert no.value.refusal is Refusal.PACKED


async def test_an_order_goes_elsewhere_and_the_address_book_stays(
    shop: SqlShop, ledger: Ledger
) -> None:
    order = (await ledger.orders("processing"))[0]
    number = order["number"]
    book = [row for row in await ledger.rows("addresses") if row.in_book]
    spoken = Address(" 7  Ferry Street, Apt 2", "Bend ", "or", "97701")
    assert await shop.change_address(number, spoken, turn_id="t") == ELSEWHERE
    assert (await the_order(shop, number)).delivery_address == ELSEWHERE
    once_more = Address("8 Ferry Street", "Bend", "OR", "97701-1234")
    assert await shop.change_address(number, once_more, turn_id="u") == once_more
    rows = await ledger.rows("addresses")
    assert [row for row in rows if row.in_book] == book
    assert [row.street for row in rows if not row.in_book] == ["8 Ferry Street"]
    for other in await shop.orders_of(order["customer_id"], limit=100):
        assert (other.delivery_address == once_more) == (other.number == number)
    buyer = await shop.check_identity(number, order["billing_postcode"], source="the buyer")
    assert buyer.whole_account, "the billing address is what it was"
    shipped = (await ledger.orders("shipped"))[0]
    with pytest.raises(NotAllowed) as no:
        await shop.change_address(shipped["number"], ELSEWHERE, turn_id="t")
    assert no.value.refusal is Refusal.UNDERWAY


async def test_the_same_address_is_in_the_book_once(
    counters: list[SqlShop], ledger: Ledger
) -> None:
    before = len(await ledger.rows("addresses"))
    shouted = Address("7 FERRY STREET, APT 2", "BEND", "OR", "97701")
    added = await asyncio.gather(
        *(
            counters[n % 4].add_address(5, shouted if n % 2 else ELSEWHERE, turn_id=f"turn {n}")
            for n in range(8)
        )
    )
    assert len(set(added)) == 1
    assert len(await ledger.rows("addresses")) == before + 1
    await counters[0].add_address(6, ELSEWHERE, turn_id="t")
    assert len(await ledger.rows("addresses")) == before + 2, "somebody else's book"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (Address("", "Bend", "OR", "97701"), "street"),
        (Address("1 Road", "\x00", "OR", "97701"), "city"),
        (Address("1 Road", "Bend", "Oregon", "97701"), "two letters"),
        (Address("1 Road", "Bend", "OR", "9770"), "has 4"),
    ],
)
async def test_half_an_address_is_a_mistake_of_who_asks(wrong: Address, says: str) -> None:
    shop = SqlShop("sqlite:///nowhere.db")
    with pytest.raises(ValueError, match=says):
        await shop.add_address(1, wrong, turn_id="t")
    with pytest.raises(ValueError, match=says):
        await shop.change_address("482911", wrong, turn_id="t")


async def test_refunds_skip_the_weekend(shop: SqlShop, ledger: Ledger, clock: Clock) -> None:
    numbers = [order["number"] for order in await ledger.orders("processing")]
    expected = {0: 7, 1: 7, 4: 7, 5: 6, 6: 5}  # days ahead, by days after Monday
    for later, ahead in expected.items():
        day = clock.now + timedelta(days=later)
        at_that_day = SqlShop(ledger.url, clock=lambda day=day: day)  # type: ignore[misc]
        cancelled = await at_that_day.cancel_order(numbers.pop(), turn_id=f"turn {later}")
        await at_that_day.close()
        assert cancelled.refund_by == (day + timedelta(days=ahead)).date(), later
