"""What a customer's question names: product words, colours and sizes. Pure; no catalogue inside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_CHARACTERS = 400
"""Of a question that is read. Nobody needs more to name a product, and a megabyte costs time."""

MOST_WORDS = 60

UNITS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
    *("seventeen", "eighteen", "nineteen"),
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBERS = {word: number for number, word in enumerate(UNITS)}
NUMBERS |= {word: 10 * number for number, word in enumerate(TENS, 2)}


@dataclass(frozen=True, slots=True)
class Question:
    words: tuple[str, ...]
    """Stemmed words that may name a product, in the catalogue's vocabulary where that is known."""
    colours: tuple[str, ...]
    """Shades or families of colour, in the order they were said."""
    sizes: tuple[str, ...]
    """As the catalogue spells them, in the order they were said; which of them is meant as a size
    depends on the product: 9 is one of boots, not of jackets."""


def tokens(text: str) -> list[str]:
    """Lower-case words and numbers: "T-Shirt, 10½" gives t, shirt, 10.5."""
    text = unicodedata.normalize("NFKD", text[:MOST_CHARACTERS].replace("½", ".5")).lower()
    text = "".join(character for character in text if not unicodedata.combining(character))
    text = re.sub(r"['’`]", "", text)
    return re.findall(r"\d+(?:\.\d+)?|[a-z]+", text, flags=re.ASCII)[:MOST_WORDS]


def stem(word: str) -> str:
    """Without the plural's ending; applied to both sides, so it only has to be consistent."""
    if len(word) > 5 and word.endswith(("ies", "ie")):
        return word[: word.rindex("ie")] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")):
        return word[:-1]
    return word


def numbers_as_digits(words: Sequence[str]) -> list[str]:
    """ "ten and a half" as 10.5, "sixty five" as 65, other words as they are."""
    result: list[str] = []
    place = 0
    while place < len(words):
        number = NUMBERS.get(words[place])
        place += 1
        if number is not None and number >= 20 and place < len(words):
            unit = NUMBERS.get(words[place], 0)
            if 0 < unit < 10:
                number += unit
                place += 1
        text = words[place - 1] if number is None else str(number)
        if text.isdigit():
            for half in (["and", "a", "half"], ["point", "five"], ["half"]):
                if list(words[place : place + len(half)]) == half:
                    text += ".5"
                    place += len(half)
                    break
        result.append(text)
    return result


class Language:
    """The words of `data/shop/synonyms.toml`, made ready."""

    def __init__(self, synonyms: Mapping[str, Any]) -> None:
        self.families: dict[str, list[str]] = synonyms["colour_families"]
        self._filler = {stem(word) for word in synonyms["filler"]["words"].split()}
        self._words = {
            tuple(map(stem, said.split())): meant.split()
            for said, meant in synonyms["words"].items()
        }
        self._colours = {tuple(said.split()): meant for said, meant in synonyms["colours"].items()}
        for family, shades in self.families.items():
            for colour in (*shades, family):
                self._colours.setdefault(tuple(colour.split()), colour)
        self._sizes = {
            tuple(said.split()): size for size, ways in synonyms["sizes"].items() for said in ways
        }
        self._units = {word: unit for unit, ways in synonyms["size_units"].items() for word in ways}

    def read(self, text: str, *, colours: Collection[str], sizes: Collection[str]) -> Question:
        """`colours` and `sizes` are those of the catalogue: they are understood as they are."""
        said = numbers_as_digits(tokens(text))
        known = self._colours | {tuple(tokens(colour)): colour for colour in colours}
        said_colours, said = take(said, known)
        said_sizes, said = self._take_sizes(said, sizes)
        stems = [stem(word) for word in said]
        words: list[str] = []
        place = 0
        while place < len(stems):
            length, meant = longest(stems, place, self._words)
            words += map(stem, meant) if meant else stems[place : place + 1]
            place += length
        kept = [word for word in words if word not in self._filler and len(word) > 1]
        return Question(tuple(dict.fromkeys(kept)), tuple(said_colours), tuple(said_sizes))

    def _take_sizes(self, said: list[str], sizes: Collection[str]) -> tuple[list[str], list[str]]:
        """Sizes are named, but their words stay: "Long" may be a size, "long sleeved" is none, and
        65 is part of a backpack's name. Words that name no product cost little in the search."""
        parts = {part for size in sizes for part in size.split("/")}
        found: list[str] = []
        rest: list[str] = []
        place = 0
        while place < len(said):
            unit = self._units.get(said[place + 1], "") if place + 1 < len(said) else ""
            length, size = longest(said, place, self._sizes)
            if unit and said[place] + unit in parts:
                found.append(said[place] + unit)
                length = 2
            elif size in parts:
                found.append(str(size))
            elif said[place] in parts:
                found.append(said[place])
                rest.append(said[place])
            else:
                length = 1
                rest.append(said[place])
            place += length
        return found, rest


def longest(
    words: Sequence[str], place: int, table: Mapping[tuple[str, ...], Any]
) -> tuple[int, Any]:
    """The longest phrase of `table` (at most four words) that begins at `place`: its length and
    meaning; (1, None) if there is none."""
    for length in range(min(4, len(words) - place), 0, -1):
        meaning = table.get(tuple(words[place : place + length]))
        if meaning is not None:
            return length, meaning
    return 1, None


def take(words: list[str], table: Mapping[tuple[str, ...], str]) -> tuple[list[str], list[str]]:
    """Split into what the phrases of `table` mean and the words that are left."""
    meanings: list[str] = []
    rest: list[str] = []
    place = 0
    while place < len(words):
        length, meaning = longest(words, place, table)
        if meaning is None:
            rest.append(words[place])
        else:
            meanings.append(meaning)
        place += length
    return meanings, rest
