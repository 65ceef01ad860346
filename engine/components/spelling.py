"""Which word was meant: a noisy channel over the examples' words and the commonest of English.

No Rasa here. Of the words one slip of the finger away (two in a long one) that one is taken which is
likeliest between its neighbours, by how often the examples and English use it. A word that both know is
rarely changed: "form" becomes "from" where only "from" makes sense.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

SHORTEST = 4
"""Letters; shorter words have too many neighbours. Three are enough for a word nobody knows."""
_LONG = 6
"""From so many letters on there may be two slips in a word."""
_SLIP = math.log(0.04 / 30)
"""One slip in 25 words, of some thirty that each word allows."""
_MEANT = math.log(0.96)
_SURE = 4.0
"""How much likelier, as a logarithm, a word that is one is meant as it stands."""
_ENGLISH_SHARE = 0.15
"""How much common English counts beside the examples."""
_RANK_SHIFT = 200
"""Zipf's law for the English words: the chance of the n-th is as 1 / (n + shift)."""
_UNKNOWN = 1e-9
"""The chance of a word nobody knows, such as a name."""
_BIGRAM_SHARE = 0.7
_FEWER_THAN_MEANT = 8
"""A word of the examples that is no English and so many times rarer than one a slip away is itself a
slip."""
_NO_ENGLISH = frozenset(["oder", "und", "der", "das", "les", "une", "wat", "wen", "ned", "tel"])
"""Words of the vocabulary that are none of English, and slips of common ones."""
_JOINED_PART = math.log(1e-3)
"""What each missing space costs."""
_LONGEST_JOINED = 40

_ENGLISH_TOO = frozenset(
    """abort arriving bake carpe cons contactless curbside doesn't downgrade hallo hola instalment
    instalments mend nein okey pros refundable reimburse reimbursed reorder resole retrieve revise
    unsubscribe unsubscribed we're you've that'd wont dont cant didnt doesnt hasnt havent whats wheres
    whos klarna paypal visa amex usps zip barcode checkout cashback preorder signup login logout
    """.split()  # noqa: SIM905
)
"""Words that the vocabulary lacks."""
_SPECIMENS = {3: "482", 4: "4410", 5: "97201", 6: "482915"}
_MAIL = "ana@example.com"
_ZIP_PLUS_4 = re.compile(r"\d{5}-\d{4}")

_KEYS = {
    "a": "sqwz", "b": "vgn", "c": "xvd", "d": "sfecx", "e": "wrd", "f": "dgrcv", "g": "fhtvb",
    "h": "gjuyn", "i": "uok", "j": "hkunm", "k": "jlim", "l": "kop", "m": "nk", "n": "bmhj",
    "o": "ipl", "p": "ol", "q": "wa", "r": "etf", "s": "adwzx", "t": "rygf", "u": "yij",
    "v": "cbf", "w": "qes", "x": "zcs", "y": "tuh", "z": "xas",
}  # fmt: skip


class Spelling:
    """Made from counts of the examples' words and word pairs (`learnt`), and the English words in the
    order of their frequency. `to_dict` is what to keep of it."""

    def __init__(
        self, words: Mapping[str, int], pairs: Mapping[str, int], english: Sequence[str]
    ) -> None:
        self._words = dict(words)
        self._pairs = dict(pairs)
        self._rank = {word: rank for rank, word in enumerate([*english, *_ENGLISH_TOO])}
        self._total = sum(self._words.values()) or 1
        self._zipf = sum(1 / (rank + _RANK_SHIFT) for rank in range(len(english))) or 1.0
        self._by_piece: dict[str, list[str]] = {}
        for word in {*self._words, *(word for word in self._rank if word.isalpha())}:
            if len(word) >= SHORTEST:
                for piece in pieces(word):
                    self._by_piece.setdefault(piece, []).append(word)
        self._by_two: dict[str, list[str]] = {}
        for word, count in self._words.items():
            if count > 1 and len(word) >= _LONG:
                for piece in {two for one in pieces(word) for two in pieces(one)}:
                    self._by_two.setdefault(piece, []).append(word)
        self._slips = {word for word in self._words if self._is_slip(word)}
        self._remembered: dict[tuple[str, str, str], str] = {}

    @classmethod
    def learnt(cls, texts: Iterable[str], english: Sequence[str]) -> Spelling:
        words: Counter[str] = Counter()
        pairs: Counter[str] = Counter()
        for text in texts:
            said = [word for word in map(plain, text.split()) if word]
            words.update(word for word in said if word.replace("'", "").isalpha())
            pairs.update(" ".join(pair) for pair in zip(["", *said], [*said, ""], strict=True))
        return cls(words, {pair: n for pair, n in pairs.items() if n > 1}, english)

    def to_dict(self) -> dict[str, dict[str, int]]:
        return {"words": self._words, "pairs": self._pairs}

    def knows(self, word: str) -> bool:
        """Whether it is English or in the examples. Short words and numbers count as known."""
        word = plain(word)
        letters = word.isalpha() and len(word) >= SHORTEST
        return not letters or word in self._rank or word in self._words

    def meant(self, word: str, before: str = "", after: str = "") -> str:
        """`word` in lower case as it was probably meant, between these neighbours. Two words that
        were run together come back with a space."""
        word, before, after = plain(word), plain(before), plain(after)
        if not word.isalpha() or len(word) < SHORTEST - 1:
            return word
        key = (word, before, after)
        if key not in self._remembered:
            if len(self._remembered) > 20_000:
                self._remembered.clear()
            self._remembered[key] = self._likeliest(word, before, after)
        return self._remembered[key]

    def _likeliest(self, word: str, before: str, after: str) -> str:
        known = word in self._rank or (word in self._words and word not in self._slips)
        sure = _SURE if known else 0.0
        best, best_score = word, _MEANT + self._fits(word, before, after) + sure
        near = self._near(word)
        for candidate in near:
            score = _SLIP + slip_weight(word, candidate) + self._fits(candidate, before, after)
            if score > best_score:
                best, best_score = candidate, score
        if best == word and not known and len(word) >= _LONG:
            for candidate in self._far(word):
                score = 2 * _SLIP + self._fits(candidate, before, after)
                if score > best_score:
                    best, best_score = candidate, score
        if best == word and not known and len(word) >= _LONG:
            return self._apart(word) or word
        return best

    def _near(self, word: str) -> set[str]:
        return {
            candidate
            for piece in pieces(word)
            for candidate in self._by_piece.get(piece, [])
            if candidate != word and candidate[0] == word[0] and candidate not in self._slips
        }

    def _far(self, word: str) -> set[str]:
        return {
            candidate
            for piece in {two for one in pieces(word) for two in pieces(one)}
            for candidate in self._by_two.get(piece, [])
            if candidate[0] == word[0] and candidate not in self._slips
        }

    def _is_slip(self, word: str) -> bool:
        if len(word) < SHORTEST or word in self._rank:
            return False
        often = max(
            (
                self._words.get(candidate, 0)
                for piece in pieces(word)
                for candidate in self._by_piece.get(piece, [])
                if candidate != word and candidate[0] == word[0] and word != candidate + "s"
            ),
            default=0,
        )
        return often >= _FEWER_THAN_MEANT * self._words[word]

    def _chance(self, word: str) -> float:
        examples = (0 if word in self._slips else self._words.get(word, 0)) / self._total
        rank = self._rank.get(word)
        english = 0.0 if rank is None else 1 / ((rank + _RANK_SHIFT) * self._zipf)
        return _UNKNOWN + (1 - _ENGLISH_SHARE) * examples + _ENGLISH_SHARE * english

    def _fits(self, word: str, before: str, after: str) -> float:
        """The logarithm of how likely `word` is between its neighbours."""
        chance = self._chance(word)
        first, second = self._pair(before, word, chance), self._pair(word, after, 1e-4)
        return math.log(first) + math.log(second)

    def _pair(self, first: str, second: str, chance: float) -> float:
        slip = first in self._slips or second in self._slips
        count = 0 if slip else self._pairs.get(f"{first} {second}", 0)
        of = self._words.get(first, 0) if first else self._total / 6
        together = count / (of + 5)
        return (1 - _BIGRAM_SHARE) * chance + _BIGRAM_SHARE * together

    def _apart(self, word: str) -> str:
        """The words that were run together to `word`, with spaces; nothing if it is none of that."""
        if len(word) > _LONGEST_JOINED:
            return ""
        best: list[tuple[float, list[str]] | None] = [(0.0, [])] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 14), end):
                part, so_far = word[start:end], best[start]
                if so_far is None or self._words.get(part, 0) < (3 if len(part) > 2 else 20):
                    continue
                score = so_far[0] + math.log(self._chance(part)) + _JOINED_PART
                here = best[end]
                if here is None or score > here[0]:
                    best[end] = (score, [*so_far[1], part])
        found = best[len(word)]
        if found is None or len(found[1]) < 2 or len(word) / len(found[1]) < 3:
            return ""
        return " ".join(found[1])


def plain(word: str) -> str:
    """In lower case, without the punctuation around it."""
    return word.lower().strip('.,!?;:"()[]{}*')


def shape(token: str) -> str:
    """A token with digits as one specimen of its kind, so that every order number is the same word to a
    classifier: six digits and more, five and ZIP+4, four, three. Others stay, in lower case."""
    if "@" in token[1:]:
        return _MAIL
    digits = sum(letter.isdigit() for letter in token)
    letters = sum(letter.isalpha() for letter in token)
    if digits < 3 or letters > 4:
        return token.lower()
    return "97201" if _ZIP_PLUS_4.fullmatch(token) else _SPECIMENS[min(digits, 6)]


def pieces(word: str) -> set[str]:
    """The word, and each way of leaving out one letter: words that share one are a slip apart."""
    return {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}


def slip_weight(written: str, known: str) -> float:
    """How much likelier this slip is than another, as a logarithm: a letter left out, doubled, swapped
    with the next or hit beside its key, against any other letter."""
    if len(written) == len(known):
        differing = [at for at in range(len(written)) if written[at] != known[at]]
        if len(differing) == 2:
            one, two = differing
            swapped = written[one] == known[two] and written[two] == known[one]
            return 1.0 if swapped and two == one + 1 else -4.0
        at = differing[0]
        return 0.3 if written[at] in _KEYS.get(known[at], "") else -1.5
    if len(written) == len(known) + 1:
        doubled = any(
            written[at] == written[at + 1] and written[:at] + written[at + 1 :] == known
            for at in range(len(written) - 1)
        )
        return 1.0 if doubled else -1.0
    return 0.3


def english_words(tokenizer_file: Path) -> list[str]:
    """The whole words of a WordPiece vocabulary, commonest first (its order is that of frequency)."""
    vocabulary: dict[str, int] = json.loads(tokenizer_file.read_text(encoding="utf-8"))["model"][
        "vocab"
    ]
    return [
        word
        for word, _ in sorted(vocabulary.items(), key=_number)
        if len(word) > 1 and word.isascii() and word.isalpha() and word not in _NO_ENGLISH
    ]


def _number(entry: tuple[str, Any]) -> int:
    return int(entry[1])
