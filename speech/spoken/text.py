"""A whole text: mark-up, links and emoji away, everything else in words."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

from speech.spoken import calendar, codes, measures, money, numbers, places
from speech.spoken.rules import Rules, Said, put

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_URL = re.compile(r"(?:https?://|www\.)\S+?(?=[.,;:!?)]*(?:\s|$))", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+\.)\s+", re.MULTILINE)
_MARKUP = re.compile(r"[*_`>|]+|#(?!\d)")
_EMOJI_PARTS: Final = frozenset("\u200d\ufe0e\ufe0f\u20e3")
_KEPT: Final = frozenset("°")


def _always(said: str) -> Said:
    return lambda found, today: said


_ABBREVIATIONS: Rules = (
    (re.compile(r"\be\.g\.,?"), _always("for example")),
    (re.compile(r"\bi\.e\.,?"), _always("that is")),
    (re.compile(r"\betc\.(?=\s+[A-Z]|\s*$)"), _always("et cetera.")),
    (re.compile(r"\betc\."), _always("et cetera")),
    (re.compile(r"\bvs\."), _always("versus")),
    (re.compile(r"\bapprox\."), _always("approximately")),
    (re.compile(r"\bincl\."), _always("including")),
    (re.compile(r"(?<=\w) ?& ?(?=\w)"), _always(" and ")),
    (re.compile(r"\bDr\. (?=[A-Z])"), _always("Doctor ")),
    (re.compile(r"\bSt\. (?=[A-Z])"), _always("Saint ")),
)

_RULES: Final = (
    *codes.PHONES,
    *places.RULES,
    *_ABBREVIATIONS,
    *money.RULES,
    *calendar.RULES,
    *measures.RULES,
    *codes.RULES,
    *numbers.RULES,
)
"""In this order: what is more special comes first, since each leaves only words behind."""


def speakable(text: str, *, today: date | None = None, language: str = "en") -> str:
    """A text for the eye as a text for the ear.

    Links are said by their words; addresses of pages, mark-up and emoji are left out; numbers,
    amounts, dates, times, codes, e-mail, telephone and postal addresses become words. `today`: years
    other than its are said; without it, all are. Languages other than English keep their numbers,
    for their own synthesiser to read; of Chinese ones those of five digits and more are spelt.
    """
    english = language == "en"
    text = _LINK.sub(r"\1", text)
    text = _URL.sub("", text)
    if english:
        text = put(codes.EMAILS, text, today)
    text = _BULLET.sub("", text)
    text = _MARKUP.sub(" ", text)
    text = "".join(character for character in text if not _is_emoji(character))
    if english:
        text = put(_RULES, text, today)
    elif language == "zh":
        text = _LONG_NUMBER.sub(lambda number: _one_by_one(number.group()), text)
    text = re.sub(r"\(\s*\)", "", text)
    text = re.sub(r"[ \t\u00a0]+", " ", text)
    return re.sub(r"[^\S\n]+([.,;:!?])", r"\1", text).strip()


_LONG_NUMBER = re.compile(r"\+?\d(?:[ -]?\d){4,}")
"""Numbers that count nothing: of a telephone, of an order."""
_CHINESE_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九", "+- ")


def _one_by_one(number: str) -> str:
    return number.translate(_CHINESE_DIGITS)


def _is_emoji(character: str) -> bool:
    # Symbols (So) are emoji, arrows, dingbats; modifiers (Sk) are skin tones, and also "^" and "`".
    if character in _KEPT:
        return False
    return (
        character in _EMOJI_PARTS
        or unicodedata.category(character) == "So"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
