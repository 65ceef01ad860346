"""Where one sentence ends, so that it can be spoken while the next is made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

LONGEST_CHARACTERS: Final = 140
"""About nine seconds of speech. A longer sentence is cut at a comma or the like, or the caller
would wait for all of it before hearing its first word."""

WORTH_CUTTING_CHARACTERS: Final = 70
"""Below that, about four seconds of speech, a cut gains nothing one hears: Piper begins to speak such a
sentence after 0.12 s."""
SHORTEST_CLAUSE_CHARACTERS: Final = 12
"""Shorter ones are said too hastily by themselves, and are over before the rest is made."""

_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|no|vs|etc|inc|ltd|approx|e\.g|i\.e|a\.m|p\.m|u\.s)|\b[a-z])\.$",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?…]+[\"'”’)]*(?=\s|$)|[。！？]+[”’」』）]*|\n+")
CHINESE: Final = r"\u3400-\u9fff"
"""Its characters, in a regular expression's brackets."""
_CLAUSE = re.compile(rf"[,;:–—](?=\s)|[，；：]|(?<=[{CHINESE}])(?=（)")
_WIDE = re.compile(rf"[{CHINESE}]")
WIDE_CHARACTERS: Final = 3
"""One of Chinese takes as long to say as three letters."""


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


def first_breath(sentence: str) -> Iterator[str]:
    """A sentence in two pieces, if it is long and has a clause that can be said first: the caller hears
    its beginning while the rest is made."""
    if _size(sentence) > WORTH_CUTTING_CHARACTERS:
        for clause in _CLAUSE.finditer(sentence):
            head, rest = sentence[: clause.end()], sentence[clause.end() :].strip()
            if min(_size(head), _size(rest)) >= SHORTEST_CLAUSE_CHARACTERS:
                yield head
                yield rest
                return
    yield sentence


def _size(text: str) -> int:
    """Letters, or what takes as long to say."""
    return len(text) + (WIDE_CHARACTERS - 1) * len(_WIDE.findall(text))


def _shortened(sentence: str) -> Iterator[str]:
    while _size(sentence) > LONGEST_CHARACTERS:
        cuts = [clause.end() for clause in _CLAUSE.finditer(sentence)]
        cut = max((at for at in cuts if _size(sentence[:at]) <= LONGEST_CHARACTERS), default=0)
        if not cut:
            break
        yield sentence[:cut].strip()
        sentence = sentence[cut:].strip()
    if any(character.isalnum() for character in sentence):
        yield sentence
