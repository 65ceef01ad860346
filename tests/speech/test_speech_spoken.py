"""What is written for the eye, as it is said; and where one sentence ends."""

from __future__ import annotations

from datetime import date

import pytest

from speech import spoken
from speech.sentences import LONGEST_CHARACTERS, split_sentences


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("482915", "four eight two, nine one five"),
        ("482 915", "four eight two, nine one five"),
        ("4 8 2, 9 1 5", "four, eight, two, nine, one, five"),
        ("02171", "zero two one, seven one"),
        ("1234567", "one two three, four five six seven"),
        ("7", "seven"),
        ("", ""),
    ],
)
def test_digits(number: str, said: str) -> None:
    assert spoken.digits(number) == said


@pytest.mark.parametrize(
    ("cents", "said"),
    [
        (12995, "one hundred twenty-nine dollars and ninety-five cents"),
        (100, "one dollar"),
        (101, "one dollar and one cent"),
        (99, "ninety-nine cents"),
        (0, "zero dollars"),
        (-2050, "minus twenty dollars and fifty cents"),
        (123456789, "one million two hundred thirty-four thousand five hundred sixty-seven dollars"
         " and eighty-nine cents"),
    ],
)  # fmt: skip
def test_amounts(cents: int, said: str) -> None:
    assert spoken.amount(cents) == said


def test_amounts_in_other_money() -> None:
    assert spoken.amount(250, "GBP") == "two pounds and fifty pence"
    assert spoken.amount(250, "CHF") == "two CHF and fifty cents"


def test_days() -> None:
    today = date(2026, 3, 1)
    assert spoken.day(date(2026, 5, 14), today=today) == "May fourteenth"
    assert spoken.day(date(2026, 12, 31), today=today) == "December thirty-first"
    assert spoken.day(date(2027, 1, 2), today=today) == "January second, twenty twenty-seven"
    assert spoken.day(date(2026, 8, 20)) == "August twentieth, twenty twenty-six"


def test_years() -> None:
    said = {1900: "nineteen hundred", 1905: "nineteen oh five", 2000: "two thousand"}
    said |= {2009: "two thousand nine", 2010: "twenty ten", 2026: "twenty twenty-six"}
    assert {year: spoken.year(year) for year in said} == said


def test_every_day_of_a_month_has_its_ordinal() -> None:
    said = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth"}
    said |= {11: "eleventh", 12: "twelfth", 13: "thirteenth", 20: "twentieth"}
    said |= {21: "twenty-first", 30: "thirtieth", 100: "one hundredth"}
    assert {number: spoken.ordinal(number) for number in said} == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "Your order 482 915 ships on 2026-05-14 🎉",
            "Your order four eight two, nine one five ships on May fourteenth",
        ),
        ("It costs $129.95.", "It costs one hundred twenty-nine dollars and ninety-five cents."),
        ("From $1,299, 482915 pieces", "From one thousand two hundred ninety-nine dollars, "
         "four eight two, nine one five pieces"),
        ("See [our returns page](https://example.com/r).", "See our returns page."),
        ("More at https://example.com/help?a=1.", "More at."),
        ("**Free** shipping 👍🏽 from `$50`", "Free shipping from fifty dollars"),
        ("Call 555-482915 or room 12", "Call 555-482915 or room 12"),
        ("On 2026-99-99 nothing", "On 2026-99-99 nothing"),
        ("", ""),
    ],
)  # fmt: skip
def test_texts_for_the_eye_become_texts_for_the_ear(written: str, said: str) -> None:
    assert spoken.speakable(written, today=date(2026, 1, 1)) == said


def test_sentences() -> None:
    text = 'Hi there! Dr. Lee paid $12.50 at 5 p.m. yesterday. "Fine," she said.\nAnything else?'
    assert list(split_sentences(text)) == [
        "Hi there!",
        "Dr. Lee paid $12.50 at 5 p.m. yesterday.",
        '"Fine," she said.',
        "Anything else?",
    ]


def test_what_cannot_be_said_is_no_sentence() -> None:
    assert list(split_sentences(" ... \n\n!? ")) == []


def test_a_long_sentence_is_cut_where_one_breathes() -> None:
    clause = "the tent is in stock in two of our three warehouses"
    pieces = list(split_sentences(f"{clause}, {clause}; {clause}, {clause}."))
    assert len(pieces) > 1
    assert all(len(piece) <= LONGEST_CHARACTERS for piece in pieces)
    assert " ".join(pieces) == f"{clause}, {clause}; {clause}, {clause}."
