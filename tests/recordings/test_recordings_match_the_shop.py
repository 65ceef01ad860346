"""The numbers that recorded callers give are those of the demo shop."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from datetime import date
from pathlib import Path

from actions.backend import is_order_number
from actions.shop.seed import demo_rows

LISTED = tomllib.loads(Path(__file__).with_name("recordings.toml").read_text())["recording"]


def test_recorded_order_numbers_and_postcodes_belong_together() -> None:
    rows = demo_rows(date(2026, 1, 31))
    postcodes = {address["id"]: str(address["postcode"]) for address in rows["addresses"]}
    shop = {str(o["number"]): postcodes[o["delivery_address_id"]] for o in rows["orders"]}
    said: dict[int, dict[str, str]] = defaultdict(dict)
    for recording in LISTED:
        if "order" in recording:
            said[recording["order"]][recording["expects"]] = recording["digits"]

    assert len(said) >= 10
    for numbers in said.values():
        assert is_order_number(numbers["order_number"])
        assert shop[numbers["order_number"]] == numbers["postcode"]
