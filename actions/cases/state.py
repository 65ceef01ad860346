"""What is remembered of the matter a customer came with, from one turn to the next."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass, field, fields
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
    """Requests that wait: `goal`, `number`, and the words they were said in (`text`, `entities`)."""

    @classmethod
    def of(cls, slot: Any, goals: Container[str]) -> CaseState | None:
        """None where there is none, or one that an earlier version kept and nobody can go on with."""
        if not isinstance(slot, Mapping) or slot.get("goal") not in goals:
            return None
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in slot.items() if name in known})

    def as_slot(self) -> dict[str, Any]:
        return asdict(self)
