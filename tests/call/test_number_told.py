"""How callers tell a number: at once, in halves by voice and keys, asked again, read back."""

from __future__ import annotations

from bot.call.answers import digits_in
from bot.call.choosing import Heard
from bot.call.keypad import Keypad
from bot.call.number_told import AskAgain, MoreComes, NumberTold, Outcome, ReadOut, Understood
from bot.call.turn_settings import settings_for

ORDER = "order_number"


def heard(text: str, *others: str, number: str | None = None, sure: bool = False) -> Heard:
    digits = frozenset({digits_in(one) for one in (text, *others)} - {""})
    return Heard(text, 0.9, list(others), number, sure, digits=digits)


class Caller:
    """Tells a number, on a clock of whole seconds."""

    def __init__(self, expects: str = ORDER) -> None:
        self.expects = expects
        self.now = 0.0
        self.keypad = Keypad(settings_for(expects))
        self.number = NumberTold(frozenset({"yes"}), frozenset({"no"}))

    def says(self, said: Heard | str) -> Outcome:
        self.number.question(self.expects)
        began_at, self.now = self.now, self.now + 1.0
        told = heard(said) if isinstance(said, str) else said
        return self.number.heard(told, self.expects, self.keypad, began_at)

    def presses(self, keys: str) -> Outcome | None:
        """What becomes of the last key; None too where nothing is complete yet."""
        found = None
        for key in keys:
            self.now += 0.5
            if keyed := self.keypad.key(key, self.now):
                found = self.number.keyed(keyed, self.expects)
        return found

    def hears(self, *asks: str | None, whole: bool = True) -> list[bool]:
        return [self.number.asked(one, whole=whole) for one in asks]


def test_a_number_we_are_sure_of_is_understood() -> None:
    said = heard("four eight two nine one nine", number="482919", sure=True)
    assert Caller().says(said) == Understood("four eight two nine one nine")


def test_another_one_is_read_back_and_a_yes_makes_it_count() -> None:
    caller = Caller()
    unsure = heard("four eight two nine one nine", number="482919")
    assert caller.says(unsure) == ReadOut("482919")
    assert caller.number.question(ORDER).expects == "yes_no"
    assert caller.says("yes") == Understood("482919")
    assert caller.number.question(ORDER).expects == ORDER


def test_a_no_has_it_asked_again_and_never_taken_for_that_one() -> None:
    caller = Caller()
    caller.says(heard("four eight two nine one nine", number="482919"))
    assert caller.says("no") == AskAgain(1)
    assert caller.number.question(ORDER).denied == {"482919"}


def test_what_was_read_back_is_answered_by_1_and_2_too() -> None:
    unsure = heard("four eight two nine one nine", number="482919")
    agrees, denies, types = Caller(), Caller(), Caller()
    for caller in (agrees, denies, types):
        caller.says(unsure)
        assert (caller.number.waits_for(ORDER), caller.number.read_back) == ("read_back", "482919")
    assert agrees.presses("1#") == Understood("482919")
    assert denies.presses("2#") == AskAgain(1)
    assert denies.number.question(ORDER).denied == {"482919"}
    assert types.presses("170533") is None  # another number stands for itself
    assert types.number.waits_for(ORDER) == ORDER


def test_a_yes_to_a_person_does_not_answer_what_was_read_back_before() -> None:
    caller = Caller()
    caller.says(heard("four eight two nine one nine", number="482919"))
    caller.expects = "free"
    assert caller.says("yes") == Understood("yes")
    assert caller.number.read_back is None
    caller.expects = ORDER
    caller.says(heard("four eight two nine one nine", number="482919"))
    caller.expects = "free"
    assert caller.presses("1#") is None


def test_a_postcode_is_not_read_back() -> None:
    said = heard("nine seven two oh five", number="97205")
    assert Caller("postcode").says(said) == Understood("nine seven two oh five")


def test_half_is_said_and_half_is_keyed() -> None:
    caller = Caller()
    assert caller.says("four eight two") == Understood("four eight two")
    assert caller.presses("919#") == ReadOut("482919")
    assert caller.says("yes") == Understood("482919")


def test_keys_that_begin_before_the_sentence_has_ended_are_waited_for() -> None:
    caller = Caller()
    caller.number.question(ORDER)  # the voice begins
    caller.presses("9")  # after the voice, before it counts as over
    assert caller.number.heard(heard("four eight two"), ORDER, caller.keypad, -1.0) == MoreComes()
    assert caller.presses("19#") == ReadOut("482919")


def test_half_is_keyed_and_half_is_said() -> None:
    caller = Caller()
    assert caller.presses("482") is None
    caller.now += 1.0
    assert caller.says(heard("nine one nine", "five one nine")) == ReadOut("482919")
    assert not caller.keypad.busy


def test_halves_that_make_no_number_are_asked_for_again() -> None:
    caller = Caller()
    caller.presses("482")
    caller.now += 1.0
    assert caller.says("nine one eight") == AskAgain(1)
    assert not caller.keypad.busy


def test_all_of_it_by_keys_stands_for_itself_whatever_was_said_before() -> None:
    caller = Caller()
    caller.says("four eight two")
    assert caller.presses("482919") is None


def test_a_digit_that_was_lost_is_asked_for_once() -> None:
    caller = Caller()
    assert caller.says("four eight two nine one") == AskAgain(1)
    assert caller.says("four eight two nine one") == Understood("four eight two nine one")


def test_while_a_person_has_the_floor_numbers_are_words() -> None:
    caller = Caller("free")
    caller.presses("482")
    assert caller.says("nine one nine") == Understood("nine one nine")


def test_the_keypad_is_offered_once_after_a_second_failure() -> None:
    caller = Caller()
    assert caller.hears(ORDER, None, ORDER, None) == [False] * 4
    assert caller.hears(ORDER, None, ORDER) == [True, False, False]
    assert caller.hears("postcode", ORDER, ORDER, ORDER)[-1]


def test_who_interrupts_the_question_is_offered_the_keypad_by_the_next_one() -> None:
    caller = Caller()
    assert not any(caller.hears(ORDER, ORDER, ORDER, whole=False))
    assert caller.hears(ORDER) == [True]


def test_a_yes_or_no_can_be_keyed_too() -> None:
    assert Caller("yes_no").hears("yes_no", "yes_no", "yes_no") == [False, False, True]


def test_an_address_cannot_be_keyed() -> None:
    assert not any(Caller("address").hears("address", "address", "address", "address"))
