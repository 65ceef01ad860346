"""Something went wrong, and the shop makes up for it; and the papers that go with an order."""

from __future__ import annotations

import asyncio
import re
from datetime import date

import pytest

from actions.backend import ComplaintKind, Grant, GrantKind, Invoice, NotAllowed, Refusal
from actions.shop import SqlShop
from actions.shop.codes import LETTERS
from tests.shop.conftest import Clock
from tests.shop.ledger import Ledger

LATE, DAMAGED = ComplaintKind.LATE, ComplaintKind.DAMAGED


async def test_a_voucher_has_a_code_and_money_has_none(
    shop: SqlShop, ledger: Ledger, clock: Clock
) -> None:
    number, second = [order["number"] for order in (await ledger.orders("delivered"))[:2]]
    voucher = await shop.grant(number, GrantKind.VOUCHER, 1000, reason=LATE, turn_id="t")
    assert voucher.code
    prefix, _, code = voucher.code.partition("-")
    assert prefix == "THANKS"
    assert set(code) <= set(LETTERS)
    assert voucher == Grant(GrantKind.VOUCHER, 1000, "USD", voucher.code)
    money = await shop.grant(second, GrantKind.DELIVERY_REFUND, 695, reason=LATE, turn_id="t")
    assert money == Grant(GrantKind.DELIVERY_REFUND, 695, "USD", None)
    rows = await ledger.rows("grants")
    assert [(row.kind, row.reason, row.at) for row in rows] == [
        (GrantKind.VOUCHER, LATE, clock.now),
        (GrantKind.DELIVERY_REFUND, LATE, clock.now),
    ]


async def test_an_order_is_made_up_for_once(shop: SqlShop, ledger: Ledger) -> None:
    one, other = [order["number"] for order in (await ledger.orders("delivered"))[:2]]
    await shop.grant(one, GrantKind.VOUCHER, 1000, reason=LATE, turn_id="a")
    with pytest.raises(NotAllowed) as no:
        await shop.grant(one, GrantKind.VOUCHER, 500, reason=LATE, turn_id="b")
    assert no.value.refusal is Refusal.ALREADY_GRANTED
    for kind, reason in ((GrantKind.VOUCHER, DAMAGED), (GrantKind.REFUND, LATE)):
        with pytest.raises(NotAllowed):
            await shop.grant(one, kind, 500, reason=reason, turn_id="c")
    await shop.grant(other, GrantKind.VOUCHER, 500, reason=LATE, turn_id="e")
    assert len({row.code for row in await ledger.rows("grants") if row.code}) == 2
    for amount in (0, -5):
        with pytest.raises(ValueError, match="more than nothing"):
            await shop.grant(one, GrantKind.REFUND, amount, reason=DAMAGED, turn_id="f")


async def test_what_a_person_decided_comes_on_top_within_what_the_order_cost(
    shop: SqlShop, ledger: Ledger
) -> None:
    order = (await ledger.orders("delivered"))[0]
    number, total = order["number"], order["total_cents"]
    await shop.grant(number, GrantKind.VOUCHER, 500, reason=LATE, turn_id="a")

    async def decided(kind: GrantKind, cents: int, turn: str) -> Grant:
        return await shop.grant(number, kind, cents, reason=LATE, turn_id=turn, decided_by="Maya")

    await decided(GrantKind.REFUND, 500, "b")
    await decided(GrantKind.REFUND, 700, "c")
    with pytest.raises(NotAllowed) as no:
        await decided(GrantKind.RESHIP, total - 1699, "d")
    assert no.value.refusal is Refusal.MORE_THAN_PAID
    await decided(GrantKind.RESHIP, total - 1700, "e")
    rows = await ledger.rows("grants")
    assert [(row.amount_cents, row.decided_by) for row in rows] == [
        (500, None),
        (500, "Maya"),
        (700, "Maya"),
        (total - 1700, "Maya"),
    ]


async def test_who_asks_twenty_times_at_once_gets_one_voucher(
    counters: list[SqlShop], ledger: Ledger
) -> None:
    number = (await ledger.orders("delivered"))[0]["number"]
    answers = await asyncio.gather(
        *(
            counters[n % 4].grant(number, GrantKind.VOUCHER, 1000, reason=LATE, turn_id=f"{n}")
            for n in range(20)
        ),
        return_exceptions=True,
    )
    no = [answer.refusal for answer in answers if isinstance(answer, NotAllowed)]
    assert no == [Refusal.ALREADY_GRANTED] * 19
    assert len(await ledger.rows("grants")) == 1


async def test_a_complaint_is_kept_with_a_reference(
    shop: SqlShop, ledger: Ledger, clock: Clock
) -> None:
    order = (await ledger.orders("delayed"))[0]
    reference = await shop.file_complaint(
        LATE,
        "Where is it?\x00\n I have \ud800 waited 💥",
        number=order["number"],
        customer_id=order["customer_id"],
        turn_id="t",
    )
    assert re.fullmatch(r"C-\d{6}", reference)
    [row] = await ledger.rows("complaints")
    assert (row.reference, row.kind, row.at) == (reference, LATE, clock.now)
    assert row.text == "Where is it? I have waited 💥"
    assert row.customer_id == order["customer_id"]
    numbers = {row.id: row.number for row in await ledger.rows("orders")}
    assert numbers[row.order_id] == order["number"]


async def test_no_complaint_is_refused(shop: SqlShop, ledger: Ledger) -> None:
    """Whatever is wrong with what it is about: the team wants to know of it."""
    for n, (number, customer_id, text) in enumerate(
        [(None, None, ""), ("000000", 999_999, "x" * 100_000), ("\x00💥", -(10**30), "Rude!")]
    ):
        await shop.file_complaint(
            ComplaintKind.RUDE_SERVICE,
            text,
            number=number,
            customer_id=customer_id,
            turn_id=f"turn {n}",
        )
    rows = await ledger.rows("complaints")
    assert [(row.order_id, row.customer_id) for row in rows] == [(None, None)] * 3
    assert [len(row.text) for row in rows] == [0, 4000, 5]
    assert len({row.reference for row in rows}) == 3


async def test_an_invoice_waits_to_be_sent_to_who_ordered(
    shop: SqlShop, ledger: Ledger, clock: Clock
) -> None:
    order = (await ledger.orders("shipped"))[0]
    number = order["number"]
    placed = date.fromisoformat(order["placed_on"])
    expected = Invoice(f"INV-{number}", placed, order["total_cents"], "USD")
    assert await shop.invoice(number) == expected
    assert await shop.invoice(f"{number[:3]} {number[3:]}") == expected
    assert await shop.send_invoice(number, turn_id="t") == order["email"]
    [row] = await ledger.rows("outbox")
    assert (row.kind, row.recipient, row.sent_at) == ("invoice", order["email"], None)
    assert row.created_at == clock.now


async def test_before_it_is_paid_there_is_no_invoice(shop: SqlShop, ledger: Ledger) -> None:
    number = (await ledger.orders("awaiting_payment"))[0]["number"]
    assert await shop.invoice(number) is None
    with pytest.raises(NotAllowed, match="before the order is paid"):
        await shop.send_invoice(number, turn_id="t")
    assert await ledger.rows("outbox") == []
