"""Numbers of which each hearing lost a digit, and questions that are asked again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.call.answers import is_answer, lacking_digits
from bot.call.asked_again import AskedAgain, InVain
from bot.call.hearing import Asked, choose
from bot.call.mending import joined, mended
from engine.numbers_spoken import check_digit_fits
from speech.recogniser import Alternative, Transcript


def reading(text: str, confidence: float = 0.9) -> Transcript:
    return Transcript(text, confidence, [], [Alternative(text, confidence)])


@pytest.mark.parametrize(
    ("hearings", "number"),
    [
        (["48291", "48919"], "482919"),  # another digit swallowed each time
        (["48291", "432919"], "482919"),  # one swallowed, another mistaken
        (["432919", "482979"], "482919"),
        (["48291"], None),  # one hearing proves nothing
        (["48291", "48291"], None),  # nor does the same one twice: five numbers would do
        (["4829", "4825"], None),  # too little of it
        (["48291", "700000"], None),  # two that have nothing in common
    ],
)
def test_the_number_that_two_hearings_are_one_digit_from(
    hearings: Sequence[str], number: str | None
) -> None:
    assert mended(6, [[digits] for digits in hearings], check_digit_fits) == number


@pytest.mark.parametrize(
    ("firsts", "seconds", "number"),
    [
        (["482"], ["919"], "482919"),
        (["482", "432"], ["919"], "482919"),  # the reading of which a number can be made
        (["482"], ["91"], None),
        (["482"], ["918"], None),
        (["482919"], ["482919"], None),  # all of it, twice
        ([], ["919"], None),
    ],
)
def test_two_halves_make_a_number(
    firsts: Sequence[str], seconds: Sequence[str], number: str | None
) -> None:
    assert joined(firsts, seconds, lambda whole: is_answer("order_number", whole)) == number


def test_of_two_numbers_that_halves_could_make_neither_is_one() -> None:
    assert joined(["97", "91"], ["205"], lambda whole: is_answer("postcode", whole)) is None


def test_one_hearing_with_several_readings_has_one_vote() -> None:
    assert mended(6, [["48291", "48919"]], check_digit_fits) is None


def test_two_ears_lose_another_digit_each_and_the_number_is_read_back() -> None:
    heard = choose(
        "order_number",
        reading("for eight"),
        reading("four eight two nine one"),
        reading("four eight nine one nine"),
    )
    assert (heard.number, heard.text, heard.sure) == ("482919", "482919", False)


def test_what_was_lost_the_first_time_is_heard_the_second() -> None:
    first = choose("order_number", reading("hm"), reading("four eight two nine one"))
    assert first.number is None
    assert first.digits == {"48291"}
    again = Asked("order_number", earlier=(first.digits,))
    heard = choose(again, reading("hm"), reading("four eight nine one nine"))
    assert (heard.number, heard.sure) == ("482919", False)


def test_a_number_the_caller_denied_is_not_read_back_again() -> None:
    said = reading("four eight two nine one nine")
    assert choose("order_number", reading("x"), said).number == "482919"
    other = Transcript(
        said.text, 0.6, [], [*said.alternatives, Alternative("four eight two nine oh one", 0.3)]
    )
    denied = Asked("order_number", denied=frozenset(["482919"]))
    assert check_digit_fits("482901")
    assert choose(denied, reading("x"), other).number == "482901"


@pytest.mark.parametrize(
    ("expects", "text", "digits"),
    [
        ("order_number", "four eight two", 3),
        ("order_number", "four eight two nine one", 1),
        ("postcode", "nine seven two", 2),
        ("order_number", "four eight two nine one nine", 0),
        ("order_number", "four eight two please", 0),
        ("order_number", "where is my order", 0),
        ("quantity", "four eight two", 0),
    ],
)
def test_digits_that_are_missing_of_a_number_begun(expects: str, text: str, digits: int) -> None:
    assert lacking_digits(expects, text) == digits


def test_another_question_begins_anew() -> None:
    again = AskedAgain()
    again.look("order_number")
    assert not again.heard({"48291"})
    assert again.heard({"48291"})
    again.denied.add("482919")
    again.look("order_number")
    assert (again.earlier, again.denied) == ([frozenset({"48291"})] * 2, {"482919"})
    again.look("postcode")
    assert (again.earlier, again.denied) == ([], set())


def test_a_number_is_asked_for_a_third_time_also_with_reasons_in_between() -> None:
    asked = InVain()
    told = ["order_number", None, "order_number", None, None, "order_number"]
    assert [asked.asked(asks) for asks in told] == [1, 0, 2, 0, 0, 3]
    assert [asked.asked(asks) for asks in ("postcode", "order_number")] == [1, 1]


@pytest.mark.parametrize(
    ("free", "bound", "heard"),
    [
        # the likest of its phrases, for something that is none of them
        ("it is too big for me", "human", "it is too big for me"),
        ("uh nine seven two", "repeat", "uh nine seven two"),
        # the open ear heard it, too, or next to nothing
        ("the human", "human", "human"),
        ("you man", "human", "you man"),
        ("mine", "human", "human"),
    ],
)
def test_a_command_is_one_that_the_open_ear_has_a_word_of(
    free: str, bound: str, heard: str
) -> None:
    many = Transcript(bound, 0.9, [], [Alternative(bound, 0.9)])
    assert choose("yes_no", reading(free), many).text == heard
