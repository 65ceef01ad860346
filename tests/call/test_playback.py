"""What the caller heard of what we said."""

from __future__ import annotations

import pytest

from bot.call.playback import Playback


@pytest.fixture
def playback() -> Playback:
    made = Playback(seq=7)
    made.sent("Your order is on its way.", 2000)
    made.sent("It arrives on Monday.", 1000)
    made.all_sent = True
    return made


def test_all_of_it(playback: Playback) -> None:
    playback.played(3000)
    assert playback.finished
    assert playback.heard() == "Your order is on its way. It arrives on Monday."


def test_the_last_buffer_of_a_player_is_not_held_against_it(playback: Playback) -> None:
    playback.played(2970)
    assert playback.finished


@pytest.mark.parametrize(
    ("ms", "heard"),
    [
        (0, ""),
        (100, ""),
        (1100, "Your order is"),
        (2000, "Your order is on its way."),
        (2600, "Your order is on its way. It arrives"),
    ],
)
def test_cut_off(playback: Playback, ms: float, heard: str) -> None:
    playback.played(ms)
    assert not playback.finished
    assert playback.heard() == heard


def test_a_player_that_claims_too_much_or_goes_back(playback: Playback) -> None:
    playback.played(99_000)
    assert playback.played_ms == 3000
    playback.played(10)
    assert playback.played_ms == 3000


def test_nothing_sent_nothing_heard() -> None:
    assert Playback(seq=1).heard() == ""
    assert not Playback(seq=1).finished


def test_chinese_is_cut_off_between_characters() -> None:
    playback = Playback(seq=7)
    playback.sent("您好，有什么可以帮您？", 2000)
    playback.played(1000)
    assert playback.heard() == "您好，有什"
