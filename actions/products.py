"""Questions about products: what they are, what they cost, whether they are there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.backend import BackendUnavailable, ProductMatch, VariantStock
from actions.orders import shop_unreachable
from actions.turn import Event, Services, Turn, TurnAction, say
from actions.wording import Words, amount, day, in_words, listed, quantity

NAMED = 0.75
"""From this score on the product was named; below it resembles (actions/backend.py)."""
RESEMBLES = 0.4
"""Below this a suggestion would look like a joke."""
OF_THAT_KIND = 0.55
"""From this score on it is the kind of thing that was asked for; below it, the nearest there is."""

_BROWSING = {"product_search", "recommend"}
_HERE = "Here is what we have:"
_WHICH = "I'm not sure which one you mean. We have:"
_CLOSEST = "I don't think we have exactly that. The closest I found:"
_FEW = 5
_SHOWN = 4
_SPOKEN = 2


class ActionAnswerProduct(TurnAction):
    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self) -> str:
        return "action_answer_product"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        try:
            matches = await self._services.shop.search_products(turn.text)
        except BackendUnavailable:
            return [shop_unreachable(dispatcher, turn)]
        answer_product(dispatcher, matches, turn.intent, self._services.today())
        return []


def answer_product(
    dispatcher: CollectingDispatcher, matches: Sequence[ProductMatch], intent: str, today: date
) -> None:
    """`intent` decides what is told first: `check_price`, `check_stock`, `product_info` or a list
    (`product_search`, `recommend`)."""
    near = [match for match in matches if match.score >= RESEMBLES]
    if not near:
        say(
            dispatcher,
            Words.same(
                "I couldn't find anything like that in our range. "
                "Try other words, or name a kind of thing, such as tents or rain jackets."
            ),
            "product_not_found",
        )
        return
    best = near[0]
    named = [match for match in near if match.score >= NAMED]
    several = len(named) > 1 and named[1].score > best.score - 0.02
    browsing = intent in _BROWSING
    if not named or (browsing and several):
        shown = [match for match in named or near if match.variants] or near
        kind_fits = shown[0].score >= OF_THAT_KIND
        opening = _HERE if browsing and kind_fits else _WHICH if kind_fits else _CLOSEST
        response = "product_list" if kind_fits else "product_alternatives"
        say(dispatcher, _names(shown, opening), response, buttons=_buttons(shown))
    elif intent == "check_price":
        say(dispatcher, _price(best), "product_price")
    elif intent == "check_stock":
        say(dispatcher, _stock(best, today), "product_stock")
    else:
        say(dispatcher, _about(best, today), "product_info")


def _buttons(matches: Sequence[ProductMatch]) -> list[tuple[str, str]]:
    return [
        (match.product.name, f"tell me about the {match.product.name}")
        for match in matches[:_SHOWN]
    ]


def _names(matches: Sequence[ProductMatch], opening: str) -> Words:
    shown = matches[:_SHOWN]
    lines = [
        f"- {match.product.name}, from "
        f"{amount(match.product.price_cents, match.product.currency).text}"
        for match in shown
    ]
    spoken = listed([f"the {match.product.name}" for match in shown[:_SPOKEN]])
    return Words("\n".join([opening, *lines]), f"{opening} {spoken}.")


def _described(match: ProductMatch) -> str:
    parts = [match.product.name]
    if match.colour:
        parts.append(f"in {match.colour}")
    if match.size:
        parts.append(f"size {match.size}" if match.colour is None else f", size {match.size}")
    return " ".join(parts).replace(" ,", ",")


def _price(match: ProductMatch) -> Words:
    currency = match.product.currency
    prices = sorted({variant.price_cents for variant in match.variants})
    name = _described(match)
    if len(prices) > 1:
        low, high = amount(prices[0], currency), amount(prices[-1], currency)
        return Words(
            f"The {name} costs between {low.text} and {high.text}, depending on the variant.",
            f"The {name} costs between {low.spoken} and {high.spoken}, depending on the variant.",
        )
    price = amount(prices[0] if prices else match.product.price_cents, currency)
    return Words(f"The {name} costs {price.text}.", f"The {name} costs {price.spoken}.")


def _stock(match: ProductMatch, today: date) -> Words:
    name = _described(match)
    there = [variant for variant in match.variants if variant.on_hand > 0]
    if not match.variants:
        return Words.same(f"We don't make the {match.product.name} like that.") + _elsewhere(match)
    if not there:
        return (
            Words.same(f"The {name} is out of stock at the moment.")
            + _restock(match.variants, today)
            + _elsewhere(match)
        )
    if len(match.variants) == 1:
        return _yes(name, there[0].on_hand)
    colours = list(dict.fromkeys(variant.colour for variant in there if variant.colour))
    sizes = list(dict.fromkeys(variant.size for variant in there if variant.size))
    said = [
        f"in {listed(colours[:3])}" if colours and not match.colour else "",
        f"in {quantity(len(sizes), 'size').spoken}" if sizes and not match.size else "",
    ]
    return Words(
        f"Yes, the {name} is in stock.\n" + "\n".join(f"- {line}" for line in _by_colour(there)),
        " ".join(["Yes, the", name, "is in stock", *filter(None, said)]) + ".",
    )


def _by_colour(variants: Sequence[VariantStock]) -> list[str]:
    """ "red: S, M, L" """
    sizes: dict[str, list[str]] = {}
    for variant in variants:
        sizes.setdefault(variant.colour or "sizes", []).append(variant.size or "one size")
    return [f"{colour}: {', '.join(dict.fromkeys(names))}" for colour, names in sizes.items()]


def _yes(name: str, on_hand: int) -> Words:
    if on_hand <= _FEW:
        left = quantity(on_hand, "piece")
        verb = "is" if on_hand == 1 else "are"
        return Words(
            f"Yes, but hurry: there {verb} {left.text} of the {name} left.",
            f"Yes, but only {left.spoken} of the {name} {verb} left.",
        )
    return Words(
        f"Yes, the {name} is in stock ({on_hand} pieces).", f"Yes, the {name} is in stock."
    )


def _restock(variants: Sequence[VariantStock], today: date) -> Words:
    days = [variant.restock_on for variant in variants if variant.restock_on]
    if not days:
        return Words.same("I don't know yet when it comes back.")
    when = day(min(days), today)
    return Words(f"We expect more {when.text}.", f"We expect more {when.spoken}.")


def _elsewhere(match: ProductMatch) -> Words:
    """Variants of the same product that are there."""
    others = [variant for variant in match.product.variants if variant.on_hand > 0]
    if not others or len(match.variants) == len(match.product.variants):
        return Words("", "")
    names = list(dict.fromkeys(_variant_name(variant) for variant in others))
    return Words(
        f"In stock instead: {', '.join(names[:8])}.",
        f"In stock instead: {listed(names[:_SPOKEN], 'or')}.",
    )


def _about(match: ProductMatch, today: date) -> Words:
    product = match.product
    first = product.description.split(". ")[0].rstrip(".") + "."
    colours = list(dict.fromkeys(v.colour for v in product.variants if v.colour))
    said = f" It comes in {in_words(len(colours))} colours." if len(colours) > 1 else ""
    price, stock = _price(match), _stock(match, today)
    return Words(
        f"{product.name}: {product.description}\n{price.text} {stock.text}",
        f"The {product.name}. {first}{said} {price.spoken}",
    )


def _variant_name(variant: VariantStock) -> str:
    return " ".join(filter(None, [variant.colour, variant.size])) or "one size"
