"""Quantities: units, percentages, sizes."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from speech.spoken.numbers import decimal, is_one
from speech.spoken.rules import DASH, NUMBER, Rules

_UNITS: Final = {
    **{"kg": "kilogram", "g": "gram", "mg": "milligram", "lb": "pound", "lbs": "pound"},
    **{"oz": "ounce", "L": "liter", "l": "liter", "ml": "milliliter", "mL": "milliliter"},
    **{"gal": "gallon", "km": "kilometer", "m": "meter", "cm": "centimeter"},
    **{"mm": "millimeter", "mi": "mile", "yd": "yard", "ft": "foot", "h": "hour", "hr": "hour"},
    **{"hrs": "hour", "min": "minute", "mins": "minute", "sec": "second", "secs": "second"},
    **{"W": "watt", "V": "volt", "A": "amp", "mAh": "milliamp hour", "Wh": "watt hour"},
    **{"lm": "lumen", "GB": "gigabyte", "MB": "megabyte", "km/h": "kilometer per hour"},
    **{"mph": "mile per hour", "wk": "week", "wks": "week", "yr": "year", "yrs": "year"},
    **{"m²": "square meter", "sq ft": "square foot", "in": "inch", '"': "inch", "″": "inch"},
    **{"′": "foot"},
}
_IRREGULAR: Final = {"foot": "feet", "inch": "inches", "square foot": "square feet"}
_NAMES: Final = "|".join(
    re.escape(unit) + (r"\b" if unit[-1].isalpha() else "")
    # "5 in stock": inches only where they stand at the number; so does the ampere
    for unit in sorted(set(_UNITS) - {"in", '"', "″", "′", "A"}, key=len, reverse=True)
)
_UNIT: Final = rf"(?:\s?(?P<unit>{_NAMES})|(?P<near>in\b|A\b|\"(?!\w)|″|′))"
_DEGREES: Final = {"C": " Celsius", "F": " Fahrenheit", "": ""}


def _plural(unit: str) -> str:
    head, per, rest = unit.partition(" per ")
    return _IRREGULAR.get(head, f"{head}s") + per + rest


def _in_quotes(before: str) -> bool:
    """Whether the next quotation mark after a digit closes what was quoted, and is no inch."""
    opened = len(re.findall(r'(?:^|[\s(])"', before))
    return opened > len(re.findall(r'[^\s\d(]"', before))


def _said(found: re.Match[str], _: date | None) -> str:
    unit = _UNITS[found["unit"] or found["near"]]
    if found["near"] == '"' and _in_quotes(found.string[: found.start()]):
        return found[0]
    return f"{decimal(found['number'])} {unit if is_one(found['number']) else _plural(unit)}"


def _said_degrees(found: re.Match[str], _: date | None) -> str:
    unit = "degree" if is_one(found[1]) else "degrees"
    return f"{decimal(found[1])} {unit}{_DEGREES[found[2] or '']}"


RULES: Rules = (
    # "5-10 kg", "15–20 %", "30 x 20 cm": the first has the unit of the last, which is said once
    (re.compile(rf"(?<![\w.,$-])({NUMBER}){DASH}(?=(?:{NUMBER})\s?(?:{_NAMES}|%|°))"),
     lambda found, _: f"{decimal(found[1])} to "),
    (re.compile(rf"(?<![\w.,-])({NUMBER})\s?[x×]\s?(?=(?:{NUMBER})(?:\s?(?:{_NAMES})|\s?[x×]))"),
     lambda found, _: f"{decimal(found[1])} by "),
    (re.compile(rf"({NUMBER})\s?%"), lambda found, _: f"{decimal(found[1])} percent"),
    (re.compile(r"(?<![\w])[-−](?=\d+(?:\.\d+)?\s?°)"), lambda found, _: "minus "),
    (re.compile(rf"({NUMBER})\s?°\s?([CF])?(?![a-z])"), _said_degrees),
    (re.compile(rf"(?<![\w.,-])(?P<number>{NUMBER}){_UNIT}(?![-'])"), _said),
    (re.compile(r"\b(X{0,2}[SL]|M)/(X{0,2}[SL]|M)\b"),
     lambda found, _: f"{' '.join(found[1])} {' '.join(found[2])}"),
    (re.compile(r"\b(\d)(XL|XS)\b"), lambda found, _: f"{decimal(found[1])} {' '.join(found[2])}"),
    (re.compile(r"\b(\d+)x\b(?! \d)"), lambda found, _: f"{decimal(found[1])} times"),
)  # fmt: skip
