"""What an answer to a question looks like: whether it is all there, and what it says. Text only.

`bound` readings come from a recogniser bound to the question's grammar (speech/grammars.py), `free`
ones from an unbound one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from actions.wording import SIZES
from bot.conversation.words import SPOKEN_DIGITS
from engine.numbers_spoken import Number, check_digit_fits, find_numbers
from speech import grammars
from speech.language_model.text import spoken_words
from speech.recogniser import UNKNOWN_WORD

NUMBERS = {"order_number": 6, "postcode": 5}
"""Expectations whose answer is a number, and how many digits it has."""

OPEN = frozenset({"free", "address", "email"})
"""Expectations whose answer mixes words and digits as it likes: open speech has it whole, a grammar
would take it apart."""

FEWEST_LETTERS = 2
"""Letters that make a spelt name: "bo"."""

_MORE_COMES = frozenset(
    """
    a an the my our your his her their i'm and or but because so if of in at on for to from with by
    about um uh er erm hmm it's that's
    """.split()  # noqa: SIM905
)
"""Nobody ends a sentence with one of these."""
_ANNOUNCES = tuple(
    f"{what} is" for what in ("number", "code", "zip", "postcode", "name", "address", "mail")
)
_ALONE = frozenset(
    f"{whose}{what}"
    for whose in ("", "my ", "the ")
    for what in ("order", "order number", "number", "zip", "zip code", "postcode", "name")
)
"""Said without more, these announce what is still to come."""
_KNOW = re.compile(r"(?<!don't )\bknow\b")
_EXPLAINS = frozenset({"like", "for"})


@dataclass(frozen=True)
class Asked:
    """The question that is open."""

    expects: str
    """`expects` of docs/protocol.md, or `date`."""
    choices: tuple[str, ...] = ()
    """Of a choice: the titles of its buttons, in the order they were read out."""
    earlier: tuple[frozenset[str], ...] = ()
    """Of a number that is asked for again: the digits that each answer so far was read as."""
    denied: frozenset[str] = frozenset()
    """Numbers that were read back and weren't it."""

    @property
    def titles(self) -> tuple[str, ...]:
        """The choices as they are spoken."""
        return tuple(
            SIZES.get(title.strip().upper(), [""])[0] or " ".join(spoken_words(title))
            for title in self.choices
        )

    @property
    def grammar(self) -> tuple[str, ...]:
        """What the bound ear listens for. Also open speech has one, for the numbers in it."""
        if self.expects == "choice" and self.choices:
            return grammars.choice(self.titles)
        return grammars.BY_EXPECTATION.get(self.expects, grammars.ORDER_NUMBER)

    @property
    def bound(self) -> bool:
        """Whether the answer is likely to be one of the grammar's."""
        if self.expects == "choice":
            return bool(self.choices)
        return self.expects in grammars.BY_EXPECTATION


def known_words(text: str) -> str:
    """Of a bound ear's text. What sounds like "no" is one, but for "i don't know"."""
    known = " ".join(word for word in text.split() if word != UNKNOWN_WORD)
    return _KNOW.sub("no", known)


def expected_number(expects: str, text: str) -> str | None:
    """The last number of the expected kind."""
    found = [number.value for number in find_numbers(text) if number.kind == expects]
    return found[-1] if found else None


def digits_in(text: str) -> str:
    """Those of the last number, complete or not."""
    found = find_numbers(text)
    return found[-1].value if found else ""


def can_exist(expects: str, number: str | None) -> bool:
    """An order number has a check digit; a postcode is any five digits."""
    return number is not None and (expects != "order_number" or check_digit_fits(number))


def is_answer(expects: str, number: str) -> bool:
    """Whether digits are all of a number that is asked for, and one that can be."""
    return len(number) == NUMBERS.get(expects) and can_exist(expects, number)


def is_complete(asked: Asked, bound: str) -> bool:
    """Whether the answer is all there. `bound` is the bound ear's partial."""
    words = known_words(bound)
    match asked.expects:
        case "order_number" | "postcode":
            return can_exist(asked.expects, expected_number(asked.expects, words))
        case "yes_no":
            return words in grammars.YES or words in grammars.NO
        case "choice":
            return bool(asked.choices) and grammars.chosen(words, asked.titles) is not None
        case "date":
            said = set(words.split())
            day = words.endswith(grammars.DAYS) and said & set(grammars.MONTHS)
            return bool(day) or words.endswith(grammars.RELATIVE_DAYS)
        case "quantity":
            return words in grammars.DIGITS or words in grammars.TEENS
        case _:
            return False


def is_unfinished(asked: Asked, free: str, bound: str) -> bool:
    """Whether more must come: "my number is", "and", or a number short of digits."""
    words = free.split()
    if not words:
        return False
    if words[-1] in _MORE_COMES or free.endswith(_ANNOUNCES) or free in _ALONE:
        return True
    if wanted := NUMBERS.get(asked.expects):
        return 0 < _trailing_digits(known_words(bound)) < wanted
    announced = any(word in words for word in ("number", "order", "zip", "postcode"))
    return announced and 0 < _trailing_digits(free) < min(NUMBERS.values())


def _trailing_digits(text: str) -> int:
    """Digits of the number that a text ends with: "forty eight" counts two."""
    words = text.split()
    count = 0
    for index in range(len(words) - 1, -1, -1):
        word = words[index]
        if word.isdigit():
            count += len(word)
        elif word in SPOKEN_DIGITS:
            before = words[index - 1] if index else ""
            count += 0 if before in grammars.TENS else 1
            count += {"double": 1, "triple": 2}.get(before, 0)
        elif word in grammars.TEENS or word in grammars.TENS:
            count += 2
        elif word not in grammars.REPEATS:
            break
    return count


def digit_words(text: str) -> int:
    return sum(
        len(word) if word.isdigit() else word in SPOKEN_DIGITS
        for word in text.replace("-", " ").split()
    )


def with_numbers(free: str, bound: str) -> str:
    """Open words in front ("where is my order"), then the numbers as the grammar heard them."""
    words = []
    for word in free.split():
        if word in SPOKEN_DIGITS or word[0].isdigit():
            break
        words.append(word)
    return " ".join([*words, *(number.value for number in numbers_in(bound))])


def lacking_digits(expects: str, text: str) -> int:
    """How many digits a text lacks of what is expected, if it is the beginning or end of such a number
    and nothing else; else 0."""
    found = [(number.start, number.end) for number in find_numbers(text)]
    if expects not in NUMBERS or found != [(0, len(text))]:
        return 0
    return max(0, NUMBERS[expects] - len(digits_in(text)))


def numbers_in(text: str) -> list[Number]:
    return [number for number in find_numbers(text) if number.kind in NUMBERS]


def spelt(text: str) -> str | None:
    """The name that is spelt in a reading of the spelling grammar: "b as in bravo o w" is "bow".
    None where nothing, or something else besides, is spelt. A word that a letter is explained with
    says more than the letter, which sounds like half a dozen others."""
    letters = list(_letters(text.split()))
    if None in letters or len(letters) < FEWEST_LETTERS:
        return None
    return "".join(letter for letter in letters if letter)


def _letters(words: list[str]) -> Iterator[str | None]:
    for lead in ("my name is", "it's", "that's"):
        if words[: len(lead.split())] == lead.split():
            words = words[len(lead.split()) :]
            break
    at, times = 0, 1
    while at < len(words):
        word, following = words[at], words[at + 1 : at + 4]
        if word in ("double", "capital"):
            times = 2 if word == "double" else times
            at += 1
            continue
        letter, used = _letter(word, following)
        yield letter * times if letter else None
        at, times = at + used, 1


def _letter(word: str, following: list[str]) -> tuple[str | None, int]:
    """A letter and how many words it took."""
    if word in grammars.LETTERS:
        if word == "x" and following[:1] == ["ray"]:
            return "x", 2
        if following[:2] == ["as", "in"] and len(following) > 2:
            return following[2][0], 4
        if following and following[0] in _EXPLAINS and len(following) > 1:
            return following[1][0], 3
        return word, 1
    if word in grammars.SPELLING_WORDS:
        return word[0], 1
    return {"hyphen": "-", "apostrophe": "'"}.get(word), 1
