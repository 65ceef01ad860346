"""Numbers: how many, which in a row, which year, and one digit after the other."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from speech.spoken.rules import BEGIN, DASH, END, NUMBER, Rules

ONES: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS: Final = (
    *("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
)
_SCALES: Final = ((1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"))
_IRREGULAR: Final = {
    **{"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth"},
    **{"nine": "ninth", "twelve": "twelfth"},
}
_FRACTIONS: Final = {
    **{"1/2": "one half", "1/3": "one third", "2/3": "two thirds", "1/4": "one quarter"},
    **{"3/4": "three quarters", "½": "one half", "¼": "one quarter", "¾": "three quarters"},
}
_MANY_DIGITS: Final = 6
"""From so many digits without a comma on it is no count but a number to be written down."""

_LARGEST_DIGITS: Final = 12
"""Of what `cardinal` can say."""


def digits(number: str, *, group: int = 3) -> str:
    """ "482915" -> "four eight two, nine one five". Anything but digits separates groups; digits
    that stand together are grouped by `group` from the left, a lone last one joins the group
    before."""
    groups: list[str] = []
    for run in re.findall(r"[0-9]+", number):
        cut = [run[at : at + group] for at in range(0, len(run), group)]
        if len(cut) > 1 and len(cut[-1]) == 1:
            last = cut.pop()
            cut[-1] += last
        groups += cut
    return ", ".join(" ".join(ONES[int(digit)] for digit in one) for one in groups)


def spelled(characters: str) -> str:
    """ "7B2" -> "seven B two": letters and digits one by one, all else left out."""
    return " ".join(
        ONES[int(character)] if character in "0123456789" else character.upper()
        for character in characters
        if character.isalnum()
    )


def cardinal(number: int) -> str:
    """ "one hundred twenty-nine". Below a trillion; raises ValueError beyond."""
    if number < 0:
        return f"minus {cardinal(-number)}"
    if number < 20:
        return ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{ONES[ones]}" if ones else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{ONES[hundreds]} hundred" + (f" {cardinal(rest)}" if rest else "")
    for scale, name in _SCALES:
        if scale <= number < 1000 * scale:
            upper, rest = divmod(number, scale)
            return f"{cardinal(upper)} {name}" + (f" {cardinal(rest)}" if rest else "")
    raise ValueError(f"{number} is too large to be said")


def ordinal(number: int) -> str:
    """ "twenty-first"."""
    words = cardinal(number)
    head, last = re.fullmatch(r"(.*?)([a-z]+)", words).groups()  # type: ignore[union-attr]
    if last in _IRREGULAR:
        return f"{head}{_IRREGULAR[last]}"
    return f"{head}{last[:-1]}ieth" if last.endswith("y") else f"{head}{last}th"


def year(number: int) -> str:
    """2026 -> "twenty twenty-six", 2005 -> "two thousand five", 1900 -> "nineteen hundred"."""
    century, rest = divmod(number, 100)
    if not 10 <= century < 100 or 2000 <= number < 2010:
        return cardinal(number)
    if rest == 0:
        return cardinal(number) if century % 10 == 0 else f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {f'oh {ONES[rest]}' if rest < 10 else cardinal(rest)}"


def decimal(written: str) -> str:
    """ "1,299" and "2.50" as one says a quantity: "one thousand two hundred ninety-nine", "two point
    five zero". A number that is no quantity (a leading zero, many digits) is said digit by digit."""
    whole, _, part = written.replace(",", "").partition(".")
    count = "," in written or part or (len(whole) < _MANY_DIGITS and not re.match(r"0\d", whole))
    if not count or len(whole) > _LARGEST_DIGITS:
        return digits(whole)
    said = cardinal(int(whole))
    return f"{said} point {' '.join(ONES[int(digit)] for digit in part)}" if part else said


def is_one(written: str) -> bool:
    return written == "1"


def _range(found: re.Match[str], _: date | None) -> str:
    first, last = found["first"], found["last"]
    if max(len(first), len(last)) >= _MANY_DIGITS:
        return found[0]
    if _is_year(first) and _is_year(last):
        return f"{year(int(first))} to {year(int(last))}"
    return f"{decimal(first)} to {decimal(last)}"


def _is_year(written: str) -> bool:
    return len(written) == 4 and written[:2] in ("19", "20")


RULES: Rules = (
    (re.compile(r"\b24/7\b"), lambda found, _: "twenty-four seven"),
    (re.compile(r"(?<=\d)\s?([½¼¾])"), lambda found, _: f" and {_FRACTIONS[found[1]]}"),
    (re.compile(r"[½¼¾]"), lambda found, _: _FRACTIONS[found[0]]),
    (re.compile(r"(?<![\d/.])[123]/[234](?![\d/])"),
     lambda found, _: _FRACTIONS.get(found[0], found[0])),
    (re.compile(r"\b(\d+(?:\.\d+)?)\s?/\s?(5|10|100)(?![\d/])"),
     lambda found, _: f"{decimal(found[1])} out of {decimal(found[2])}"),
    (re.compile(r"\b(\d{1,6})(st|nd|rd|th)\b", re.IGNORECASE),
     lambda found, _: ordinal(int(found[1]))),
    (re.compile(r"(?i:\b(in|since|until|till|of|from|by|year|before|after) )((?:19|20)\d\d)" + END),
     lambda found, _: f"{found[1]} {year(int(found[2]))}"),
    (re.compile(BEGIN + rf"(?P<first>{NUMBER}){DASH}(?P<last>{NUMBER})" + END), _range),
    (re.compile(r"(?<![\w.,])[-−](?=\d)"), lambda found, _: "minus "),
    (re.compile(r"(?<!\w)\+(?=\d)"), lambda found, _: "plus "),
    (re.compile(r"~\s?(?=\d)"), lambda found, _: "about "),
    (re.compile(r"(?<=\d)\s?×\s?(?=\d)|(?<=\d) x (?=\d)"), lambda found, _: " by "),
    (re.compile(r"\b\d+(?:\.\d+){2,}\b"),  # a version
     lambda found, _: " point ".join(cardinal(int(part)) for part in found[0].split("."))),
    (re.compile(r"\b\d+(?:-\d+)+\b"),  # groups that nothing else knew
     lambda found, _: digits(found[0])),
    (re.compile(NUMBER), lambda found, _: decimal(found[0])),
)  # fmt: skip
"""The last of all: what is still a number becomes words."""
