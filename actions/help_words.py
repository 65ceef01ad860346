"""How far two texts share words: rare ones count more, endings and slips of the pen less.

For any language: words are stemmed as English ones are, runs of Chinese characters become pairs of
neighbours. Works without a model, so also where no sentence encoder knows the language.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

Floats = np.ndarray[Any, np.dtype[np.float32]]

SHORTEST_MISSPELT = 5
"""Letters; shorter words have too many neighbours."""
_A_SLIP_AWAY = 82
"""Of 100, rapidfuzz's ratio: "reciept" for "receipt" is 86, "acount" for "account" 92."""
_IN_THE_TEXT = 0.6
"""What a word counts that only the article's text has, not its title, keywords or questions."""
_SLIPPED = 0.9
_NOWHERE = 0.8
"""What a word counts that no article has, of what the rarest would."""
_LITTLE_WORDS = """
    a about all already also am an and any anything are as at be been being but by can can't cant
    could d did didn't didnt do does doesn't doesnt doing don't dont down each else everything
    from get gets getting go goes going got guys had has have having he hello her hey hi his how i
    i'd i'll i'm i've id if im in into is it it's its ive just know let like ll m made make many
    may me might more most much must my need no not nothing now of off ok okay on one only or our
    out over please pls put re really s say says she should so some something still stuff t tell
    than thanks that that's the their them then there theres these they thing things this those to
    too u uh um up us ve very wanna want was we were what what's whats when where which who why
    will with won't would yet you your
"""
_LITTLE = frozenset(_LITTLE_WORDS.split())
_WORD = re.compile(r"[㐀-鿿豈-﫿]+|[^\W_㐀-鿿豈-﫿][^\W_㐀-鿿豈-﫿'’]*")
_LITTLE_CHINESE = re.compile(
    "的|了|吗|呢|吧|啊|呀|我们|你们|我|你|您|是|请问|请|怎么办|怎么样|怎么|怎样|如何|什么|可以|能不能|"
    "会不会|有没有|想要|想|一下|这个|那个|这|那"
)
_ENDINGS = ("ings", "ing", "ied", "ies", "ed", "es", "ly", "s")


def words(text: str) -> list[str]:
    """Stems in order, without the little words that say nothing about the topic."""
    found: list[str] = []
    for word in _WORD.findall(_one_way(text)):
        if _is_chinese(word):
            for piece in _LITTLE_CHINESE.split(word):
                found += [piece[at : at + 2] for at in range(max(len(piece) - 1, 1))]
        elif word not in _LITTLE:
            found.append(_stem(word))
    return [word for word in found if word]


def same_words(lines: str) -> dict[str, str]:
    """From lines of words that mean the same, with commas between: word → the line's first."""
    same: dict[str, str] = {}
    for line in lines.splitlines():
        group = [] if line.startswith("#") else [words(word) for word in re.split("[,，、]", line)]
        stems = [stem[0] for stem in group if stem]
        for stem in stems:
            same.setdefault(stem, stems[0])
    return same


def _one_way(text: str) -> str:
    """Words that are written in two ways are one word."""
    text = text.lower().replace("’", "'")
    return text.replace("p.o.", "po ").replace("e-mail", "email")


def _is_chinese(word: str) -> bool:
    return word[:1] >= "㐀"


def _stem(word: str) -> str:
    word = re.sub(r"'s?$", "", word)
    ending = next((end for end in _ENDINGS if word.endswith(end) and len(word) - len(end) > 2), "")
    if ending == "s" and word.endswith("ss"):
        return word
    stem = word[: len(word) - len(ending)] + ("y" if ending in {"ied", "ies"} else "")
    if ending and len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsz":
        return stem[:-1]
    return stem[:-1] if len(stem) > 4 and stem.endswith("e") else stem


@dataclass(frozen=True, slots=True)
class Shared:
    """What a question shares with each article: float32[articles] each, 0…1."""

    covered: Floats
    """How much of the question the article's words are."""
    alike: Floats
    """How alike the question and the nearest of the article's titles and questions are."""
    unknown: float
    """Share of the question's words that no article has, 0…1; 1 if it only has little words."""


class WordIndex:
    """The words of all articles: `heads` (title, keywords, questions) and `texts` of each."""

    def __init__(
        self,
        heads: Sequence[Sequence[str]],
        texts: Sequence[str],
        same: Mapping[str, str] | None = None,
    ) -> None:
        """`same`: what to take a word for (`same_words`)."""
        self._same = same or {}
        head_words = [[set(self._words(head)) for head in of_one] for of_one in heads]
        text_words = [set(self._words(text)) for text in texts]
        in_heads = [set[str]().union(*of_one) for of_one in head_words]
        count = len(texts)
        seen_in = Counter(
            word for one in zip(in_heads, text_words, strict=True) for word in one[0] | one[1]
        )
        self._rarity = {word: _rarity(count, times) for word, times in seen_in.items()}
        self._rarest = _rarity(count, 0)
        self._where = {word: np.zeros(count, np.float32) for word in seen_in}
        for number, (major, minor) in enumerate(zip(in_heads, text_words, strict=True)):
            for word in minor:
                self._where[word][number] = _IN_THE_TEXT
            for word in major:
                self._where[word][number] = 1
        flat = [head for of_one in head_words for head in of_one]
        self._heads_with: dict[str, list[int]] = {}
        for at, head in enumerate(flat):
            for word in head:
                self._heads_with.setdefault(word, []).append(at)
        weights = [sum(self._rarity[word] for word in head) for head in flat]
        self._head_weights = np.array(weights, np.float32)
        self._starts = np.cumsum([0, *(len(of_one) for of_one in heads)])[:-1]
        self._vocabulary = list(self._rarity)
        plain = re.findall(r"[a-z]{4,}", _one_way(" ".join(head for one in heads for head in one)))
        self._written = list(dict.fromkeys(plain))
        self._written_set = frozenset(self._written)

    def _words(self, text: str) -> list[str]:
        return [self._same.get(word, word) for word in words(text)]

    def corrected(self, text: str) -> str:
        """With words that no article has replaced by the one that was probably meant."""
        return re.sub(r"[A-Za-z']+", self._meant, text)

    def _meant(self, match: re.Match[str]) -> str:
        word = match[0].lower()
        if len(word) < SHORTEST_MISSPELT or word in self._written_set or word in _LITTLE:
            return match[0]
        stem = _stem(word)
        if stem in self._rarity or stem in self._same:
            return match[0]
        near = process.extractOne(word, self._written, scorer=fuzz.ratio, score_cutoff=_A_SLIP_AWAY)
        return near[0] if near else match[0]

    def shared(self, question: str) -> Shared:
        asked = list(dict.fromkeys(self._words(question)))
        covered = np.zeros(len(self._starts), np.float32)
        in_heads = np.zeros(len(self._head_weights), np.float32)
        total = unknown = 0.0
        ends = {word[-1] for word in asked if word in self._rarity}
        starts = {word[0] for word in asked if word in self._rarity}
        for word in asked:
            known, share = self._known(word)
            if not known:
                if _is_chinese(word) and word[0] in ends and word[-1] in starts:
                    continue  # the end of one word and the beginning of the next
                part = 0.25 if _is_chinese(word) else 1.0  # a pair may lie across two words
                total += part * _NOWHERE * self._rarest
                unknown += part
                continue
            weight = self._rarity[known]
            total += weight
            covered += weight * share * self._where[known]
            in_heads[self._heads_with.get(known, [])] += weight * share
        if not total:
            return Shared(covered, covered, 1.0)
        alike = 2 * in_heads / (total + self._head_weights)
        return Shared(
            covered / total, np.maximum.reduceat(alike, self._starts), unknown / len(asked)
        )

    def _known(self, word: str) -> tuple[str | None, float]:
        if word in self._rarity:
            return word, 1.0
        if len(word) < SHORTEST_MISSPELT:
            return None, 0.0
        near = process.extractOne(
            word, self._vocabulary, scorer=fuzz.ratio, score_cutoff=_A_SLIP_AWAY
        )
        return (near[0], _SLIPPED * near[1] / 100) if near else (None, 0.0)


def _rarity(articles: int, times: int) -> float:
    return math.log(1 + (articles - times + 0.5) / (times + 0.5))
