"""Which of the demo shop's orders and articles a told conversation is about."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from actions.backend import is_order_number

_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@dataclass(frozen=True)
class Chosen:
    number: str
    customer_id: int
    customer: str
    email: str
    billing: str
    postcode: str
    city: str
    street: str
    total_cents: int
    tracking: str
    items: list[str]
    """Names of the lines."""

    def facts(self) -> dict[str, str]:
        """What {…} in a step stands for."""
        first = self.items[0] if self.items else ""
        return {
            "number": self.number,
            "grouped": f"{self.number[:3]} {self.number[3:]}",
            "spelled": spelled(self.number),
            "doubled": doubled(self.number),
            "dashed": "-".join(self.number[at : at + 2] for at in (0, 2, 4)),
            "spaced": " ".join(self.number),
            "billing_spelled": spelled(self.billing),
            "postcode_spelled": spelled(self.postcode),
            "wrong_digit": self.number[:-1] + str((int(self.number[-1]) + 1) % 10),
            "email": self.email,
            "billing": self.billing,
            "postcode": self.postcode,
            "customer": self.customer,
            "first_name": self.customer.split()[0],
            "last_name": self.customer.split()[-1],
            "city": self.city,
            "street": self.street,
            "tracking": self.tracking,
            "item": first.split(",")[0],
            "item_full": first,
            "item2": self.items[1].split(",")[0] if len(self.items) > 1 else "",
            "nobodys": nobodys(self.number),
        }


def spelled(digits: str) -> str:
    return " ".join(_WORDS[int(digit)] for digit in digits)


def doubled(digits: str) -> str:
    """As many say it: "double seven", "oh"."""
    words: list[str] = []
    at = 0
    while at < len(digits):
        twice = digits[at : at + 2] == digits[at] * 2
        word = "oh" if digits[at] == "0" else _WORDS[int(digits[at])]
        words += ["double", word] if twice else [word]
        at += 2 if twice else 1
    return " ".join(words)


def nobodys(number: str) -> str:
    """An order number with a right check digit that is most likely nobody's."""
    start = (int(number) + 7) % 1_000_000
    return next(
        text
        for value in range(start, start + 100)
        if is_order_number(text := f"{value % 1_000_000:06}") and text != number
    )


def choose_order(
    database: sqlite3.Connection,
    want: Mapping[str, Any],
    used: set[str],
    others: Mapping[str, Chosen],
) -> Chosen:
    """`want`: status, lines (how many), pieces (of the first line), tier, gift (delivered elsewhere),
    paid_delivery, delivered_within / delivered_before (days), returns (how many there are), late,
    same_customer_as (the name of another order), open_orders (of the customer's), total_from,
    double (two equal digits side by side in the number), stocked (there is more of all its lines)."""
    known = {
        *("status", "lines", "pieces", "tier", "gift", "paid_delivery", "delivered_within"),
        *("delivered_before", "returns", "late", "same_customer_as", "open_orders", "total_from"),
        *("double", "stocked"),
    }
    assert set(want) <= known, f"unknown: {set(want) - known}"
    taken_customers = {order.customer_id for order in others.values()}
    for row in database.execute(_ORDERS):
        order = dict(row)
        if order["number"] in used or not _fits(database, order, want, others):
            continue
        if "same_customer_as" not in want and order["customer_id"] in taken_customers:
            continue
        used.add(order["number"])
        items = [
            name
            for (name,) in database.execute(
                "select name from order_items where order_id = ? order by id", [order["id"]]
            )
        ]
        tracking = database.execute(
            "select tracking_number from shipments where order_id = ? order by id", [order["id"]]
        ).fetchone()
        return Chosen(
            number=order["number"],
            customer_id=order["customer_id"],
            customer=order["name"],
            email=order["email"],
            billing=order["billing"],
            postcode=order["postcode"],
            city=order["city"],
            street=order["street"],
            total_cents=order["total_cents"],
            tracking=tracking[0] if tracking else "-",
            items=items,
        )
    raise AssertionError(f"the demo shop has no (more) order like {dict(want)}")


_ORDERS = """
select o.*, c.name, c.email, c.tier, b.postcode as billing, d.postcode, d.city, d.street,
  (select count(*) from order_items i where i.order_id = o.id) as lines,
  (select quantity from order_items i where i.order_id = o.id order by id limit 1) as pieces,
  (select max(delivered_at) from shipments s where s.order_id = o.id) as delivered_at,
  (select count(*) from returns r where r.order_id = o.id) as returns,
  (select count(*) from orders p where p.customer_id = o.customer_id
     and p.state not in ('delivered', 'cancelled', 'returned')) as open_orders
from orders o join customers c on c.id = o.customer_id
  join addresses b on b.id = o.billing_address_id join addresses d on d.id = o.delivery_address_id
order by o.id
"""


_LINES_WITH_FEW = """
select i.sku from order_items i join variants v on v.sku = i.sku
where i.order_id = ? and (select coalesce(sum(on_hand), 0) from stock s where s.variant_id = v.id) < 9
"""


def _fits(
    database: sqlite3.Connection,
    order: Mapping[str, Any],
    want: Mapping[str, Any],
    others: Mapping[str, Chosen],
) -> bool:
    today = datetime.now(UTC).date()
    gift = order["postcode"] != order["billing"]
    if gift != want.get("gift", False):
        return False
    for name, value in want.items():
        match name:
            case "status":
                ok = order["state"] == value
            case "lines" | "pieces" | "tier" | "returns" | "open_orders":
                ok = order[name] == value
            case "paid_delivery":
                ok = (order["delivery_cents"] > 0) == value
            case "stocked":
                few = database.execute(_LINES_WITH_FEW, [order["id"]]).fetchone()
                ok = (few is None) == value
            case "double":
                pairs = zip(order["number"], order["number"][1:], strict=False)
                ok = any(one == other for one, other in pairs) == value
            case "total_from":
                ok = order["total_cents"] >= 100 * value
            case "delivered_within":
                ok = _delivered(order) is not None and _delivered(order) >= _ago(today, value)
            case "delivered_before":
                ok = _delivered(order) is not None and _delivered(order) < _ago(today, value)
            case "late":
                expected = order["expected_on"]
                ok = (expected is not None and date.fromisoformat(expected) < today) == value
            case "same_customer_as":
                ok = order["customer_id"] == others[value].customer_id
            case _:
                ok = True
        if not ok:
            return False
    return True


def _delivered(order: Mapping[str, Any]) -> Any:
    return date.fromisoformat(order["delivered_at"][:10]) if order["delivered_at"] else None


def _ago(today: date, days: int) -> date:
    return today - timedelta(days=days)


def choose_article(database: sqlite3.Connection, want: Mapping[str, Any]) -> dict[str, str]:
    """`want`: in_store (pieces for pick-up: true or false), in_stock (anywhere), restock (a day is
    known), coloured (has colour and size), size."""
    known = {"in_store", "in_stock", "restock", "coloured", "size", "other_variant"}
    assert set(want) <= known, f"unknown: {set(want) - known}"
    rows = database.execute(
        """
        select p.name, v.sku, v.colour, v.size,
          sum(case when w.pickup then s.on_hand else 0 end) as in_store, sum(s.on_hand) as on_hand,
          max(s.restock_on) as restock
        from variants v join products p on p.id = v.product_id join stock s on s.variant_id = v.id
          join warehouses w on w.id = s.warehouse_id
        where (select count(*) from products q where q.model = p.model) = 1 or p.model = 'Alder'
        group by v.id order by (p.model = 'Alder') desc, v.id
        """
    )
    for row in rows:
        fits = (
            ("in_store" not in want or (row["in_store"] > 0) == want["in_store"])
            and ("in_stock" not in want or (row["on_hand"] > 0) == want["in_stock"])
            and ("restock" not in want or (row["restock"] is not None) == want["restock"])
            and (not want.get("coloured") or (row["colour"] and row["size"]))
            and ("size" not in want or row["size"] == want["size"])
        )
        if fits:
            return {
                "product": row["name"],
                "colour": row["colour"] or "",
                "size": row["size"] or "",
                "sku": row["sku"],
            }
    raise AssertionError(f"the demo shop has no article like {dict(want)}")
