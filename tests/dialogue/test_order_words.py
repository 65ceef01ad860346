"""What is said about an order, in both forms."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from actions.backend import (
    Address,
    Customer,
    Order,
    OrderLine,
    OrderState,
    Shipment,
    Tier,
    TrackingEvent,
)
from actions.order_words import short, status
from actions.phrases import Phrases
from actions.settings import ROOT

SAY = Phrases(ROOT / "data" / "en" / "phrases")
TODAY = date(2026, 5, 5)
JACKET = OrderLine("AL-R-M", "Alder Rain Jacket, red, M", 1, 14000)
SOCKS = OrderLine("WR-S", "Wren Liner Socks, navy, M", 2, 1200)


def parcel(**changes: Any) -> Shipment:
    fields: dict[str, Any] = {
        "carrier": "Northway Express",
        "tracking_number": "NW9765962433",
        "lines": [JACKET],
        "shipped_at": datetime(2026, 5, 4, 9, 0, tzinfo=UTC),
        "expected_on": date(2026, 5, 7),
        "delivered_at": None,
        "events": [TrackingEvent(datetime(2026, 5, 4, 20, 0, tzinfo=UTC), "Boise, ID", "Sorted")],
    }
    return Shipment(**fields | changes)


def order(state: OrderState, **changes: Any) -> Order:
    fields: dict[str, Any] = {
        "number": "482919",
        "state": state,
        "placed_at": datetime(2026, 5, 1, tzinfo=UTC),
        "lines": [JACKET, SOCKS],
        "shipments": [],
        "total_cents": 16400,
        "currency": "USD",
        "expected_on": date(2026, 5, 7),
        "customer": Customer(1, "Ana Reyes", "ana@example.com", None, Tier.STANDARD),
        "delivery_address": Address("12 Maple Street", "Bend", "OR", "97701"),
        "discount_cents": 0,
        "delivery_cents": 0,
    }
    return Order(**fields | changes)


def test_on_its_way() -> None:
    words = status(SAY, order(OrderState.SHIPPED, shipments=[parcel()]), TODAY)
    assert words.text.splitlines() == [
        "Your order 482 919 is on its way with Northway Express. "
        "It should be with you by Thursday 7 May.",
        "- Alder Rain Jacket, red, M",
        "- 2 × Wren Liner Socks, navy, M",
        "Parcel: Northway Express, tracking number NW9765962433, sent yesterday, "
        "expected by Thursday 7 May, last seen yesterday: Sorted, Boise, ID.",
    ]
    assert words.spoken == (
        "Your order, four eight two, nine one nine, is on its way with Northway Express. "
        "It should be with you by Thursday the seventh of May. "
        "It holds Alder Rain Jacket and two times Wren Liner Socks. "
        "The tracking number ends in two four three three."
    )


def test_parts_of_an_order() -> None:
    there = parcel(delivered_at=datetime(2026, 5, 4, 15, 0, tzinfo=UTC), events=[])
    words = status(SAY, order(OrderState.PARTLY_SHIPPED, shipments=[there, parcel()]), TODAY)
    assert "Parcel 1 of 2" in words.text
    assert "delivered yesterday" in words.text
    assert "Parcel two of two, with Northway Express, expected by Thursday" in words.spoken


@pytest.mark.parametrize(
    ("state", "expected_on", "says"),
    [
        (OrderState.DELAYED, date(2026, 5, 9), "The new date: it should be with you by Saturday"),
        (OrderState.SHIPPED, date(2026, 5, 3), "should have been with you on Sunday 3 May"),
    ],
)
def test_late_ones_are_apologised_for(state: OrderState, expected_on: date, says: str) -> None:
    words = status(SAY, order(state, expected_on=expected_on), TODAY)
    assert words.text.startswith("I'm sorry")
    assert says in words.text


def test_a_late_parcel_has_a_newer_estimate() -> None:
    late = order(OrderState.DELAYED, expected_on=date(2026, 5, 3), shipments=[parcel()])
    words = status(SAY, late, TODAY)
    assert "should have been with you on Sunday 3 May" in words.text
    assert "The new date: it should be with you by Thursday 7 May" in words.text


def test_nothing_is_late_once_it_is_over() -> None:
    over = order(OrderState.CANCELLED, expected_on=date(2026, 5, 3))
    assert "sorry" not in status(SAY, over, TODAY).text


def test_short_form_for_choosing() -> None:
    assert short(SAY, order(OrderState.OUT_FOR_DELIVERY)).text == (
        "482 919 (Alder Rain Jacket and more, out for delivery)"
    )
