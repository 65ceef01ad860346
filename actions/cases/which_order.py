"""Which order a case is about, and whether the customer may hear about it or change it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from actions.backend import CheckOutcome, Order, is_order_number
from actions.order_words import short
from actions.reply import CHOICE
from actions.turn import KnownCustomer, Scope
from actions.wording import Words, first_name, listed, order_number
from engine.emails_spoken import EMAIL
from engine.numbers_spoken import DIGITS, ORDER_NUMBER, POSTCODE, find_numbers

if TYPE_CHECKING:
    from actions.cases.case import Case

FAILED_CHECKS_ALLOWED = 3
"""The third failed check in a conversation goes to a person."""

CHOICES = 4
"""Orders that are listed to choose from."""

MOST_AT_ONCE = 3
"""Order numbers of one message that are worked on, one after the other."""

LIKE_THE_NAME = 75
"""Likeness (0 to 100) from which "the tent one" means the order with the tent."""

_OTHERS = re.compile(r"\b(other|another|orders|all|different)\b", re.IGNORECASE)
_LOST = re.compile(
    r"\b(don'?t have|do not have|haven'?t got|lost|can'?t find|cannot find|don'?t know|no idea|"
    r"forgot|don'?t remember|without)\b",
    re.IGNORECASE,
)


class WhichOrder:
    def __init__(self, case: Case) -> None:
        self._case = case
        self._state = case.state
        self._turn = case.turn
        self._reply = case.reply

    # --- reading -----------------------------------------------------------------------------

    def read(self, *, beginning: bool) -> bool:
        """Takes numbers, postcodes and e-mail addresses; whether there were any."""
        if beginning:
            self._begin()
        fresh = {entity["entity"] for entity in self._turn.entities}
        asked = self._state.asked
        if asked not in (None, "number", "proof", "order"):
            # In the middle of something else only a number that can be no other thing counts.
            fitting = [number for number in self._heard(ORDER_NUMBER) if is_order_number(number)]
            if not fitting or fitting[-1] == self._state.number:
                return False
            self._state.number = fitting[-1]
            return True
        number = self._read_number(asked, fresh)
        return self._read_proof(asked, fresh) or number

    def _begin(self) -> None:
        """An order that was spoken about before is meant again, unless another one is named."""
        now = self._case.services.clock()
        known = self._turn.known_customer(now) or self._turn.checked_orders(now)
        before = self._turn.slots.get("order_number")
        if known and before and not _OTHERS.search(self._turn.text):
            self._state.number = str(before)

    def _heard(self, kind: str) -> list[str]:
        return [str(entity["value"]) for entity in self._turn.entities if entity["entity"] == kind]

    def _read_number(self, asked: str | None, fresh: set[str]) -> bool:
        heard = self._heard(ORDER_NUMBER)
        fitting = [number for number in heard if is_order_number(number)]
        if fitting:
            self._state.number = fitting[0]
            if asked is None:  # "cancel 482 919 and 115 303": one after the other
                self._state.later += [
                    {"goal": self._state.goal, "text": "", "number": number, "entities": []}
                    for number in dict.fromkeys(fitting[1:MOST_AT_ONCE])
                    if number != fitting[0]
                ]
            return True
        if asked != "proof" and (guess := self._from_alternatives(asked, fresh)):
            self._state.number = guess
            self._reply.say("order_number_understood", number=order_number(guess))
            return True
        if asked == "proof":
            if heard:
                self._reply.say("postcode_incomplete")
            return bool(heard)
        odd = heard or (self._heard(DIGITS) if asked == "number" else [])
        if odd:
            self._state.number = None
            self._odd(odd[0])
        return bool(odd)

    def guessed(self) -> bool:
        """Whether the number asked for stands among the recogniser's other guesses."""
        fresh = {entity["entity"] for entity in self._turn.entities}
        asked = self._state.asked
        return asked == "number" and self._from_alternatives(asked, fresh) is not None

    def _odd(self, digits: str) -> None:
        if len(digits) == 6:
            self._reply.say("order_number_slipped")
        else:
            self._reply.say("order_number_incomplete", count=len(digits))

    def _from_alternatives(self, asked: str | None, fresh: set[str]) -> str | None:
        """An order number among the recogniser's other guesses, where the best one holds none with
        a right check digit. Never instead of a clear postcode, unless that is the order number with
        a digit swallowed. Two that fit: none, we ask rather than guess."""
        if asked is None and not fresh & {ORDER_NUMBER, DIGITS}:
            return None  # no number was asked for, and none was heard
        guesses = [number for text in self._turn.alternatives for number in find_numbers(text)]
        numbers = {number.value for number in guesses if is_order_number(number.value)}
        if len(numbers) != 1:
            return None
        (number,) = numbers
        if asked == "number" and fresh & {ORDER_NUMBER, POSTCODE, DIGITS} == {POSTCODE}:
            if not all(_lacks_a_digit(postcode, number) for postcode in self._heard(POSTCODE)):
                return None
            self._state.proof = None
        return number

    def _read_proof(self, asked: str | None, fresh: set[str]) -> bool:
        if emails := self._heard(EMAIL):
            self._state.proof = emails[-1]
            return True
        others = self._case.other_postcodes()
        if postcodes := [each for each in self._heard(POSTCODE) if each not in others]:
            mended = self._state.number and _lacks_a_digit(postcodes[-1], self._state.number)
            if mended and asked == "number":
                return True  # the order number was heard with a digit swallowed
            self._state.proof = postcodes[-1]
            if asked == "number" and ORDER_NUMBER not in fresh and not self._state.number:
                self._reply.say("taken_as_postcode")
            return True
        if asked == "proof" and self._heard(DIGITS):
            self._reply.say("postcode_incomplete")
            return True
        return False

    # --- asking and checking -----------------------------------------------------------------

    async def order(self) -> Order | None:
        """The order, once this customer may be told about it (or, where the case says so, change
        it); None while something has been asked for."""
        turn, now = self._turn, self._case.services.clock()
        customer = self._known()
        if self._state.number is None and customer is not None:
            await self._settle(customer)
            if self._case.asks or self._case.done:
                return None
        number = self._state.number
        checked = turn.checked_orders(now) + self._just_checked()
        if number and (customer is not None or number in checked):
            order = await self._case.services.shop.order(number)
            if order is not None and self._may(order, customer, checked):
                self._case.slots["order_number"] = number
                return order
            if order is not None and number in checked and self._state.proof is None:
                self._case.ask("proof", "owner_needs_check", "postcode")
                return None
        if number is None:
            if checked and self._state.asked is None and customer is None:
                self._only_these(checked)
            self._case.ask("number", "ask_order_number", "order_number")
            return None
        if self._state.proof is None:
            if checked and self._state.asked is None and customer is None:
                self._only_these(checked)
            self._case.slots["order_number"] = number
            self._case.ask("proof", "ask_postcode", "postcode")
            return None
        return await self._check(number, self._state.proof)

    def _may(self, order: Order, customer: KnownCustomer | None, checked: Sequence[str]) -> bool:
        owners = self._turn.owners(self._case.services.clock())
        if order.customer.id in owners or (customer and customer.id == order.customer.id):
            return True
        return not self._case.needs_owner and order.number in checked

    def _known(self) -> KnownCustomer | None:
        """The customer, also from a check of this very turn."""
        for event in reversed(self._case.events):
            if event.get("name") == "checks" and event["value"][-1]["scope"] == Scope.ACCOUNT:
                check = event["value"][-1]
                return KnownCustomer(int(check["id"]), str(check["name"]))
        return self._turn.known_customer(self._case.services.clock())

    def _just_checked(self) -> list[str]:
        return [
            event["value"][-1]["order"]
            for event in self._case.events
            if event.get("name") == "checks"
        ]

    def _failed(self) -> int:
        return int(
            self._case.slots.get("failed_checks", self._turn.slots.get("failed_checks")) or 0
        )

    def _only_these(self, checked: Sequence[str]) -> None:
        """Said to whoever knows the delivery postcode only, whatever the next number belongs to."""
        words = [order_number(number) for number in checked]
        joint = self._reply.phrase("and").text
        self._reply.say(
            "other_order_needs_check",
            numbers=Words(
                listed([each.text for each in words], joint),
                listed([each.spoken for each in words], joint),
            ),
        )

    async def _settle(self, customer: KnownCustomer) -> None:
        """Of the customer's own orders: the one, the chosen one, or asks."""
        orders = await self._case.services.shop.orders_of(customer.id)
        fitting = [order for order in orders if self._case.owned_choice(order)]
        chosen = None
        if self._state.asked == "order":
            # "The second" of a list that was not out yet chooses nothing: the list comes again.
            if self._turn.answers_last:
                chosen = self._chosen(fitting)
        elif len(fitting) <= 1:
            chosen = next(iter(fitting or orders[:1]), None)
        if chosen is not None:
            self._state.number = chosen.number
        elif not orders:
            self._case.finish("no_orders")
        elif not fitting:
            self._case.ask("number", "ask_order_number", "order_number")
        else:
            self._list(fitting)

    def _list(self, orders: Sequence[Order]) -> None:
        words = [short(self._reply.phrases, order) for order in orders[:CHOICES]]
        more = "\n…" if len(orders) > CHOICES else ""
        said = "; ".join(line.spoken for line in words[:2])
        self._case.ask(
            "order",
            "open_orders" if len(orders) <= 2 else "open_orders_many",
            CHOICE,
            buttons=[(line.text, order.number) for line, order in zip(words, orders, strict=False)],
            count=len(orders),
            orders=Words("\n".join(f"- {line.text}" for line in words) + more, said),
        )

    def _chosen(self, orders: Sequence[Order]) -> Order | None:
        from actions.cases.case import position

        place = position(self._turn.text, min(len(orders), CHOICES))
        if place is not None:  # newest first: "my last one" is the first
            return orders[0 if re.search(r"\blast\b", self._turn.text, re.IGNORECASE) else place]
        words = self._turn.text.lower()
        likely = [
            (_likeness(words, line.name.lower().split(",")[0]), order)
            for order in orders
            for line in order.lines
        ]
        best = max(likely, key=lambda pair: pair[0], default=None)
        if best is None or best[0][0] < LIKE_THE_NAME:
            return None
        same = {order.number for likeness, order in likely if likeness == best[0]}
        return best[1] if len(same) == 1 else None

    async def _check(self, number: str, proof: str) -> Order | None:
        if self._failed() >= FAILED_CHECKS_ALLOWED:
            self._too_often()
            return None
        check = await self._case.services.shop.check_identity(
            number, proof, source=self._turn.source, turn_id=self._turn.id
        )
        self._state.proof = None
        if check.outcome is CheckOutcome.MATCHED and check.order is not None:
            return self._matched(check.order, proof, whole_account=check.whole_account)
        failed = self._failed() + 1
        self._case.slots["failed_checks"] = failed
        if check.outcome is CheckOutcome.LOCKED or failed >= FAILED_CHECKS_ALLOWED:
            self._too_often()
            return None
        self._state.number = None
        self._case.slots["order_number"] = None
        self._reply.say("no_match")
        self._case.ask("number", "ask_order_number", "order_number")
        return None

    def _matched(self, order: Order, proof: str, *, whole_account: bool) -> Order | None:
        now = self._case.services.clock()
        scope = Scope.ACCOUNT if whole_account else Scope.ORDER
        how = "order number and e-mail" if "@" in proof else "order number and postcode"
        event = self._turn.remember_check(order, scope, how, now)
        self._case.events.append(event)
        self._case.slots |= {"failed_checks": 0, "order_number": order.number}
        identified = {
            name: event["value"][-1][field]
            for name, field in (
                *(("customer_id", "id"), ("name", "name"), ("order", "order")),
                *(("how", "how"), ("scope", "scope")),
            )
        }
        self._reply.about(identified=identified)
        if whole_account:
            first = first_name(order.customer.name)
            self._reply.lead(self._reply.phrase("thanks_name", name=first))
        elif self._case.needs_owner:
            self._case.ask("proof", "owner_needs_check", "postcode")
            return None
        return order

    def _too_often(self) -> None:
        self._state.number = self._state.proof = None
        self._case.slots["order_number"] = None
        decision = "Find out who this is: number and proof didn't fit in any of the tries"
        self._reply.hand_over("too_many_checks", "policy", priority=1, decision=decision)
        self._case.done = self._case.handed_over = True

    def customer(self) -> KnownCustomer | None:
        """Who this is, where that has been checked."""
        return self._known()

    def owns(self, order: Order) -> bool:
        customer = self._known()
        just_checked = customer is not None and customer.id == order.customer.id
        return just_checked or self._turn.owns(order, self._case.services.clock())

    def says_it_is_lost(self) -> bool:
        """Whether the number that was asked for can't be had."""
        return self._state.asked == "number" and bool(_LOST.search(self._turn.text))


def _likeness(words: str, name: str) -> tuple[float, int]:
    """How well the words fit, and how many of the name's they hold: a trail shirt and trail runners
    share one."""
    said = set(words.split())
    return fuzz.partial_token_set_ratio(words, name), sum(word in said for word in name.split())


def _lacks_a_digit(heard: str, number: str) -> bool:
    """Whether `heard` is `number` with one digit swallowed."""
    return heard in {number[:at] + number[at + 1 :] for at in range(len(number))}
