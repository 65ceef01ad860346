"""What to say into silence: a watchdog on the clock it is told, without I/O.

While an answer is being made the caller hears that it is; while we wait for the caller they are asked
again, each time differently, then offered the keypad, then a person; nobody ever hears nothing for
longer than DEAD_AIR_S."""

from __future__ import annotations

import enum

from bot.call.turn_settings import FREE, MOMENT_S, STILL_S, TurnSettings


class Say(enum.Enum):
    MOMENT = enum.auto()
    """An answer takes longer than usual."""
    STILL = enum.auto()
    """And longer."""
    ASK_AGAIN = enum.auto()
    OFFER_KEYPAD = enum.auto()
    OFFER_PERSON = enum.auto()
    GOODBYE = enum.auto()
    """Nobody is there: the call ends."""


QUESTIONS = (Say.ASK_AGAIN, Say.OFFER_KEYPAD, Say.OFFER_PERSON, Say.GOODBYE)


class Quiet:
    def __init__(self, now: float) -> None:
        self.settings: TurnSettings = FREE
        self._since = now
        """When it fell silent, or the last thing was said."""
        self._owed_since: float | None = None
        self._asked = 0
        self._told = 0

    @property
    def asked(self) -> int:
        """Questions into this silence so far."""
        return self._asked

    @property
    def is_owed(self) -> bool:
        """An answer is due."""
        return self._owed_since is not None

    def for_s(self, now: float) -> float:
        """Seconds of silence so far."""
        return now - self._since

    def spoke(self) -> None:
        """The caller said or keyed something."""
        self._asked = 0

    def owed(self, now: float) -> None:
        """The caller's turn has ended: an answer is due."""
        if self._owed_since is None:
            self._owed_since, self._told = now, 0

    def answered(self) -> None:
        """The answer is there (it may not have been heard yet), or none is due any more."""
        self._owed_since = None

    def tick(self, now: float, *, sound: bool, caller: bool) -> Say | None:
        """What to say now. `sound`: something of ours (or hold music, or a person) is to be heard.
        `caller`: the caller is speaking or keying."""
        if sound or caller:
            self._since = now
            if caller and self._owed_since is not None:
                self._owed_since = max(self._owed_since, now - MOMENT_S / 2)
            return None
        if self._owed_since is not None:
            since = self._owed_since if not self._told else self._since
            if now - since < (MOMENT_S if not self._told else STILL_S):
                return None
            self._since = now
            self._told += 1
            return Say.MOMENT if self._told == 1 else Say.STILL
        if now - self._since < self.settings.no_input_s:
            return None
        self._since = now
        said = QUESTIONS[min(self._asked, len(QUESTIONS) - 1)]
        self._asked += 1
        return said
