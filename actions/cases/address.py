"""Where an order goes, and new addresses for the customer's address book."""

from __future__ import annotations

import asyncio
import re

from actions.addresses import Parts, read_address, states
from actions.backend import Address, Order
from actions.cases.case import Case
from actions.order_words import FINISHED
from actions.wording import Words, order_number, spelled, street_said
from engine.emails_spoken import EMAIL
from engine.numbers_spoken import ORDER_NUMBER

_LEADS_TO = re.compile(
    r"\b(?:to|at|is|its|it's)\s*:?\s+(?=\d+\w?\s+[a-z]|p\.?\s?o\.?\s*box)", re.IGNORECASE
)

_REFUSED_OFTEN = 3
"""Times that an address was read back and wasn't it, until a person is offered."""


class _Addressed(Case):
    takes_any_words = frozenset({"street", "city", "postcode"})

    async def read(self) -> bool:
        if self.state.asked in ("number", "proof", "order") and not self._says_where():
            return False
        parts = await asyncio.to_thread(read_address, self._where())
        before = Parts(**self.data.get("parts", {}))
        if self.is_asked("postcode") or self.is_asked("city"):
            useful = parts.known
        elif self.is_asked("confirm"):  # "no, leave it" names no city called Leave
            corrects = self.turn.intent in ("correct_last", "give_address", "give_number")
            useful = parts.known if corrects else bool(parts.street or parts.postcode)
        else:
            useful = bool(parts.street)
        if self.is_asked("city") and not parts.city and not parts.state:
            useful = bool(parts.street or parts.postcode)
        if useful and self.settled is not True:
            if parts.street and not before.street:
                before = Parts()
            told = _kept(before.corrected(parts))
            refused = self.data.pop("refused", _kept(before) if self.is_asked("confirm") else None)
            if self.turn.heard and parts.postcode and told == refused:  # misheard alike twice
                told["postcode"] = None
                self.reply.lead(self.reply.phrase("address_same_again"))
            self.data["parts"] = told
            self.settled = None  # "no, it's 14 Maple Street" is a correction, not a refusal
            return True
        if self.state.asked in self.takes_any_words:
            self.reply.lead(self.reply.phrase("address_not_read"))
            return self.turn.intent in ("give_address", "nlu_fallback", "out_of_scope")
        return False

    def other_postcodes(self) -> set[str]:
        parts = read_address(self._where())
        return {parts.postcode} if parts.street and parts.postcode else set()

    def _where(self) -> str:
        """The words without the order's number and e-mail address. A sentence that begins the case
        holds more than the address: "send order 482919 to 14 Maple Street …"."""
        text = self.turn.text
        for entity in sorted(self.turn.entities, key=lambda one: -int(one.get("start", 0))):
            if entity["entity"] in (ORDER_NUMBER, EMAIL):
                text = f"{text[: entity['start']]} {text[entity['end'] :]}"
        opening = self.state.asked in (None, "number", "proof", "order")
        return _LEADS_TO.split(text, maxsplit=1)[-1] if opening else text

    def _says_where(self) -> bool:
        """Whether the first words already hold an address beside the number."""
        return any(word.isdigit() for word in self.turn.text.split()) and len(self.turn.text) > 25

    def facts(self) -> dict[str, str]:
        parts = Parts(**self.data.get("parts", {}))
        told = in_lines(parts.address()).text if parts.missing is None else parts.so_far()
        return super().facts() | ({"address": told} if told else {})

    def address(self) -> Address | None:
        """The complete address; None while a part has been asked for."""
        parts = Parts(**self.data.get("parts", {}))
        missing = parts.missing
        if missing is None:
            return parts.address()
        key = f"ask_{self.goal}_{missing}"
        if key not in self.reply.phrases:
            key = f"ask_address_{missing}"
        self.ask(missing, key, "postcode" if missing == "postcode" else "address")
        return None

    def ask_all_again(self) -> None:
        self.data["refusals"] = self.data.get("refusals", 0) + 1
        if self.data["refusals"] >= _REFUSED_OFTEN:
            return self.offer_person("not_understood")
        self.data["refused"] = self.data.pop("parts")
        self.ask("street", "ask_address_again", "address")


class ChangeAddress(_Addressed):
    """Of an order that hasn't been packed yet."""

    goal = "address"
    contact_reason = "change_shipping_address"

    def owned_choice(self, order: Order) -> bool:
        return order.state not in FINISHED

    async def work(self) -> None:
        order = await self.which.order()
        if order is None:
            return
        options = await self.services.shop.options(order.number)
        number = order_number(order.number)
        if options is not None and options.readdress:
            where = self.facts().get("address", "another address")
            decision = f"Send order {order.number} to {where}"
            return self.cannot(decision, options.readdress.value, number=number)
        address = self.address()
        if address is None:
            return
        sure = self.confirm("confirm_address", number=number, address=in_lines(address))
        if sure is None:
            return
        if not sure and self.turn.intent == "never_mind":
            return self.finish("left_as_it_is", number=number)
        if not sure:
            return self.ask_all_again()
        await self.services.shop.change_address(order.number, address, turn_id=self.turn.id)
        self.finish("address_changed", number=number, address=in_lines(address))


class NewAddress(_Addressed):
    """For the address book. Whose that is, a check of any order tells."""

    goal = "new_address"
    contact_reason = "set_up_shipping_address"

    async def work(self) -> None:
        customer = self.which.customer()
        if customer is None:
            if self.state.number is None and self.state.asked is None:
                self.reply.lead(self.reply.phrase("whose_address_book"))
            order = await self.which.order()
            if order is None:
                return
            customer = self.which.customer()
        assert customer is not None
        address = self.address()
        if address is None:
            return
        sure = self.confirm("confirm_new_address", address=in_lines(address))
        if sure is None:
            return
        if not sure and self.turn.intent == "never_mind":
            return self.finish("never_mind")
        if not sure:
            return self.ask_all_again()
        await self.services.shop.add_address(customer.id, address, turn_id=self.turn.id)
        self.finish("address_added", address=in_lines(address))


def _kept(parts: Parts) -> dict[str, str | None]:
    return {name: getattr(parts, name) for name in ("street", "city", "state", "postcode")}


def in_lines(address: Address) -> Words:
    """On one line; spoken with the postcode digit by digit."""
    text = f"{address.street}, {address.city}, {address.state} {address.postcode}"
    names = {code: name for name, code in states().items()}
    state = names.get(address.state, address.state).title()
    said = f"{street_said(address.street)}, {address.city}, {state}, "
    return Words(text, said + spelled(address.postcode))
