"""What the demo shop's customers ordered: three thousand orders in every state, each with the
story its state tells (`parcels.py` ships them)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from actions.backend import OrderState, ReturnReason, ReturnState, ReturnWish, Tier
from actions.shop.demo import Row, words
from actions.shop.demo.dice import Dice
from actions.shop.demo.parcels import Post

COUNTS = {
    OrderState.AWAITING_PAYMENT: 90,
    OrderState.PROCESSING: 180,
    OrderState.PACKED: 90,
    OrderState.PARTLY_SHIPPED: 90,
    OrderState.SHIPPED: 210,
    OrderState.OUT_FOR_DELIVERY: 60,
    OrderState.DELIVERED: 1860,
    OrderState.DELAYED: 90,
    OrderState.CANCELLED: 150,
    OrderState.RETURNED: 180,
}

PLACED_DAYS_AGO = {
    OrderState.AWAITING_PAYMENT: (1, 2),
    OrderState.PROCESSING: (1, 2),
    OrderState.PACKED: (2, 3),
    OrderState.PARTLY_SHIPPED: (4, 7),
    OrderState.SHIPPED: (4, 6),
    OrderState.OUT_FOR_DELIVERY: (4, 7),
    OrderState.DELIVERED: (12, 400),
    OrderState.DELAYED: (9, 16),
    OrderState.CANCELLED: (3, 300),
    OrderState.RETURNED: (40, 300),
}

EXPECTED_IN_DAYS: dict[OrderState, tuple[int, int]] = {
    OrderState.AWAITING_PAYMENT: (5, 8),
    OrderState.PROCESSING: (3, 6),
    OrderState.PACKED: (2, 5),
    OrderState.PARTLY_SHIPPED: (2, 6),
    OrderState.SHIPPED: (1, 4),
    OrderState.OUT_FOR_DELIVERY: (0, 0),
    OrderState.DELAYED: (-5, -1),
}
"""The states that still promise a day. Only a delayed order's lies in the past."""

ORDERS_BY_TIER = {Tier.STANDARD: 2, Tier.SILVER: 4, Tier.GOLD: 7, Tier.VIP: 12}
"""How often a customer of this tier is drawn, relative to the others."""

RETURN_REASONS = [reason for reason in ReturnReason if reason is not ReturnReason.OTHER]

UNFINISHED_RETURNS = 80
"""Delivered orders of which something is coming back but not everything is settled."""


def luhn_digit(digits: str) -> str:
    """The check digit to append (ISO/IEC 7812-1, annex B)."""
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[::-2]]
    return str(-(sum(doubled) + sum(int(digit) for digit in digits[-2::-2])) % 10)


def rma(return_id: int) -> str:
    """Scattered over six digits, no two the same. Migration 0003 gives returns from before it the
    same ones."""
    return f"RMA-{100_000 + (return_id * 523_489 + 271_828) % 900_000}"


def order_numbers(dice: Dice, count: int) -> list[str]:
    drawn: dict[int, None] = {}
    while len(drawn) < count:
        drawn[dice.whole(10_000, 99_999)] = None
    return [f"{number}{luhn_digit(str(number))}" for number in drawn]


class OrderBook:
    """Rows of all tables an order touches, filled one order at a time."""

    def __init__(self, today: date, shop: dict[str, list[Row]]) -> None:
        self.today = today
        self.shop = shop
        self.business = words("business")
        self.dice = Dice("orders")
        self.rows: dict[str, list[Row]] = {
            name: [] for name in ("orders", "order_items", "returns", "return_items")
        }
        self.post = Post(today, shop["warehouses"], self.business)
        self.products = {product["id"]: product for product in shop["products"]}
        self.addresses: dict[int, list[Row]] = {}
        for address in shop["addresses"]:
            self.addresses.setdefault(address["customer_id"], []).append(address)

    def fill(self) -> dict[str, list[Row]]:
        states = self.dice.shuffled(
            [state for state, count in COUNTS.items() for _ in range(count)]
        )
        customers = self.shop["customers"]
        weights = [ORDERS_BY_TIER[customer["tier"]] for customer in customers]
        tickets = [
            customer
            for customer, weight in zip(customers, weights, strict=True)
            for _ in range(weight)
        ]
        numbers = order_numbers(self.dice, len(states))
        for place, (number, state) in enumerate(zip(numbers, states, strict=True)):
            # Everybody has at least one order.
            buyer = customers[place] if place < len(customers) else self.dice.pick(tickets)
            self._order(place + 1, number, state, buyer)
        self._unfinished_returns()
        return self.rows | self.post.rows

    def _order(self, order_id: int, number: str, state: OrderState, buyer: Row) -> None:
        dice = self.dice
        placed_on = self.today - timedelta(days=dice.whole(*PLACED_DAYS_AGO[state]))
        delivery = dice.pick(self.addresses[buyer["id"]])
        billing = self.addresses[buyer["id"]][0]
        lines = self._lines(order_id, at_least=2 if state is OrderState.PARTLY_SHIPPED else 1)
        goods = sum(line["quantity"] * line["unit_price_cents"] for line in lines)
        promotion, discount = self._discount(lines, placed_on)
        free = goods - discount >= 100 * self.business["free_delivery_from"]
        delivery_cents = 0 if free else round(100 * self.business["delivery"])
        expected_on = None
        if state in EXPECTED_IN_DAYS:
            expected_on = self.today + timedelta(days=dice.whole(*EXPECTED_IN_DAYS[state]))
        order = {
            "id": order_id,
            "number": number,
            "customer_id": buyer["id"],
            "delivery_address_id": delivery["id"],
            "billing_address_id": billing["id"],
            "promotion_id": promotion,
            "state": state,
            "placed_at": self._moment(placed_on),
            "expected_on": expected_on,
            "discount_cents": discount,
            "delivery_cents": delivery_cents,
            "total_cents": goods - discount + delivery_cents,
            "currency": self.business["currency"],
            "paid": state is not OrderState.AWAITING_PAYMENT,
        }
        self.rows["orders"].append(order)
        self.rows["order_items"] += lines
        delivered_on = self.post.ship(order, lines, f"{delivery['city']}, {delivery['state']}")
        if state is OrderState.RETURNED and delivered_on:
            self._return(order, lines, delivered_on, ReturnState.REFUNDED)

    def _lines(self, order_id: int, *, at_least: int) -> list[Row]:
        dice = self.dice
        count = max(at_least, dice.weighted([1, 2, 3, 4], [50, 30, 14, 6]))
        lines: list[Row] = []
        for variant in dice.some(self.shop["variants"][dice.whole(0, 99) :: 100], count):
            named = [self.products[variant["product_id"]]["name"]]
            named += [word for word in (variant["colour"], variant["size"]) if word]
            lines.append(
                {
                    "id": len(self.rows["order_items"]) + len(lines) + 1,
                    "order_id": order_id,
                    "variant_id": variant["id"],
                    "sku": variant["sku"],
                    "name": ", ".join(named),
                    "quantity": dice.weighted([1, 2, 3], [85, 12, 3]),
                    "unit_price_cents": variant["price_cents"],
                }
            )
        return lines

    def _discount(self, lines: list[Row], placed_on: date) -> tuple[int | None, int]:
        """The promotion used and what it saves, in cents; two in five customers have a code."""
        if not self.dice.chance(0.4):
            return None, 0
        best: tuple[int, int | None] = (0, None)
        for promotion in self.shop["promotions"]:
            if not promotion["starts_on"] <= placed_on <= promotion["ends_on"]:
                continue
            eligible = sum(
                line["quantity"] * line["unit_price_cents"]
                for line in lines
                if promotion["category"] in (None, self._category(line))
            )
            best = max(
                best,
                (eligible * promotion["percent_off"] // 100, promotion["id"]),
                key=lambda offer: offer[0],
            )
        return best[1], best[0]

    def _category(self, line: Row) -> str:
        variant = self.shop["variants"][line["variant_id"] - 1]
        return str(self.products[variant["product_id"]]["category"])

    def _unfinished_returns(self) -> None:
        """Some of the recently delivered orders are on their way back, at each step of it."""
        steps = [ReturnState.REQUESTED, ReturnState.ON_ITS_WAY, ReturnState.RECEIVED]
        for place, (order, lines, delivered_on) in enumerate(
            self._delivered_lately()[:UNFINISHED_RETURNS]
        ):
            self._return(order, lines[:1], delivered_on, steps[place % len(steps)])

    def _delivered_lately(self) -> list[tuple[Row, list[Row], date]]:
        lines: dict[int, list[Row]] = {}
        for line in self.rows["order_items"]:
            lines.setdefault(line["order_id"], []).append(line)
        found = [
            (order, lines[order["id"]], self.post.delivered_on[order["id"]])
            for order in self.rows["orders"]
            if order["state"] is OrderState.DELIVERED
        ]
        return sorted(found, key=lambda entry: (entry[2], entry[0]["id"]), reverse=True)

    def _return(self, order: Row, lines: list[Row], delivered_on: date, state: ReturnState) -> None:
        yesterday = self.today - timedelta(days=1)
        asked = min(delivered_on + timedelta(days=self.dice.whole(1, 12)), yesterday)
        received = min(asked + timedelta(days=self.dice.whole(4, 9)), yesterday)
        refunded = min(received + timedelta(days=self.dice.whole(1, 3)), yesterday)
        step = list(ReturnState).index(state)
        goods = sum(line["quantity"] * line["unit_price_cents"] for line in lines)
        share = goods / max(1, goods_of(order))
        row: dict[str, Any] = {
            "id": len(self.rows["returns"]) + 1,
            "order_id": order["id"],
            "state": state,
            "reason": self.dice.pick(RETURN_REASONS),
            "requested_at": self._moment(asked, 8),
            "received_at": self._moment(received, 13) if step >= 2 else None,
            "refunded_at": self._moment(refunded, 18) if step >= 3 else None,
            "refund_cents": goods - round(order["discount_cents"] * share),
            "rma": rma(len(self.rows["returns"]) + 1),
            "wish": ReturnWish.REFUND,
        }
        self.rows["returns"].append(row)
        self.rows["return_items"] += [
            {"return_id": row["id"], "order_item_id": line["id"], "quantity": line["quantity"]}
            for line in lines
        ]

    def _moment(self, day: date, hour: int | None = None) -> datetime:
        if hour is None:
            hour = self.dice.whole(0, 23)
        clock = time(hour, self.dice.whole(0, 59), self.dice.whole(0, 59))
        return datetime.combine(day, clock, UTC)


def goods_of(order: Row) -> int:
    """The goods' price in cents before discount and delivery."""
    return int(order["total_cents"] + order["discount_cents"] - order["delivery_cents"])
