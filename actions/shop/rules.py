"""What may still be done with an order: the shop's rules, over rows that are loaded already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from actions.backend import GrantKind, OrderOptions, OrderState, Refusal
from actions.shop.tables import OrderItemRow, OrderRow
from actions.shop.terms import Terms, day_of
from actions.shop.views import line_view

REFUSED_BY_STATE = {
    OrderState.PACKED: Refusal.PACKED,
    OrderState.PARTLY_SHIPPED: Refusal.UNDERWAY,
    OrderState.SHIPPED: Refusal.UNDERWAY,
    OrderState.OUT_FOR_DELIVERY: Refusal.UNDERWAY,
    OrderState.DELIVERED: Refusal.DELIVERED,
    OrderState.CANCELLED: Refusal.CANCELLED,
    OrderState.RETURNED: Refusal.RETURNED,
}
"""Why an order in this state can't be cancelled or changed any more."""


@dataclass(frozen=True, slots=True)
class Back:
    """One line, as far as it may come back."""

    item: OrderItemRow
    delivered: int
    in_time: int
    """Of the delivered pieces, those that came recently enough."""
    returned: int
    """In returns already, whatever became of them."""
    until: date | None
    """The last day for it, reckoned from its latest parcel; None while nothing of it came."""

    @property
    def open(self) -> int:
        """How many can come back today. Pieces that came back count first as those whose time
        has passed."""
        return max(0, min(self.in_time, self.delivered - self.returned))

    @property
    def refusal(self) -> Refusal | None:
        if self.open:
            return None
        if self.returned and self.returned >= self.delivered:
            return Refusal.RETURNED
        return Refusal.WINDOW_OVER if self.delivered else Refusal.NOT_DELIVERED


def change_refusal(order: OrderRow) -> Refusal | None:
    """Why items, address or the whole order can't be changed: something of it has been packed, or
    it is over. A delayed order may be waiting for goods, or be with the carrier."""
    if order.state in REFUSED_BY_STATE:
        return REFUSED_BY_STATE[order.state]
    if any(parcel.shipped_at for parcel in order.shipments):
        return Refusal.UNDERWAY
    return Refusal.PACKED if order.shipments else None


def backs(order: OrderRow, today: date, terms: Terms) -> list[Back]:
    """Each line of the order, in its order."""
    found = []
    for item in order.items:
        parcels = [
            (day_of(parcel.delivered_at) + timedelta(days=terms.return_days), part.quantity)
            for parcel in order.shipments
            if parcel.delivered_at
            for part in parcel.items
            if part.order_item_id == item.id
        ]
        returned = sum(
            part.quantity
            for back in order.returns
            for part in back.items
            if part.order_item_id == item.id
        )
        found.append(
            Back(
                item=item,
                delivered=sum(quantity for _until, quantity in parcels),
                in_time=sum(quantity for until, quantity in parcels if today <= until),
                returned=returned,
                until=max((until for until, _quantity in parcels), default=None),
            )
        )
    return found


def return_refusal(order: OrderRow, lines: list[Back]) -> Refusal | None:
    """Why nothing of the order can come back at this moment."""
    if order.state in (OrderState.CANCELLED, OrderState.RETURNED):
        return REFUSED_BY_STATE[order.state]
    if any(line.open for line in lines):
        return None
    if all(line.returned >= line.item.quantity for line in lines):
        return Refusal.RETURNED
    if any(line.refusal is Refusal.WINDOW_OVER for line in lines):
        return Refusal.WINDOW_OVER
    return Refusal.NOT_DELIVERED


def paid_back(order: OrderRow) -> int:
    """What was paid back for it, or is about to be, in cents: returns, and compensations in money."""
    money = (GrantKind.REFUND, GrantKind.DELIVERY_REFUND)
    return sum(back.refund_cents for back in order.returns) + sum(
        grant.amount_cents for grant in order.grants if grant.kind in money
    )


def refundable(order: OrderRow) -> int:
    """What may be paid back at most: never more than was paid, all refunds together."""
    return max(0, order.total_cents - paid_back(order)) if order.paid else 0


def options(order: OrderRow, today: date, terms: Terms) -> OrderOptions:
    """`return_until` is the earliest last day among the lines that can come back (what is said of
    all of them holds for each); where none can any more, the latest there was."""
    lines = backs(order, today, terms)
    refused = change_refusal(order)
    not_back = return_refusal(order, lines)
    returnable = [] if not_back else [line for line in lines if line.open]
    until = [line.until for line in returnable if line.until]
    past = [line.until for line in lines if line.until]
    return OrderOptions(
        cancel=refused,
        change=refused,
        readdress=refused,
        give_back=not_back,
        cancel_refund_cents=refundable(order),
        refund_within_days=terms.refund_within_days,
        returnable=tuple(line_view(line.item, line.open) for line in returnable),
        return_until=min(until) if until else max(past, default=None),
    )
