"""Who interrupts: words and seconds of voice, no sound."""

from __future__ import annotations

import pytest

from bot.call.barge_in import BargeIn
from tests.call.test_talking_over import VOCABULARY


@pytest.mark.parametrize(
    ("voice_s", "words"),
    [
        (0.2, "agent"),
        (0.2, "stop"),
        (0.2, "no"),
        (0.3, "okay stop"),
        (0.4, "where is"),
        (0.5, "where"),
        (0.6, "okay but"),
        (0.9, ""),  # a voice, whatever it says
    ],
)
def test_interrupts(voice_s: float, words: str) -> None:
    assert BargeIn(VOCABULARY).interrupts(voice_s, words.split())


@pytest.mark.parametrize(
    ("voice_s", "words"),
    [
        (0.2, ""),
        (0.3, "where"),
        (0.6, ""),  # a cough
        (0.6, "the"),  # what a recogniser makes of one
        (0.7, "mhm"),
        (2.0, "okay"),
        (1.5, "yeah okay right"),
        (1.2, "i see"),
    ],
)
def test_does_not(voice_s: float, words: str) -> None:
    assert not BargeIn(VOCABULARY).interrupts(voice_s, words.split())


@pytest.mark.parametrize("text", ["", "mhm", "okay", "Yeah, right.", "uh the", "[unk]"])
def test_only_listening(text: str) -> None:
    assert BargeIn(VOCABULARY).only_listening(text)


@pytest.mark.parametrize("text", ["no", "okay but where is it", "agent", "four eight two"])
def test_says_something(text: str) -> None:
    assert not BargeIn(VOCABULARY).only_listening(text)
