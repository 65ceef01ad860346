"""What a rule of `speakable` is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

Said = Callable[[re.Match[str], date | None], str]
"""What was found, and today where it is known, as words; `found[0]` to leave it as it is."""
Rule = tuple[re.Pattern[str], Said]
Rules = Sequence[Rule]

NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
"""Digits, with or without a comma at the thousands, perhaps with decimals."""
BEGIN = r"(?<![\w.,$€£-])"
"""Nothing before it that would make it part of a longer number or a word."""
END = r"(?![\w-]|[.,]\d)"
DASH = r"\s?(?:-|–|—)\s?"


def put(rules: Rules, text: str, today: date | None) -> str:
    for pattern, said in rules:
        text = pattern.sub(lambda found, said=said: said(found, today), text)  # type: ignore[misc]
    return text
