"""Whose voice reaches whom, by the places the log gives: Maya holds the contact, Sam was asked."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bot.call.headsets import Air, Headsets, Who

RATE_HZ = 8_000
FRAME = bytes(320)
MAYA, SAM = 1, 2


@dataclass
class Ears:
    """A headset that notes whom it heard."""

    agent_id: int
    heard: list[int | None] = field(default_factory=list)
    why: str = ""
    rate_hz: int = RATE_HZ

    @property
    def who(self) -> Who:
        return Who(self.agent_id, {MAYA: "Maya", SAM: "Sam"}[self.agent_id])

    def hear(self, pcm: bytes, rate_hz: int, of: int | None = None) -> None:
        assert (pcm, rate_hz) == (FRAME, RATE_HZ)
        self.heard.append(of)

    def silent(self, of: int) -> None: ...

    def dismissed(self, why: str) -> None:
        self.why = why


@dataclass
class Scene:
    headsets: Headsets
    maya: Ears
    sam: Ears

    def reaches(self) -> dict[str, set[str]]:
        """Everybody says something: who hears whom."""
        names = {None: "caller", MAYA: "maya", SAM: "sam"}
        self.maya.heard.clear()
        self.sam.heard.clear()
        by_caller = {
            names[one.agent_id]
            for one in (self.maya, self.sam)
            if self.headsets.says(one, FRAME) or self.headsets.air(one) is Air.HEARD
        }
        self.headsets.caller_says(FRAME, RATE_HZ)
        return {
            "caller": by_caller,
            "maya": {names[one] for one in self.maya.heard},
            "sam": {names[one] for one in self.sam.heard},
        }


@pytest.fixture
def scene() -> Scene:
    made = Scene(Headsets(RATE_HZ), Ears(MAYA), Ears(SAM))
    made.headsets.on(made.maya)
    made.headsets.place(MAYA, {})
    return made


def test_who_holds_it_talks_with_the_caller(scene: Scene) -> None:
    assert scene.reaches() == {"caller": {"maya"}, "maya": {"caller"}, "sam": set()}
    assert not scene.headsets.aside


def test_one_who_has_no_place_hears_and_says_nothing(scene: Scene) -> None:
    scene.headsets.on(scene.sam)
    assert scene.headsets.air(scene.sam) is Air.NO_FLOOR
    assert scene.reaches() == {"caller": {"maya"}, "maya": {"caller"}, "sam": set()}


def test_who_was_asked_talks_with_her_alone(scene: Scene) -> None:
    scene.headsets.place(MAYA, {SAM: False})
    assert scene.headsets.with_caller  # he reads along: nobody leaves the caller for that
    scene.headsets.on(scene.sam)
    assert scene.headsets.aside
    assert not scene.headsets.with_caller
    assert scene.reaches() == {"caller": set(), "maya": {"sam"}, "sam": {"maya"}}
    scene.headsets.off(scene.sam)
    assert scene.reaches() == {"caller": {"maya"}, "maya": {"caller"}, "sam": set()}


def test_brought_in_all_three_hear_one_another(scene: Scene) -> None:
    scene.headsets.on(scene.sam)
    scene.headsets.place(MAYA, {SAM: True})
    assert scene.reaches() == {
        "caller": {"maya", "sam"},
        "maya": {"sam", "caller"},
        "sam": {"maya", "caller"},
    }
    assert scene.headsets.beside(MAYA) == ["Sam"]


def test_handed_over_it_is_his_and_she_is_out(scene: Scene) -> None:
    scene.headsets.on(scene.sam)
    scene.headsets.place(SAM, {})
    assert scene.headsets.air(scene.maya) is Air.NO_FLOOR
    assert scene.reaches() == {"caller": {"sam"}, "maya": set(), "sam": {"caller"}}


def test_asked_before_she_is_on_the_line_he_waits_for_her(scene: Scene) -> None:
    scene.headsets.off(scene.maya)
    scene.headsets.place(MAYA, {SAM: False})
    scene.headsets.on(scene.sam)
    assert scene.headsets.air(scene.sam) is Air.ASIDE
    assert scene.headsets.beside(SAM) == []
    assert scene.reaches()["caller"] == set()


def test_a_second_window_takes_the_line_over(scene: Scene) -> None:
    second = Ears(MAYA)
    scene.headsets.on(second)
    assert scene.maya.why == "you answered in another window"
    assert scene.headsets.off(scene.maya) is False
    assert scene.headsets.holders is second


def test_where_nobody_has_the_floor_nobody_is_heard(scene: Scene) -> None:
    scene.headsets.place(None, {})
    assert scene.headsets.air(scene.maya) is Air.NO_FLOOR
    assert scene.reaches() == {"caller": set(), "maya": set(), "sam": set()}
