"""Money."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from speech.spoken.numbers import cardinal, decimal
from speech.spoken.rules import DASH, Rules

_CURRENCIES: Final = {
    "USD": ("dollar", "dollars", "cent", "cents"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "GBP": ("pound", "pounds", "penny", "pence"),
    "CAD": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "AUD": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "CNY": ("yuan", "yuan", "fen", "fen"),
}
_SIGNS: Final = {
    **{"$": "USD", "US$": "USD", "CA$": "CAD", "C$": "CAD", "A$": "AUD", "AU$": "AUD"},
    **{"€": "EUR", "£": "GBP", "¥": "CNY"},
}
_SIGN: Final = r"(?P<sign>(?:US|CA|C|AU|A)?\$|[€£¥])"
_CODE: Final = r"(?P<code>USD|EUR|GBP|CAD|AUD|CNY)"
_UNITS: Final = r"\d{1,3}(?:,\d{3})+|\d{1,9}"
_SCALE: Final = r"(?:\s?(?P<scale>thousand|million|billion|k|K|M|bn)\b)?"
_SCALES: Final = {"k": "thousand", "K": "thousand", "M": "million", "bn": "billion"}
_PER: Final = {"mo": "month", "yr": "year", "wk": "week", "hr": "hour", "ea": "piece"}


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


def _said(found: re.Match[str], _: date | None) -> str:
    groups = found.groupdict()
    currency = groups.get("code") or _SIGNS[found["sign"]]
    minus = "minus " if groups.get("minus") else ""
    if scale := groups.get("scale"):
        written = found["units"] + (f".{found['part']}" if found["part"] else "")
        many = _CURRENCIES[currency][1]
        return f"{minus}{decimal(written)} {_SCALES.get(scale, scale)} {many}"
    return minus + amount(
        int(found["units"].replace(",", "")) * 100 + int((found["part"] or "").ljust(2, "0")[:2]),
        currency,
    )


_NUMBER: Final = rf"(?P<units>{_UNITS})(?:\.(?P<part>\d{{1,2}}))?(?!\d)"

RULES: Rules = (
    # "$5-10": the first is money too
    (re.compile(rf"{_SIGN}(?P<first>(?:{_UNITS})(?:\.\d\d)?){DASH}(?=\d)"),
     lambda found, _: f"{decimal(found['first'])} to {found['sign']}"),
    (re.compile(rf"(?<=\d){DASH}(?=(?:US|CA|C|AU|A)?[$€£¥])"), lambda found, _: " to "),
    (re.compile(rf"(?P<minus>(?<!\w)[-−])?{_SIGN}\s?{_NUMBER}{_SCALE}"), _said),
    (re.compile(rf"(?P<minus>(?<!\w)[-−])?\b{_NUMBER}\s?(?P<sign>[€£])"), _said),
    (re.compile(rf"\b{_CODE}\s?{_NUMBER}"), _said),
    (re.compile(rf"(?<![\w.,]){_NUMBER}\s?{_CODE}\b"), _said),
    (re.compile(r"(?<=[a-z])\s?/\s?(mo|month|yr|year|wk|week|day|night|hr|hour|ea|kg|person)\b"),
     lambda found, _: f" per {_PER.get(found[1], found[1])}"),
)  # fmt: skip
