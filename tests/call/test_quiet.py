"""What is said into silence: scenes on a clock of the test's own."""

from __future__ import annotations

import pytest

from bot.call.quiet import Quiet, Say
from bot.call.turn_settings import DEAD_AIR_S

STEP_S = 0.1
SPOKEN_S = 2.0
"""Every prompt takes this long to say."""


class Call:
    def __init__(self) -> None:
        self.now = 100.0
        self.quiet = Quiet(self.now)
        self.said: list[tuple[float, Say]] = []
        self.dead_air_s = 0.0
        self._talking_until = 0.0
        self._silent_s = 0.0

    def goes_on(self, seconds: float, *, caller: bool = False, ours: bool = False) -> Call:
        for _ in range(round(seconds / STEP_S)):
            self.now += STEP_S
            sound = ours or self.now < self._talking_until
            self._silent_s = 0.0 if sound or caller else self._silent_s + STEP_S
            self.dead_air_s = max(self.dead_air_s, self._silent_s)
            say = self.quiet.tick(self.now, sound=sound, caller=caller)
            if say:
                self.said.append((round(self.now - 100, 1), say))
                self._talking_until = self.now + SPOKEN_S
        return self

    def asks(self) -> Call:
        """The caller's turn ends; an answer is due."""
        self.quiet.spoke()
        self.quiet.owed(self.now)
        return self

    @property
    def kinds(self) -> list[Say]:
        return [say for _, say in self.said]


def test_nobody_is_there() -> None:
    call = Call().goes_on(60)
    assert call.kinds[:4] == [Say.ASK_AGAIN, Say.OFFER_KEYPAD, Say.OFFER_PERSON, Say.GOODBYE]
    assert call.dead_air_s < DEAD_AIR_S


def test_a_caller_who_answers_is_not_asked_again() -> None:
    assert Call().goes_on(3, ours=True).goes_on(3).goes_on(20, caller=True).kinds == []


def test_after_an_answer_the_count_begins_anew() -> None:
    call = Call().goes_on(4)
    assert call.kinds == [Say.ASK_AGAIN]
    call.goes_on(1, caller=True).asks().goes_on(0.3)
    call.quiet.answered()
    call.goes_on(3, ours=True).goes_on(4.2)
    assert call.kinds == [Say.ASK_AGAIN, Say.ASK_AGAIN]


def test_a_quick_answer_needs_no_announcement() -> None:
    call = Call().asks().goes_on(1.2)
    call.quiet.answered()
    assert call.goes_on(5, ours=True).kinds == []


def test_a_slow_answer_is_announced_and_then_honest() -> None:
    call = Call().asks().goes_on(15)
    at, first = call.said[0]
    assert first is Say.MOMENT
    assert at == pytest.approx(1.5, abs=0.15)
    assert set(call.kinds[1:]) == {Say.STILL}
    assert len(call.kinds) >= 3
    assert call.dead_air_s < DEAD_AIR_S


def test_a_caller_who_talks_on_while_we_look_is_not_talked_over() -> None:
    call = Call().asks().goes_on(1).goes_on(10, caller=True)
    assert call.kinds == []
    assert call.goes_on(2).kinds == [Say.MOMENT]


def test_music_or_a_person_is_no_silence() -> None:
    assert Call().goes_on(600, ours=True).kinds == []
