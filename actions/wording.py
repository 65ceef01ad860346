"""Amounts, dates and numbers for the eye and the ear, in English (words: data/en/wording.toml)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from actions.settings import ROOT
from speech.spoken import ordinal

_TABLE = tomllib.loads((ROOT / "data" / "en" / "wording.toml").read_text(encoding="utf-8"))
_ONES: list[str] = _TABLE["numbers"]["to_nineteen"]
_TENS: list[str] = ["", "", *_TABLE["numbers"]["tens"]]
_CURRENCIES: dict[str, tuple[str, str, str]] = {
    code: (entry["sign"], entry["whole"], entry["part"])
    for code, entry in _TABLE["currencies"].items()
}
_DAYS: list[str] = _TABLE["days"]["names"]
_MONTHS: list[str] = _TABLE["days"]["months"]
SIZES: dict[str, list[str]] = _TABLE["sizes"]
"""How sizes are said that are written in letters; the first way is ours."""


@dataclass(frozen=True, slots=True)
class Words:
    """The same content for two mouths."""

    text: str
    """For the chat: may hold line breaks, lists and links."""
    spoken: str
    """For the voice: short sentences, numbers in words, no address of a page."""

    @classmethod
    def same(cls, text: str) -> Words:
        return cls(text, text)

    def __add__(self, other: Words) -> Words:
        return Words(f"{self.text} {other.text}".strip(), f"{self.spoken} {other.spoken}".strip())


def in_words(number: int) -> str:
    """0 to 999,999, as one says it: "two thousand and five"."""
    if not 0 <= number < 1_000_000:
        raise ValueError(f"0 to 999,999 can be said, not {number}")
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_ONES[hundreds]} hundred" + (f" and {in_words(rest)}" if rest else "")
    thousands, rest = divmod(number, 1000)
    joint = " and " if 0 < rest < 100 else " "
    return f"{in_words(thousands)} thousand" + (joint + in_words(rest) if rest else "")


def order_number(number: str) -> Words:
    """In two groups of three; spoken digit by digit."""
    return Words(f"{number[:3]} {number[3:]}", f"{spelled(number[:3])}, {spelled(number[3:])}")


def spelled(characters: str) -> str:
    """Digit by digit, letters apart: "1Z9" is "one Z nine"."""
    return " ".join(
        _ONES[int(character)] if character.isdecimal() else character.upper()
        for character in characters
        if character.isalnum()
    )


def amount(cents: int, currency: str) -> Words:
    """$129.90; "one hundred and twenty-nine dollars and ninety cents"."""
    sign, whole_name, part_name = _CURRENCIES.get(currency, (f"{currency} ", currency, "cent"))
    whole, part = divmod(abs(cents), 100)
    minus, minus_said = ("-", "minus ") if cents < 0 else ("", "")
    written = f"{minus}{sign}{whole:,}" + (f".{part:02}" if part else "")
    said = f"{in_words(whole)} {whole_name}" + ("" if whole == 1 else "s")
    if part:
        said += f" and {in_words(part)} {part_name}"
        said += "" if part == 1 or part_name == "pence" else "s"
    return Words(written, minus_said + said)


def day(when: date, today: date) -> Words:
    """Yesterday, today, tomorrow, else "Tuesday 5 May" (with the year where it is another one)."""
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((when - today).days)
    if near:
        return Words.same(near)
    year = "" if when.year == today.year else f" {when.year}"
    weekday, month = _DAYS[when.weekday()], _MONTHS[when.month - 1]
    return Words(
        f"{weekday} {when.day} {month}{year}",
        f"{weekday} the {ordinal(when.day)} of {month}",
    )


def on_day(when: date, today: date) -> Words:
    """As `day`, ready for "it arrived …": "yesterday", "on Tuesday 5 May"."""
    words = day(when, today)
    return words if words.text[0].islower() else Words(f"on {words.text}", f"on {words.spoken}")


def by_day(when: date, today: date) -> Words:
    words = day(when, today)
    return words if words.text == "today" else Words(f"by {words.text}", f"by {words.spoken}")


def listed(parts: Sequence[str], joint: str = "and") -> str:
    """ "a, b and c" """
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {joint} {parts[-1]}"


def quantity(number: int, noun: str) -> Words:
    """ "3 parcels", "three parcels" """
    plural = noun if number == 1 else noun + "s"
    said = in_words(number) if number < 1000 else str(number)
    return Words(f"{number} {plural}", f"{said} {plural}")


def street_said(street: str) -> str:
    """ "1204 Maple Street, Apt 3": house numbers digit by digit, small ones as numbers."""

    def said(match: re.Match[str]) -> str:
        digits = match[0]
        return in_words(int(digits)) if len(digits) < 3 else spelled(digits)

    return re.sub(r"\d+", said, street)


def code_said(code: str) -> Words:
    """ "THANKS-PK74": the word as a word, the rest letter by letter."""
    parts = [
        part.capitalize() if part.isalpha() and len(part) > 3 else spelled(part)
        for part in code.split("-")
    ]
    return Words(code, ", ".join(parts))


def first_name(name: str) -> str:
    """What a customer is called by; "there" for somebody without a name."""
    return (name.split() or ["there"])[0]
