"""When a caller begins and ends: scenes in seconds of sound, no audio, no clock."""

from __future__ import annotations

import pytest

from bot.call.endpointing import Endpointing, So, Step
from bot.call.turn_settings import TurnSettings, settings_for

STRETCH = 0.032


class Scene:
    def __init__(self, settings: TurnSettings | None = None) -> None:
        self.ends = Endpointing(settings or TurnSettings())
        self.at = 0.0
        self.steps: list[tuple[float, Step]] = []
        self.likely: list[float] = []

    def _sound(self, seconds: float, probability: float, so: So) -> Scene:
        for _ in range(round(seconds / STRETCH)):
            self.at += STRETCH
            step = self.ends.process(STRETCH, probability, so)
            if step is Step.LIKELY:
                self.likely.append(round(self.at, 2))
            elif step is not Step.NOTHING:
                self.steps.append((round(self.at, 2), step))
        return self

    def speaks(self, seconds: float) -> Scene:
        return self._sound(seconds, 0.95, So.OPEN)

    def quiet(self, seconds: float, so: So = So.OPEN) -> Scene:
        return self._sound(seconds, 0.02, so)

    def murmurs(self, seconds: float) -> Scene:
        return self._sound(seconds, 0.42, So.OPEN)

    @property
    def kinds(self) -> list[Step]:
        return [step for _, step in self.steps]


def test_a_sentence() -> None:
    scene = Scene().quiet(1).speaks(2).quiet(2)
    assert scene.kinds == [Step.BEGAN, Step.ENDED]
    began, ended = (at for at, _ in scene.steps)
    assert abs(began - 1.0) < 0.1
    assert abs(ended - 3.6) < 0.1


def test_a_breath_in_the_middle_ends_nothing() -> None:
    assert Scene().speaks(1).quiet(0.5).speaks(1).quiet(1).kinds == [Step.BEGAN, Step.ENDED]


def test_a_click_is_no_word() -> None:
    assert Scene().speaks(0.1).quiet(1).kinds == [Step.BEGAN, Step.FALSE_START]


def test_a_voice_that_falls_is_still_a_voice() -> None:
    """Between the two thresholds nothing begins, but what began goes on."""
    assert Scene().murmurs(3).kinds == []
    assert Scene().speaks(1).murmurs(2).quiet(0.5).kinds == [Step.BEGAN]


def test_digits_in_groups_are_one_turn() -> None:
    reading = Scene(settings_for("order_number"))
    reading.speaks(1).quiet(1.0).speaks(1).quiet(2)
    assert reading.kinds == [Step.BEGAN, Step.ENDED]


def test_a_complete_number_is_answered_sooner() -> None:
    patient = Scene(settings_for("order_number")).speaks(2).quiet(2)
    sure = Scene(settings_for("order_number")).speaks(2).quiet(2, So.COMPLETE)
    assert sure.steps[-1][0] < patient.steps[-1][0] - 0.5


def test_my_number_is_waits_for_the_number() -> None:
    """However long one looks for the paper, as long as it's not too long."""
    looking = Scene().speaks(1).quiet(1.2, So.UNFINISHED).speaks(2).quiet(1)
    assert looking.kinds == [Step.BEGAN, Step.ENDED]
    lost = Scene().speaks(1).quiet(2, So.UNFINISHED)
    assert lost.kinds == [Step.BEGAN, Step.ENDED]


def test_a_whole_sentence_is_answered_sooner() -> None:
    whole = Scene().speaks(1).quiet(1, So.COMPLETE)
    part = Scene().speaks(1).quiet(1)
    assert whole.steps[-1][0] < part.steps[-1][0] - 0.1


def test_a_question_is_answered_sooner_than_another_sentence() -> None:
    asks = Scene().speaks(1).quiet(1, So.QUESTION)
    tells = Scene().speaks(1).quiet(1, So.COMPLETE)
    assert asks.steps[-1][0] < tells.steps[-1][0] - 0.05


def test_a_likely_end_is_said_once_for_each_pause() -> None:
    scene = Scene().speaks(1).quiet(0.4).speaks(1).quiet(1)
    assert scene.kinds == [Step.BEGAN, Step.ENDED]
    assert scene.likely == [pytest.approx(1.17, abs=0.03), pytest.approx(2.57, abs=0.05)]


def test_a_line_that_went_dumb() -> None:
    scene = Scene().speaks(1)
    assert scene.ends.end() is Step.ENDED
    assert not scene.ends.speaking
    assert Scene().speaks(0.1).ends.end() is Step.FALSE_START


def test_yes_is_answered_sooner_than_a_sentence() -> None:
    yes = Scene(settings_for("yes_no")).speaks(0.3).quiet(2)
    free = Scene(settings_for("free")).speaks(0.3).quiet(2)
    assert yes.steps[-1][0] < free.steps[-1][0]


def test_a_radio_does_not_go_on_for_ever() -> None:
    scene = Scene().speaks(70)
    assert scene.kinds == [Step.BEGAN, Step.ENDED, Step.BEGAN, Step.ENDED, Step.BEGAN]


def test_two_turns() -> None:
    scene = Scene().speaks(1).quiet(1).speaks(1).quiet(1)
    assert scene.kinds == [Step.BEGAN, Step.ENDED] * 2
