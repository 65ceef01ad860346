"""What keys mean: without I/O, on the clock it is told.

`#` ends a number, `*` clears it (with nothing keyed in: says the question again), 0 alone asks for a
person, whatever was asked. A number of known length needs no `#`."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from bot.call.turn_settings import FREE, Keys, TurnSettings

KEYS: Final = frozenset("0123456789*#")
MOST: Final = 20
"""Keys of one number; more is somebody leaning on the phone."""
WORDS_S: Final = 3.0
"""So much longer a number of known length waits for its other keys while the caller speaks, too: the
rest may be said."""


class Means(enum.Enum):
    NUMBER = enum.auto()
    """`digits` as keyed in."""
    YES = enum.auto()
    NO = enum.auto()
    CHOICE = enum.auto()
    """The `digits`-th of what was offered."""
    MENU = enum.auto()
    """The menu's entry `digits`."""
    PERSON = enum.auto()
    AGAIN = enum.auto()
    """Say the question once more."""
    NOTHING = enum.auto()
    """A key that means nothing here: say what the keys are."""


@dataclass(frozen=True, slots=True)
class Keyed:
    means: Means
    digits: str = ""


class Keypad:
    def __init__(self, settings: TurnSettings = FREE) -> None:
        self.settings = settings
        """What the keys answer now; may change between two numbers."""
        self._held = ""
        self._last_at = 0.0
        self.began_at = 0.0
        """When the first key of the number was pressed."""

    @property
    def busy(self) -> bool:
        """A number has been begun."""
        return bool(self._held)

    def keep(self, keyed: Keyed, now: float) -> None:
        """Takes back what was completed: what the caller still says may belong to it."""
        self._held, self._last_at = keyed.digits, now - self.settings.key_gap_s

    def clear(self) -> str:
        """The keys of the number so far, which is begun anew."""
        held, self._held = self._held, ""
        return held

    def key(self, digit: str, now: float) -> Keyed | None:
        """A key at `now` (seconds of any clock). What it completed, or None."""
        if digit not in KEYS:
            return None
        self._last_at = now
        if digit == "*":
            return None if self.clear() else Keyed(Means.AGAIN)
        if digit == "#":
            return self._end() if self._held else None
        if not self._held:
            self.began_at = now
        self._held = (self._held + digit)[:MOST]
        match self.settings.keys:
            case Keys.YES_NO:
                return self._end()
            case Keys.CHOICE | Keys.MENU if self._held == "0":
                return self._end()
            case Keys.NUMBER if len(self._held) == self.settings.digits:
                return self._end()
        return None

    def tick(self, now: float, *, speaking: bool = False) -> Keyed | None:
        """What silence of the keypad has completed by `now`; `speaking`: the caller says something."""
        patience_s = WORDS_S if speaking and self.settings.digits else 0.0
        if self._held and now - self._last_at >= self.settings.key_gap_s + patience_s:
            return self._end()
        return None

    def _end(self) -> Keyed:
        held = self.clear()
        if held == "0":
            return Keyed(Means.PERSON)
        match self.settings.keys:
            case Keys.YES_NO:
                answers = {"1": Means.YES, "2": Means.NO}
                return Keyed(answers.get(held, Means.NOTHING), held)
            case Keys.CHOICE:
                return Keyed(Means.CHOICE, held)
            case Keys.MENU if len(held) == 1:
                return Keyed(Means.MENU, held)
        return Keyed(Means.NUMBER, held)
