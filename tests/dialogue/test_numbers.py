"""Order numbers and postcodes, as people write and say them: read rightly or asked back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.numbers_spoken import DIGITS, ORDER_NUMBER, POSTCODE, check_digit_fits, find_numbers

N, P, D = ORDER_NUMBER, POSTCODE, DIGITS
# 482919 and 115303 have right check digits.
TABLE: list[tuple[str, list[tuple[str, str]]]] = [
    # written
    ("482919", [(N, "482919")]),
    ("482 919", [(N, "482919")]),
    ("482-919", [(N, "482919")]),
    ("482.919", [(N, "482919")]),
    ("48 29 19", [(N, "482919")]),
    ("4 8 2 9 1 9", [(N, "482919")]),
    ("4-8-2-9-1-9", [(N, "482919")]),
    ("#482919", [(N, "482919")]),
    ("# 482 919", [(N, "482919")]),
    ("WL-482919", [(N, "482919")]),
    ("no482919", [(N, "482919")]),
    ("order no. 482919", [(N, "482919")]),
    ("my order:482919.", [(N, "482919")]),
    ("where is 482919?", [(N, "482919")]),
    ("482919 for the tent", [(N, "482919")]),
    ("４８２９１９", [(N, "482919")]),
    ("482919 and 12 socks", [(N, "482919")]),
    ("orders 482919 and 115303", [(N, "482919"), (N, "115303")]),
    ("482919, 115303", [(N, "482919"), (N, "115303")]),
    ("97201", [(P, "97201")]),
    ("zip: 97201", [(P, "97201")]),
    ("97201-1234", [(P, "97201")]),
    ("97201 - 1234", [(P, "97201")]),
    ("482919 97201", [(N, "482919"), (P, "97201")]),
    ("97201 482919", [(P, "97201"), (N, "482919")]),
    ("482919, zip 97201", [(N, "482919"), (P, "97201")]),
    ("482 919 97201", [(N, "482919"), (P, "97201")]),
    ("482919 97201-1234", [(N, "482919"), (P, "97201")]),
    # spoken
    ("four eight two nine one nine", [(N, "482919")]),
    ("Four Eight Two Nine One Nine", [(N, "482919")]),
    ("it's four eight two, nine one nine", [(N, "482919")]),
    ("four eight two um nine one nine", [(N, "482919")]),
    ("four eight two dash nine one nine", [(N, "482919")]),
    ("forty eight twenty nine nineteen", [(N, "482919")]),
    ("forty-eight twenty-nine nineteen", [(N, "482919")]),
    ("four eighty two nine nineteen", [(N, "482919")]),
    ("four hundred eighty two nine hundred nineteen", [(N, "482919")]),
    ("four hundred and eighty two thousand nine hundred and nineteen", [(N, "482919")]),
    ("double one five three oh three", [(N, "115303")]),
    ("double four double oh one two", [(N, "440012")]),
    ("triple seven one two three", [(N, "777123")]),
    ("one one five three zero three", [(N, "115303")]),
    ("one one five three o three", [(N, "115303")]),
    ("four eight too nine one nine", [(N, "482919")]),
    ("nine seven two oh one", [(P, "97201")]),
    ("ninety seven two oh one", [(P, "97201")]),
    ("nine seven two oh one dash one two three four", [(P, "97201")]),
    (
        "four eight two nine one nine nine seven two oh one",
        [(N, "482919"), (P, "97201")],
    ),
    ("four eight two nine one nine and nine seven two oh one", [(N, "482919"), (P, "97201")]),
    # taken back
    ("482916, no wait, 482919", [(N, "482919")]),
    ("not 482916 but 482919", [(N, "482919")]),
    ("482919 not 482916", [(N, "482919")]),
    ("four eight two nine one six no nine", [(N, "482919")]),
    ("four eight two nine one nine not eleven", [(N, "482919")]),
    ("482919 no five", [(D, "482915")]),
    # asked back, or no number at all
    ("4829", [(D, "4829")]),
    ("four eight two nine one double nine", [(D, "4829199")]),
    ("+1 503 555 0142", [(D, "15035550142")]),
    ("I'd like two jackets for my wife", []),
    ("the red one please", []),
    ("no, seven not eleven", []),
    ("a 10000 mm jacket", []),
    ("10000mm", []),
    ("the tent for 499.95", []),
    ("$12345", []),
    ("one hundred", [(D, "100")]),
    ("", []),
]


@pytest.mark.parametrize(("said", "meant"), TABLE, ids=[said for said, _ in TABLE])
def test_table(said: str, meant: list[tuple[str, str]]) -> None:
    assert [(number.kind, number.value) for number in find_numbers(said)] == meant


def test_the_span_covers_the_words() -> None:
    text = "it's four eight two nine one nine, thanks"
    (number,) = find_numbers(text)
    assert text[number.start : number.end] == "four eight two nine one nine"


@given(st.text(max_size=60))
def test_any_text_is_survived_and_spans_lie_inside(text: str) -> None:
    for number in find_numbers(text):
        assert 0 <= number.start < number.end <= len(text)
        assert number.value.isdecimal()


@given(st.integers(0, 999_999))
def test_any_number_said_digit_by_digit(number: int) -> None:
    names = ["oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    digits = f"{number:06}"
    said = " ".join(names[int(digit)] for digit in digits)
    assert [found.value for found in find_numbers(said)] == [digits]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        (piece * 4000)[:4000]
        for piece in (
            *("1 ", "1, ", "1", "one ", "to 1 ", "1 no ", "1 and ", "double ", "$1,"),
            *("482919 ", "97201-", "4 8 2 9 1 9 9 7 2 0 1 "),
        )
    ],
    ids=lambda text: text[:7],
)
def test_the_longest_message_is_read_at_once(text: str) -> None:
    """4,000 characters take some 40 ms; by trying every way of cutting them they took for ever."""
    for number in find_numbers(text):
        assert number.kind in {N, P, D}
        assert 0 <= number.start < number.end <= len(text)


def test_check_digit_catches_each_single_slip() -> None:
    assert check_digit_fits("482919")
    for position in range(6):
        for digit in "0123456789":
            slipped = "482919"[:position] + digit + "482919"[position + 1 :]
            assert check_digit_fits(slipped) == (slipped == "482919")
