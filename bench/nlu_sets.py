"""Sentences for bench/nlu.py: read from their files, dealt into folds, and spoilt on purpose."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml
from rapidfuzz import fuzz

from engine.numbers_spoken import find_numbers

ROOT = Path(__file__).resolve().parent.parent
HELD_OUT = ROOT / "tests" / "dialogue" / "heldout.yml"
UNRELATED = ROOT / "tests" / "dialogue" / "unrelated.yml"

SAME_TEMPLATE = 85
"""Two sentences of one intent whose content words are alike to this degree of 100 (RapidFuzz'
token_sort_ratio) are taken for paraphrases of one template. It also joins a word with its typo."""

_FILLERS = frozenset(
    """
    a an the i i'm im i'd id i've me my we our us you your u ur it its it's is am are was be
    been do does did have has had can could would should will may might please pls kindly
    hello hi hey to of for from in on at with by and or that this there so just some any want
    wanna like need gotta help assist assistance tell show let know get how what where when
    why which who one if possible way able trouble problem problems issue fucking damn bloody
    shit hell
    """.split()  # noqa: SIM905
)
_QUESTION_WORDS = frozenset(["how", "what", "where", "when", "why", "which", "who", "get", "show"])
_ONE_WORD = {
    "purchase": "order", "parcel": "package", "shipment": "package", "shipping": "delivery",
    "bill": "invoice", "receipt": "invoice", "item": "article", "product": "article",
    "reimbursement": "refund", "compensation": "refund", "restitution": "refund",
    "profile": "account", "pin": "password", "person": "human", "operator": "agent",
    "signup": "registration", "support": "service", "claim": "complaint", "opinion": "review",
    "feedback": "review", "fee": "charge", "penalty": "charge", "cost": "charge",
}  # fmt: skip
"""Nouns that fill the same slot of a template, folded into one."""


class Example(NamedTuple):
    text: str
    intent: str


def examples(language: str = "en") -> list[Example]:
    """All training examples, in the order of their files."""
    found = []
    for file in sorted((ROOT / "data" / language / "nlu").glob("*.yml")):
        for entry in yaml.safe_load(file.read_text())["nlu"]:
            lines = entry.get("examples", "").splitlines() if "intent" in entry else []
            found += [Example(line.lstrip("- ").strip(), entry["intent"]) for line in lines]
    return [example for example in found if example.text]


def listed(file: Path) -> list[Example]:
    """`intent: [text, …]` files; `intent` is the list's name."""
    lists = yaml.safe_load(file.read_text())
    return [Example(text, name) for name, texts in lists.items() for text in texts]


def content(text: str) -> str:
    """The folded content words of a sentence, sorted: what is left of it as a template."""
    words = re.sub(r"[^a-z0-9' ]", " ", text.lower()).split()
    kept = [word for word in words if word not in _FILLERS]
    if not kept:
        kept = [word for word in words if word in _QUESTION_WORDS] or words
    return " ".join(sorted({_folded(word) for word in kept}))


def _folded(word: str) -> str:
    if any(letter.isdigit() for letter in word):
        return "#"
    single = word[:-1] if word.endswith("s") and not word.endswith("ss") else word
    single = _ONE_WORD.get(single, _ONE_WORD.get(word, single))
    return re.sub(r"(ation|ment|ing|ed|e)$", "", single) if len(single) > 5 else single


def folds(all_examples: Sequence[Example], count: int, seed: int = 1) -> list[list[int]]:
    """Indices of the examples, in `count` parts of which each has its share of every intent.
    Paraphrases of one template are in the same part."""
    chance = random.Random(seed)
    parts: list[list[int]] = [[] for _ in range(count)]
    by_intent: dict[str, list[int]] = defaultdict(list)
    for index, example in enumerate(all_examples):
        by_intent[example.intent].append(index)
    for indices in by_intent.values():
        groups = _templates({index: content(all_examples[index].text) for index in indices})
        chance.shuffle(groups)
        mine: list[list[int]] = [[] for _ in range(count)]
        for group in sorted(groups, key=len, reverse=True):
            min(mine, key=len).extend(group)
        chance.shuffle(mine)
        for part, some in zip(parts, mine, strict=True):
            part.extend(some)
    return parts


def _templates(contents: Mapping[int, str]) -> list[list[int]]:
    """Groups of indices; a sentence joins the first group whose first member is alike."""
    groups: list[list[int]] = []
    for index, words in contents.items():
        for group in groups:
            if fuzz.token_sort_ratio(words, contents[group[0]]) >= SAME_TEMPLATE:
                group.append(index)
                break
        else:
            groups.append([index])
    return groups


_NEAR_KEYS = {
    "a": "sqw", "b": "vgn", "c": "xvd", "d": "sfe", "e": "wrd", "f": "dgr", "g": "fht", "h": "gju",
    "i": "uok", "j": "hku", "k": "jli", "l": "kop", "m": "nk", "n": "bmh", "o": "ipl", "p": "ol",
    "q": "wa", "r": "etf", "s": "adw", "t": "ryg", "u": "yij", "v": "cbf", "w": "qes", "x": "zcs",
    "y": "tuh", "z": "xa",
}  # fmt: skip


def with_typos(text: str, seed: int) -> str:
    """One slip of the finger in every six words, at least one: a neighbouring key, a letter left out,
    doubled, or swapped with the next. The first letter is right."""
    chance = random.Random(f"{seed} {text}")
    words = text.split()
    for _ in range(max(1, round(len(words) / 6))):
        long_ones = [at for at, word in enumerate(words) if len(word) > 3 and word.isalpha()]
        if not long_ones:
            break
        at = chance.choice(long_ones)
        word, place = words[at], chance.randrange(1, len(words[at]) - 1)
        letter, after = word[place], word[place + 1]
        slip = chance.choice(
            [chance.choice(_NEAR_KEYS.get(letter.lower(), letter)) + after, after,
             letter + letter + after, after + letter]
        )  # fmt: skip
        words[at] = word[:place] + slip + word[place + 2 :]
    return " ".join(words)


def without_punctuation(text: str) -> str:
    """Lower case, no apostrophes either ("wheres my order")."""
    return " ".join(re.sub(r"[^\w\s#-]", "", text.lower()).split()) or text


_MEANT = _QUESTION_WORDS | {"problem", "problems", "trouble", "issue"}


def keywords(text: str) -> str:
    """Only the words that a search engine would be given: no pronouns, articles, auxiliaries,
    politeness. Question words and negations stay."""
    words = re.sub(r"[^\w\s'-]", " ", text.lower()).split()
    kept = [word for word in words if word in _MEANT or word not in _FILLERS]
    return " ".join(kept) or text


_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_HEARD = {
    "buy": "by", "for": "four", "where": "wear", "two": "to", "their": "there", "bill": "bills",
    "mail": "male", "whole": "hole", "sale": "sail", "u": "you", "ur": "your", "pls": "please",
    "wanna": "want to", "gonna": "going to", "refund": "re fund", "invoice": "in voice",
    "newsletter": "news letter", "password": "pass word", "signup": "sign up",
}  # fmt: skip


def as_heard(text: str, seed: int) -> str:
    """As a recogniser writes: lower case, no punctuation, digits as words, in one word of ten that has
    one a homophone or a compound taken apart, and one small word of fifteen lost."""
    chance = random.Random(f"{seed} {text}")
    for number in sorted(find_numbers(text), key=lambda number: -number.start):
        spoken = " ".join(_DIGITS[int(digit)] for digit in str(number.value) if digit.isdigit())
        text = text[: number.start] + spoken + text[number.end :]
    heard = []
    for word in re.sub(r"[^\w\s']", " ", text.lower()).split():
        if len(word) <= 3 and chance.random() < 1 / 15:
            continue
        heard.append(_HEARD[word] if word in _HEARD and chance.random() < 0.1 else word)
    return " ".join(heard) or text
