"""What was heard before in answer to the question that is asked again: without I/O."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(slots=True)
class AskedAgain:
    expects: str = "free"
    earlier: list[frozenset[str]] = field(default_factory=list)
    """The digits that each answer so far was read as."""
    denied: set[str] = field(default_factory=set)
    """Numbers that were read back and weren't it."""

    def look(self, expects: str) -> None:
        """What is asked now: another question begins anew."""
        if expects != self.expects:
            self.expects, self.earlier, self.denied = expects, [], set()

    def heard(self, readings: Collection[str]) -> bool:
        """Keeps what an answer was read as. Whether all of it was heard before."""
        known = {digits for answer in self.earlier for digits in answer}
        if readings:
            self.earlier.append(frozenset(readings))
        return bool(readings) and known.issuperset(readings)


@dataclass(slots=True)
class InVain:
    """How often the same is asked for in a row."""

    asks: str | None = None
    times: int = 0

    def asked(self, asks: str | None) -> int:
        """By a message of the assistant's; how often by now. 0 where it asks for nothing, which breaks
        no row: "that doesn't look complete" comes before the question is put once more."""
        if asks is None:
            return 0
        self.times = self.times + 1 if asks == self.asks else 1
        self.asks = asks
        return self.times
