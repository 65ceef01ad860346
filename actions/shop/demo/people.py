"""Who buys at the demo shop: customers with a tier and one or two addresses."""

from __future__ import annotations

from typing import Any

from actions.backend import Tier
from actions.shop.demo import Row, words
from actions.shop.demo.dice import Dice

CUSTOMERS = 300
TIERS = {Tier.STANDARD: 70, Tier.SILVER: 18, Tier.GOLD: 9, Tier.VIP: 3}
"""Percent of the customers."""


def people() -> dict[str, list[Row]]:
    lists = words("people")
    dice = Dice("people")
    names = [
        f"{first} {last}"
        for first, last in dice.some(
            [(first, last) for first in lists["first"] for last in lists["last"]], CUSTOMERS
        )
    ]
    customers: list[Row] = []
    addresses: list[Row] = []
    for number, name in enumerate(names, 1):
        place = dice.pick(lists["places"])
        customers.append(
            {
                "id": number,
                "name": name,
                "email": name.lower().replace(" ", ".").replace("'", "") + "@example.com",
                # 555-0100 to 555-0199 are reserved for fiction in every area code.
                "phone": f"+1{place[3]}55501{dice.digits(2)}" if dice.chance(0.9) else None,
                "tier": dice.weighted(list(TIERS), list(TIERS.values())),
            }
        )
        addresses.append(_address(dice, lists, number, place, len(addresses) + 1))
        if dice.chance(0.25):
            other = dice.pick(lists["places"])
            addresses.append(_address(dice, lists, number, other, len(addresses) + 1))
    return {"customers": customers, "addresses": addresses}


def _address(
    dice: Dice, lists: dict[str, Any], customer: int, place: list[str], number: int
) -> Row:
    city, state, zip_prefix, _area = place
    return {
        "id": number,
        "customer_id": customer,
        "street": f"{dice.whole(11, 4999)} {dice.pick(lists['streets'])}",
        "city": city,
        "state": state,
        "postcode": zip_prefix + dice.digits(2),
        "in_book": True,
    }
