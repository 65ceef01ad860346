"""What the assistant may offer on its own: `data/policy/compensation.toml`.

A table, not code: the shop's owner edits it, and it counts from the next turn on. What the table
does not cover is never refused by the assistant; a person decides it.
"""

from __future__ import annotations

import logging
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actions.backend import ComplaintKind, GrantKind, Order, OrderState, Tier

logger = logging.getLogger(__name__)

_RANK = {tier: rank for rank, tier in enumerate(Tier)}


class BadPolicy(Exception):
    """The table can't be used: which row, and why."""


@dataclass(frozen=True, slots=True)
class Row:
    reason: ComplaintKind
    kind: GrantKind
    amount_cents: int
    """Of a voucher or refund; 0 with `percent`, and for a refund of the delivery's cost."""
    percent: int
    """Of the order's total, instead of an amount."""
    order_from_cents: int
    """For orders of this total and more."""
    tier: Tier
    """For customers of this tier and higher ones."""


@dataclass(frozen=True, slots=True)
class Offer:
    kind: GrantKind
    amount_cents: int


class Policy:
    def __init__(self, file: Path) -> None:
        """Raises BadPolicy."""
        self._file = file
        self._stamp = 0.0
        self._problem = ""
        self._rows: list[Row] = []
        self._limit_cents: dict[Tier, int] = {}
        self._refresh()

    def offer(self, reason: ComplaintKind, order: Order) -> Offer | None:
        """The best that may be offered for this order without asking anybody, or None."""
        self._refresh()
        if not _may_be(reason, order):
            return None
        tier = order.customer.tier
        limit = self._limit_cents[tier]
        offers = [
            Offer(row.kind, amount)
            for row in self._rows
            if row.reason is reason
            and order.total_cents >= row.order_from_cents
            and _RANK[tier] >= _RANK[row.tier]
            and 0 < (amount := _worth(row, order, limit)) <= limit
        ]
        return max(offers, key=lambda offer: offer.amount_cents, default=None)

    def _refresh(self) -> None:
        try:
            stamp = self._file.stat().st_mtime
            if stamp == self._stamp:
                return
            rows, limits = _read(self._file)
        except (OSError, BadPolicy) as error:
            if self._rows:  # perhaps in the middle of being written: the old table holds
                if self._problem != str(error):
                    logger.warning("the policy stays as it was: %s", error)
                self._problem = str(error)
                return
            raise BadPolicy(str(error)) from error
        self._stamp, self._rows, self._limit_cents = stamp, rows, limits


_NOTHING_TO_MAKE_UP = {OrderState.CANCELLED, OrderState.RETURNED, OrderState.AWAITING_PAYMENT}
_CAME = {OrderState.DELIVERED, OrderState.PARTLY_SHIPPED}


def _may_be(reason: ComplaintKind, order: Order) -> bool:
    """Whether what is complained about can have happened with this order."""
    if order.state in _NOTHING_TO_MAKE_UP:
        return False
    arrived = reason in (ComplaintKind.DAMAGED, ComplaintKind.WRONG_ITEM)
    return order.state in _CAME or not arrived


def _worth(row: Row, order: Order, limit_cents: int) -> int:
    """A share of the order ends at the limit; an amount above it is no offer at all."""
    if row.kind is GrantKind.DELIVERY_REFUND:
        return order.delivery_cents
    return row.amount_cents or min(order.total_cents * row.percent // 100, limit_cents)


def _read(file: Path) -> tuple[list[Row], dict[Tier, int]]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadPolicy(f"{file.name}: {error}") from error
    limits = table.get("limit_without_approval", {})
    rows = [_row(number, entry) for number, entry in enumerate(table.get("offer", []), 1)]
    try:
        return rows, {tier: round(100 * limits[tier.value]) for tier in Tier}
    except KeyError as error:
        raise BadPolicy(f"limit_without_approval lacks the tier {error}") from error


def _row(number: int, entry: dict[str, Any]) -> Row:
    unknown = set(entry) - {"reason", "kind", "amount", "percent", "order_from", "tier"}
    if unknown:
        raise BadPolicy(f"offer {number}: unknown field {', '.join(sorted(unknown))}")
    try:
        row = Row(
            reason=ComplaintKind(entry["reason"]),
            kind=GrantKind(entry["kind"]),
            amount_cents=round(100 * entry.get("amount", 0)),
            percent=int(entry.get("percent", 0)),
            order_from_cents=round(100 * entry.get("order_from", 0)),
            tier=Tier(entry.get("tier", "standard")),
        )
    except (KeyError, ValueError) as error:
        raise BadPolicy(f"offer {number}: {error}") from error
    if row.kind is not GrantKind.DELIVERY_REFUND and not row.amount_cents and not row.percent:
        raise BadPolicy(f"offer {number}: needs `amount` (dollars) or `percent`")
    return row
