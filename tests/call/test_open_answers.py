"""Answers that mix words and digits: an address, a name, a quantity, an e-mail address."""

from __future__ import annotations

import pytest

from bot.call.hearing import choose
from speech.recogniser import Alternative, Transcript


def reading(text: str) -> Transcript:
    return Transcript(text, 0.9, [], [Alternative(text, 0.9)])


@pytest.mark.parametrize(
    ("expects", "free", "bound"),
    [
        (
            "address",
            "four one two nine oak street in bend nine seven seven oh two",
            "four one two nine [unk] nine seven seven oh two",
        ),
        ("quantity", "two pairs please", "two [unk]"),
        ("name", "juan one of seven brothers", "[unk] one [unk] seven [unk]"),
        ("email", "ana four eight two nine one five at example dot com", "four eight two nine one five"),
    ],
)  # fmt: skip
def test_an_open_answer_stays_in_one_piece(expects: str, free: str, bound: str) -> None:
    assert choose(expects, reading(free), reading(bound)).text == free


def test_an_expectation_nobody_has_ears_for_is_open_speech() -> None:
    assert choose("colour", reading("the green one"), reading("[unk] one")).text == "the green one"
