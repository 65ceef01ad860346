"""Putting an article aside for pick-up in a shop."""

from __future__ import annotations

import re

from actions.backend import STOCK_MAX_AGE, PlaceStock
from actions.cases.case import Case, position
from actions.cases.goods import Article, named_product, names_offered, settle_article
from actions.cases.reading import quantity_named
from actions.names import is_person, person
from actions.reply import CHOICE
from actions.wording import Words, code_said, listed, on_day

_CORRECTS = frozenset({"correct_last", "reserve_item", "choose"})
_LOOKED_AT = 8
"""Variants whose stock in the shops is looked up when the one wanted isn't there."""
_OTHERS = 4
MOST_AT_ONCE = 5
"""Pieces one customer may put aside in a conversation; more goes to a person."""


class ReserveItem(Case):
    goal = "reserve"
    contact_reason = "reserve_item"
    needs_owner = False
    takes_any_words = frozenset({"product", "variant", "name"})

    async def take(self, *, beginning: bool) -> bool:
        """No order is looked for."""
        answered = self._read_yes_or_no()
        return await self.read() or answered

    async def read(self) -> bool:
        text = self.turn.text
        if self.settled is False and self.turn.intent in _CORRECTS:
            self.settled = None  # "no, navy please"
        if self.settled is not None:
            return False
        if self.is_asked("name"):
            name = person(text)
            if name:
                self.data["name"] = name
            return name is not None
        if self.is_asked("place"):
            self.data["city"] = text
            return True
        named = await named_product(self, text) is not None
        seen = self.turn.slots.get("product")
        if self.state.asked is None and seen and not named:  # "can you hold one for me?"
            text = f"{text} {seen} {self.turn.slots.get('variant') or ''}".strip()
        corrects = named or self.turn.intent in _CORRECTS
        if self.is_asked("confirm") and not corrects:
            return False
        # What was said last comes first: of two colours the first one counts.
        self.data["words"] = f"{text} {self.data.get('words', '')}".strip()[:300]
        return True

    def facts(self) -> dict[str, str]:
        told = {name: self.data.get(name) for name in ("article", "quantity", "place", "name")}
        return {name: str(value) for name, value in told.items() if value}

    def surely_answers(self) -> bool:
        """A name may sound like anything: "Grace", "Will Bye"."""
        return (self.is_asked("name") and is_person(self.turn.text)) or names_offered(self)

    async def work(self) -> None:
        words = str(self.data.get("words", ""))
        if self.confirmed():
            return await self._reserve()
        article = await settle_article(self, words)
        if article is None:
            if not self.asks:
                self.ask("product", "ask_what_to_reserve")
            return
        unnamed = re.sub(re.escape(article.name.split(",")[0]), " ", words, flags=re.IGNORECASE)
        count = max(quantity_named(unnamed, 0) or 1, 1)  # "Backpack 65" names no quantity
        self.data |= {"article": article.name, "quantity": count}
        if count + int(self.turn.slots.get("reserved") or 0) > MOST_AT_ONCE:
            decision = f"Put aside {count} × {article.name}"
            promise = self.reply.phrase("promise_decision").text
            return self.needs_decision("reserve_many", decision, promise)
        here = await self._places(article)
        most = max((place.on_hand for place in here), default=0)
        if not most:
            return await self._none(article, here)
        if most < count and "fewer" not in self.data:
            self.data["fewer"] = True
            short = article.name.split(",")[0]
            self.reply.lead(self.reply.phrase("reserve_fewer", count=most, article=short))
        self.data["quantity"] = count = min(count, most)
        there = [place for place in here if place.on_hand >= count]
        if len(there) > 1 and not (there := self._chosen(there)):
            return
        customer = self.turn.known_customer(self.services.clock())
        name = customer.name if customer else self.data.get("name")
        if name is None:
            return self.ask("name", "ask_name", "name")
        place = there[0].place
        self.data |= {"place": place.name, "name": str(name)}
        named = Words(article.name, article.name.split(",")[0])
        self.data["plan"] = [article.sku, place.id, str(name), count, article.name]
        sure = self.confirm(
            "confirm_reserve", name=str(name), article=named, count=count, place=place.name
        )
        if sure is False:
            self.finish("not_reserved")

    async def _reserve(self) -> None:
        sku, place_id, name, count, article = self.data["plan"]
        kept = await self.services.shop.reserve(
            sku, place_id, name=name, quantity=count, turn_id=self.turn.id
        )
        self.slots["reserved"] = count + int(self.turn.slots.get("reserved") or 0)
        self.finish(
            "reserved",
            article=Words(article, article.split(",")[0]),
            place=kept.place.name,
            until=on_day(kept.until.date(), self.services.today()),
            code=code_said(kept.code),
        )

    async def _places(self, article: Article) -> list[PlaceStock]:
        """Where it can be collected. A figure too old to be told counts as none."""
        oldest = self.services.clock() - STOCK_MAX_AGE
        stock = await self.services.shop.stock_at(article.sku)
        return [one for one in stock if one.place.pickup and one.as_of >= oldest]

    async def _others(self, article: Article) -> Words | None:
        """Other variants of the product that can be collected, nearest ones first."""
        product = article.name.split(",")[0]
        match = await named_product(self, product)
        if match is None:
            return None
        wanted = article.variant
        near = sorted(
            (one for one in match.product.variants if one.on_hand > 0 and one.sku != wanted.sku),
            key=lambda one: (one.colour != wanted.colour) + (one.size != wanted.size),
        )
        there = [
            one
            for one in near[:_LOOKED_AT]
            if any(
                place.place.pickup and place.on_hand
                for place in await self.services.shop.stock_at(one.sku)
            )
        ][:_OTHERS]
        if not there:
            return None
        names = [" ".join(filter(None, (one.colour, one.size))) for one in there]
        return Words(listed(names, "or"), listed(names[:2], "or"))

    def _chosen(self, there: list[PlaceStock]) -> list[PlaceStock]:
        place = position(str(self.data.get("city", "")), len(there))
        if place is not None:
            return [there[place]]
        said = f"{self.data.get('city', '')} {self.data.get('words', '')}".lower()
        cities = [one.place.city for one in there]
        if len(set(cities)) < len(cities):
            cities = [one.place.name for one in there]
        named = [one for one, city in zip(there, cities, strict=True) if city.lower() in said]
        if len(named) == 1:
            return named
        buttons = [(city, city) for city in cities]
        self.ask("place", "ask_place", CHOICE, buttons=buttons, places=" or ".join(cities[:2]))
        return []

    async def _none(self, article: Article, here: list[PlaceStock]) -> None:
        """What there is for pick-up instead, or when more comes."""
        named = Words(article.name, article.name.split(",")[0])
        if others := await self._others(article):
            self.data["words"] = article.name.split(",")[0]
            return self.ask("variant", "reserve_another", CHOICE, article=named, options=others)
        days = [one.restock_on for one in here if one.restock_on]
        if days:
            when = on_day(min(days), self.services.today())
            return self.finish("reserve_later", article=named, when=when)
        self.finish("reserve_none", article=named)
