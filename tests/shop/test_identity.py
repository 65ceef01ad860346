"""Somebody proves that an order is theirs, or tries to guess."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from actions.backend import CheckOutcome, is_order_number
from actions.shop import IdentityLimits, SqlShop, demo_orders
from actions.shop.database import create_engine, reading
from actions.shop.demo.orders import luhn_digit
from actions.shop.tables import IdentityCheckRow
from tests.shop.conftest import Clock

MATCHED, NO_MATCH, LOCKED = CheckOutcome.MATCHED, CheckOutcome.NO_MATCH, CheckOutcome.LOCKED


@dataclass(frozen=True)
class Known:
    number: str
    postcode: str

    @property
    def wrong(self) -> str:
        """A ZIP code that no customer has."""
        return "99999"


@pytest.fixture
async def orders(demo_url: str) -> list[Known]:
    return [Known(o["number"], o["postcode"]) for o in (await demo_orders(demo_url))[:40]]


@pytest.fixture
def nobodys(orders: list[Known]) -> str:
    """A good order number that nobody has."""
    taken = {order.number for order in orders}
    candidates = (f"{n}{luhn_digit(str(n))}" for n in range(10_000, 99_999))
    return next(number for number in candidates if number not in taken)


async def tries(shop: SqlShop, number: str, postcode: str, *sources: str) -> list[CheckOutcome]:
    return [
        (await shop.check_identity(number, postcode, source=source)).outcome for source in sources
    ]


async def failures(url: str) -> int:
    engine = create_engine(url)
    async with reading(engine) as connection:
        count = await connection.scalar(select(func.count()).select_from(IdentityCheckRow))
    await engine.dispose()
    return count or 0


async def test_number_and_postcode_give_the_order(shop: SqlShop, orders: list[Known]) -> None:
    known = orders[0]
    checked = await shop.check_identity(known.number, known.postcode, source="visitor")
    assert checked.outcome is MATCHED
    assert checked.order is not None
    assert checked.order.number == known.number


async def test_a_postcode_may_be_written_in_many_ways(shop: SqlShop, orders: list[Known]) -> None:
    known = orders[0]
    zip_code = known.postcode
    ways = [zip_code, f" {zip_code} ", f"{zip_code}-1234", f"{zip_code} 1234", f"{zip_code}1234"]
    for way in [*ways, f"ZIP {zip_code}.", " ".join(zip_code)]:
        assert await tries(shop, known.number, way, "visitor") == [MATCHED], way
    for short in (zip_code[:4], zip_code[1:], zip_code + "1", ""):
        assert await tries(shop, known.number, short, f"visitor {short}") == [NO_MATCH], short
    spaced = f"{known.number[:3]} {known.number[3:]}"
    assert await tries(shop, spaced, zip_code, "visitor") == [MATCHED]


async def test_who_pays_is_the_customer_and_who_receives_knows_one_order(
    shop: SqlShop, demo_url: str
) -> None:
    listed = await demo_orders(demo_url)
    present = next(order for order in listed if order["postcode"] != order["billing_postcode"])
    buyer = await shop.check_identity(
        present["number"], present["billing_postcode"], source="the buyer"
    )
    assert buyer.outcome is MATCHED
    assert buyer.whole_account
    receiver = await shop.check_identity(
        present["number"], present["postcode"], source="the receiver"
    )
    assert receiver.outcome is MATCHED
    assert receiver.order == buyer.order
    assert not receiver.whole_account
    own = next(order for order in listed if order["postcode"] == order["billing_postcode"])
    both = await shop.check_identity(own["number"], own["postcode"], source="a third")
    assert both.whole_account


async def test_the_e_mail_address_opens_the_whole_account(shop: SqlShop, demo_url: str) -> None:
    listed = await demo_orders(demo_url)
    present = next(order for order in listed if order["postcode"] != order["billing_postcode"])
    email = present["email"]
    for way in (email, f"  {email.upper()} ", email.replace("@", "＠")):
        checked = await shop.check_identity(present["number"], way, source="the buyer")
        assert checked.outcome is MATCHED, way
        assert checked.order is not None
        assert checked.order.number == present["number"]
        assert checked.whole_account
    other = next(order for order in listed if order["email"] != email)
    for n, wrong in enumerate((other["email"], email[1:], "@", f"{email} ", "a@b" * 10_000)):
        outcome = await tries(shop, present["number"], wrong, f"guesser {n}")
        assert outcome == [MATCHED if wrong.strip() == email else NO_MATCH]


async def test_a_postcode_inside_an_e_mail_address_is_none(
    shop: SqlShop, orders: list[Known]
) -> None:
    known = orders[0]
    wrong = f"anna{known.postcode}@example.com"
    assert await tries(shop, known.number, wrong, "visitor") == [NO_MATCH]


async def test_guessed_e_mail_addresses_count_like_postcodes(
    shop: SqlShop, orders: list[Known], nobodys: str, demo_url: str
) -> None:
    for number in (orders[0].number, nobodys):
        outcomes = [
            (await shop.check_identity(number, f"g{n}@example.com", source=f"{number} {n}")).outcome
            for n in range(8)
        ]
        assert outcomes == [NO_MATCH] * 6 + [LOCKED] * 2
    for _ in range(3):  # one turn sent three times
        await shop.check_identity(orders[1].number, "g@example.com", source="g", turn_id="t")
    assert await failures(demo_url) == 13


async def test_hostile_words_match_nothing_and_break_nothing(shop: SqlShop) -> None:
    for number, postcode in [
        ("", ""),
        ("1" * 1_000_000, "2" * 1_000_000),
        ("'; DROP TABLE orders; --", "<b>97205</b>"),
        ("\x00\x00\x00", "\x00"),
        ("💥" * 6, "\ud800"),
        ("482911", "\ud800@\x00"),
        ("482911", "@" * 1_000_000),
    ]:
        checked = await shop.check_identity(number, postcode, source="\x00 '; -- \ud800")
        assert checked.outcome is NO_MATCH
        assert checked.order is None
        assert await shop.order(number) is None
    assert await shop.orders_of(1)


async def test_six_failures_lock_a_number_for_everybody(shop: SqlShop, orders: list[Known]) -> None:
    known = orders[0]
    guessers = [f"guesser {n}" for n in range(8)]
    outcomes = await tries(shop, known.number, known.wrong, *guessers)
    assert outcomes == [NO_MATCH] * 6 + [LOCKED] * 2
    refused = await shop.check_identity(known.number, known.postcode, source="its owner")
    assert refused.outcome is LOCKED
    assert refused.order is None


async def test_a_number_that_does_not_exist_answers_just_the_same(
    shop: SqlShop, orders: list[Known], nobodys: str
) -> None:
    assert is_order_number(nobodys)
    guessers = [f"guesser {n}" for n in range(8)]
    real = await tries(shop, orders[0].number, orders[0].wrong, *guessers)
    assert await tries(shop, nobodys, orders[0].wrong, *guessers) == real


async def test_ten_failures_lock_a_source_for_every_number(
    shop: SqlShop, orders: list[Known]
) -> None:
    outcomes = [(await tries(shop, k.number, k.wrong, "guesser"))[0] for k in orders[:12]]
    assert outcomes == [NO_MATCH] * 10 + [LOCKED] * 2
    mine = orders[20]
    assert await tries(shop, mine.number, mine.postcode, "guesser", "its owner") == [
        LOCKED,
        MATCHED,
    ]


async def test_only_failures_count_and_success_does_not_forgive_them(
    shop: SqlShop, orders: list[Known], demo_url: str
) -> None:
    known = orders[0]
    assert await tries(shop, known.number, known.postcode, *["owner"] * 12) == [MATCHED] * 12
    assert await failures(demo_url) == 0
    assert await tries(shop, known.number, known.wrong, *["owner"] * 5) == [NO_MATCH] * 5
    assert await tries(shop, known.number, known.postcode, "owner") == [MATCHED]
    assert await tries(shop, known.number, known.wrong, "owner") == [NO_MATCH]
    assert await tries(shop, known.number, known.postcode, "owner") == [LOCKED]


async def test_the_lock_ends_after_an_hour_however_often_somebody_knocks(
    shop: SqlShop, orders: list[Known], clock: Clock
) -> None:
    known = orders[0]
    await tries(shop, known.number, known.wrong, *[f"guesser {n}" for n in range(6)])
    for _ in range(5):
        clock.move(minutes=11.9)
        assert await tries(shop, known.number, known.postcode, "owner") == [LOCKED]
    clock.move(minutes=0.5)
    assert await tries(shop, known.number, known.postcode, "owner") == [MATCHED]


async def test_a_turn_sent_again_counts_its_failure_once(
    shop: SqlShop, orders: list[Known], demo_url: str
) -> None:
    known = orders[0]
    for turn in ("t1", "t2", "t3", "t4", "t5", "t6"):
        for _ in range(3):
            check = await shop.check_identity(
                known.number, known.wrong, source="owner", turn_id=turn
            )
            assert check.outcome is NO_MATCH, "also the try that made the lock, sent again"
    assert await failures(demo_url) == 6
    assert await tries(shop, known.number, known.postcode, "owner") == [LOCKED]


async def test_a_turn_does_not_buy_more_guesses(
    shop: SqlShop, orders: list[Known], demo_url: str
) -> None:
    known = orders[0]
    outcomes = [
        (
            await shop.check_identity(known.number, f"{code}", source=source, turn_id="the same")
        ).outcome
        for code in range(99_990, 99_994)
        for source in ("one", "another")
    ]
    assert outcomes == [NO_MATCH] * 6 + [LOCKED] * 2
    assert await failures(demo_url) == 6


async def test_what_is_no_order_number_locks_its_source_but_nobody_else(
    shop: SqlShop, orders: list[Known]
) -> None:
    sources = [f"confused {n}" for n in range(9)]
    assert await tries(shop, "12", "97205", *sources) == [NO_MATCH] * 9
    assert await tries(shop, "12", "97205", *["guesser"] * 11) == [NO_MATCH] * 10 + [LOCKED]


async def test_old_failures_are_cleared_away(
    shop: SqlShop, orders: list[Known], clock: Clock, demo_url: str
) -> None:
    await tries(shop, orders[0].number, orders[0].wrong, *["guesser"] * 4)
    clock.move(hours=25)
    await tries(shop, orders[0].number, orders[0].wrong, "guesser")
    assert await failures(demo_url) == 1


async def test_a_hundred_guesses_at_once_get_no_more_answers_than_six(
    shop: SqlShop, orders: list[Known], demo_url: str
) -> None:
    known = orders[0]
    checks = await asyncio.gather(
        *(
            shop.check_identity(known.number, f"{n:05}", source=f"guesser {n}")
            for n in range(90_000, 90_100)
        )
    )
    assert Counter(check.outcome for check in checks) == {NO_MATCH: 6, LOCKED: 94}
    assert await failures(demo_url) == 6


async def test_a_hundred_guesses_at_once_from_one_source_get_ten(
    shop: SqlShop, orders: list[Known], demo_url: str
) -> None:
    checks = await asyncio.gather(
        *(
            shop.check_identity(orders[n % 40].number, orders[0].wrong, source="guesser")
            for n in range(100)
        )
    )
    assert Counter(check.outcome for check in checks) == {NO_MATCH: 10, LOCKED: 90}
    assert await failures(demo_url) == 10


async def test_two_processes_count_together(
    shop: SqlShop, orders: list[Known], demo_url: str, clock: Clock
) -> None:
    other = SqlShop(demo_url, clock=clock, limits=IdentityLimits())
    known = orders[0]
    checks = await asyncio.gather(
        *(
            asker.check_identity(known.number, known.wrong, source=f"guesser {n}")
            for n in range(15)
            for asker in (shop, other)
        )
    )
    await other.close()
    assert Counter(check.outcome for check in checks) == {NO_MATCH: 6, LOCKED: 24}
