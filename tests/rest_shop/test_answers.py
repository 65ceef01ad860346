"""Over HTTP, the shop tells what it tells directly."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from actions.backend import CheckOutcome, OrderState, ShopBackend
from actions.rest_shop import RestShop
from actions.shop import demo_orders
from tests.rest_shop.conftest import Served

MATCHED, NO_MATCH, LOCKED = CheckOutcome.MATCHED, CheckOutcome.NO_MATCH, CheckOutcome.LOCKED


@pytest.fixture
async def listed(served: Served) -> list[dict[str, Any]]:
    return await demo_orders(served.database)


def test_it_is_a_shop_backend() -> None:
    backend: ShopBackend = RestShop("https://shop.example")
    assert backend


async def test_orders_in_every_state_are_told_alike(
    served: Served, rest: RestShop, listed: list[dict[str, Any]]
) -> None:
    for state in OrderState:
        numbers = [order["number"] for order in listed if order["status"] == state][:3]
        assert numbers, state
        for number in numbers:
            order = await rest.order(number)
            assert order is not None
            assert order == await served.direct.order(number)
            assert order.state is state
            assert order.placed_at.utcoffset() == timedelta(0)
            assert await rest.options(number) == await served.direct.options(number)
            assert await rest.invoice(number) == await served.direct.invoice(number)
            assert await rest.returns_of(number) == tuple(await served.direct.returns_of(number))


async def test_unknown_things_are_unknown(rest: RestShop) -> None:
    assert await rest.order("000000") is None
    assert await rest.options("000000") is None
    assert await rest.invoice("000000") is None
    assert await rest.returns_of("000000") == ()
    assert await rest.customer(999_999) is None
    assert await rest.orders_of(999_999) == ()
    assert await rest.stock_at("NO-SUCH-SKU") == ()
    assert await rest.search_products("xylophone quarterly") == ()


async def test_a_number_may_be_written_with_spaces(
    rest: RestShop, listed: list[dict[str, Any]]
) -> None:
    number = listed[0]["number"]
    order = await rest.order(f" {number[:3]} {number[3:]} ")
    assert order is not None
    assert order.number == number


async def test_a_customers_orders_come_newest_first(
    served: Served, rest: RestShop, listed: list[dict[str, Any]]
) -> None:
    customer_id = listed[0]["customer_id"]
    assert await rest.customer(customer_id) == await served.direct.customer(customer_id)
    for limit in (1, 10, 10**9):
        orders = await rest.orders_of(customer_id, limit=limit)
        assert orders == tuple(await served.direct.orders_of(customer_id, limit=limit))
        assert orders


@pytest.mark.parametrize(
    "words",
    [
        "do you have the alder rain jacket in red, large?",
        "somthing agianst rain & wind #1 100%?",
        "Ünïcödé tent \ud800 \x00",
        "",
        pytest.param("tent " * 500, id="long"),
    ],
)
async def test_a_search_finds_the_same(served: Served, rest: RestShop, words: str) -> None:
    for limit in (1, 5):
        assert await rest.search_products(words, limit=limit) == tuple(
            await served.direct.search_products(words, limit=limit)
        )


async def test_stock_is_told_of_this_moment(served: Served, rest: RestShop) -> None:
    (match,) = await rest.search_products("alder rain jacket", limit=1)
    sku = match.product.variants[0].sku
    before = await rest.stock_at(sku)
    assert before == tuple(await served.direct.stock_at(sku))
    assert {place.as_of for place in before} == {served.clock.now} == {match.as_of}
    served.clock.move(seconds=5)
    after = await rest.stock_at(sku)
    assert {place.as_of for place in after} == {served.clock.now}
    (match,) = await rest.search_products("alder rain jacket", limit=1)
    assert match.as_of == served.clock.now


async def test_a_shops_old_figures_are_passed_on_as_old(served: Served, rest: RestShop) -> None:
    """Whether they are still told is the action layer's business."""
    body = """{"places": [{"place": {"id": 1, "name": "Store", "city": "Bend", "state": "OR",
        "pickup": true}, "on_hand": 2, "restock_on": null, "as_of": "2020-01-01T01:00:00+01:00",
        "shelf": "is ignored"}]}"""

    async def old(_request: web.Request, _handler: object) -> web.Response:
        return web.Response(text=body, content_type="application/json")

    served.faults.append(old)
    (place,) = await rest.stock_at("ANY")
    assert place.as_of.isoformat() == "2020-01-01T00:00:00+00:00"


async def test_promotions_are_told_alike(served: Served, rest: RestShop) -> None:
    promotions = await rest.promotions()
    assert promotions == tuple(await served.direct.promotions())
    assert promotions


async def test_the_buyer_and_who_receives_a_present_are_told_apart(
    rest: RestShop, listed: list[dict[str, Any]]
) -> None:
    present = next(order for order in listed if order["postcode"] != order["billing_postcode"])
    number = present["number"]
    buyer = await rest.check_identity(number, present["billing_postcode"], source="buyer")
    by_mail = await rest.check_identity(number, present["email"], source="by mail")
    receiver = await rest.check_identity(number, present["postcode"], source="receiver")
    assert buyer.outcome is by_mail.outcome is receiver.outcome is MATCHED
    assert (buyer.whole_account, by_mail.whole_account, receiver.whole_account) == (
        True,
        True,
        False,
    )
    assert buyer.order == await rest.order(number)


async def test_guessing_locks_and_one_turn_counts_once(
    rest: RestShop, listed: list[dict[str, Any]]
) -> None:
    number, postcode = listed[0]["number"], listed[0]["postcode"]
    for _ in range(20):  # one turn, sent again and again
        check = await rest.check_identity(number, "99999", source="thief", turn_id="turn 1")
        assert (check.outcome, check.order) == (NO_MATCH, None)
    assert (await rest.check_identity(number, postcode, source="owner")).outcome is MATCHED
    for _ in range(5):  # without a turn each try counts
        assert (await rest.check_identity(number, "99999", source="thief")).outcome is NO_MATCH
    locked = await rest.check_identity(number, postcode, source="owner")
    assert (locked.outcome, locked.order, locked.whole_account) == (LOCKED, None, False)


@pytest.mark.parametrize(
    "number", ["", pytest.param("1" * 100_000, id="long"), "<b>", "\ud800\x00", "000000"]
)
async def test_hostile_tries_match_nothing(rest: RestShop, number: str) -> None:
    check = await rest.check_identity(number, number * 2, source=number)
    assert check.outcome is NO_MATCH


async def test_many_questions_at_once_are_all_answered(rest: RestShop) -> None:
    answers = await asyncio.gather(*(rest.orders_of(n) for n in range(1, 61)))
    assert all(answers)
