"""Single letters for espeak, which takes a lone "A" for the article."""

from __future__ import annotations

import re
from typing import Final

from speech.spoken.numbers import ONES

_DIGIT: Final = "|".join(ONES[:10])
_BEFORE: Final = re.compile(rf"\bA\b(?=[.;:!?]|\s*$| [A-Z]\b| (?:{_DIGIT})\b(?!-))")
"""Before letters, digits, or where no noun follows."""
_AFTER: Final = re.compile(rf"(\b(?:{_DIGIT}|[A-Z]|eh) )A\b")


def for_espeak(text: str) -> str:
    """ "S W one A" with its last letter as "eh", which espeak says as the letter's name."""
    return _AFTER.sub(r"\1eh", _BEFORE.sub("eh", text))
