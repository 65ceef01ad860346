"""The spoken form of what is easier read than said: digits, amounts, dates, links, emoji.

US English. Each function takes what the shop's data holds and gives words a synthesiser can't
misread; `speakable` cleans a text that was written for the eye.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

_ONES: Final = (
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
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_CURRENCIES: Final = {
    "USD": ("dollar", "dollars", "cent", "cents"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "GBP": ("pound", "pounds", "penny", "pence"),
}


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
    return ", ".join(" ".join(_ONES[int(digit)] for digit in one) for one in groups)


def cardinal(number: int) -> str:
    """ "one hundred twenty-nine". Below a trillion; raises ValueError beyond."""
    if number < 0:
        return f"minus {cardinal(-number)}"
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_ONES[hundreds]} hundred" + (f" {cardinal(rest)}" if rest else "")
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


def amount(cents: int, currency: str = "USD") -> str:
    """12995 -> "one hundred twenty-nine dollars and ninety-five cents". A currency that isn't known
    is said by its code."""
    one, many, cent, cent_many = _CURRENCIES.get(currency, (currency, currency, "cent", "cents"))
    sign = "minus " if cents < 0 else ""
    units, rest = divmod(abs(cents), 100)
    whole = f"{cardinal(units)} {one if units == 1 else many}"
    parts = f"{cardinal(rest)} {cent if rest == 1 else cent_many}"
    if not rest:
        return sign + whole
    return sign + (f"{whole} and {parts}" if units else parts)


def day(when: date, *, today: date | None = None) -> str:
    """ "May fourteenth", with the year where it isn't that of `today`."""
    said = f"{_MONTHS[when.month - 1]} {ordinal(when.day)}"
    return said if today is not None and when.year == today.year else f"{said}, {year(when.year)}"


def year(number: int) -> str:
    """2026 -> "twenty twenty-six", 2005 -> "two thousand five", 1900 -> "nineteen hundred"."""
    century, rest = divmod(number, 100)
    if not 10 <= century < 100 or 2000 <= number < 2010:
        return cardinal(number)
    if rest == 0:
        return cardinal(number) if century % 10 == 0 else f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {f'oh {_ONES[rest]}' if rest < 10 else cardinal(rest)}"


_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_URL = re.compile(r"(?:https?://|www\.)\S+?(?=[.,;:!?)]*(?:\s|$))", re.IGNORECASE)
_MARKUP = re.compile(r"[*_`#>|]+")
_DOLLARS = re.compile(r"\$(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d{2}))?(?!\d)")
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_ORDER_NUMBER = re.compile(r"(?<![\d.,$-])\d{3} ?\d{3}(?![\d-]|[.,]\d)")
_EMOJI_PARTS: Final = frozenset("\u200d\ufe0e\ufe0f\u20e3")


def speakable(text: str, *, today: date | None = None) -> str:
    """A text for the eye as a text for the ear: links by their words, addresses, mark-up and emoji
    left out, dollar amounts, ISO dates and six-digit order numbers in words."""
    text = _LINK.sub(r"\1", text)
    text = _URL.sub("", text)
    text = _DOLLARS.sub(_said_dollars, text)
    text = _ISO_DATE.sub(lambda found: _said_date(found, today), text)
    text = _ORDER_NUMBER.sub(lambda found: digits(found[0]), text)
    text = _MARKUP.sub(" ", text)
    text = "".join(character for character in text if not _is_emoji(character))
    text = re.sub(r"\(\s*\)", "", text)
    text = re.sub(r"[ \t]+", " ", text)
    return re.sub(r"\s+([.,;:!?])", r"\1", text).strip()


def _said_dollars(found: re.Match[str]) -> str:
    return amount(int(found[1].replace(",", "")) * 100 + int(found[2] or 0))


def _said_date(found: re.Match[str], today: date | None) -> str:
    try:
        return day(date(int(found[1]), int(found[2]), int(found[3])), today=today)
    except ValueError:  # digits that only look like a date
        return found[0]


def _is_emoji(character: str) -> bool:
    # Symbols (So) are emoji, arrows, dingbats; modifiers (Sk) are skin tones, and also "^" and "`".
    return (
        character in _EMOJI_PARTS
        or unicodedata.category(character) == "So"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
