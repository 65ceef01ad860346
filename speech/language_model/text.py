"""Written sentences as the words somebody says: numbers, e-mail addresses and marks written out."""

from __future__ import annotations

import re

from speech.spoken import cardinal, digits, speakable

LONGEST_CARDINAL = 4
"""Digits; longer numbers are said digit by digit."""

_MARKUP = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
"""An entity in an NLU example: `[navy](colour)`."""
_NUMBER = re.compile(r"\d+")
_GROUPED = re.compile(r"(?<=\d)[ -](?=\d{3}\b)")
"""Between the groups of "482 915" and "482-915"."""
_SIGNS = {"@": " at ", "%": " percent ", "&": " and ", "+": " plus ", "°": " degrees "}
_DOT = re.compile(r"(?<=\w)\.(?=[a-z])")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def spoken_words(text: str) -> list[str]:
    """Lower case, without punctuation, e.g. "four", "eight", "two" for "482"."""
    text = _MARKUP.sub(r"\1", text).replace("’", "'")
    text = _GROUPED.sub("", text)
    text = speakable(text).lower()
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    text = _DOT.sub(" dot ", text)
    return _WORD.findall(_NUMBER.sub(_said, text))


def _said(found: re.Match[str]) -> str:
    number = found.group()
    if len(number) > LONGEST_CARDINAL or number.startswith("0"):
        return f" {digits(number)} "
    return f" {cardinal(int(number))} "
