"""What an agent may do for a customer by themselves: `data/policy/authority.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from bot.settings import ROOT
from bot.store.desk_tables import Role

FILE: Final = ROOT / "data" / "policy" / "authority.toml"

DECIDES: Final = frozenset({Role.SENIOR, Role.ADMINISTRATOR})
"""Roles that grant what is above an agent's authority."""


@dataclass(frozen=True, slots=True)
class Authority:
    refund_cents: int
    reship_cents: int
    discount_percent: int
    address: bool

    def covers(self, kind: str, amount_cents: int, percent: int) -> bool:
        match kind:
            case "refund":
                return amount_cents <= self.refund_cents
            case "reship":
                return amount_cents <= self.reship_cents
            case "discount":
                return percent <= self.discount_percent
            case "address":
                return self.address
        return False


def authority_of(role: Role) -> Authority:
    return Authority(**_table()[role.value])


def asks_before_refusing(reason: str) -> bool:
    """Whether a customer with this need is refused nothing before a senior was asked."""
    return reason in _table()["refusals"]["ask_first"]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
