"""Names, places and dates that a customer mentioned, found by spaCy, for the agent's first glance."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from actions.names import model

KINDS = {
    "PERSON": "names",
    "GPE": "places",
    "LOC": "places",
    "FAC": "places",
    "DATE": "dates",
    "TIME": "dates",
}
"""spaCy's labels (OntoNotes 5) and what they are to an agent."""

MOST = 8
"""Of each kind; more is noise on a screen."""

Mentions = dict[str, list[str]]


def find_mentions(texts: Iterable[str]) -> Mentions:
    """Blocking, a few milliseconds a sentence. Numbers alone are left out: a five-digit postcode is
    a "date" to the model."""
    found: dict[str, dict[str, str]] = {"names": {}, "places": {}, "dates": {}}
    for document in model().pipe(texts):
        for entity in document.ents:
            kind = KINDS.get(entity.label_)
            words = entity.text.strip()
            if kind and any(character.isalpha() for character in words):
                found[kind].setdefault(words.lower(), words)
    return {kind: list(words.values())[:MOST] for kind, words in found.items()}


async def mentions(texts: list[str]) -> Mentions:
    return await asyncio.to_thread(find_mentions, texts)
