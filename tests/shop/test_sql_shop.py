"""What the assistant and the desk get from the shop, and what happens when it is gone."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from actions.backend import (
    Address,
    BackendUnavailable,
    ComplaintKind,
    GrantKind,
    LineChange,
    OrderState,
    ReturnReason,
    ReturnWish,
    ShopBackend,
    Tier,
)
from actions.shop import SqlShop, demo_orders, migrate
from actions.shop.database import create_engine, writing
from tests.shop.conftest import Databases

ADDRESS = Address("7 Ferry Street", "Bend", "OR", "97701")

QUESTIONS: list[Callable[[SqlShop], Awaitable[object]]] = [
    lambda shop: shop.ping(),
    lambda shop: shop.order("482911"),
    lambda shop: shop.orders_of(1),
    lambda shop: shop.customer(1),
    lambda shop: shop.search_products("a tent"),
    lambda shop: shop.check_identity("482911", "97205", source="visitor"),
    lambda shop: shop.stock_at("RJ01-RED-M"),
    lambda shop: shop.promotions(),
    lambda shop: shop.options("482911"),
    lambda shop: shop.invoice("482911"),
    lambda shop: shop.returns_of("482911"),
    lambda shop: shop.cancel_order("482911", turn_id="t"),
    lambda shop: shop.reserve("RJ01-RED-M", 3, name="Ana", turn_id="t"),
    lambda shop: shop.quote_change("482911", [LineChange("RJ01-RED-M", 1)]),
    lambda shop: shop.change_order("482911", [LineChange("RJ01-RED-M", 1)], turn_id="t"),
    lambda shop: shop.change_address("482911", ADDRESS, turn_id="t"),
    lambda shop: shop.add_address(1, ADDRESS, turn_id="t"),
    lambda shop: shop.send_invoice("482911", turn_id="t"),
    lambda shop: shop.request_return(
        "482911",
        [LineChange("RJ01-RED-M", 1)],
        reason=ReturnReason.OTHER,
        wish=ReturnWish.REFUND,
        turn_id="t",
    ),
    lambda shop: shop.grant("482911", GrantKind.REFUND, 1, reason=ComplaintKind.LATE, turn_id="t"),
    lambda shop: shop.file_complaint(
        ComplaintKind.LATE, "Late.", number=None, customer_id=None, turn_id="t"
    ),
]


async def all_unavailable(shop: SqlShop) -> None:
    for question in QUESTIONS:
        with pytest.raises(BackendUnavailable):
            await question(shop)


def rename(file: str, to: str) -> None:
    Path(file).rename(to)


def test_it_is_a_shop_backend() -> None:
    backend: ShopBackend = SqlShop("sqlite:///nowhere.db")
    assert backend


async def test_an_order_is_told_as_the_database_has_it(reader: SqlShop, shared_url: str) -> None:
    listed = await demo_orders(shared_url)
    for state in OrderState:
        expected = next(order for order in listed if order["status"] == state)
        order = await reader.order(expected["number"])
        assert order is not None
        assert order.state is state
        assert order.customer.id == expected["customer_id"]
        assert order.customer.email == expected["email"]
        assert str(order.expected_on) == str(expected["expected_on"])
        assert [s.tracking_number for s in order.shipments] == expected["tracking_numbers"]
        assert order.placed_at.utcoffset() == timedelta(0)
        assert order.lines
        assert order.total_cents == expected["total_cents"]
        goods = sum(line.quantity * line.unit_price_cents for line in order.lines)
        assert order.total_cents == goods - order.discount_cents + order.delivery_cents
        assert order.delivery_address.city == expected["city"]
        assert order.delivery_address.postcode == expected["postcode"]
        for shipment in order.shipments:
            assert shipment.lines
            assert shipment.events
            assert {line.sku for line in shipment.lines} <= {line.sku for line in order.lines}
            assert list(shipment.events) == sorted(shipment.events, key=lambda event: event.at)


async def test_an_unknown_order_or_customer_is_none(reader: SqlShop) -> None:
    assert await reader.order("000000") is None
    assert await reader.order("no number") is None
    assert await reader.customer(999_999) is None
    assert await reader.customer(-1) is None
    assert await reader.customer(10**30) is None
    assert await reader.orders_of(10**30) == []


async def test_a_customers_orders_come_newest_first(reader: SqlShop, shared_url: str) -> None:
    listed = await demo_orders(shared_url)
    most = max(range(1, 301), key=lambda i: sum(order["customer_id"] == i for order in listed))
    theirs = [order["number"] for order in listed if order["customer_id"] == most]
    assert [order.number for order in await reader.orders_of(most)] == theirs[:10]
    assert [order.number for order in await reader.orders_of(most, limit=2)] == theirs[:2]
    assert len(await reader.orders_of(most, limit=10**9)) == min(len(theirs), 100)
    assert await reader.orders_of(most, limit=-1) == []
    customer = await reader.customer(most)
    assert customer is not None
    assert customer.tier in Tier


async def test_many_questions_at_once_are_all_answered(reader: SqlShop) -> None:
    answers = await asyncio.gather(*(reader.orders_of(n) for n in range(1, 101)))
    assert all(answers)


async def test_the_desk_reads_while_the_shop_is_being_written(shop: SqlShop, demo_url: str) -> None:
    """A check's transaction is open elsewhere; on SQLite in WAL mode readers don't wait for it."""
    engine = create_engine(demo_url)
    async with writing(engine), asyncio.timeout(2):
        assert await shop.orders_of(1)
    await engine.dispose()


async def test_without_a_file_there_is_no_shop_and_none_is_made(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    shop = SqlShop(f"sqlite:///{file}")
    await all_unavailable(shop)
    assert not file.exists()
    await migrate(f"sqlite:///{file}")
    await shop.ping()
    await shop.close()


async def test_a_file_that_goes_away_is_noticed(databases: Databases) -> None:
    url = await databases.demo("sqlite")
    shop = SqlShop(url)
    await shop.ping()
    file = str(make_url(url).database)
    rename(file, file + ".aside")
    await all_unavailable(shop)
    rename(file + ".aside", file)
    await shop.ping()
    await shop.close()


async def test_a_database_that_was_never_migrated_is_unavailable(
    databases: Databases, kind: str, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/empty.db"
    if kind == "postgres":
        url = await databases.empty(kind)
    else:
        sqlite3.connect(tmp_path / "empty.db").close()
    shop = SqlShop(url)
    await all_unavailable(shop)
    await shop.close()


async def test_a_server_that_refuses_is_unavailable() -> None:
    refuses = SqlShop("postgresql://postgres@127.0.0.1:1/shop")
    await all_unavailable(refuses)
    await refuses.close()


@pytest.mark.postgres
async def test_a_database_that_was_dropped_is_unavailable(
    databases: Databases,
) -> None:
    url = await databases.demo("postgres")
    shop = SqlShop(url)
    await shop.ping()
    await databases.drop(url)
    await all_unavailable(shop)
    await shop.close()


async def test_a_reason_is_given_without_customers_data(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    file.write_bytes(b"this is not a database, it only looks like a file" * 100)
    shop = SqlShop(f"sqlite:///{file}")
    with pytest.raises(BackendUnavailable, match="not a database") as raised:
        await shop.check_identity("482911", "97205", source="+12125550147")
    await shop.close()
    assert "97205" not in str(raised.value)
