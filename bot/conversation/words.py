"""What happens to people's words before anything else sees them: cleaned, cut, card numbers masked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

CARD_LENGTHS = range(13, 20)
"""ISO/IEC 7812-1: account numbers of payment cards have 13 to 19 digits in practice."""

CARD_PREFIX = re.compile(r"[2-6]")
"""Payment cards' first digit: travel 3, Visa 4, Mastercard 2 and 5, Discover and UnionPay 6."""

SPOKEN_DIGITS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "one": "1", "two": "2", "three": "3",
    "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
SPOKEN_TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
SPOKEN_TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6", "seventy": "7",
    "eighty": "8", "ninety": "9",
}  # fmt: skip
REPEATS = {"double": 2, "triple": 3}


def _any_of(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


_GAP = r"[\W_]{0,5}"
"""What people and phones put between groups: spaces, dashes of all kinds, dots, nothing."""

_SAID = (
    rf"\b{_any_of(REPEATS)}\W{{1,3}}(?:{_any_of(SPOKEN_DIGITS)}\b|\d)"
    rf"|\b{_any_of(SPOKEN_TENS)}(?:\W{{1,3}}{_any_of(list(SPOKEN_DIGITS)[4:])})?\b"
    rf"|\b{_any_of({**SPOKEN_TEENS, **SPOKEN_DIGITS})}\b"
)
_ONE = re.compile(rf"\d|{_SAID}", re.IGNORECASE)
_RUN = re.compile(rf"(?:\d|{_SAID})(?:{_GAP}(?:\d|{_SAID})){{5,}}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cleaned:
    text: str
    truncated: bool


def clean(text: str, limit: int) -> Cleaned:
    """`text` as it may be stored: valid Unicode in normal form C, no control characters but line
    feed and tab (PostgreSQL takes no NUL), at most `limit` characters, no blank edges."""
    truncated = len(text) > 4 * limit
    text = text[: 4 * limit]
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    text = text.strip()
    if len(text) > limit:
        text, truncated = text[:limit].rstrip(), True
    return Cleaned(text, truncated)


def mask_cards(text: str) -> str:
    """Payment card numbers, written or spoken digit by digit, keep their last four digits only.

    A run of digits is a card number when it has a card's length and first digit and its Luhn check
    holds; in a longer run, every stretch between two gaps that is one is masked (so that a parcel's
    unbroken 22 digits don't happen to hold a "card"). Order numbers (six digits), postcodes and
    phone numbers never have the length."""
    return _RUN.sub(_mask_run, text)


def _mask_run(match: re.Match[str]) -> str:
    run = match.group()
    places = list(_ONE.finditer(run))
    said = [_digits(place.group()) for place in places]
    digits = "".join(said)
    if len(digits) < CARD_LENGTHS.start:
        return run
    firsts: list[int] = []  # of each place, the index of its first digit
    edges = {0, len(digits)}  # where a number may begin and end: at gaps, around spoken words
    for index, place in enumerate(places):
        firsts.append(sum(map(len, said[:index])))
        if index and place.start() > places[index - 1].end():
            edges.add(firsts[-1])
    hidden = [False] * len(digits)
    start = 0
    while start < len(digits):
        length = _card_at(digits, start, edges)
        for index in range(start, start + length - 4):
            hidden[index] = True
        start += length or 1
    shown = list(run)
    for place, first, spoken in zip(places, firsts, said, strict=True):
        if any(hidden[first : first + len(spoken)]):
            blots = "•" * len(spoken)
            shown[place.start() : place.end()] = [blots] + [""] * (len(place.group()) - 1)
    return "".join(shown)


def _card_at(digits: str, start: int, edges: set[int]) -> int:
    """The length of the card number that begins at `start`, or 0."""
    if start not in edges or not CARD_PREFIX.match(digits[start]):
        return 0
    for length in reversed(CARD_LENGTHS):
        if start + length in edges and _luhn(digits[start : start + length]):
            return length
    return 0


def _digits(said: str) -> str:
    """ "4", "four", "double four" (44), "forty one" (41), "eleven" (11) as digits."""
    first, *rest = re.findall(r"[^\W\d_]+|\d", said.lower())
    if first in REPEATS:
        return _digits(rest[0]) * REPEATS[first]
    if first in SPOKEN_TENS:
        return SPOKEN_TENS[first] + (SPOKEN_DIGITS[rest[0]] if rest else "0")
    if first in SPOKEN_TEENS:
        return SPOKEN_TEENS[first]
    return SPOKEN_DIGITS.get(first) or str(unicodedata.digit(first))


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


_ID = re.compile(r"(\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b)")
"""A UUID, as this product and its pages make their ids."""


def mask_deeply(value: object) -> object:
    """`mask_cards` on every string inside JSON-like data, but for ids: one UUID in nine hundred holds a
    run of digits that would pass for a card, and nothing finds them again once it is masked."""
    if isinstance(value, str):
        parts = _ID.split(value)
        return "".join(part if at % 2 else mask_cards(part) for at, part in enumerate(parts))
    if isinstance(value, dict):
        return {key: mask_deeply(item) for key, item in value.items()}
    if isinstance(value, list):
        return [mask_deeply(item) for item in value]
    return value
