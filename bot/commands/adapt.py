"""Teaches the recogniser the shop's own words: a language model from what customers say to this shop,
what it sells and what it can help with, mixed with a general one (speech/language_model)."""

from __future__ import annotations

import asyncio
import random
import sys
import time
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import yaml

from actions.backend import BackendUnavailable, Product, ShopBackend, load_backend
from actions.help import BadArticle, articles_in
from bot.settings import ROOT, Settings
from speech.catalogue import Catalogue, FetchFailed, ModelMissing
from speech.language_model import adapt as adapt_language_model
from speech.language_model.text import spoken_words

PRODUCTS_A_SEARCH = 500
SEARCHES_AT_ONCE = 8
LEAST_LETTERS = 3
"""Words of fewer letters name no product."""

ASKING = (
    "do you have the {name}", "is the {name} in stock", "how much is the {name}",
    "i'd like the {name} please", "the {name} in {colour}", "the {name} in {colour} size {size}",
    "where is my {name}", "i want to return the {name}",
)  # fmt: skip
"""How a product is asked for; each product gets all of them, each of its variants none."""

NUMBERS = 400
"""Spoken order numbers and postcodes, so that the digits in "where is order …" stay digits."""
NUMBER_LEADS = ("my order number is", "order", "it's", "order number", "where is order", "")
POSTCODE_LEADS = ("my zip code is", "zip code", "the postcode is", "zip", "")

SPEAKING = ("{}", "{} please", "in {} please", "do you speak {}", "can we speak {}")
"""How another language is asked for."""


def adapt(settings: Settings) -> int:
    """Exit code; 0 also if there was nothing to do."""
    began = time.monotonic()
    try:
        catalogue = Catalogue.load(settings.models_dir)
        acoustics = catalogue.ensure("acoustics", settings.language)
        general = catalogue.ensure("general_language", settings.language)
        said = asyncio.run(said_to_the_shop(settings))
        adapted = adapt_language_model(
            said.sentences,
            said.names,
            acoustics=acoustics,
            general=general,
            into=catalogue.adapted(settings.language),
        )
    except (ModelMissing, FetchFailed, BackendUnavailable, BadArticle, ValueError) as error:
        print(f"The recogniser can't be adapted to the shop: {error}", file=sys.stderr)
        return 1
    if not adapted.made:
        print(f"The recogniser knows the shop's words already ({adapted.folder}).")
        return 0
    print(
        f"The recogniser learnt the shop's words from {len(said.sentences)} sentences in "
        f"{time.monotonic() - began:.0f} s ({adapted.folder})."
    )
    if adapted.missing:
        some = ", ".join(adapted.missing[:20])
        print(f"{len(adapted.missing)} words it can't hear, as its lexicon lacks them: {some} …")
    return 0


@dataclass(frozen=True, slots=True)
class Said:
    """What callers of this shop may say."""

    sentences: Sequence[str]
    """Some with the typos of a chat."""
    names: Sequence[str]
    """Of products."""


async def said_to_the_shop(settings: Settings) -> Said:
    """Raises BackendUnavailable."""
    language = settings.language
    examples = nlu_examples(language)
    backend = load_backend(settings.shop_backend, settings.shop_database_url)
    try:
        asked = nlu_examples(language, "product*")
        words = {word for text in asked for word in spoken_words(text)}
        products = await products_of(backend, sorted(w for w in words if len(w) >= LEAST_LETTERS))
    finally:
        await backend.close()
    return Said(
        sentences=[
            *examples,
            *help_questions(language),
            *product_sentences(products),
            *numbers(),
            *other_languages(language),
        ],
        names=[product.name for product in products],
    )


def nlu_examples(language: str, files: str = "*") -> list[str]:
    """The training examples of the dialogue model, of some files or all. Not the unrelated ones:
    nobody should be heard to say those."""
    found = []
    for file in sorted((ROOT / "data" / language / "nlu").glob(f"{files}.yml")):
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            if entry.get("intent") != "out_of_scope":
                lines = entry.get("examples", "").splitlines()
                found += [line.lstrip("- ").strip() for line in lines]
    return [text for text in found if text]


def help_questions(language: str) -> list[str]:
    """Titles, keywords and example questions of the help articles: their front matter."""
    articles = articles_in(ROOT / "data" / "help" / language)
    return [head for article in articles for head in article.heads]


async def products_of(backend: ShopBackend, words: Iterable[str]) -> list[Product]:
    """What the shop's search finds for these words, and for those of what they found: an interface
    to search is all that every shop has."""
    found: dict[int, Product] = {}
    gate = asyncio.Semaphore(SEARCHES_AT_ONCE)

    async def search(word: str) -> None:
        async with gate:
            for match in await backend.search_products(word, limit=PRODUCTS_A_SEARCH):
                found[match.product.id] = match.product

    first = set(words)
    await asyncio.gather(*(search(word) for word in first))
    named = [f"{product.name} {product.category}" for product in found.values()]
    more = {word for name in named for word in spoken_words(name) if len(word) >= LEAST_LETTERS}
    await asyncio.gather(*(search(word) for word in more - first))
    return [found[number] for number in sorted(found)]


def product_sentences(products: Sequence[Product]) -> list[str]:
    dice = random.Random(1)
    told = []
    for product in products:
        colours = sorted({v.colour for v in product.variants if v.colour}) or ["black"]
        sizes = sorted({v.size for v in product.variants if v.size}) or ["M"]
        for asking in ASKING:
            told.append(
                asking.format(
                    name=product.name, colour=dice.choice(colours), size=dice.choice(sizes)
                )
            )
    return told


def other_languages(language: str) -> list[str]:
    """How callers ask for another one that calls can be held in (bot/call/language_choice.py)."""
    told = []
    for file in sorted((ROOT / "data").glob("*/calls.toml")):
        if file.parent.name != language:
            names = tomllib.loads(file.read_text(encoding="utf-8"))["language_asked_for"]["names"]
            told += [lead.format(name) for name in names if name.isascii() for lead in SPEAKING]
    return told


def numbers() -> list[str]:
    dice = random.Random(2)
    told = []
    for _ in range(NUMBERS):
        told.append(f"{dice.choice(NUMBER_LEADS)} {dice.randrange(100_000, 1_000_000)}")
        told.append(f"{dice.choice(POSTCODE_LEADS)} {dice.randrange(100_000):05}")
    return told
