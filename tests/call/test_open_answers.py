"""Answers that mix words and digits: an address, a name, a quantity, an e-mail address."""

from __future__ import annotations

import pytest

from bot.call.choosing import choose, heard_twice
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


def second_hearing(expects: str, free: str, bound: str, second: str, *names: str) -> str:
    first, numbers = reading(free), reading(bound)
    heard = choose(expects, first, numbers)
    return heard_twice(
        heard, first, numbers, reading(second), frozenset(names), expects=expects
    ).text


@pytest.mark.parametrize(
    ("free", "bound", "second", "told"),
    [
        # two of three heard the same postcode
        ("four one two oak street in band nine seven seven oh two",
         "four one two [unk] nine seven oh two",
         "412 oak street in bend 97702", "412 oak street in bend 97702"),
        # the second pass makes up digits
        ("four one two oak street nine seven seven oh two", "four one two [unk] nine seven seven oh two",
         "412 oak street 97792", "412 oak street 97702"),
        # digits that are no number as the second pass writes them
        ("fourteen maple street portland oregon nine seven two oh five",
         "fourteen [unk] nine seven two oh five",
         "fourteen maple street portland oregon nine seven two o five",
         "fourteen maple street portland oregon 97205"),
        # nobody heard one: the street is what was said
        ("four one two oak street", "four one two [unk]", "412 oak street", "412 oak street"),
    ],
)  # fmt: skip
def test_an_address_is_the_second_passs_with_the_postcode_most_heard(
    free: str, bound: str, second: str, told: str
) -> None:
    assert second_hearing("address", free, bound, second) == told


def test_a_name_the_first_pass_has_learnt_outweighs_the_second_unless_that_has_it_too() -> None:
    first, other = "do you have the alder jacket", "do you have the older jacket"
    assert second_hearing("free", first, "[unk]", other, "alder") == first
    both = "how much is the alder jacket"
    assert second_hearing("free", first, "[unk]", both, "alder") == both
