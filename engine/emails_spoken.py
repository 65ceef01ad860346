"""E-mail addresses, as people write and say them: "ana.reyes@example.com", "ana dot reyes at example dot
com". Pure text in, addresses out; no Rasa here, Python 3.10 and later."""

from __future__ import annotations

import re
from dataclasses import dataclass

EMAIL = "email"

_WRITTEN = re.compile(r"[a-z0-9][\w.+'-]*\s?@\s?[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
_NAME = r"[a-z0-9]+(?:\s+(?:dot|period|underscore|dash|hyphen|plus)\s+[a-z0-9]+)*"
_SPOKEN = re.compile(
    rf"(?P<local>{_NAME})\s+at\s+(?P<host>[a-z0-9]+(?:\s+(?:dash|hyphen)\s+[a-z0-9]+)*"
    r"(?:\s+dot\s+[a-z]{2,})+)\b",
    re.IGNORECASE,
)
_SIGNS = {"dot": ".", "period": ".", "underscore": "_", "dash": "-", "hyphen": "-", "plus": "+"}


@dataclass(frozen=True)
class Email:
    value: str
    """In lower case."""
    start: int
    end: int
    """Characters of the text, end exclusive."""


def find_emails(text: str) -> list[Email]:
    found = [
        Email(match[0].replace(" ", "").rstrip(".").lower(), match.start(), match.end())
        for match in _WRITTEN.finditer(text)
    ]
    if found:
        return found
    return [
        Email(f"{_joined(match['local'])}@{_joined(match['host'])}", match.start(), match.end())
        for match in _SPOKEN.finditer(text)
    ]


def _joined(words: str) -> str:
    return "".join(_SIGNS.get(word, word) for word in words.lower().split())
