"""Names that the lexicon has in two parts: "daypack" is learnt as "day pack", heard so, and written in
one again. Only for words that are known to be spelt right: "cancell" is not "can" and "cell".
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

FILE = "compounds.json"
NAMES = "names.json"
LEAST_PART = 3
"""Letters of the shorter part: "shuksan" is not "shuks" and "an"."""


class Compounds:
    def __init__(self, lexicon: Collection[str], names: Collection[str]) -> None:
        """`names` are the words that may be taken apart."""
        self._lexicon = lexicon
        self._names = names
        self._parts: dict[str, tuple[str, ...]] = {}
        self._missing: Counter[str] = Counter()

    def taken_apart(self, words: Sequence[str]) -> list[str]:
        return [part for word in words for part in self._of(word)]

    @property
    def used(self) -> Mapping[str, tuple[str, ...]]:
        """Compound -> its parts."""
        return {word: parts for word, parts in self._parts.items() if len(parts) > 1}

    @property
    def missing(self) -> list[str]:
        """Words that can't be heard, the most frequent first."""
        return [word for word, _ in self._missing.most_common()]

    def _of(self, word: str) -> tuple[str, ...]:
        if word in self._lexicon:
            return (word,)
        if word not in self._parts:
            self._parts[word] = self._halves(word) if word in self._names else (word,)
        if len(self._parts[word]) == 1:
            self._missing[word] += 1
        return self._parts[word]

    def _halves(self, word: str) -> tuple[str, ...]:
        """Where several cuts are possible, the one nearest to the middle."""
        cuts = range(LEAST_PART, len(word) - LEAST_PART + 1)
        for cut in sorted(cuts, key=lambda at: abs(2 * at - len(word))):
            if word[:cut] in self._lexicon and word[cut:] in self._lexicon:
                return (word[:cut], word[cut:])
        return (word,)


def write_compounds(compounds: Mapping[str, Sequence[str]], model: Path) -> None:
    written = {" ".join(parts): word for word, parts in sorted(compounds.items())}
    (model / FILE).write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


def read_compounds(model: Path) -> dict[tuple[str, str], str]:
    """The two parts as they are heard -> the word. Empty for a model that wasn't adapted."""
    try:
        written = json.loads((model / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    parted = {tuple(parts.split()): word for parts, word in written.items()}
    return {(parts[0], parts[1]): word for parts, word in parted.items() if len(parts) == 2}


def write_names(names: Collection[str], model: Path) -> None:
    (model / NAMES).write_text(json.dumps(sorted(names), indent=1) + "\n", encoding="utf-8")


def read_names(model: Path) -> frozenset[str]:
    """Words of names that an adapted model hears and general ones wouldn't. Empty for a model that
    wasn't adapted."""
    try:
        return frozenset(json.loads((model / NAMES).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return frozenset()


def joined(
    words: Sequence[tuple[str, float, float]], compounds: Mapping[tuple[str, str], str]
) -> Sequence[tuple[str, float, float]]:
    """Words with their start and end in seconds, each pair of parts put together again."""
    if not compounds:
        return words
    told: list[tuple[str, float, float]] = []
    for word, start, end in words:
        whole = compounds.get((told[-1][0], word)) if told else None
        if whole is None:
            told.append((word, start, end))
        else:
            told[-1] = (whole, told[-1][1], end)
    return told
