"""Customers have something put aside at the store, many of them at once and there are few left."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from actions.backend import (
    STOCK_MAX_AGE,
    ChangeQuote,
    LineChange,
    NotAllowed,
    Refusal,
    Reservation,
)
from actions.shop import SqlShop
from actions.shop.codes import LETTERS
from tests.shop.conftest import TODAY, Clock
from tests.shop.ledger import BEND, COLUMBUS, PORTLAND, Ledger


@pytest.fixture
async def jacket(ledger: Ledger) -> str:
    """An article of which seven hang in the store in Bend."""
    sku = str((await ledger.rows("variants"))[0].sku)
    await ledger.put(sku, {PORTLAND: 4, COLUMBUS: 0, BEND: 7})
    return sku


async def aside(shop: SqlShop, sku: str, turn_id: str, quantity: int = 1) -> Reservation:
    return await shop.reserve(sku, BEND, name="Ana", quantity=quantity, turn_id=turn_id)


def refusals(answers: list[object]) -> Counter[Refusal]:
    return Counter(answer.refusal for answer in answers if isinstance(answer, NotAllowed))


async def test_the_stock_is_told_for_each_place_and_says_when_it_was_read(
    shop: SqlShop, jacket: str, clock: Clock
) -> None:
    clock.move(minutes=3)
    places = await shop.stock_at(f" {jacket.lower()}")
    assert {place.place.id: place.on_hand for place in places} == {1: 4, 2: 0, 3: 7}
    assert [place.place.pickup for place in places] == [False, False, True]
    assert places[2].place.city == "Bend"
    assert {place.as_of for place in places} == {clock.now}
    for nothing in ("NO-SUCH-THING", "", "\x00", "x" * 100_000, "💥\ud800"):
        assert await shop.stock_at(nothing) == []


async def test_found_products_say_when_their_stock_was_read(shop: SqlShop, clock: Clock) -> None:
    await shop.search_products("rain jacket")
    clock.move(seconds=50)
    [best, *_] = await shop.search_products("rain jacket")
    assert clock.now - best.as_of < STOCK_MAX_AGE, "though the index is older"


async def test_only_promotions_that_run_today_are_told(shop: SqlShop, clock: Clock) -> None:
    codes = [promotion.code for promotion in await shop.promotions()]
    assert codes == ["CAMPOUT", "RAINYDAY", "TRAIL10", "HELLO5"], "the highest first"
    clock.move(days=14)
    [tents, *_] = await shop.promotions()
    assert (tents.code, tents.ends_on) == ("CAMPOUT", TODAY + timedelta(days=14)), "its last day"
    clock.move(days=1)
    assert [p.code for p in await shop.promotions()] == ["SLEEPWELL", "TRAIL10", "HELLO5"]


async def test_what_is_put_aside_counts_as_sold(
    shop: SqlShop, jacket: str, ledger: Ledger, clock: Clock
) -> None:
    reserved = await aside(shop, jacket.lower(), "t", quantity=2)
    assert len(reserved.code) == 6
    assert set(reserved.code) <= set(LETTERS)
    assert (reserved.sku, reserved.quantity, reserved.place.city) == (jacket, 2, "Bend")
    assert "," in reserved.name
    assert reserved.until == clock.now + timedelta(days=2)
    assert await ledger.stock(jacket) == {PORTLAND: 4, COLUMBUS: 0, BEND: 5}
    [row] = await ledger.rows("reservations")
    assert (row.code, row.name, row.released_at) == (reserved.code, "Ana", None)


async def test_what_cannot_be_put_aside_is_refused(
    shop: SqlShop, jacket: str, ledger: Ledger
) -> None:
    for sku, place, quantity, refusal in [
        (jacket, BEND, 8, Refusal.OUT_OF_STOCK),
        (jacket, BEND, 10**30, Refusal.OUT_OF_STOCK),
        (jacket, PORTLAND, 1, Refusal.NOT_HERE),
        (jacket, 99, 1, Refusal.NOT_HERE),
        (jacket, -(10**30), 1, Refusal.NOT_HERE),
        ("NO-SUCH-THING", BEND, 1, Refusal.UNKNOWN_ITEM),
    ]:
        with pytest.raises(NotAllowed) as no:
            await shop.reserve(sku, place, name="Ana", quantity=quantity, turn_id="t")
        assert no.value.refusal is refusal
    with pytest.raises(ValueError, match="at least one"):
        await shop.reserve(jacket, BEND, name="Ana", quantity=0, turn_id="t")
    assert await ledger.stock(jacket) == {PORTLAND: 4, COLUMBUS: 0, BEND: 7}
    assert await ledger.rows("reservations") == []


async def test_after_two_days_it_is_for_sale_again(
    shop: SqlShop, jacket: str, ledger: Ledger, clock: Clock
) -> None:
    await aside(shop, jacket, "a", quantity=3)
    clock.move(days=1)
    await aside(shop, jacket, "b", quantity=4)
    clock.move(hours=23.9)
    with pytest.raises(NotAllowed):
        await aside(shop, jacket, "c")
    clock.move(hours=0.1)
    await aside(shop, jacket, "c")
    assert await ledger.stock(jacket) == {PORTLAND: 4, COLUMBUS: 0, BEND: 2}
    clock.move(days=2)
    assert [place.on_hand for place in await shop.stock_at(jacket)] == [4, 0, 7]


async def test_search_and_change_see_what_has_run_out(
    shop: SqlShop, jacket: str, ledger: Ledger, clock: Clock
) -> None:
    await ledger.put(jacket, {BEND: 1})
    product = (await ledger.rows("products"))[0].name

    async def on_hand() -> int:
        [best, *_] = await shop.search_products(product)
        return next(variant.on_hand for variant in best.variants if variant.sku == jacket)

    assert await on_hand() == 1
    await aside(shop, jacket, "t")
    assert await on_hand() == 0
    clock.move(days=3)
    order = (await ledger.orders("processing"))[0]["number"]
    quoted = await shop.quote_change(order, [LineChange(jacket, 1)])
    assert quoted.lines[-1].sku == jacket
    assert await on_hand() == 1


async def test_what_was_collected_does_not_come_back(
    shop: SqlShop, jacket: str, ledger: Ledger, clock: Clock
) -> None:
    await aside(shop, jacket, "t")
    [row] = await ledger.rows("reservations")
    await ledger.change("reservations", row.id, released_at=clock.now)
    clock.move(days=3)
    assert [place.on_hand for place in await shop.stock_at(jacket)] == [4, 0, 6]


async def test_twenty_who_look_at_once_release_it_once(
    counters: list[SqlShop], jacket: str, ledger: Ledger, clock: Clock
) -> None:
    for n in range(5):
        await aside(counters[0], jacket, f"turn {n}")
    clock.move(days=2)
    seen = await asyncio.gather(*(counters[n % 4].stock_at(jacket) for n in range(20)))
    assert {places[2].on_hand for places in seen} == {7}
    assert await ledger.stock(jacket) == {PORTLAND: 4, COLUMBUS: 0, BEND: 7}


async def test_sixty_want_one_of_seven_and_seven_get_it(
    counters: list[SqlShop], jacket: str, ledger: Ledger
) -> None:
    answers: list[object] = await asyncio.gather(
        *(aside(counters[n % 4], jacket, f"turn {n}") for n in range(60)), return_exceptions=True
    )
    got = [answer for answer in answers if isinstance(answer, Reservation)]
    assert len(got) == 7
    assert refusals(answers) == {Refusal.OUT_OF_STOCK: 53}
    assert (await ledger.stock(jacket))[BEND] == 0
    assert len({reservation.code for reservation in got}) == 7
    assert {row.code for row in await ledger.rows("reservations")} == {r.code for r in got}


PROCESS = """
import asyncio, sys
from actions.backend import NotAllowed, Reservation
from actions.shop import SqlShop
from tests.shop.conftest import Clock

async def main(url, sku, who):
    shop = SqlShop(url, clock=Clock())
    await shop.ping()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    turns = (shop.reserve(sku, 3, name=who, turn_id=f"{who} {n}") for n in range(30))
    for answer in await asyncio.gather(*turns, return_exceptions=True):
        print(answer.code if isinstance(answer, Reservation) else answer)
    await shop.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_two_processes_do_not_sell_the_same_piece(jacket: str, ledger: Ledger) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROCESS, ledger.url, jacket, who),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        for who in ("one", "other")
    ]
    for process in processes:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
    said = [out for out, _err in await asyncio.gather(*(p.communicate(b"\n") for p in processes))]
    answers = b"".join(said).decode().split()
    assert Counter(answers)["out_of_stock"] == 53
    codes = [answer for answer in answers if answer != "out_of_stock"]
    assert len(set(codes)) == len(codes) == 7
    assert {row.code for row in await ledger.rows("reservations")} == set(codes)
    assert (await ledger.stock(jacket))[BEND] == 0


async def test_the_last_piece_goes_into_an_order_or_to_the_counter(
    counters: list[SqlShop], jacket: str, ledger: Ledger
) -> None:
    orders = [o for o in await ledger.orders("processing") if jacket not in str(o["lines"])]
    for round_ in range(5):
        await ledger.put(jacket, {BEND: 1})
        answers: list[object] = await asyncio.gather(
            *(
                counters[n % 2].change_order(
                    orders.pop()["number"], [LineChange(jacket, 1)], turn_id=f"{round_} {n}"
                )
                for n in range(5)
            ),
            *(aside(counters[2 + n % 2], jacket, f"{round_} {n}") for n in range(5)),
            return_exceptions=True,
        )
        [_got] = [answer for answer in answers if isinstance(answer, (Reservation, ChangeQuote))]
        assert refusals(answers) == {Refusal.OUT_OF_STOCK: 9}
        assert await ledger.stock(jacket) == {BEND: 0}


async def test_orders_and_reservations_never_sell_more_than_there_is(
    counters: list[SqlShop], jacket: str, ledger: Ledger
) -> None:
    """Two articles change places in orders while others reserve and cancel: nobody waits in a
    circle, and every piece is somewhere."""
    other = str((await ledger.rows("variants"))[1].sku)
    await ledger.put(jacket, {PORTLAND: 5, BEND: 5})
    await ledger.put(other, {PORTLAND: 5, BEND: 5})
    orders = [o for o in await ledger.orders("processing") if len(o["lines"]) == 1][:12]
    for n, order in enumerate(orders):
        await counters[0].change_order(
            order["number"],
            [LineChange(order["lines"][0][0], 0), LineChange((jacket, other)[n % 2], 1)],
            turn_id=f"first {n}",
        )
    answers: list[object] = await asyncio.gather(
        *(
            counters[n % 4].change_order(
                order["number"],
                [LineChange((jacket, other)[n % 2], 0), LineChange((other, jacket)[n % 2], 1)],
                turn_id=f"swap {n}",
            )
            for n, order in enumerate(orders)
        ),
        *(counters[n % 4].cancel_order(o["number"], turn_id="c") for n, o in enumerate(orders[:4])),
        *(aside(counters[n % 4], (jacket, other)[n % 2], f"turn {n}") for n in range(12)),
        return_exceptions=True,
    )
    assert set(refusals(answers)) <= {Refusal.OUT_OF_STOCK, Refusal.CANCELLED}
    unexpected = [a for a in answers if isinstance(a, Exception) and not isinstance(a, NotAllowed)]
    assert unexpected == []
    numbers = {order["number"] for order in orders}
    in_orders = sum(
        quantity
        for order in await ledger.orders("processing")
        if order["number"] in numbers
        for _sku, _name, quantity in order["lines"]
    )
    reserved = len(await ledger.rows("reservations"))
    left = sum((await ledger.stock(jacket)).values()) + sum((await ledger.stock(other)).values())
    assert in_orders == 8
    assert left + in_orders + reserved == 20
