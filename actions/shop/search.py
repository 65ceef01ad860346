"""Finding products by a customer's words. An index in memory over names, categories and
descriptions; it knows which colours and sizes there are, but never the stock.

How it scores. Each word of the question is looked for in the catalogue's vocabulary: as it is,
joined with its neighbour ("head lamp"), or by likeness (typos, and speech heard nearly right). Rare
words weigh more than common ones, a word of the name more than one of the description.
- A product was *named* (0.75 and more) if its model ("Alder") was said and the other product words
  fit it, or if the model alone tells it from all others.
- Below that it resembles, by the share of the question's weight that it explains.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from actions.shop.language import Language, Question, stem, tokens

NAMED = 0.75
"""`ProductMatch.score` from which a product was named."""

LEAST_SCORE = 0.34
"""Below it nothing resembles: about half of the question's words are about something else."""

LEAST_LIKENESS = 76.0
"""Of two words, in percent (Indel): one wrong letter in five is 80, a missing one in five 89."""

MODEL_LIKENESS = 0.79
KIND_FIT = 0.6

IN_NAME, IN_CATEGORY, IN_DESCRIPTION = 1.0, 0.9, 0.4
HEAD_WEIGHT = 1.5
"""Times a word's weight where it says what a thing is: "gloves for skiing" are gloves."""

UNKNOWN_WEIGHT = 0.5
"""Of a word that the catalogue does not have; a model's name weighs about 0.7, "jacket" 0.4."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A product as the index needs it."""

    product_id: int
    model: str
    name: str
    category: str
    description: str
    colours: frozenset[str]
    sizes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Hit:
    product_id: int
    score: float
    colour: str | None
    """As the catalogue spells it; one the product may not come in."""
    size: str | None
    sizes: frozenset[str]
    """The product's sizes that fit `size`: "M" fits "S/M"."""


@dataclass(slots=True)
class _Tally:
    explained: float = 0.0
    kind: float = 0.0


class Index:
    def __init__(self, entries: Iterable[Entry], language: Language) -> None:
        self.language = language
        self.entries = list(entries)
        self.colours = {colour for entry in self.entries for colour in entry.colours}
        self.sizes = {size for entry in self.entries for size in entry.sizes}
        self._names = [_words(entry.name) for entry in self.entries]
        self._models = [_words(entry.model) for entry in self.entries]
        self._places: dict[str, dict[int, float]] = defaultdict(dict)
        self._kinds: set[str] = set()
        for place, entry in enumerate(self.entries):
            fields = (
                (IN_DESCRIPTION, _words(entry.description)),
                (IN_CATEGORY, _words(entry.category)),
                (IN_NAME, self._names[place]),
            )
            for worth, words in fields:
                for word in words:
                    self._places[word][place] = worth
            self._kinds.update(self._names[place], _words(entry.category))
        self._kinds -= {word for model in self._models for word in model}
        self._bearers = Counter(entry.model for entry in self.entries)
        heads = {_head(name) for name in self._names}
        self._weights = {
            word: math.log1p(len(self.entries) / len(places))
            / math.log1p(len(self.entries))
            * (HEAD_WEIGHT if word in heads else 1.0)
            for word, places in self._places.items()
        }
        self._fuzzy = sorted(
            word
            for word, places in self._places.items()
            if len(word) > 3 and any(worth > IN_DESCRIPTION for worth in places.values())
        )

    def find(self, text: str, limit: int) -> list[Hit]:
        """The best first; equally good ones that come in the colour and size asked for first."""
        question = self.language.read(text, colours=self.colours, sizes=self.sizes)
        # A size's number stays a word where it is part of a name ("Backpack 65").
        words = [w for w in question.words if w in self._places or w not in question.sizes]
        heard = [self._likenesses(word) for word in self._joined(words)]
        found: list[tuple[float, bool, float, int, Hit]] = []
        for place, score in self._scores(heard).items():
            if score >= LEAST_SCORE:
                hit, fits = self._hit(place, score, question)
                # Among those that resemble, the length of a name alone must not decide.
                rank = round(score, 2 if score >= NAMED else 1)
                found.append((-rank, not fits, -score, place, hit))
        return [hit for *_, hit in sorted(found, key=lambda entry: entry[:4])[:limit]]

    def _joined(self, words: Sequence[str]) -> list[str]:
        """Unknown neighbours that make a known word together, and one that hides two, mended."""
        result: list[str] = []
        for word in words:
            if result and result[-1] + word in self._places:
                result[-1] += word
            elif word not in self._places and (parts := self._split(word)):
                result += parts
            else:
                result.append(word)
        return result

    def _split(self, word: str) -> list[str]:
        for cut in range(3, len(word) - 2):
            parts = [word[:cut], word[cut:]]
            if self._kinds.issuperset(parts):
                return parts
        return []

    def _likenesses(self, word: str) -> dict[str, float]:
        """Words of the catalogue that may be meant, with how alike they are (0 to 1)."""
        if word in self._places:
            return {word: 1.0}
        if len(word) < 4:
            return {}
        alike = process.extract(
            word, self._fuzzy, scorer=fuzz.ratio, score_cutoff=LEAST_LIKENESS, limit=4
        )
        return {known: score / 100 for known, score, _place in alike}

    def _scores(self, heard: list[dict[str, float]]) -> dict[int, float]:
        total = kind_total = 0.0
        tallies: dict[int, _Tally] = defaultdict(_Tally)
        for alike in heard:
            weight = max((self._weights[word] for word in alike), default=UNKNOWN_WEIGHT)
            about_kind = any(word in self._kinds for word in alike)
            total += weight
            kind_total += weight if about_kind else 0.0
            best: dict[int, float] = defaultdict(float)
            for word, likeness in alike.items():
                for place, worth in self._places[word].items():
                    best[place] = max(best[place], likeness * worth)
            for place, value in best.items():
                tallies[place].explained += weight * value
                tallies[place].kind += weight * value if about_kind else 0.0
        said: dict[str, float] = defaultdict(float)
        for alike in heard:
            for word, likeness in alike.items():
                said[word] = max(said[word], likeness)
        models = {
            place: model
            for place in tallies
            if (model := min(said.get(word, 0.0) for word in self._models[place])) >= MODEL_LIKENESS
        }
        kinds = {
            place: tallies[place].kind / kind_total if kind_total else float(self._alone(place))
            for place in models
        }
        best_kind: dict[str, float] = defaultdict(float)
        for place, kind in kinds.items():
            model_name = self.entries[place].model
            best_kind[model_name] = max(best_kind[model_name], kind)
        scores: dict[int, float] = {}
        for place, tally in tallies.items():
            cover = self._cover(place, said)
            kind = kinds.get(place, 0.0)
            # "The alder jacket" is the Alder Rain Jacket; the Alder Down Vest, which only stands
            # among the insulated jackets, resembles it.
            if kind >= KIND_FIT and kind > best_kind[self.entries[place].model] - 0.01:
                quality = 0.6 * kind * models[place] + 0.4 * cover
                scores[place] = NAMED + (1 - NAMED) * quality
            else:
                scores[place] = (NAMED - 0.01) * (0.85 * tally.explained / total + 0.15 * cover)
        return scores

    def _alone(self, place: int) -> bool:
        """Whether no other product bears this model's name."""
        return self._bearers[self.entries[place].model] == 1

    def _cover(self, place: int, said: Mapping[str, float]) -> float:
        """The share of the product's name that was said."""
        name = self._names[place]
        heard = sum(self._weights[word] * said.get(word, 0.0) for word in name)
        return heard / sum(self._weights[word] for word in name)

    def _hit(self, place: int, score: float, question: Question) -> tuple[Hit, bool]:
        entry = self.entries[place]
        colour, colour_fits = self._colour(entry, question.colours)
        size, sizes = _size(entry, question.sizes)
        fits = colour_fits and (size is None or bool(sizes))
        return Hit(entry.product_id, score, colour, size, sizes), fits

    def _colour(self, entry: Entry, said: Sequence[str]) -> tuple[str | None, bool]:
        if not said or not entry.colours:
            return None, True
        for colour in said:
            for shade in (colour, *self.language.families.get(colour, ())):
                if shade in entry.colours:
                    return shade, True
        return said[0], False


def _size(entry: Entry, said: Sequence[str]) -> tuple[str | None, frozenset[str]]:
    """The size meant for this product and its sizes that fit. A size of another sort than the
    product's ("large" for a tent) was not meant as one; one of its sort that it hasn't got was."""
    for size in said:
        fitting = frozenset(own for own in entry.sizes if size in own.split("/"))
        if fitting:
            return size, fitting
    sorts = {_sort(part) for own in entry.sizes for part in own.split("/")}
    missing = next((size for size in said if _sort(size) in sorts), None)
    return missing, frozenset()


def _sort(size: str) -> str:
    if re.fullmatch(r"X*[SML]", size):
        return "letters"
    return re.sub(r"[\d.]+", "#", size)


def _head(words: Sequence[str]) -> str:
    """What a name is about: its last word ("jacket"), numbers aside ("Backpack 65")."""
    return next((word for word in reversed(words) if not word.isdigit()), "")


def _words(text: str) -> list[str]:
    words = tokens(re.sub(r"\bT-Shirt\b", "Tshirt", text))
    return list(dict.fromkeys(stem(word) for word in words if len(word) > 1))
