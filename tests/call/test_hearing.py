"""Which of two readings to believe."""

from __future__ import annotations

import pytest

from bot.call.hearing import Asked, choose
from speech.recogniser import Alternative, Transcript


def reading(text: str, confidence: float = 0.9, *others: str) -> Transcript:
    alternatives = [Alternative(text, confidence), *(Alternative(other, 0.1) for other in others)]
    return Transcript(text, confidence, [], alternatives)


@pytest.mark.parametrize(
    ("expects", "free", "bound", "heard"),
    [
        # a number was asked for, and the grammar heard one
        ("order_number", "for eight to nine one five", "four eight two nine one five",
         "four eight two nine one five"),
        ("postcode", "nine seven to oh five", "nine seven two oh five", "nine seven two oh five"),
        # ... or lost a digit of it, which the open ear has
        ("postcode", "nine seven two oh five", "nine seven two oh", "nine seven two oh five"),
        # a number was asked for, and something else was said
        ("order_number", "when do you open on sunday", "[unk] two [unk]",
         "when do you open on sunday"),
        ("order_number", "a person please", "person please", "person please"),
        # half a number: the grammar's reading, so that it can be asked for again as heard
        ("order_number", "for eight to", "four eight two", "four eight two"),
        # open speech without a number stays open speech, whatever the grammar makes of it
        ("free", "do you have the alder jacket", "[unk] two [unk] four [unk]",
         "do you have the alder jacket"),
        # open speech with a number: the words, then the digits as the grammar heard them
        ("free", "where is my order four eight two nine one nine",
         "[unk] four eight two nine one five", "where is my order 482915"),
        # yes and no
        ("yes_no", "yes please", "yes please", "yes please"),
        ("yes_no", "i want to talk about something else entirely", "[unk] no [unk]",
         "i want to talk about something else entirely"),
    ],
)  # fmt: skip
def test_choice(expects: str, free: str, bound: str, heard: str) -> None:
    assert choose(expects, reading(free), reading(bound)).text == heard


def test_an_unsure_grammar_is_not_believed() -> None:
    heard = choose("yes_no", reading("guess"), reading("yes", 0.3))
    assert heard.text == "guess"


def test_the_other_readings_are_kept() -> None:
    bound = reading("four eight two nine one nine", 0.9, "four eight two nine one five")
    heard = choose("order_number", reading("for eight two nine one five"), bound)
    assert heard.text == "four eight two nine one nine"
    assert "four eight two nine one five" in heard.alternatives


def test_of_two_that_sound_alike_the_number_that_can_exist_is_taken() -> None:
    bound = reading(
        "five oh one two five four", 0.6, "five oh one two five", "five oh one two six four"
    )
    assert choose("order_number", reading("x"), bound).text == "five oh one two five four"
    bound = reading("size zero one two five four", 0.6, "five zero one two five four")
    assert choose("order_number", reading("x"), bound).text == "five zero one two five four"
    wrong = reading("five oh one two five three", 0.6, "five oh one two")
    assert choose("order_number", reading("x"), wrong).text == "five oh one two five three"


def test_silence() -> None:
    assert choose("free", reading("", 0), reading("", 0)).text == ""


def test_a_no_between_digits_is_a_correction() -> None:
    bound = reading("four eight two nine one five know nine", 0.9)
    heard = choose("order_number", reading("for eight two nine one five no nine"), bound)
    assert (heard.text, heard.number) == ("four eight two nine one five no nine", "482919")
    assert heard.sure
    unsure = choose("order_number", reading("i don't know"), reading("i don't know"))
    assert (unsure.text, unsure.number, unsure.sure) == ("i don't know", None, False)


def test_a_number_that_needed_the_check_digits_help_is_not_sure() -> None:
    bound = reading("five oh one two five three", 0.6, "five oh one two five four")
    heard = choose("order_number", reading("x y z a b c"), bound)
    assert (heard.number, heard.sure) == ("501254", False)


def test_no_and_know_are_one_answer() -> None:
    """The recogniser shares the likelihood between two spellings of one word."""
    bound = Transcript("know", 0.503, [], [Alternative("know", 0.503), Alternative("no", 0.497)])
    assert choose("yes_no", reading("now"), bound).text == "no"


def test_sizes_are_said_in_words() -> None:
    asked = Asked("choice", ("XS", "S", "M", "L", "XL", "XXL"))
    assert choose(asked, reading("large"), reading("large")).text == "L"
    assert choose(asked, reading("extra large"), reading("extra large please")).text == "XL"


def test_a_postcode_is_the_one_that_most_ears_heard_and_sure_only_where_all_did() -> None:
    right, wrong = reading("nine seven two oh five"), reading("nine seven two oh nine")
    heard = choose("postcode", right, wrong, right)
    assert (heard.number, heard.sure) == ("97205", False)
    assert choose("postcode", right, right, right).sure
    lost_a_digit = reading("nine seven two oh")
    heard = choose("postcode", right, lost_a_digit, lost_a_digit)
    assert (heard.number, heard.sure) == ("97205", False)


def test_of_two_postcodes_the_bound_ear_has_the_better_one() -> None:
    heard = choose("postcode", reading("nine seven two oh nine"), reading("nine seven two oh five"))
    assert heard.number == "97205"
