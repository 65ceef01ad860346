"""Makes up "Juniper Outdoor": goods, people and orders, the same on every machine.

Pure functions from word lists (`data/shop/*.toml`) and a day to rows; `actions.shop.seed` stores
them. All dates are relative to the day given, and no moment lies on it or after it, so nothing is
in the future at whatever hour the demo is looked at.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

WORDS = Path(__file__).resolve().parents[3] / "data" / "shop"

Row = dict[str, Any]


def words(name: str) -> dict[str, Any]:
    """The word list `data/shop/<name>.toml`."""
    with (WORDS / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)
