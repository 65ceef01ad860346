"""What is written down letter by letter: order numbers, telephone numbers, e-mail addresses, codes."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from speech.spoken.numbers import digits, spelled
from speech.spoken.rules import Rules

_SIGNS: Final = {".": "dot", "-": "dash", "_": "underscore", "+": "plus", "@": "at", "/": "slash"}
_VOWELS: Final = frozenset("aeiouy")
_SHORTEST_WORD: Final = 3
_LONGEST_RUN: Final = 4
"""Characters said without a pause; a listener who writes keeps up with so many."""


def _is_word(letters: str) -> bool:
    """Whether it can be said rather than spelled: letters with a vowel, no five consonants in a row."""
    lower = letters.lower()
    return (
        len(lower) >= _SHORTEST_WORD
        and bool(_VOWELS & set(lower))
        and not re.search(r"[^aeiouy]{5}", lower)
    )


def email(address: str) -> str:
    """ "maya.lee@example.com" -> "maya dot lee at example dot com"; what can't be said as a word is
    spelled: "jk_99@mail.co" -> "J K underscore nine nine at mail dot C O"."""
    said = []
    for part in re.findall(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]", address):
        if part.isdigit():
            said.append(" ".join(digits(part, group=len(part)).split()))
        elif part.isalpha():
            said.append(part.lower() if _is_word(part) else spelled(part))
        elif part in _SIGNS:
            said.append(_SIGNS[part])
    return " ".join(said)


def phone(number: str) -> str:
    """ "+1 (617) 555-0134" -> "plus one, six one seven, five five five, zero one three four". Ten
    digits that stand together are grouped as in the US."""
    plain = re.sub(r"\D", "", number)
    if number.startswith("+") and len(plain) == 11 and plain[0] == "1":
        groups = [plain[0], plain[1:4], plain[4:7], plain[7:]]
    elif len(plain) == 10 and plain == number:
        groups = [plain[:3], plain[3:6], plain[6:]]
    else:
        groups = re.findall(r"\d+", number)
    said = ", ".join(digits(group) if len(group) > 4 else spelled(group) for group in groups)
    return f"plus {said}" if number.startswith("+") else said


def code(written: str) -> str:
    """ "THANKS-PK74" -> "Thanks, P K seven four"; "1Z999AA1" -> "one Z nine nine, nine A A one":
    words as words, the rest letter by letter in groups."""
    if len(written) <= _LONGEST_RUN:
        return spelled(written)
    said = []
    for part in re.split(r"[-_ /]|(?<=[A-Z]{4})(?=\d+$)", written):
        if part.isalpha() and len(part) > _SHORTEST_WORD and _is_word(part):
            said.append(part.capitalize())
        else:
            said += [spelled(run) for run in _runs(part)]
    return ", ".join(said)


def _runs(part: str) -> list[str]:
    """Cut into pieces of three or four, none of which is left alone."""
    if len(part) <= _LONGEST_RUN:
        return [part] if part else []
    size = 3 if len(part) % 4 == 1 or len(part) % 3 == 0 else 4
    runs = [part[at : at + size] for at in range(0, len(part), size)]
    if len(runs[-1]) == 1:
        runs[-2:] = [runs[-2] + runs[-1]]
    return runs


def _said_code(found: re.Match[str], _: date | None) -> str:
    return code(found[0])


EMAILS: Rules = (
    (re.compile(r"[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), lambda found, _: email(found[0])),
    (re.compile(r"(?<![\w@/.])(?:[a-z0-9-]+\.)+(?:com|org|net|example|shop|store|co\.uk|eu|de|io)\b"
                r"(?![\w/])", re.IGNORECASE),
     lambda found, _: email(found[0])),
)  # fmt: skip
"""To be put before mark-up is taken away: "_" is both."""

PHONES: Rules = (
    (re.compile(r"(?<![\w+])\+\d[\d ().-]{7,17}\d(?!\d)"), lambda found, _: phone(found[0])),
    (re.compile(r"(?<![\w.,+-])(?:1[ .-])?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])"),
     lambda found, _: phone(found[0])),
)  # fmt: skip
"""Before dates and numbers, which they hold."""

RULES: Rules = (
    (re.compile(r"\bNo\. ?(?=\d)"), lambda found, _: "number "),
    (re.compile(r"#(?=\d)"), lambda found, _: "number "),
    (re.compile(r"\b(?i:(ending in|ends in|ending with|last four(?: digits)?(?: are| is)?:?)) "
                r"(\d{4})\b"),
     lambda found, _: f"{found[1]} {spelled(found[2])}"),
    (re.compile(r"(?:[•*·xX]{4}[ -]?)+(\d{4})\b"),
     lambda found, _: f"ending in {spelled(found[1])}"),
    (re.compile(r"(?i:\b(zip code|zip|postcode|postal code)(:| is| of)?) (\d{5})(?:-(\d{4}))?\b"),
     lambda found, _: f"{found[1]}{found[2] or ''} {digits(found[3], group=5)}"
                      + (f", {spelled(found[4])}" if found[4] else "")),
    (re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?) (\d[A-Z]{2})\b"),  # SW1A 1AA
     lambda found, _: f"{spelled(found[1])}, {spelled(found[2])}"),
    (re.compile(r"\b([A-Z]\d[A-Z]) (\d[A-Z]\d)\b"),  # K1A 0B1
     lambda found, _: f"{spelled(found[1])}, {spelled(found[2])}"),
    # capitals and digits, with or without hyphens: RMA-482915, 1Z999AA1, JO-TENT-2P
    (re.compile(r"(?<![\w-])(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9]+(?:-[A-Z0-9]+)*(?![\w-])"),
     _said_code),
    (re.compile(r"(?<![\d.,$-])\d{3} ?\d{3}(?![\d-]|[.,]\d)"), lambda found, _: digits(found[0])),
)  # fmt: skip
