"""When a caller begins and ends: scenes in seconds of sound, no audio, no clock."""

from __future__ import annotations

from bot.call.endpointing import Endpointing, Step, TurnSettings, settings_for

STRETCH = 0.032


class Scene:
    def __init__(self, settings: TurnSettings | None = None) -> None:
        self.ends = Endpointing(settings or TurnSettings())
        self.at = 0.0
        self.steps: list[tuple[float, Step]] = []

    def _sound(self, seconds: float, probability: float, complete: bool) -> Scene:
        for _ in range(round(seconds / STRETCH)):
            self.at += STRETCH
            step = self.ends.process(STRETCH, probability, complete=complete)
            if step is not Step.NOTHING:
                self.steps.append((round(self.at, 2), step))
        return self

    def speaks(self, seconds: float) -> Scene:
        return self._sound(seconds, 0.95, complete=False)

    def quiet(self, seconds: float, *, complete: bool = False) -> Scene:
        return self._sound(seconds, 0.02, complete=complete)

    def murmurs(self, seconds: float) -> Scene:
        return self._sound(seconds, 0.42, complete=False)

    @property
    def kinds(self) -> list[Step]:
        return [step for _, step in self.steps]


def test_a_sentence() -> None:
    scene = Scene().quiet(1).speaks(2).quiet(2)
    assert scene.kinds == [Step.BEGAN, Step.ENDED]
    began, ended = (at for at, _ in scene.steps)
    assert abs(began - 1.0) < 0.1
    assert abs(ended - 3.7) < 0.1


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
    sure = Scene(settings_for("order_number")).speaks(2).quiet(2, complete=True)
    assert sure.steps[-1][0] < patient.steps[-1][0] - 0.5


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
