"""Products in words: names, prices with their promotions, stock with where and when."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.backend import STOCK_MAX_AGE, ProductMatch, Promotion, VariantStock
from actions.phrases import Value
from actions.reply import Buttons, Reply
from actions.turn import Services
from actions.wording import Words, amount, day, listed, on_day

FEW = 5
_SHOWN = 4
_SPOKEN = 2


class ProductWords:
    def __init__(self, reply: Reply, services: Services) -> None:
        self._say = reply.phrase
        self._services = services

    def buttons(self, matches: Sequence[ProductMatch]) -> Buttons:
        return [
            (match.product.name, f"tell me about the {match.product.name}")
            for match in matches[:_SHOWN]
        ]

    def names(self, matches: Sequence[ProductMatch], opening: str) -> Words:
        shown = matches[:_SHOWN]
        first = self._say(opening)
        lines = [
            self._say(
                "list_line",
                name=match.product.name,
                price=amount(match.product.price_cents, match.product.currency),
            ).text
            for match in shown
        ]
        names = [self._say("the_product", name=one.product.name).spoken for one in shown[:_SPOKEN]]
        said = listed(names, self._say("and").text)
        return Words("\n".join([first.text, *lines]), f"{first.spoken} {said}.")

    def _about(self, key: str, name: str, **values: Value) -> Words:
        """A phrase about a product: "the jacket is", "the boots are"."""
        many = re.search(r"[^s]s(?:\b.*)?$", name.split(" in ")[0].split(",")[0].split(" size ")[0])
        phrase = f"{key}_many" if many else key
        return self._say(phrase, name=name, **values)

    async def price(self, match: ProductMatch, *, promotions: bool = False) -> Words:
        currency, name = match.product.currency, _described(match)
        prices = sorted({variant.price_cents for variant in match.variants})
        if len(prices) > 1:
            words = self._about(
                "price_range",
                name,
                low=amount(prices[0], currency),
                high=amount(prices[-1], currency),
            )
        else:
            cents = prices[0] if prices else match.product.price_cents
            words = self._about("price_one", name, price=amount(cents, currency))
        return words + await self._reduced(match, prices) if promotions else words

    async def _reduced(self, match: ProductMatch, prices: Sequence[int]) -> Words:
        """The best promotion that applies to this product, with its price."""
        running = [
            one
            for one in await self._services.shop.promotions()
            if one.category in (None, match.product.category)
        ]
        best = max(running, key=lambda one: one.percent_off, default=None)
        if best is None:
            return Words("", "")
        cents = prices[0] if prices else match.product.price_cents
        return self._say(
            "price_promotion",
            code=Words(best.code, best.code.capitalize()),
            percent=best.percent_off,
            until=day(best.ends_on, self._services.today()),
            price=amount(cents - cents * best.percent_off // 100, match.product.currency),
        )

    async def stock_told(self, match: ProductMatch) -> Words:
        """Stock of this moment, also where it can be picked up, and what there is instead."""
        if self._services.clock() - match.as_of > STOCK_MAX_AGE:
            return self._say("stock_old")
        words = self.stock(match)
        there = [variant for variant in match.variants if variant.on_hand > 0]
        if len(match.variants) == 1 and there:
            return words + await self._where(there[0])
        if not there and len(match.variants) == len(match.product.variants):
            return words + await self._similar(match)
        return words

    def stock(self, match: ProductMatch) -> Words:
        name = _described(match)
        there = [variant for variant in match.variants if variant.on_hand > 0]
        if not match.variants:
            return self._say("stock_not_made", name=match.product.name) + self._instead(match)
        if not there:
            none = self._about("stock_none", name)
            return none + self._restock(match.variants) + self._instead(match)
        if len(match.variants) == 1:
            return self._pieces(name, there[0].on_hand)
        colours = list(dict.fromkeys(variant.colour for variant in there if variant.colour))
        sizes = list(dict.fromkeys(variant.size for variant in there if variant.size))
        said = ""
        if colours and not match.colour:
            some = listed(colours[:3], self._say("and").text)
            said += self._say("in_colours", colours=some).spoken
        if len(sizes) > 1 and not match.size:
            said += self._say("in_sizes", count=len(sizes)).spoken
        lines = "\n".join(f"- {line}" for line in self._by_colour(there))
        return self._about("stock_some", name, choice=Words(lines, said))

    def _by_colour(self, variants: Sequence[VariantStock]) -> list[str]:
        """ "red: S, M, L" """
        sizes: dict[str, list[str]] = {}
        for variant in variants:
            size = variant.size or self._say("one_size").text
            sizes.setdefault(variant.colour or self._say("sizes").text, []).append(size)
        return [
            self._say("sizes_of", colour=colour, sizes=", ".join(dict.fromkeys(names))).text
            for colour, names in sizes.items()
        ]

    def _pieces(self, name: str, on_hand: int) -> Words:
        if on_hand == 1:
            return self._say("stock_one", name=name)
        if on_hand <= FEW:
            return self._say("stock_few", name=name, count=on_hand)
        return self._about("stock_plenty", name, count=on_hand)

    async def _where(self, variant: VariantStock) -> Words:
        """Which shops have it for pick-up."""
        places = [
            one for one in await self._services.shop.stock_at(variant.sku) if one.place.pickup
        ]
        if not places:
            return Words("", "")
        told = [
            self._say(
                "stock_at_place" if one.on_hand else "stock_at_place_none",
                place=one.place.name,
                count=one.on_hand,
            )
            for one in places
        ]
        return self._say(
            "stock_where",
            places=Words(
                "; ".join(words.text for words in told),
                ", ".join(words.spoken for words in told[:_SPOKEN]),
            ),
        )

    def _restock(self, variants: Sequence[VariantStock]) -> Words:
        days = [variant.restock_on for variant in variants if variant.restock_on]
        if not days:
            return self._say("restock_unknown")
        return self._say("restock_on", when=on_day(min(days), self._services.today()))

    def _instead(self, match: ProductMatch) -> Words:
        """Variants of the same product that are there."""
        others = [variant for variant in match.product.variants if variant.on_hand > 0]
        if not others or len(match.variants) == len(match.product.variants):
            return Words("", "")
        names = [_variant_name(one) or self._say("one_size").text for one in others]
        unique = list(dict.fromkeys(names))
        said = listed(unique[:_SPOKEN], self._say("or").text)
        return self._say("instead", names=Words(", ".join(unique[:8]), said))

    async def _similar(self, match: ProductMatch) -> Words:
        """Other products of the kind that are in stock, where nothing of this one is."""
        found = await self._services.shop.search_products(match.product.category, limit=8)
        names = [
            one.product.name
            for one in found
            if one.product.id != match.product.id
            and one.product.category == match.product.category
            and any(variant.on_hand > 0 for variant in one.product.variants)
        ]
        if not names:
            return Words("", "")
        said = listed(names[:_SPOKEN], self._say("or").text)
        return self._say("similar", names=Words(", ".join(names[:3]), said))

    async def about(self, match: ProductMatch) -> Words:
        product = match.product
        first = product.description.split(". ")[0].rstrip(".") + "."
        colours = list(dict.fromkeys(v.colour for v in product.variants if v.colour))
        many = self._say("colours", count=len(colours)).spoken if len(colours) > 1 else ""
        told = self._say(
            "product_about",
            name=product.name,
            description=Words(product.description, f"{first} {many}".strip()),
        )
        price, stock = await self.price(match, promotions=True), self.stock(match)
        return Words(f"{told.text}\n{price.text} {stock.text}", f"{told.spoken} {price.spoken}")

    def compared(self, first: ProductMatch, second: ProductMatch) -> Words:
        def line(match: ProductMatch) -> Words:
            product = match.product
            there = any(variant.on_hand > 0 for variant in product.variants)
            return self._say(
                "compare_line",
                name=product.name,
                price=amount(product.price_cents, product.currency),
                description=product.description,
                stock=self._say("in_stock_short" if there else "out_of_stock_short"),
            )

        less, more = sorted((first, second), key=lambda match: match.product.price_cents)
        gap = more.product.price_cents - less.product.price_cents
        difference = (
            self._say(
                "compare_cheaper",
                name=less.product.name,
                amount=amount(gap, less.product.currency),
            )
            if gap
            else self._say("compare_same_price")
        )
        return self._say("compare", first=line(first), second=line(second), difference=difference)

    def promotions(self, running: Sequence[Promotion]) -> Words:
        told = [self._promotion("promotion_line", one) for one in running]
        said = f" {self._say('and').text} ".join(words.spoken for words in told[:_SPOKEN])
        return self._say(
            "promotions_running", offers=Words("\n".join(words.text for words in told), said)
        )

    def promotion_for(self, one: Promotion) -> Words:
        return self._promotion("promotions_for", one)

    def _promotion(self, key: str, one: Promotion) -> Words:
        values: dict[str, Value] = {
            "title": one.title,
            "code": Words(one.code, one.code.capitalize()),
            "until": day(one.ends_on, self._services.today()),
        }
        if key == "promotions_for":
            values["category"] = (one.category or "").lower()
        return self._say(key, **values)


def _described(match: ProductMatch) -> str:
    parts = [match.product.name]
    if match.colour:
        parts.append(f"in {match.colour}")
    if match.size:
        parts.append(f"size {match.size}" if match.colour is None else f", size {match.size}")
    return " ".join(parts).replace(" ,", ",")


def _variant_name(variant: VariantStock) -> str:
    return " ".join(filter(None, [variant.colour, variant.size]))
