"""What is remembered of the matter a customer came with, from one turn to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class CaseState:
    """Kept in the slot `case`, as JSON."""

    goal: str
    """A key of actions.cases.GOALS."""
    asked: str | None = None
    """What our last message asked for: `number`, `proof`, `order`, `confirm`, or a field of the case."""
    asked_in: str | None = None
    """The turn in which it was asked."""
    number: str | None = None
    """The order's, as said; whose it is has been checked only where `Turn.may_see` says so."""
    proof: str | None = None
    """A postcode or e-mail address, until it was tried."""
    data: dict[str, Any] = field(default_factory=dict)
    """What this goal needs, as far as it was said."""
    later: list[dict[str, Any]] = field(default_factory=list)
    """Second requests that wait: `goal`, `text`, `numbers`."""

    @classmethod
    def of(cls, slot: Mapping[str, Any] | None) -> CaseState | None:
        return cls(**slot) if slot else None

    def as_slot(self) -> dict[str, Any]:
        return asdict(self)
