"""What an answer is, from the words heard so far: all there, or still to come."""

from __future__ import annotations

import pytest

from bot.call.answers import Asked, is_complete, is_unfinished, spelt

COLOURS = Asked("choice", ("Navy jacket", "Red jacket", "Forest green jacket"))


@pytest.mark.parametrize(
    ("asked", "bound"),
    [
        (Asked("order_number"), "four eight two nine one nine"),
        (Asked("order_number"), "it's double four six two eight six"),
        (Asked("postcode"), "my zip code is nine seven two oh five"),
        (Asked("yes_no"), "yes please"),
        (Asked("yes_no"), "no"),
        (COLOURS, "the navy one"),
        (COLOURS, "forest green"),
        (COLOURS, "the second one"),
        (COLOURS, "number three"),
        (COLOURS, "the last one please"),
        (Asked("date"), "june twenty second"),
        (Asked("date"), "it was last tuesday"),
        (Asked("quantity"), "two"),
    ],
)
def test_the_answer_is_all_there(asked: Asked, bound: str) -> None:
    assert is_complete(asked, bound)


@pytest.mark.parametrize(
    ("asked", "bound"),
    [
        (Asked("order_number"), "four eight two nine one"),
        (Asked("order_number"), "four eight two nine one five"),  # wrong check digit
        (Asked("postcode"), "nine seven two"),
        (Asked("yes_no"), "[unk]"),
        (Asked("yes_no"), ""),
        (COLOURS, "jacket"),  # which?
        (COLOURS, "the"),
        (COLOURS, "yes"),
        (Asked("date"), "june"),
        (Asked("name"), "b o"),
        (Asked("free"), "yes"),
        (Asked("choice"), "one"),
    ],
)
def test_the_answer_is_not_all_there_yet(asked: Asked, bound: str) -> None:
    assert not is_complete(asked, bound)


@pytest.mark.parametrize(
    ("asked", "free", "bound"),
    [
        (Asked("free"), "my order number is", ""),
        (Asked("free"), "my order number is four eight", ""),
        (Asked("free"), "i want to return the", ""),
        (Asked("free"), "can you um", ""),
        (Asked("free"), "the jacket and", ""),
        (Asked("order_number"), "it's", "it's"),
        (Asked("order_number"), "for eight to", "four eight two"),
        (Asked("order_number"), "forty eight twelve", "forty eight twelve"),
        (Asked("postcode"), "double four one", "double four one"),
        (Asked("email"), "my name is", ""),
    ],
)
def test_more_must_come(asked: Asked, free: str, bound: str) -> None:
    assert is_unfinished(asked, free, bound)


@pytest.mark.parametrize(
    ("asked", "free", "bound"),
    [
        (Asked("free"), "", ""),
        (Asked("free"), "where is my order", ""),
        (Asked("free"), "i want to know where it is", ""),
        (Asked("free"), "i need two", ""),
        (Asked("free"), "i don't have my order number", ""),
        (Asked("order_number"), "for eight to nine one five", "four eight two nine one five"),
        (Asked("order_number"), "i don't have it", "[unk]"),
        (Asked("yes_no"), "yes it is", "yes it is"),
    ],
)
def test_nothing_need_come(asked: Asked, free: str, bound: str) -> None:
    assert not is_unfinished(asked, free, bound)


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("b as in bravo o w e n", "bowen"),
        ("bravo oscar whiskey", "bow"),
        ("my name is l double e", "lee"),
        ("p as in boy o e", "boe"),  # the word says more than the letter
        ("x ray u", "xu"),
        ("o apostrophe h a r a", "o'hara"),
        ("s for sugar m i t h", "smith"),
        ("f like frank r y", "fry"),
        ("b", None),
        ("agent", None),
        ("b o human", None),
    ],
)
def test_a_name_is_spelt(heard: str, name: str | None) -> None:
    assert spelt(heard) == name
