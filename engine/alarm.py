"""Words that make a matter urgent: somebody in despair, legal steps, anger. Pure; no Rasa here, Python
3.10 and later.

The words are `data/<language>/alarm.yml`. One swear word is how some people talk; anger is taken for
anger where it is said outright, or where two signs of it come together.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).resolve().parent.parent / "data"

CRISIS = "crisis"
LEGAL = "legal"
ANGRY = "angry"

_SIGNS_OF_ANGER = 2


@cache
def _words(language: str) -> dict[str, Any]:
    file = DATA / language / "alarm.yml"
    if not file.is_file():
        return {}
    table = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {
        kind: re.compile(rf"\b(?:{'|'.join(patterns)})", re.IGNORECASE)
        for kind, patterns in table.items()
    }


def find_alarm(text: str, language: str = "en") -> str | None:
    """`crisis`, `legal`, `angry`, or None. The first 4,000 characters are read."""
    text = text[:4000]
    words = _words(language)
    if not words:
        return None
    if words["crisis"].search(text):
        return CRISIS
    if words["legal"].search(text) and not words["not_legal"].search(text):
        return LEGAL
    if words["anger"].search(text):
        return ANGRY
    signs = len(words["swearing"].findall(text))
    signs += bool(re.search(r"!{2,}", text))
    letters = [letter for letter in text if letter.isalpha()]
    signs += len(letters) > 12 and sum(letter.isupper() for letter in letters) > 0.7 * len(letters)
    return ANGRY if signs >= _SIGNS_OF_ANGER and words["swearing"].search(text) else None
