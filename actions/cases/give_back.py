"""Sending something back: returns, refunds, and things that came damaged or wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from actions.backend import (
    ComplaintKind,
    LineChange,
    Order,
    OrderLine,
    OrderOptions,
    OrderState,
    Refusal,
    ReturnReason,
    ReturnWish,
)
from actions.cases.case import CONFIRM, Case, position
from actions.cases.goodwill import offer_goodwill
from actions.cases.reading import lines_named, quantity_named, reason_named, wish_named
from actions.order_words import items_of
from actions.reply import CHOICE
from actions.wording import Words, amount, order_number, spelled

_OUR_FAULT = {ReturnReason.DAMAGED, ReturnReason.WRONG_ITEM}
_REASONS_OFFERED = (
    ReturnReason.TOO_SMALL,
    ReturnReason.TOO_LARGE,
    ReturnReason.NOT_AS_EXPECTED,
    ReturnReason.DAMAGED,
)
_ONLY_ASKS = frozenset({"check_refund_policy", "track_refund", "delivery_period"})
_KEEPS = re.compile(r"\b(?:keep|leave|forget|never ?mind|at all)\b", re.IGNORECASE)
_PIECES = re.compile(
    r"\b(?:only|just) (?:one|two|three|\d)\b|\b(?:one|two|three|\d) (?:of (?:them|these|the)|pieces?)\b",
    re.IGNORECASE,
)
_HOW = re.compile(r"^\W*(?:(?:so|hi|hello|hey|and)\W+)*how\b", re.IGNORECASE)
_CAME = {OrderState.DELIVERED, OrderState.PARTLY_SHIPPED, OrderState.OUT_FOR_DELIVERY}


class ReturnItem(Case):
    goal = "return"
    contact_reason = "return_item"
    takes_any_words = frozenset({"reason"})
    related = frozenset({"return", "refund", "damaged", "refund_status"})
    reason: ClassVar[ReturnReason | None] = None
    """Where the contact reason says it already."""
    wish: ClassVar[ReturnWish | None] = None

    def owned_choice(self, order: Order) -> bool:
        return order.state in _CAME

    async def read(self) -> bool:
        text, said = self.turn.text, False
        if self.state.asked is None and self.goal == "return" and _HOW.search(text):
            self.reply.lead(self.reply.phrase("return_how"))
        if self.state.asked is not None and self.turn.intent in _ONLY_ASKS:
            return False  # "how long does a refund take?" wishes for none
        if self.settled is False and self._corrects(text):
            self.settled = None
        if self.settled is not None:
            return False
        if (wish := wish_named(text)) and not (self.state.asked is None and self.goal != "damaged"):
            self.data["wish"], said = wish.value, True
        if self.is_asked("wish") and (place := position(text, 2)) is not None:
            self.data["wish"] = (ReturnWish.REPLACEMENT, ReturnWish.REFUND)[place].value
            said = True
        if reason := reason_named(text):
            if reason in _OUR_FAULT and self.goal != "damaged" and "reason" not in self.data:
                self.reply.lead(self.reply.phrase(f"sorry_{reason}"))
            self.data["reason"] = reason.value
            said = said or self.state.asked is not None
        elif self.is_asked("reason"):
            self.data["reason"], said = ReturnReason.OTHER.value, True
        # At first which items the words name can't be told: the order may not be looked at yet.
        if self.state.asked is None:
            self.data["words"] = self.turn.words()
        elif self._names_an_option(text) or (self.is_asked(CONFIRM) and _PIECES.search(text)):
            self.data["words"], said = text, True
        return said

    def facts(self) -> dict[str, str]:
        reason, wish, *_ = self.data.get("plan") or (self.data.get("reason"), self.data.get("wish"))
        told = {"items": self.data.get("named"), "reason": reason or self.reason, "wish": wish}
        return super().facts() | {name: str(value) for name, value in told.items() if value}

    def _corrects(self, text: str) -> bool:
        """ "No, the tent" and "no, only one of them" say what is meant instead; they refuse nothing."""
        if _KEEPS.search(text):
            return False
        return bool(wish_named(text) or _PIECES.search(text)) or self._names_an_option(text)

    def surely_answers(self) -> bool:
        asked = self.is_asked("reason") or self.is_asked(CONFIRM)
        return asked and reason_named(self.turn.text) is not None

    def _names_an_option(self, text: str) -> bool:
        options = [OrderLine(sku, name, 1, 0) for sku, name in self.data.get("options", [])]
        return bool(lines_named(text, options)) or position(text, len(options)) is not None

    async def work(self) -> None:
        order = await self.which.order()
        if order is None:
            return
        if self.confirmed():
            return await self._register(order)
        options = await self.services.shop.options(order.number)
        if options is None or options.give_back:
            return self._cannot(order, options)
        items = self._items(order, options)
        if items is None:
            return
        reason = ReturnReason(self.data["reason"]) if "reason" in self.data else self.reason
        if reason is None:
            reasons = [
                (self.reply.phrase(f"reason_{one}").text, self.reply.phrase(f"reason_{one}").text)
                for one in _REASONS_OFFERED
            ]
            return self.ask("reason", "ask_return_reason", CHOICE, buttons=reasons)
        wish = self._wish(reason)
        if wish is None:
            return
        self._confirm(order, options, items, reason, wish)

    def _items(self, order: Order, options: OrderOptions) -> list[LineChange] | None:
        """What comes back, among what can; None after asking."""
        lines = list(options.returnable)
        words = str(self.data.get("words", ""))
        kept = {sku for sku, _ in self.data.get("items", [])}
        named = lines_named(words, list(order.lines))
        back = len(named) == 1 and named[0].sku not in {line.sku for line in lines}
        if back and not self.is_asked("items"):
            name = named[0].name.split(",")[0]
            self.reply.lead(self.reply.phrase("already_coming_back", name=name))
            chosen = []
        elif len(lines) == 1:
            chosen = lines
        else:
            chosen = lines_named(words, lines)
            if not chosen or (len(chosen) > 1 and not self._all(words, chosen, lines)):
                place = position(words, len(lines)) if self.is_asked("items") else None
                chosen = [lines[place]] if place is not None else []
            if not chosen and kept:
                chosen = [line for line in lines if line.sku in kept]
        if not chosen:
            self.choose_line("ask_which_items", "items", order, [line.sku for line in lines])
            return None
        items = [LineChange(line.sku, self._count(words, line, chosen)) for line in chosen]
        self.data["items"] = [[item.sku, item.quantity] for item in items]
        self.data["named"] = items_of(self.reply.phrases, _counted(lines, items)).text
        return items

    def _all(self, words: str, chosen: list[OrderLine], lines: list[OrderLine]) -> bool:
        return len(chosen) == len(lines) or " and " in words

    def _count(self, words: str, line: OrderLine, chosen: list[OrderLine]) -> int:
        kept = dict(self.data.get("items", []))
        if line.quantity == 1 or len(chosen) > 1:
            return line.quantity
        named = quantity_named(words, line.quantity) if self.state.asked else None
        if named is not None and 0 < named <= line.quantity:
            return named
        return min(int(kept.get(line.sku, line.quantity)), line.quantity)

    def _wish(self, reason: ReturnReason) -> ReturnWish | None:
        if "wish" in self.data:
            return ReturnWish(self.data["wish"])
        if self.wish is not None:
            return self.wish
        if reason not in _OUR_FAULT:
            return ReturnWish.REFUND
        buttons = [
            (self.reply.phrase(f"wish_{one}").text, self.reply.phrase(f"wish_{one}").text)
            for one in ReturnWish
        ][::-1]
        self.ask("wish", f"ask_wish_{reason}", CHOICE, buttons=buttons)
        return None

    def _confirm(
        self,
        order: Order,
        options: OrderOptions,
        items: list[LineChange],
        reason: ReturnReason,
        wish: ReturnWish,
    ) -> None:
        named = items_of(self.reply.phrases, _counted(options.returnable, items))
        self.data["options"] = [[line.sku, line.name] for line in options.returnable]
        self.data["plan"] = [reason.value, wish.value, options.refund_within_days]
        sure = self.confirm(
            f"confirm_return_{wish}",
            items=named,
            number=order_number(order.number),
            because=self.reply.phrase(f"because_{reason}"),
        )
        if sure is False:
            self.finish("not_returned")

    async def _register(self, order: Order) -> None:
        reason, wish = ReturnReason(self.data["plan"][0]), ReturnWish(self.data["plan"][1])
        items = [LineChange(sku, quantity) for sku, quantity in self.data["items"]]
        made = await self.services.shop.request_return(
            order.number, items, reason=reason, wish=wish, turn_id=self.turn.id
        )
        back = amount(made.refund_cents, made.currency)
        promise = self.reply.phrase(f"promise_return_{wish}", rma=made.rma, amount=back).text
        self.reply.say(
            f"return_registered_{wish}",
            rma=Words(made.rma, spelled(made.rma.removeprefix("RMA-"))),
            amount=back,
            count=self.data["plan"][2],
            fields={"promises": [{"text": promise, "due": None}]},
        )
        kinds = {
            ReturnReason.DAMAGED: ComplaintKind.DAMAGED,
            ReturnReason.WRONG_ITEM: ComplaintKind.WRONG_ITEM,
        }
        if reason not in kinds or not offer_goodwill(self, order, kinds[reason], "goodwill_offer"):
            self.finish()

    def _cannot(self, order: Order, options: OrderOptions | None) -> None:
        number = order_number(order.number)
        refusal = options.give_back if options and options.give_back else Refusal.UNKNOWN_ORDER
        if refusal is Refusal.NOT_DELIVERED and options and options.cancel is None:
            self.reply.ask_yes_no("return_is_cancel", number=number)
            self.events.append(self.turn.ask("begin", goal="cancel", number=order.number))
            self.done = True
        elif refusal in (Refusal.CANCELLED, Refusal.RETURNED):
            self.switch_to = "refund_status"
        elif refusal is Refusal.NOT_DELIVERED:
            self.cannot(f"Money back for order {order.number}, not delivered yet",
                        refusal.value, number=number)  # fmt: skip
        else:
            key = f"decide_return_{refusal}"
            if key not in self.reply.phrases:
                key = "decide_return_unknown_item"
            self.needs_decision(
                key,
                f"Take back order {order.number}: {refusal.value.replace('_', ' ')}",
                self.reply.phrase("promise_decision").text,
                number=number,
            )


def _counted(lines: Sequence[OrderLine], items: Sequence[LineChange]) -> list[OrderLine]:
    """The lines that `items` name, in that quantity."""
    counts = {item.sku: item.quantity for item in items}
    return [replace(line, quantity=counts[line.sku]) for line in lines if line.sku in counts]


class GetRefund(ReturnItem):
    goal = "refund"
    contact_reason = "get_refund"
    wish = ReturnWish.REFUND


class ReportDamage(ReturnItem):
    goal = "damaged"
    contact_reason = "report_damaged_item"
    reason = ReturnReason.DAMAGED

    async def take(self, *, beginning: bool) -> bool:
        said = await super().take(beginning=beginning)
        if beginning:
            wrong = self.data.get("reason") == ReturnReason.WRONG_ITEM
            self.reply.lead(self.reply.phrase("sorry_wrong_item" if wrong else "sorry_damaged"))
            if self.data.get("reason") not in {reason.value for reason in _OUR_FAULT}:
                self.data.pop("reason", None)
        return said
