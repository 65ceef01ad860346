"""Who comes first: seconds waited, plus a head start for what can't wait and for whom. Pure.

Because the head start is a sum that never changes, nobody starves: whoever has waited longer than
another's head start comes before them, and a queue's order is that of `ranks_at` at any moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from actions.backend import Customer, Tier

MOST_URGENT: Final = 3

HEAD_START_S: Final = (0.0, 300.0, 900.0, 3600.0)
"""By a need's priority, 0 to MOST_URGENT: a decision or anger may pass those who came five minutes
before, someone in despair or with a lawyer those of the last hour."""

TIER_HEAD_START_S: Final = {Tier.VIP: 300.0}
"""On top, by the customer's tier."""


def is_vip(customer: Customer | None) -> bool:
    return customer is not None and customer.tier is Tier.VIP


def shown_priority(urgency: int, customer: Customer | None) -> int:
    """0 to MOST_URGENT, for a person's eyes: the higher of the need's and the customer's (a VIP's
    is 1)."""
    return min(max(int(is_vip(customer)), urgency), MOST_URGENT)


def head_start(urgency: int, customer: Customer | None) -> timedelta:
    """How much longer somebody with this need (0 to MOST_URGENT; others count as the nearest) counts
    as having waited."""
    seconds = HEAD_START_S[min(max(urgency, 0), MOST_URGENT)]
    if customer is not None:
        seconds += TIER_HEAD_START_S.get(customer.tier, 0.0)
    return timedelta(seconds=seconds)


def ranks_at(asked_at: datetime, urgency: int, customer: Customer | None) -> datetime:
    return asked_at - head_start(urgency, customer)
