"""A number that was read back: what callers say to it."""

from __future__ import annotations

import pytest

from bot.call.read_back import ReadBack, Told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("yes", Told.YES),
        ("Yes, that's right.", Told.YES),
        ("yeah correct", Told.YES),
        ("no", Told.NO),
        ("no that's wrong", Told.NO),
        ("that's not right", Told.NO),
        ("no it's 482915", Told.ELSE),
        ("four eight two nine one five", Told.ELSE),
        ("where is my order", Told.ELSE),
        ("agent", Told.ELSE),
        ("", Told.ELSE),
    ],
)
def test_answers(text: str, told: Told) -> None:
    asked = ReadBack(frozenset({"yes", "yeah", "right"}), frozenset({"no", "not"}), "482915")
    assert asked.answer(text) is told
    assert asked.number is None
