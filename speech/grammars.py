"""What a caller may answer to a question with few answers: phrase lists for the recogniser.

A recogniser bound to a grammar takes the phrases in any order and number, so single digits are
enough for a number of any length. Words the model lacks are left out by the recogniser.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

DIGITS: Final = (
    *("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
)
REPEATS: Final = ("double", "triple")
"""As in "double four"."""
TEENS: Final = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
DIGIT_WEIGHT: Final = 8
"""How much likelier a digit is than any other word: a phrase counts as often as it is listed. Of 35
strings of six digits (synthetic voices) 30 were heard exactly with 1, 31 with 2, 34 with 4 and 8;
seven said in pairs ("forty-eight, twelve") always."""

CORRECTIONS: Final = ("no", "not", "sorry")
"""As in "seven, no, eleven"."""
LEAD_INS: Final = (
    *("my order number is", "order number", "it's", "that's", "yes it's", "and"),
    *("my postcode is", "my zip code is", "zip code", "post code"),
)

NUMBER_COMMANDS: Final = (
    *("agent", "operator", "person", "person please", "real person", "human", "representative"),
    *("customer service", "help", "i don't have", "i don't know", "i can't find"),
    *("i don't have my order number", "stop", "cancel", "goodbye"),
    *("repeat", "repeat that", "say that again", "pardon", "hold on", "one moment"),
)
"""What a caller may say instead of a number. Without "to", "a", "for" and "it", which a recogniser
that may hear them puts where "two", "eight" and "four" were said."""

COMMANDS: Final = (
    *("a person", "a person please", "speak to a person", "talk to a person", "a real person"),
    *("a human", "i need help", "i don't have it", "i don't know it", "i can't find it"),
    *NUMBER_COMMANDS,
)
"""What a caller may always say, whatever was asked."""

_NUMBERS: Final = (*DIGITS * DIGIT_WEIGHT, *REPEATS, *TEENS, *TENS)

ORDER_NUMBER: Final = (*_NUMBERS, *CORRECTIONS, *LEAD_INS, *NUMBER_COMMANDS)
POSTCODE: Final = ORDER_NUMBER
YES: Final = (
    *("yes", "yeah", "yep", "yes please", "yes that's right", "that's right", "correct", "right"),
    *(
        "sure",
        "okay",
        "please do",
        "go ahead",
        "exactly",
        "of course",
        "yes it is",
        "that's correct",
    ),
)
NO: Final = (
    *("no", "nope", "no thanks", "no thank you", "that's wrong", "wrong", "not really"),
    *("that's not right", "don't", "never mind", "no it isn't", "no that's wrong"),
)
YES_NO: Final = (*YES, *NO, *COMMANDS)

ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth")
"""As many choices as anybody is read aloud."""
_CARDINALS: Final = ("one", "two", "three", "four", "five", "six")
_ARTICLES: Final = frozenset(["the", "a", "an"])

MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
WEEKDAYS: Final = (*("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),)
DAYS: Final = (
    *ORDINALS,
    *("seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth"),
    *("fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth"),
    *("twenty first", "twenty second", "twenty third", "twenty fourth", "twenty fifth"),
    *("twenty sixth", "twenty seventh", "twenty eighth", "twenty ninth", "thirtieth"),
    "thirty first",
)
RELATIVE_DAYS: Final = (
    *("today", "yesterday", "tomorrow", "the day before yesterday", "the day after tomorrow"),
    *(f"{which} {day}" for which in ("last", "next", "this") for day in (*WEEKDAYS, "week")),
    *(f"{count} days ago" for count in ("two", "three", "four", "five", "six", "ten")),
    *("a week ago", "two weeks ago", "a month ago"),
)
DATE: Final = (
    *(MONTHS * 2),
    *WEEKDAYS,
    *(DAYS * 2),
    *RELATIVE_DAYS,
    *DIGITS,
    *TEENS,
    *("twenty", "thirty", "twenty twenty five", "twenty twenty six", "two thousand"),
    *("the", "of", "on", "it was", "on the", *CORRECTIONS, *COMMANDS),
)

LETTERS: Final = tuple("abcdefghijklmnopqrstuvwxyz")
SPELLING_WORDS: Final = (
    *("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet"),
    *("kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango"),
    *("uniform", "victor", "whiskey", "x ray", "yankee", "zulu"),
)
"""ICAO's, in the alphabet's order."""
NAME_WORDS: Final = (
    *("adam", "boy", "cat", "david", "edward", "frank", "george", "henry", "ida", "john", "king"),
    *("lincoln", "mary", "nancy", "ocean", "peter", "queen", "robert", "sam", "tom", "union"),
    *("william", "young", "zebra", "apple", "dog", "nora", "paul", "sugar"),
)
"""Others people spell with; each stands for its first letter."""
SPELLING: Final = (
    *(LETTERS * 2),
    *SPELLING_WORDS,
    *NAME_WORDS,
    *("as in", "for", "like", "double", "my name is", "it's", "that's", "capital", "hyphen"),
    *("apostrophe", *CORRECTIONS, *NUMBER_COMMANDS),
)

QUANTITY: Final = (
    *(DIGITS[1:] * 2),
    *TEENS,
    *TENS,
    *("just one", "only one", "just the one", "a pair", "one pair", "a couple", "a dozen"),
    *("both", "all of them", "please", "of them", "pieces", "pairs", "just", "only"),
    *(*CORRECTIONS, *COMMANDS),
)

BY_EXPECTATION: Final = {
    "order_number": ORDER_NUMBER,
    "postcode": POSTCODE,
    "yes_no": YES_NO,
    "date": DATE,
    "name": SPELLING,
    "quantity": QUANTITY,
}
"""By what a reply of the dialogue `expects` (docs/protocol.md). Choices have grammars of their own,
made from their titles; free speech, addresses and e-mail addresses have none."""


def choice(titles: Sequence[str]) -> tuple[str, ...]:
    """The grammar of a question whose answers are these: each title (words in lower case, as spoken),
    whole and by the end that tells it from the others, or by its place."""
    phrases: list[str] = []
    for at, title in enumerate(titles):
        phrases += [title] * 4 + [f"the {title}", f"{title} please", *short_forms(title, titles)]
        phrases += places(at, len(titles))
    return tuple(dict.fromkeys(phrases)) + tuple(titles) * 3 + ("please", *YES, *NO, *COMMANDS)


def short_forms(title: str, titles: Sequence[str]) -> list[str]:
    """Single words and pairs of words that only this title has: "navy" of "the navy jacket"."""
    others = {word for other in titles if other != title for word in other.split()}
    own = [word for word in title.split() if word not in others | _ARTICLES]
    return [*own, *(f"the {word} one" for word in own), *(f"the {word}" for word in own)]


def places(at: int, count: int) -> list[str]:
    """What may be said for the choice at this place, from 0."""
    if at >= len(ORDINALS):
        return []
    told = [f"the {ORDINALS[at]} one", f"{ORDINALS[at]} one", f"the {ORDINALS[at]}", ORDINALS[at]]
    told += [f"number {_CARDINALS[at]}", f"option {_CARDINALS[at]}", _CARDINALS[at]]
    if at == count - 1:
        told += ["the last one", "the last", "last one"]
    return told


def chosen(text: str, titles: Sequence[str]) -> int | None:
    """Which of the choices a reading of such a grammar means; None where it is none or several."""
    said = text.removeprefix("the ").removesuffix(" please").removesuffix(" one").strip()
    for at, title in enumerate(titles):
        if text == title or said == title.removeprefix("the "):
            return at
    words = f" {text} "
    fitting = {
        at
        for at, title in enumerate(titles)
        if any(f" {way} " in words for way in (title, *short_forms(title, titles)))
    }
    if not fitting:
        plain = text.removesuffix(" please").strip()
        fitting = {at for at in range(len(titles)) if plain in places(at, len(titles))}
    return fitting.pop() if len(fitting) == 1 else None


FILLERS: Final = (
    *("that", "was", "with", "from", "they", "have", "this", "about", "would", "there"),
    *("people", "could", "which", "because", "other", "after", "great", "where", "my", "your"),
    *("what", "how", "when", "is", "do", "can", "will", "something", "before", "think"),
    *("jacket", "policy", "return", "delivery", "package", "color", "size"),
)
"""Stand for "something else" where a model has no unknown word of its own: common words and the
shop's, none of which sounds like a digit or is short enough to slip in between two."""
