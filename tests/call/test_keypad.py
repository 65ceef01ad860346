"""What callers mean who press keys, on a clock that the scene moves."""

from __future__ import annotations

import pytest

from bot.call.keypad import Keyed, Keypad, Means
from bot.call.turn_settings import settings_for


class Phone:
    def __init__(self, expects: str) -> None:
        self.keypad = Keypad(settings_for(expects))
        self.now = 0.0

    def presses(self, keys: str, gap_s: float = 0.3) -> list[Keyed]:
        """One key after the other; what they completed."""
        found = []
        for key in keys:
            self.now += gap_s
            found += [self.keypad.tick(self.now), self.keypad.key(key, self.now)]
        return [keyed for keyed in found if keyed]

    def waits(self, seconds: float) -> Keyed | None:
        self.now += seconds
        return self.keypad.tick(self.now)


def test_an_order_number_needs_no_hash() -> None:
    assert Phone("order_number").presses("482915") == [Keyed(Means.NUMBER, "482915")]


def test_hash_ends_a_number() -> None:
    assert Phone("quantity").presses("12#") == [Keyed(Means.NUMBER, "12")]
    assert Phone("order_number").presses("4829#") == [Keyed(Means.NUMBER, "4829")]


def test_star_clears_it() -> None:
    assert Phone("order_number").presses("48*482915") == [Keyed(Means.NUMBER, "482915")]


def test_star_alone_asks_for_the_question_again() -> None:
    assert Phone("order_number").presses("*") == [Keyed(Means.AGAIN)]
    assert Phone("free").presses("*") == [Keyed(Means.AGAIN)]


def test_hash_alone_is_nothing() -> None:
    assert Phone("order_number").presses("#") == []


def test_a_pause_ends_a_number() -> None:
    phone = Phone("postcode")
    assert phone.presses("972") == []
    assert phone.waits(2.0) is None  # still looking for the next digit
    assert phone.waits(1.5) == Keyed(Means.NUMBER, "972")
    assert phone.waits(9) is None


@pytest.mark.parametrize("expects", ["free", "choice", "yes_no"])
def test_zero_asks_for_a_person_at_once(expects: str) -> None:
    assert Phone(expects).presses("0") == [Keyed(Means.PERSON)]


def test_zero_alone_asks_for_a_person_where_a_number_is_wanted() -> None:
    phone = Phone("postcode")
    assert phone.presses("0") == []
    assert phone.waits(4) == Keyed(Means.PERSON)
    assert Phone("postcode").presses("0#") == [Keyed(Means.PERSON)]


def test_a_postcode_may_begin_with_zero() -> None:
    assert Phone("postcode").presses("02134") == [Keyed(Means.NUMBER, "02134")]


def test_yes_and_no() -> None:
    assert Phone("yes_no").presses("1") == [Keyed(Means.YES, "1")]
    assert Phone("yes_no").presses("2") == [Keyed(Means.NO, "2")]
    assert Phone("yes_no").presses("7") == [Keyed(Means.NOTHING, "7")]


def test_a_choice_of_more_than_nine() -> None:
    phone = Phone("choice")
    assert phone.presses("12") == []
    assert phone.waits(2) == Keyed(Means.CHOICE, "12")
    assert Phone("choice").presses("3#") == [Keyed(Means.CHOICE, "3")]


def test_one_key_is_the_menu_and_more_are_a_number() -> None:
    menu = Phone("free")
    assert menu.presses("1") == []
    assert menu.waits(2) == Keyed(Means.MENU, "1")
    number = Phone("free")
    assert number.presses("482915#") == [Keyed(Means.NUMBER, "482915")]


def test_somebody_leans_on_the_phone() -> None:
    phone = Phone("free")
    assert phone.presses("5" * 300, gap_s=0.05) == []
    keyed = phone.waits(5)
    assert keyed
    assert len(keyed.digits) == 20


def test_what_is_no_key() -> None:
    assert Phone("free").presses("AbD.x") == []


def test_a_number_begun_waits_while_the_caller_says_the_rest() -> None:
    phone = Phone("order_number")
    assert phone.presses("482") == []
    phone.now += 4.0
    assert phone.keypad.tick(phone.now, speaking=True) is None
    assert phone.keypad.busy
    phone.now += 4.0
    assert phone.keypad.tick(phone.now, speaking=True) == Keyed(Means.NUMBER, "482")


def test_what_is_no_number_waits_for_no_words() -> None:
    phone = Phone("free")
    phone.presses("1")
    phone.now += 2.0
    assert phone.keypad.tick(phone.now, speaking=True) == Keyed(Means.MENU, "1")


def test_a_number_that_was_ended_too_early_is_taken_back_until_the_caller_is_silent() -> None:
    phone = Phone("order_number")
    (keyed,) = phone.presses("919#")
    phone.keypad.keep(keyed, phone.now)
    assert phone.keypad.tick(phone.now + 1.0, speaking=True) is None
    assert phone.keypad.tick(phone.now + 1.0) == keyed


def test_a_number_is_as_old_as_its_first_key() -> None:
    phone = Phone("order_number")
    phone.presses("48*91", gap_s=1.0)
    assert phone.keypad.began_at == 4.0
    assert phone.keypad.clear() == "91"
    assert not phone.keypad.busy
