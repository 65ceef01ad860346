"""Which article is meant: from words to one variant, with questions where colour or size is open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from actions.backend import ProductMatch, VariantStock
from actions.cases.case import Case
from actions.reply import CHOICE
from actions.wording import SIZES, Words, in_words, listed

_FEW_WORDS = 4
NAMED = 0.75
"""From this score on the product was named; below it resembles (actions/backend.py)."""


@dataclass(frozen=True, slots=True)
class Article:
    """One variant of a product, as the customer knows it."""

    sku: str
    name: str
    """ "Alder Rain Jacket, red, M" """
    variant: VariantStock


def article(match: ProductMatch, variant: VariantStock) -> Article:
    parts = [match.product.name, *filter(None, (variant.colour, variant.size))]
    return Article(variant.sku, ", ".join(parts), variant)


async def named_product(case: Case, text: str) -> ProductMatch | None:
    """The one product that the words name, or None."""
    matches = await case.services.shop.search_products(text, limit=3)
    if not matches or matches[0].score < NAMED:
        return None
    if len(matches) > 1 and matches[1].score > matches[0].score - 0.02:
        return None
    return matches[0]


async def settle_article(case: Case, words: str) -> Article | None:
    """The variant that `words` name, else asks for colour or size (field `variant`); None then.
    Words said later are put behind the earlier ones: what comes last counts."""
    match = await named_product(case, words)
    if match is None:
        return None
    options = [variant for variant in match.variants if variant.sku]
    if not options:
        case.ask("variant", "no_such_variant", CHOICE, name=match.product.name,
                 options=_options(match.product.variants))  # fmt: skip
        return None
    if len(options) == 1:
        return article(match, options[0])
    case.data["offered"] = sorted(
        {
            said.lower()
            for one in options
            for word in (one.colour, one.size)
            if word
            for said in (word, *SIZES.get(word, ()))
        }
    )
    case.ask(
        "variant",
        "which_variant",
        CHOICE,
        name=match.product.name,
        options=_options(options),
    )
    return None


def names_offered(case: Case) -> bool:
    """Whether the words are one of the colours and sizes just asked about, and little more."""
    said = case.turn.text.lower()
    named = any(re.search(rf"\b{re.escape(word)}\b", said) for word in case.data.get("offered", []))
    return case.is_asked("variant") and named and len(said.split()) <= _FEW_WORDS


def _options(variants: Sequence[VariantStock]) -> Words:
    """What is open: "in red, navy or forest green", "in S, M or L"."""
    colours = list(dict.fromkeys(variant.colour for variant in variants if variant.colour))
    sizes = list(dict.fromkeys(variant.size for variant in variants if variant.size))
    choice = colours if len(colours) > 1 else sizes
    said = listed(choice[:2], "or") if len(choice) < 3 else f"{in_words(len(choice))} of them"
    return Words(
        listed(choice, "or"), f"for example {listed(choice[:2], 'or')}" if len(choice) > 2 else said
    )
