"""Where one sentence ends, so that it can be spoken while the next is made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

LONGEST_CHARACTERS: Final = 140
"""About nine seconds of speech. A longer sentence is cut at a comma or the like, or the caller
would wait for all of it before hearing its first word."""

_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|no|vs|etc|inc|ltd|approx|e\.g|i\.e|a\.m|p\.m|u\.s)|\b[a-z])\.$",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?…]+[\"'”’)]*(?=\s|$)|\n+")
_CLAUSE = re.compile(r"[,;:–—](?=\s)")


def split_sentences(text: str) -> Iterator[str]:
    """The sentences of a text, without the white space around them."""
    begin = 0
    for end in _END.finditer(text):
        sentence = text[begin : end.end()].strip()
        # "Mr." ends nothing, and neither does an initial; at the end of the text all the same.
        if _ABBREVIATION.search(sentence) and text[end.end() :].strip():
            continue
        begin = end.end()
        yield from _shortened(sentence)
    yield from _shortened(text[begin:].strip())


def _shortened(sentence: str) -> Iterator[str]:
    while len(sentence) > LONGEST_CHARACTERS:
        clauses = list(_CLAUSE.finditer(sentence, 0, LONGEST_CHARACTERS))
        if not clauses:
            break
        cut = clauses[-1].end()
        yield sentence[:cut].strip()
        sentence = sentence[cut:].strip()
    if any(character.isalnum() for character in sentence):
        yield sentence
