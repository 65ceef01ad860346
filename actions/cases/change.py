"""Altering what is in an order: quantities, colours and sizes, one thing more, one thing less."""

from __future__ import annotations

from typing import Any

from actions.backend import ChangeQuote, LineChange, NotAllowed, Order, OrderLine, Refusal
from actions.cases.case import Case
from actions.cases.goods import Article, article, named_product, names_offered, settle_article
from actions.cases.reading import lines_named, puts_in, quantity_named, takes_out
from actions.order_words import FINISHED, items_of
from actions.reply import CHOICE
from actions.wording import amount, order_number

SURELY_NO = 0.9
"""Confidence from which a "no" isn't the name of something."""


class ChangeOrder(Case):
    goal = "change"
    contact_reason = "change_order"
    takes_any_words = frozenset({"what", "variant"})

    def owned_choice(self, order: Order) -> bool:
        return order.state not in FINISHED

    async def read(self) -> bool:
        """Only kept: what it means depends on the order, which may not be known yet."""
        corrects = quantity_named(self.turn.text, 1) is not None
        if self.settled or (self.settled is False and not corrects):
            return False
        if self.is_asked("what") or self.is_asked("variant"):
            if self.turn.intent == "deny" and self.turn.confidence >= SURELY_NO:
                return False  # nothing, after all
            self._add(self.turn.words())
            return True
        if self.is_asked("confirm") and (corrects or self.turn.intent == "change_order"):
            self.settled = None  # "no, two" is a correction, not a refusal
            self._add(self.turn.words())
            return True
        if self.state.asked is None or self.turn.intent == "change_order":
            self._add(self.turn.words())
        return False

    def _add(self, words: str) -> None:
        kept = self.is_asked("variant") or self.is_asked("confirm")
        before = self.data.get("words", []) if kept else []
        self.data["words"] = [words, *before]  # what was said last is found first

    def surely_answers(self) -> bool:
        told = self.data.get("adding") or takes_out(self.turn.text) or puts_in(self.turn.text)
        return (self.is_asked("what") and bool(told)) or names_offered(self)

    async def work(self) -> None:
        order = await self.which.order()
        if order is None:
            return
        number = order_number(order.number)
        if self.confirmed():
            planned = [LineChange(sku, quantity) for sku, quantity in self.data["plan"]]
            shop = self.services.shop
            done = await shop.change_order(order.number, planned, turn_id=self.turn.id)
            return self.finish("order_changed", **self._told(order, done))
        options = await self.services.shop.options(order.number)
        if options is not None and options.change is Refusal.DELIVERED:
            self.reply.ask_yes_no("change_is_return", number=number)
            self.events.append(self.turn.ask("begin", goal="return", number=order.number))
            self.done = True
            return
        if options is not None and options.change:
            decision = (
                f"Change order {order.number}: {' / '.join(self.data.get('words', []))[:120]}"
            )
            return self.cannot(decision, options.change.value, number=number)
        changes = await self._changes(order)
        if changes is None:
            return
        try:
            quote = await self.services.shop.quote_change(order.number, changes)
        except NotAllowed as error:
            return await self._not_so(order, error.refusal)
        self.data["plan"] = [[change.sku, change.quantity] for change in changes]
        if self.confirm("confirm_change", **self._told(order, quote)) is False:
            self.data["words"] = []
            self.finish("left_as_it_is", number=number)

    async def _changes(self, order: Order) -> list[LineChange] | None:
        """What the words ask for; None after asking."""
        if words := " ".join(self.data.get("words", [])):
            found = await self._meant(order, words)
            if found or self.asks or self.switch_to:
                return found or None
        self._ask_what(order)
        return None

    async def _meant(self, order: Order, words: str) -> list[LineChange] | None:
        lines = list(order.lines)
        named = lines_named(words, lines)
        if takes_out(words):
            return self._without(order, named)
        if puts_in(words) or self.data.get("adding"):
            self.data["adding"] = (
                True  # "I'd like to add something": what, comes in the next sentence
            )
            if len(named) == 1 and (more := await self._more_of(named[0], words)):
                return more
            return await self._with(order, words)
        line = named[0] if len(named) == 1 else lines[0] if len(lines) == 1 else None
        if line is None:
            return None
        if swapped := await self._swapped(line, words):
            return swapped
        said = (quantity_named(each, line.quantity) for each in self.data["words"])
        quantity = next((each for each in said if each is not None), None)
        if quantity is None or quantity == line.quantity or quantity < 0:
            return None
        if quantity == 0:
            return self._without(order, [line])
        return [LineChange(line.sku, quantity)]

    def _without(self, order: Order, named: list[OrderLine]) -> list[LineChange] | None:
        if len(order.lines) == 1:
            named = list(order.lines)
        if not named:
            return None
        if len(named) == len(order.lines):  # nothing would be left
            self.reply.lead(self.reply.phrase("nothing_left"))
            self.switch_to = "cancel"
            return None
        return [LineChange(line.sku, 0) for line in named]

    async def _with(self, order: Order, words: str) -> list[LineChange] | None:
        added = await settle_article(self, words)
        if added is None:
            return None
        there = next((line.quantity for line in order.lines if line.sku == added.sku), 0)
        count = quantity_named(words, 0) or 1
        return [LineChange(added.sku, there + min(count, 20))]

    async def _more_of(self, line: OrderLine, words: str) -> list[LineChange] | None:
        """More of what is in the order, where no other colour or size is named."""
        match = await named_product(self, words)
        if match is None or match.product.name != line.name.split(",")[0]:
            return None
        if match.colour or match.size:
            return None
        count = quantity_named(words, 0) or 1
        return [LineChange(line.sku, line.quantity + min(count, 20))]

    async def _swapped(self, line: OrderLine, words: str) -> list[LineChange] | None:
        """The same product in another colour or size."""
        product = line.name.split(",")[0]
        match = await named_product(self, f"{product} {words}")
        if match is None or match.product.name != product or not (match.colour or match.size):
            return None
        now = next((one for one in match.product.variants if one.sku == line.sku), None)
        fitting = [
            one
            for one in match.variants
            if one.sku != line.sku
            and (match.colour or now is None or one.colour == now.colour)
            and (match.size or now is None or one.size == now.size)
        ]
        if not match.variants:
            self.reply.lead(self.reply.phrase("not_made_like_that", name=product))
            return None
        if len(fitting) != 1:
            return None
        other: Article = article(match, fitting[0])
        return [LineChange(line.sku, 0), LineChange(other.sku, line.quantity)]

    def _ask_what(self, order: Order) -> None:
        self.ask(
            "what",
            "ask_what_to_change",
            CHOICE,
            number=order_number(order.number),
            items=items_of(self.reply.phrases, order.lines),
        )

    async def _not_so(self, order: Order, refusal: Refusal) -> None:
        number = order_number(order.number)
        if refusal is Refusal.OUT_OF_STOCK:
            self.data["words"] = self.data["words"][-1:]
            return self.ask("variant", "change_out_of_stock", CHOICE)
        if refusal is Refusal.UNKNOWN_ITEM:
            self.data["words"] = []
            return self._ask_what(order)
        self.cannot(f"Change order {order.number}", refusal.value, number=number)

    def _told(self, order: Order, quote: ChangeQuote) -> dict[str, Any]:
        before, after = quote.total_before_cents, quote.total_cents
        key = "costs_more" if after > before else "costs_less" if after < before else "costs_same"
        difference = amount(abs(after - before), quote.currency)
        return {
            "number": order_number(order.number),
            "items": items_of(self.reply.phrases, quote.lines),
            "total": amount(after, quote.currency),
            "difference": self.reply.phrase(key, amount=difference),
        }
