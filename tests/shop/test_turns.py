"""A turn whose answer was lost is sent again: it changes nothing more, and hears the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from actions.backend import (
    Address,
    ComplaintKind,
    GrantKind,
    LineChange,
    NotAllowed,
    ReturnReason,
    ReturnWish,
)
from actions.shop import SqlShop
from tests.shop.conftest import Clock, digest
from tests.shop.ledger import BEND, PORTLAND, Ledger


@dataclass
class Things:
    """What the changes are done to."""

    open: str
    delivered: str
    sku: str
    delivered_sku: str


Change = Callable[[SqlShop, Things, str], Awaitable[object]]

CHANGES: dict[str, Change] = {
    "reserve": lambda shop, at, turn: shop.reserve(at.sku, BEND, name="Ana", turn_id=turn),
    "cancel": lambda shop, at, turn: shop.cancel_order(at.open, turn_id=turn),
    "change": lambda shop, at, turn: shop.change_order(
        at.open, [LineChange(at.sku, 2)], turn_id=turn
    ),
    "readdress": lambda shop, at, turn: shop.change_address(
        at.open, Address("7 Ferry Street", "Bend", "OR", "97701"), turn_id=turn
    ),
    "add address": lambda shop, at, turn: shop.add_address(
        7, Address("7 Ferry Street", "Bend", "OR", "97701"), turn_id=turn
    ),
    "return": lambda shop, at, turn: shop.request_return(
        at.delivered,
        [LineChange(at.delivered_sku, 1)],
        reason=ReturnReason.DAMAGED,
        wish=ReturnWish.REFUND,
        turn_id=turn,
    ),
    "invoice": lambda shop, at, turn: shop.send_invoice(at.delivered, turn_id=turn),
    "grant": lambda shop, at, turn: shop.grant(
        at.delivered, GrantKind.VOUCHER, 500, reason=ComplaintKind.LATE, turn_id=turn
    ),
    "complaint": lambda shop, at, turn: shop.file_complaint(
        ComplaintKind.LATE, "Late.", number=at.delivered, customer_id=1, turn_id=turn
    ),
}


@pytest.fixture
async def things(ledger: Ledger) -> Things:
    returned = {row.order_id for row in await ledger.rows("returns")}
    fresh = {row.number for row in await ledger.rows("orders") if row.id not in returned}
    delivered = next(o for o in await ledger.orders("delivered") if o["number"] in fresh)
    sku = str((await ledger.rows("variants"))[0].sku)
    await ledger.put(sku, {PORTLAND: 9, BEND: 9})
    return Things(
        open=(await ledger.orders("processing"))[0]["number"],
        delivered=delivered["number"],
        sku=sku,
        delivered_sku=delivered["lines"][0][0],
    )


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_a_turn_sent_again_changes_nothing_and_hears_the_same(
    shop: SqlShop, things: Things, change: Change, demo_url: str, clock: Clock
) -> None:
    before = await digest(demo_url)
    first = await change(shop, things, "turn 1")
    after = await digest(demo_url)
    assert after != before
    clock.move(minutes=1)
    again = SqlShop(demo_url, clock=clock)  # another process, too
    assert await change(again, things, "turn 1") == first
    await again.close()
    assert await digest(demo_url) == after


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_a_turn_sent_many_times_at_once_happens_once(
    counters: list[SqlShop], things: Things, change: Change, ledger: Ledger
) -> None:
    answers = await asyncio.gather(*(change(counters[n % 4], things, "turn 1") for n in range(12)))
    assert all(answer == answers[0] for answer in answers)
    assert len(await ledger.rows("done_turns")) == 1
    stock = await ledger.stock(things.sku)
    assert sum(stock.values()) >= 16
    for table in ("reservations", "outbox", "grants", "complaints"):
        assert len(await ledger.rows(table)) <= 1


async def test_one_turn_may_do_the_same_to_two_things(shop: SqlShop, ledger: Ledger) -> None:
    """ "Cancel both": the second one isn't taken for the first one sent again."""
    one, other = (await ledger.orders("processing"))[:2]
    first = await shop.cancel_order(one["number"], turn_id="t")
    second = await shop.cancel_order(other["number"], turn_id="t")
    assert (first.refund_cents, second.refund_cents) == (one["total_cents"], other["total_cents"])
    assert await shop.cancel_order(one["number"], turn_id="t") == first


async def test_what_was_refused_is_tried_again(shop: SqlShop, things: Things) -> None:
    with pytest.raises(NotAllowed):
        await shop.reserve(things.sku, PORTLAND, name="Ana", turn_id="t")
    assert await shop.reserve(things.sku, BEND, name="Ana", turn_id="t")


async def test_a_change_without_a_turn_is_a_mistake(shop: SqlShop, things: Things) -> None:
    with pytest.raises(ValueError, match="needs a turn_id"):
        await shop.cancel_order(things.open, turn_id="")


async def test_turns_of_any_length_are_known_again(shop: SqlShop, things: Things) -> None:
    for turn in ("x" * 100_000, "\x00", "\ud800💥"):
        first = await shop.reserve(things.sku, BEND, name="Ana", turn_id=turn)
        assert await shop.reserve(things.sku, BEND, name="Ana", turn_id=turn) == first


async def test_old_turns_are_cleared_away(
    shop: SqlShop, things: Things, ledger: Ledger, clock: Clock
) -> None:
    await shop.send_invoice(things.delivered, turn_id="a")
    clock.now += timedelta(days=31)
    await shop.send_invoice(things.delivered, turn_id="b")
    assert len(await ledger.rows("done_turns")) == 1
