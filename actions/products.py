"""Questions about products: what they are, what they cost, whether they are there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.articles import answer_from
from actions.backend import BackendUnavailable, ProductMatch
from actions.product_words import ProductWords
from actions.reply import Reply
from actions.turn import Event, Services, Turn, TurnAction

NAMED = 0.75
"""From this score on the product was named; below it resembles (actions/backend.py)."""
RESEMBLES = 0.4
"""Below this a suggestion would look like a joke."""
OF_THAT_KIND = 0.55
"""From this score on it is the kind of thing that was asked for; below it, the nearest there is."""

_SHORT = 6
"""Words: a longer sentence does not just go on about the product before."""

_BROWSING = {"product_search", "recommend"}
_POINTING = re.compile(
    r"\b(it|its|that|this|those|these|they|them|one|ones|same|in (?:size )?\w+|size \w+)\b",
    re.IGNORECASE,
)
"""What a question has that goes on about the product before: "how much is it", "and in blue?"."""
_BETWEEN = re.compile(
    r"\s*(?:,|\bor\b|\band\b|\bvs\.?\b|\bversus\b|\bwith\b|\bthan\b|\bto\b|\bagainst\b|\bcompared\b)\s*",
    re.IGNORECASE,
)


class ActionAnswerProduct(TurnAction):
    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self) -> str:
        return "action_answer_product"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        reply = Reply(dispatcher, turn, self._services.texts(turn.language))
        try:
            if turn.intent == "compare":
                return await self._compare(turn, reply)
            matches = await self._found(turn)
            enough = RESEMBLES if turn.intent in _BROWSING else OF_THAT_KIND
            if not (matches and matches[0].score >= enough) and self._helped(turn, reply):
                return []
            return await answer_product(self._services, reply, matches, turn.intent)
        except BackendUnavailable:
            return [shop_unreachable(reply)]

    def _helped(self, turn: Turn, reply: Reply) -> bool:
        """ "How do I wash merino wool?": a help article answers what no product does."""
        index = self._services.help.get(turn.language)
        found = index.search(turn.text, limit=1) if index else []
        if found and found[0].sure:
            answer_from(reply, found[0])
            return True
        return False

    async def _found(self, turn: Turn) -> Sequence[ProductMatch]:
        search = self._services.shop.search_products
        matches = await search(turn.text)
        before = turn.slots.get("product")
        named = bool(matches) and matches[0].score >= NAMED
        if before and not named and turn.intent not in _BROWSING and _POINTING.search(turn.text):
            again = await search(f"{before} {turn.text}")
            if again and again[0].product.name == before:
                return again[:1]
        return matches

    async def _compare(self, turn: Turn, reply: Reply) -> list[Event]:
        """Two products that were named, or the one before and the one named now."""
        kinds = await self._services.shop.search_products(turn.text, limit=5)
        found: dict[int, ProductMatch] = {}
        before = turn.slots.get("product")
        kind = " ".join(str(before).split()[1:]) if before else ""
        for part in filter(None, _BETWEEN.split(turn.text)):
            matches = await self._services.shop.search_products(part, limit=1)
            if kind and not (matches and matches[0].score >= NAMED):  # "alder or hemlock?"
                matches = await self._services.shop.search_products(f"{part} {kind}", limit=1)
            for match in matches:
                if match.score >= NAMED:
                    found.setdefault(match.product.id, match)
        for match in kinds:
            if match.score >= NAMED and len(found) < 2:
                found.setdefault(match.product.id, match)
        if len(found) == 1 and before:
            for match in await self._services.shop.search_products(before, limit=1):
                found.setdefault(match.product.id, match)
        if len(found) < 2 and kinds and kinds[0].score >= OF_THAT_KIND:
            for match in kinds:
                if len(found) < 2:
                    found.setdefault(match.product.id, match)
        if len(found) < 2:
            reply.say("compare_which")
            return []
        words = ProductWords(reply, self._services)
        first, second = list(found.values())[:2]
        reply.say_words(words.compared(first, second), "compare")
        return [SlotSet("product", first.product.name)]


class ActionPromotions(TurnAction):
    """What runs today; for a kind of thing or for everything."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self) -> str:
        return "action_promotions"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        reply = Reply(dispatcher, turn, self._services.texts(turn.language))
        try:
            running = await self._services.shop.promotions()
            matches = await self._services.shop.search_products(turn.text, limit=1)
        except BackendUnavailable:
            return [shop_unreachable(reply)]
        words = ProductWords(reply, self._services)
        category = (
            matches[0].product.category if matches and matches[0].score >= RESEMBLES else None
        )
        fitting = [one for one in running if one.category == category] if category else []
        if fitting:
            reply.say_words(words.promotion_for(fitting[0]), "promotions_for")
        elif running:
            reply.say_words(words.promotions(running), "promotions")
        else:
            reply.say("promotions_none")
        return []


async def answer_product(
    services: Services, reply: Reply, matches: Sequence[ProductMatch], intent: str
) -> list[Event]:
    """`intent` decides what is told first: `check_price`, `check_stock`, `product_info`,
    `place_order` or a list (`product_search`, `recommend`). Raises BackendUnavailable."""
    words = ProductWords(reply, services)
    near = [match for match in matches if match.score >= RESEMBLES]
    if not near:
        reply.say("product_not_found" if matches or intent in _BROWSING else "product_which")
        return []
    best = near[0]
    named = [match for match in near if match.score >= NAMED]
    several = len(named) > 1 and named[1].score > best.score - 0.02
    browsing = intent in _BROWSING
    if not named or (browsing and several):
        shown = [match for match in named or near if match.variants] or near
        kind_fits = shown[0].score >= OF_THAT_KIND
        opening = (
            "list_here" if browsing and kind_fits else "list_which" if kind_fits else "list_closest"
        )
        response = "product_list" if kind_fits else "product_alternatives"
        reply.say_words(words.names(shown, opening), response, buttons=words.buttons(shown))
        return []
    variant = " ".join(filter(None, (best.colour, best.size)))
    told = {"product": best.product.name} | ({"variant": variant} if variant else {})
    if intent == "check_price":
        said, response = await words.price(best, promotions=True), "product_price"
    elif intent == "check_stock":
        said, response = await words.stock_told(best), "product_stock"
    elif intent == "place_order":
        price, stock = await words.price(best, promotions=True), await words.stock_told(best)
        said, response = price + stock + reply.phrase("how_to_order"), "product_to_order"
    else:
        said, response = await words.about(best), "product_info"
    reply.say_words(said, response, fields={"told": told})
    return [SlotSet("product", best.product.name), SlotSet("variant", variant or None)]


async def goes_on_about_product(services: Services, reply: Reply, turn: Turn) -> list[Event] | None:
    """Answers "and in navy?" and "ok, and size M?", where a product was spoken about before; None for
    anything else."""
    before = turn.slots.get("product")
    if not before or len(turn.text.split()) > _SHORT:
        return None
    try:
        found = await services.shop.search_products(f"{before} {turn.text}", limit=1)
        if found and found[0].product.name == before and (found[0].colour or found[0].size):
            return await answer_product(services, reply, found, "check_stock")
    except BackendUnavailable:
        pass  # perhaps it wasn't about products at all
    return None


def shop_unreachable(reply: Reply) -> Event:
    """Says that the shop's system is down and offers a person."""
    reply.lead(reply.phrase("shop_unreachable"))
    return reply.offer_person("tool_failed")


class ActionPlaceOrder(ActionAnswerProduct):
    """Wants to buy: what was named, with price, stock and how to order; else how ordering works."""

    def __init__(self, services: Services, help_action: TurnAction) -> None:
        super().__init__(services)
        self._help = help_action

    def name(self) -> str:
        return "action_place_order"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        reply = Reply(dispatcher, turn, self._services.texts(turn.language))
        try:
            matches = await self._found(turn)
            if matches and matches[0].score >= NAMED:
                return await answer_product(self._services, reply, matches, "place_order")
        except BackendUnavailable:
            return [shop_unreachable(reply)]
        return await self._help.run(dispatcher, tracker, domain)
