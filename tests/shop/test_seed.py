"""The demo shop is the same everywhere and true today."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from actions.backend import (
    ComplaintKind,
    GrantKind,
    LineChange,
    OrderState,
    ReturnReason,
    ReturnState,
    ReturnWish,
    Tier,
    is_order_number,
)
from actions.shop import Seeding, SqlShop, demo_orders, migrate, seed
from actions.shop.database import create_engine, reading, writing
from actions.shop.demo.orders import COUNTS
from actions.shop.seed import NotEmpty, demo_rows
from actions.shop.tables import CustomerRow, IdentityCheckRow, ProductRow
from tests.shop.conftest import TODAY, Clock, Databases, digest
from tests.shop.ledger import BEND, Ledger

SAME_EVERYWHERE = "97bfaa8a8ce0427a697ea1f2be6ec3425cf66d455f6b6ef0cb906983b10d72b4"
"""Of the demo shop on 4 May 2026. Change it when you mean to change the shop: every order number
and postcode that people noted from the old one is then void."""

IN_TRANSIT = {OrderState.SHIPPED, OrderState.OUT_FOR_DELIVERY, OrderState.PARTLY_SHIPPED}


async def test_the_shop_is_the_same_on_every_machine_and_database(shared_url: str) -> None:
    assert await digest(shared_url) == SAME_EVERYWHERE


async def test_seeding_again_does_nothing(shared_url: str) -> None:
    assert await seed(shared_url, today=TODAY) is Seeding.NOTHING
    assert await seed(shared_url, today=TODAY - timedelta(days=1)) is Seeding.NOTHING
    assert await digest(shared_url) == SAME_EVERYWHERE


async def test_a_shop_seeded_in_may_looks_in_july_as_if_seeded_then(
    demo_url: str, databases: Databases
) -> None:
    july = date(2026, 7, 19)
    assert await seed(demo_url, today=july) is Seeding.REFRESHED
    in_july = await databases.empty("sqlite")
    await migrate(in_july)
    await seed(in_july, today=july)
    assert await digest(demo_url) == await digest(in_july)


async def test_failed_checks_are_not_moved_with_the_dates(demo_url: str) -> None:
    """Else a new day would prolong every lock by a day."""
    engine = create_engine(demo_url)
    at = datetime(2026, 5, 4, 23, 50, tzinfo=UTC)
    async with writing(engine) as connection:
        await connection.execute(
            insert(IdentityCheckRow).values(at=at, number="482911", source="visitor")
        )
    await seed(demo_url, today=TODAY + timedelta(days=1))
    async with reading(engine) as connection:
        assert await connection.scalar(select(IdentityCheckRow.at)) == at
    await engine.dispose()


async def test_what_customers_did_is_not_moved_with_the_dates(
    shop: SqlShop, ledger: Ledger, clock: Clock
) -> None:
    """A reservation runs out when it was said to, however often the demo's dates are moved."""
    numbers = [order["number"] for order in await ledger.orders("delivered")]
    sku = next(row.sku for row in await ledger.rows("variants"))
    await ledger.put(sku, {BEND: 2})
    await shop.reserve(sku, BEND, name="Ana", turn_id="t")
    for number, kind in zip(numbers, GrantKind, strict=False):
        await shop.grant(number, kind, 500, reason=ComplaintKind.LATE, turn_id="t")
    await shop.send_invoice(numbers[0], turn_id="t")
    await shop.file_complaint(
        ComplaintKind.LATE, "Late.", number=numbers[0], customer_id=1, turn_id="t"
    )
    tables = ("reservations", "grants", "outbox", "complaints", "done_turns")
    before = [await ledger.rows(table) for table in tables]
    assert all(before)
    await seed(ledger.url, today=TODAY + timedelta(days=1))
    assert [await ledger.rows(table) for table in tables] == before


async def test_a_return_of_today_is_never_in_the_future_nor_before_its_delivery(
    shop: SqlShop, ledger: Ledger, clock: Clock
) -> None:
    returned = {row.order_id for row in await ledger.rows("returns")}
    order = next(
        row
        for row in await ledger.rows("orders")
        if row.state is OrderState.DELIVERED and row.id not in returned
    )
    parcel = next(row for row in await ledger.rows("shipments") if row.order_id == order.id)
    await ledger.change("shipments", parcel.id, delivered_at=clock.now - timedelta(days=2))
    options = await shop.options(order.number)
    assert options is not None
    [line, *_] = options.returnable
    await shop.request_return(
        order.number,
        [LineChange(line.sku, 1)],
        reason=ReturnReason.OTHER,
        wish=ReturnWish.REFUND,
        turn_id="t",
    )
    for days in range(1, 4):
        await seed(ledger.url, today=TODAY + timedelta(days=days))
        [back] = await shop.returns_of(order.number)
        assert back.requested_at == clock.now + timedelta(days=days - 1)
        moved = next(row for row in await ledger.rows("shipments") if row.id == parcel.id)
        assert moved.delivered_at < back.requested_at


async def test_somebodys_own_shop_is_left_alone(empty_url: str) -> None:
    await migrate(empty_url)
    engine = create_engine(empty_url)
    own = {"model": "Kazoo", "name": "Kazoo", "category": "Kazoos", "description": "Hums."}
    async with writing(engine) as connection:
        await connection.execute(insert(ProductRow).values(**own, currency="EUR"))
    with pytest.raises(NotEmpty, match="empty database"):
        await seed(empty_url, today=TODAY)
    async with reading(engine) as connection:
        assert await connection.scalar(select(func.count()).select_from(ProductRow)) == 1
    await engine.dispose()


async def test_rows_can_be_added_to_a_seeded_shop(demo_url: str) -> None:
    """The ids the seed brought along are not given again."""
    engine = create_engine(demo_url)
    new = {"name": "Ana New", "email": "ana.new@example.com", "tier": Tier.GOLD}
    async with writing(engine) as connection:
        await connection.execute(insert(CustomerRow).values(**new))
    async with reading(engine) as connection:
        assert await connection.scalar(select(func.max(CustomerRow.id))) == 301
    await engine.dispose()


class Book:
    """The rows of one order together."""

    def __init__(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        self.orders = rows["orders"]
        self.items = _by(rows["order_items"], "order_id")
        self.parcels = _by(rows["shipments"], "order_id")
        self.parts = _by(rows["shipment_items"], "shipment_id")
        self.events = _by(rows["tracking_events"], "shipment_id")
        self.returns = _by(rows["returns"], "order_id")


def _by(rows: list[dict[str, Any]], key: str) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


@pytest.fixture(scope="module")
def rows() -> dict[str, list[dict[str, Any]]]:
    return demo_rows(TODAY)


@pytest.fixture(scope="module")
def book(rows: dict[str, list[dict[str, Any]]]) -> Book:
    return Book(rows)


def test_it_is_as_large_as_promised(rows: dict[str, list[dict[str, Any]]]) -> None:
    assert len(rows["products"]) == 400
    assert len({product["category"] for product in rows["products"]}) == 25
    assert len(rows["customers"]) == 300
    assert len(rows["orders"]) == 3000
    assert len({order["customer_id"] for order in rows["orders"]}) == 300
    assert [warehouse["pickup"] for warehouse in rows["warehouses"]].count(True) == 1
    for unique, table in [("email", "customers"), ("sku", "variants"), ("number", "orders")]:
        assert len({row[unique] for row in rows[table]}) == len(rows[table])


def test_order_numbers_check_and_do_not_count_up(book: Book) -> None:
    numbers = [order["number"] for order in book.orders]
    assert all(is_order_number(number) for number in numbers)
    steps = [int(b) - int(a) for a, b in pairwise(numbers)]
    assert 0.4 < sum(step > 0 for step in steps) / len(steps) < 0.6
    assert not any(
        is_order_number(number[:-1] + str((int(number[-1]) + 1) % 10)) for number in numbers
    )


def test_every_state_is_there(book: Book) -> None:
    assert Counter(order["state"] for order in book.orders) == COUNTS
    assert set(COUNTS) == set(OrderState)


def test_promised_days_agree_with_the_state(book: Book) -> None:
    for order in book.orders:
        state, expected = order["state"], order["expected_on"]
        if state in (OrderState.DELIVERED, OrderState.CANCELLED, OrderState.RETURNED):
            assert expected is None
        elif state is OrderState.DELAYED:
            assert expected < TODAY
        elif state is OrderState.OUT_FOR_DELIVERY:
            assert expected == TODAY
        else:
            assert expected > TODAY
        for parcel in book.parcels[order["id"]]:
            if parcel["delivered_at"] is None and state is not OrderState.DELAYED:
                assert parcel["expected_on"] >= TODAY


def test_parcels_agree_with_the_state(book: Book) -> None:
    for order in book.orders:
        parcels = book.parcels[order["id"]]
        on_the_way = [p for p in parcels if p["shipped_at"] and not p["delivered_at"]]
        delivered = [p for p in parcels if p["delivered_at"]]
        sent = {
            part["order_item_id"]
            for p in parcels
            if p["shipped_at"]
            for part in book.parts[p["id"]]
        }
        ordered = {item["id"] for item in book.items[order["id"]]}
        match order["state"]:
            case OrderState.AWAITING_PAYMENT | OrderState.PROCESSING | OrderState.CANCELLED:
                assert not parcels
            case OrderState.PACKED:
                assert parcels
                assert not sent
            case OrderState.PARTLY_SHIPPED:
                assert sent
                assert sent < ordered
            case OrderState.SHIPPED | OrderState.OUT_FOR_DELIVERY:
                assert on_the_way
                assert sent == ordered
            case OrderState.DELAYED:
                assert not delivered
            case OrderState.DELIVERED | OrderState.RETURNED:
                assert len(delivered) == len(parcels) > 0
                assert sent == ordered


def test_stories_are_told_in_order_and_end_before_today(book: Book) -> None:
    for order in book.orders:
        assert order["placed_at"].date() < TODAY
        for parcel in book.parcels[order["id"]]:
            times = [event["at"] for event in book.events[parcel["id"]]]
            assert times == sorted(times)
            assert order["placed_at"] < times[0]
            assert times[-1].date() < TODAY
            if parcel["shipped_at"]:
                assert parcel["expected_on"] > parcel["shipped_at"].date()
            assert parcel["delivered_at"] in (None, times[-1])
        for back in book.returns[order["id"]]:
            steps = [back["requested_at"], back["received_at"], back["refunded_at"]]
            known = [step for step in steps if step]
            assert known == sorted(known)
            assert known[-1].date() < TODAY
            assert all(p["delivered_at"] < known[0] for p in book.parcels[order["id"]])


def test_money_adds_up(book: Book) -> None:
    discounts = 0
    for order in book.orders:
        goods = sum(i["quantity"] * i["unit_price_cents"] for i in book.items[order["id"]])
        assert order["total_cents"] == goods - order["discount_cents"] + order["delivery_cents"]
        assert (order["promotion_id"] is None) == (order["discount_cents"] == 0)
        discounts += order["discount_cents"] > 0
        for back in book.returns[order["id"]]:
            assert 0 < back["refund_cents"] <= goods
    assert discounts > 200


def test_returned_orders_are_refunded_and_others_are_on_their_way_back(book: Book) -> None:
    states: Counter[ReturnState] = Counter()
    for order in book.orders:
        returns = book.returns[order["id"]]
        states.update(back["state"] for back in returns)
        if order["state"] is OrderState.RETURNED:
            assert [back["state"] for back in returns] == [ReturnState.REFUNDED]
    assert set(states) == set(ReturnState)


def test_there_are_late_partial_and_sold_out_things(
    rows: dict[str, list[dict[str, Any]]], book: Book
) -> None:
    late = [
        p
        for p in rows["shipments"]
        if p["delivered_at"] and p["delivered_at"].date() > p["expected_on"]
    ]
    assert len(late) > 100
    assert sum(len(parcels) > 1 for parcels in book.parcels.values()) > 100
    on_hand: Counter[int] = Counter()
    for stock in rows["stock"]:
        on_hand[stock["variant_id"]] += stock["on_hand"]
    sold_out = {variant for variant, count in on_hand.items() if count == 0}
    coming = {stock["variant_id"] for stock in rows["stock"] if stock["restock_on"]}
    assert 300 < len(sold_out) < 1200
    assert coming < sold_out


async def test_the_listing_says_what_a_tester_needs(shared_url: str) -> None:
    orders = await demo_orders(shared_url)
    assert len(orders) == 3000
    assert {order["status"] for order in orders} == {state.value for state in OrderState}
    shipped = next(order for order in orders if order["status"] == "shipped")
    assert len(shipped["postcode"]) == 5
    assert shipped["email"].endswith("@example.com")
    assert shipped["carrier"]
    assert shipped["tracking_numbers"]
    assert shipped["expected_on"] > TODAY.isoformat()
    ledger = Ledger(shared_url)
    row = next(row for row in await ledger.rows("orders") if row.number == shipped["number"])
    to = next(a for a in await ledger.rows("addresses") if a.id == row.delivery_address_id)
    lines = [item for item in await ledger.rows("order_items") if item.order_id == row.id]
    await ledger.close()
    assert (shipped["postcode"], shipped["city"]) == (to.postcode, to.city)
    assert shipped["total_cents"] == row.total_cents
    assert shipped["lines"] == [[item.sku, item.name, item.quantity] for item in lines]


async def test_what_the_shop_front_shows_is_in_the_shop(tmp_path: Path) -> None:
    """The demo page is written by hand; its goods and prices must be the catalogue's."""
    page = Path(__file__).parents[2] / "bot" / "channels" / "widget" / "demo.html"
    shown = re.findall(r"<h3>([^<]+)</h3><p>[^<]*</p><b>\$(\d+)</b>", page.read_text())
    assert len(shown) == 4
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    await migrate(url)
    await seed(url)
    shop = SqlShop(url)
    for name, price in shown:
        [best, *_] = await shop.search_products(name)
        assert (best.product.name, best.product.price_cents) == (name, int(price) * 100)
    await shop.close()
