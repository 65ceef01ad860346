"""The demo shop's terms, as `data/shop/business.toml` has them, and the days they are reckoned in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

from actions.shop.demo import words


@dataclass(frozen=True, slots=True)
class Terms:
    return_days: int
    """So many days after the day a line was delivered it may come back, the last one included."""
    refund_within_days: int
    """Working days."""
    reservation_days: int
    free_delivery_from_cents: int
    """Of the goods less the discount."""
    delivery_cents: int
    """What a delivery costs below that."""


@cache
def terms() -> Terms:
    business = words("business")
    return Terms(
        return_days=business["return_days"],
        refund_within_days=business["refund_within_days"],
        reservation_days=business["reservation_days"],
        free_delivery_from_cents=round(100 * business["free_delivery_from"]),
        delivery_cents=round(100 * business["delivery"]),
    )


def day_of(moment: datetime) -> date:
    """The shop's day; its days are days in UTC."""
    return moment.astimezone(UTC).date()


def working_days_after(day: date, count: int) -> date:
    """The `count`th working day after `day`. Saturdays and Sundays are none; holidays aren't known."""
    while count > 0:
        day += timedelta(days=1)
        count -= day.isoweekday() <= 5
    return day
