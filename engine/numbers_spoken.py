"""Order numbers and postcodes, as people write and say them.

"482 915", "#482-915", "four eight two nine one five", "double four", "oh", "forty eight twenty nine
fifteen", "482916, no wait, 482915". Pure text in, numbers out; no Rasa here, Python 3.10 and later.

A number that can't be read with certainty is never guessed: it comes back as `digits`, which the
dialogue asks about again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

ORDER_NUMBER = "order_number"
POSTCODE = "postcode"
DIGITS = "digits"
"""Three digits or more that are neither: an incomplete number, a telephone number, a doubt."""

_FEWEST_DIGITS = 3
_MOST_DIGITS = 9
"""A ZIP+4, the longest number with a meaning."""
_LONGEST_GROUP = 7
"""Words: "four hundred and eighty two thousand", and one more to look at."""
_HYPHENATED = re.compile(r"(?<=ty)-(?=[a-z])")

_UNITS = {
    "zero": "0", "nought": "0", "naught": "0", "nil": "0", "null": "0", "oh": "0", "ow": "0",
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip
_TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fourty": "4", "fifty": "5",
    "sixty": "6", "seventy": "7", "eighty": "8", "ninety": "9",
}  # fmt: skip
_REPEATS = {"double": 2, "dubble": 2, "triple": 3, "treble": 3}
_HOMOPHONES = {"o": "0", "won": "1", "to": "2", "too": "2", "for": "4", "fore": "4", "ate": "8"}
"""Taken for digits only between digits, and only where the whole then has a right check digit."""
_FILLERS = {"um", "uh", "er", "erm", "hmm", "dash", "hyphen", "minus", "space", "dot", "like"}
_COUNTED = {"more", "less", "fewer", "extra", "pair", "pairs", "piece", "pieces", "item", "items"}
"""A number word before one of these counts something."""
_JOINERS = {"and", "then", "with"}
_RETRACTIONS = {"no", "sorry", "wait", "mean", "meant", "correction", "actually", "rather", "oops"}
_UNIT_AFTER = re.compile(
    r"\s?(mm|cm|km|m|kg|g|grams?|ml|l|lit(er|re)s?|lbs?|oz|ft|inch(es)?|mah|lumens?|lm|"
    r"dollars?|bucks|usd|eur(os?)?|cents?|percent|%|°)(?![a-z])",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"(?P<price>[$€£]\s?\d[\d,]*(?:\.\d+)?|(?<![\d.])\d+\.\d{2}(?![\d.]))"
    r"|(?P<digits>\d+)|(?P<word>[a-z]+)|(?P<mark>[^\sa-z\d])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Number:
    kind: str
    """`order_number` (six digits), `postcode` (five digits, ZIP+4 cut to five) or `digits`."""
    value: str
    start: int
    end: int
    """Characters of the text, end exclusive."""


@dataclass(frozen=True)
class _Group:
    """Digits said in one breath: "482", "double four", "forty eight"."""

    digits: str
    start: int
    end: int
    before: str = ""
    """What stands between it and the group before: "-", ",", "and", or nothing."""
    homophone: bool = False


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def check_digit_fits(number: str) -> bool:
    """Six digits whose last is the Luhn check digit (ISO/IEC 7812-1, annex B)."""
    if len(number) != 6 or not (number.isascii() and number.isdigit()):
        return False
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2]]
    return (sum(int(digit) for digit in number[-1::-2]) + sum(doubled)) % 10 == 0


def find_numbers(text: str) -> list[Number]:
    """All numbers meant in `text`, in its order; what the speaker took back is left out."""
    tokens = _tokens(text)
    found: list[tuple[Number, set[str]]] = []
    position = 0
    heard: set[str] = set()
    while position < len(tokens):
        run, after = _run(tokens, position, text)
        if not run:
            heard.add(tokens[position].text)
            position += 1
            continue
        for index, number in enumerate(_numbers(run)):
            found.append((number, heard if index == 0 else set()))
        heard = set()
        position = after
    return [
        number
        for number in _corrected(found)
        if number.kind != DIGITS or len(number.value) >= _FEWEST_DIGITS
    ]


def _tokens(text: str) -> list[_Token]:
    plain = "".join(_ascii_digit(character) for character in text).lower()
    if len(plain) != len(text):  # a few capitals grow when lowered; offsets count more than they do
        plain = "".join(_ascii_digit(character) for character in text)
    plain = _HYPHENATED.sub(" ", plain)  # forty-eight
    return [
        _Token(match.lastgroup or "mark", match.group(), match.start(), match.end())
        for match in _TOKEN.finditer(plain)
    ]


def _ascii_digit(character: str) -> str:
    if character.isascii() or not character.isdecimal():
        return character
    return str(unicodedata.decimal(character))


def _run(tokens: list[_Token], start: int, text: str) -> tuple[list[_Group], int]:
    """The groups that follow one another from `start`, and the position after them."""
    groups: list[_Group] = []
    position = start
    between = ""
    after = start
    while position < len(tokens):
        token = tokens[position]
        group, used = _group(tokens, position)
        if group and token.kind == "digits" and _UNIT_AFTER.match(text, group.end):
            group = None
        if group is None and groups and token.text in _HOMOPHONES:
            digit = _HOMOPHONES[token.text]
            group, used = _Group(digit, token.start, token.end, homophone=True), 1
        if group:
            groups.append(_Group(group.digits, group.start, group.end, between, group.homophone))
            position += used
            between, after = "", position
        elif groups and (token.text in _FILLERS or token.text in {"-", "–", ".", "_", "·"}):
            between, position = between or "-", position + 1
        elif groups and (token.text in _JOINERS or token.text in {",", ";"}):
            between, position = ",", position + 1
        else:
            break
    while groups and groups[-1].homophone:  # "482915 for the tent": no digit follows
        groups.pop()
    return groups, max(after, start + 1) if groups else start


def _group(tokens: list[_Token], position: int) -> tuple[_Group | None, int]:
    token = tokens[position]
    if token.kind == "digits":
        return _Group(token.text, token.start, token.end), 1
    if token.kind != "word":
        return None, 0
    words = [
        other.text if other.kind in {"word", "digits"} else ""
        for other in tokens[position : position + _LONGEST_GROUP]
    ]
    words += [""] * (_LONGEST_GROUP - len(words))
    if words[0] in _UNITS and words[1] in _COUNTED:
        return None, 0  # "80903, one more please"
    if words[0] in _REPEATS:
        digit = _UNITS.get(words[1]) or _HOMOPHONES.get(words[1]) or words[1]
        if len(digit) == 1 and digit.isdigit():
            group = _Group(digit * _REPEATS[words[0]], token.start, tokens[position + 1].end)
            return group, 2
        return None, 0
    digits, used = _below_hundred(words)
    if used and len(digits) == 1 and words[1] == "hundred":
        skip = 3 if words[2] == "and" else 2
        rest, more = _below_hundred([*words[skip:], "", ""])
        digits, used = digits + rest.rjust(2, "0"), skip + more if more else 2
    if used and words[used : used + 1] == ["thousand"]:
        used += 1  # "482 thousand 915": the rest follows as a group of its own
    if not used:
        return None, 0
    return _Group(digits, token.start, tokens[position + used - 1].end), used


def _below_hundred(words: list[str]) -> tuple[str, int]:
    if words[0] in _TENS:
        unit = _UNITS.get(words[1], "0")
        if unit != "0":
            return _TENS[words[0]] + unit, 2
        return _TENS[words[0]] + "0", 1
    if words[0] in _TEENS:
        return _TEENS[words[0]], 1
    if words[0] in _UNITS:
        return _UNITS[words[0]], 1
    return "", 0


def _numbers(run: list[_Group]) -> list[Number]:
    if any(group.homophone for group in run):
        if check_digit_fits("".join(group.digits for group in run)):
            return _read(run)
        pieces: list[list[_Group]] = [[]]
        for group in run:
            if group.homophone:
                pieces.append([])
            else:
                pieces[-1].append(group)
        return [number for piece in pieces if piece for number in _read(piece)]
    return _read(run)


def _read(run: list[_Group]) -> list[Number]:
    cuts = _cuts(run)
    read: list[Number] = []
    start = 0
    while start < len(run):
        parted = _parted(run, start, cuts)
        if parted:
            return read + parted
        comma = next((at for at in range(start + 1, len(run)) if run[at].before == ","), None)
        if comma is None:
            return [*read, _number(run[start:])]
        piece = run[start:comma]
        read += _parted(piece, 0, _cuts(piece)) or [_number(piece)]
        start = comma
    return read


_Cuts = list[tuple[int, int] | None]
"""For each group: how many right check digits the groups from it on can have when they are cut into
order numbers and postcodes, and where the first cut is then. None where something is left over."""


def _cuts(run: list[_Group]) -> _Cuts:
    """From the end to the start, so that a thousand digits take a thousand steps."""
    cuts: _Cuts = [None] * len(run) + [(0, len(run))]
    for start in reversed(range(len(run))):
        ways = [
            (check_digit_fits(number.value) + rest[0], end)
            for end, number in _first_parts(run, start)
            if (rest := cuts[end]) is not None
        ]
        cuts[start] = max(ways, key=lambda way: way[0], default=None)
    return cuts


def _first_parts(run: list[_Group], start: int) -> Iterator[tuple[int, Number]]:
    """The order numbers and postcodes that begin at `start`, each with the group after it."""
    digits = 0
    for end in range(start + 1, len(run) + 1):
        digits += len(run[end - 1].digits)
        if digits > _MOST_DIGITS:
            return
        number = _number(run[start:end])
        if number.kind != DIGITS:
            yield end, number


def _parted(run: list[_Group], start: int, cuts: _Cuts) -> list[Number] | None:
    """The groups from `start` on, cut into order numbers and postcodes, nothing left over: with as
    many right check digits as can be, and then with the order number first."""
    ways = [
        (check_digit_fits(number.value) + rest[0], number.kind == ORDER_NUMBER, end)
        for end, number in _first_parts(run, start)
        if (rest := cuts[end]) is not None
    ]
    if not ways:
        return None
    _, _, end = max(ways, key=lambda way: way[:2])
    parts = [run[start:end]]
    while end < len(run):
        cut = cuts[end]
        assert cut is not None
        parts.append(run[end : cut[1]])
        end = cut[1]
    return [_number(part) for part in parts]


def _number(part: list[_Group]) -> Number:
    digits = "".join(group.digits for group in part)
    start, end = part[0].start, part[-1].end
    if len(digits) == 6:
        return Number(ORDER_NUMBER, digits, start, end)
    if len(digits) == 5:
        return Number(POSTCODE, digits, start, end)
    if len(digits) == 9 and _has_zip_dash(part):
        return Number(POSTCODE, digits[:5], start, end)
    return Number(DIGITS, digits, start, end)


def _has_zip_dash(part: list[_Group]) -> bool:
    before = 0
    for group in part:
        if before == 5:
            return group.before == "-"
        before += len(group.digits)
    return False


def _corrected(found: list[tuple[Number, set[str]]]) -> list[Number]:
    """Numbers taken back are dropped; a correction that leaves a doubt becomes `digits`."""
    kept: list[Number] = []
    for number, heard in found:
        if "not" in heard and (kept or len(found) > 1):
            continue  # "915 not 911", "not 482916 but 482915"
        if kept and heard & _RETRACTIONS:
            previous = kept[-1]
            if number.kind == previous.kind:
                kept[-1] = number
                continue
            if previous.kind == ORDER_NUMBER and number.kind == DIGITS:
                mended = previous.value[: -len(number.value)] + number.value
                certain = not check_digit_fits(previous.value) and check_digit_fits(mended)
                kind, value = (ORDER_NUMBER, mended) if certain else (DIGITS, mended)
                kept[-1] = Number(kind, value, previous.start, number.end)
                continue
        kept.append(number)
    return kept
