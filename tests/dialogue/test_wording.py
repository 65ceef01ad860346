"""Amounts, dates and numbers for the eye and for the ear."""

from __future__ import annotations

from datetime import date

import pytest

from actions.wording import (
    Words,
    amount,
    day,
    in_words,
    listed,
    on_day,
    order_number,
    spelled,
)
from speech.spoken import ordinal as ordinal_in_words

TODAY = date(2026, 5, 5)


@pytest.mark.parametrize(
    ("cents", "written", "spoken"),
    [
        (12990, "$129.90", "one hundred and twenty-nine dollars and ninety cents"),
        (100, "$1", "one dollar"),
        (5, "$0.05", "zero dollars and five cents"),
        (200501, "$2,005.01", "two thousand and five dollars and one cent"),
        (-4500, "-$45", "minus forty-five dollars"),
    ],
)
def test_amounts(cents: int, written: str, spoken: str) -> None:
    assert amount(cents, "USD") == Words(written, spoken)


@pytest.mark.parametrize(
    ("when", "written", "spoken"),
    [
        (date(2026, 5, 5), "today", "today"),
        (date(2026, 5, 6), "tomorrow", "tomorrow"),
        (date(2026, 5, 4), "yesterday", "yesterday"),
        (date(2026, 5, 12), "on Tuesday 12 May", "on Tuesday the twelfth of May"),
        (date(2026, 5, 31), "on Sunday 31 May", "on Sunday the thirty-first of May"),
        (date(2027, 1, 3), "on Sunday 3 January 2027", "on Sunday the third of January"),
    ],
)
def test_days(when: date, written: str, spoken: str) -> None:
    assert on_day(when, TODAY) == Words(written, spoken)


def test_numbers_in_groups() -> None:
    assert order_number("482919") == Words("482 919", "four eight two, nine one nine")
    assert spelled("1Z-9") == "one Z nine"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (40, "forty"),
        (101, "one hundred and one"),
        (1100, "one thousand one hundred"),
        (999_999, "nine hundred and ninety-nine thousand nine hundred and ninety-nine"),
    ],
)
def test_in_words(number: int, said: str) -> None:
    assert in_words(number) == said


def test_ordinals() -> None:
    said = [ordinal_in_words(number) for number in (1, 2, 3, 5, 8, 9, 12, 20, 21, 30)]
    assert " ".join(said[:6]) == "first second third fifth eighth ninth"
    assert " ".join(said[6:]) == "twelfth twentieth twenty-first thirtieth"


def test_lists() -> None:
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b"], "or") == "a or b"
    assert listed([]) == ""


def test_day_alone() -> None:
    assert day(date(2026, 5, 12), TODAY).text == "Tuesday 12 May"
