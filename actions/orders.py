"""Where is my order: the form's checks, and the answer after it."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backend import (
    BackendUnavailable,
    CheckOutcome,
    is_order_number,
)
from actions.handoff import offer_person
from actions.order_questions import (
    CHOICES,
    NO_MATCH,
    NOT_A_POSTCODE,
    choices,
    number_odd,
    only_these,
    understood,
)
from actions.order_words import FINISHED, is_late, short, status
from actions.turn import Event, KnownCustomer, Scope, Services, Turn, TurnAction, say
from actions.wording import Words
from engine.numbers_spoken import DIGITS, ORDER_NUMBER, POSTCODE, find_numbers

FAILED_CHECKS_ALLOWED = 3
"""The third failed check in a conversation goes to a person."""

_ABOUT_ORDERS = {"track_order", "give_number", "correct_last"}
_POSITIONS = (
    (re.compile(r"\b(first|latest|newest|most recent|last one|top)\b", re.IGNORECASE), 0),
    (re.compile(r"\b(second|other one)\b", re.IGNORECASE), 1),
    (re.compile(r"\bthird\b", re.IGNORECASE), 2),
    (re.compile(r"\bfourth\b", re.IGNORECASE), 3),
)


class ValidateOrderStatusForm(TurnAction):
    """Decides after each message in the form what is still needed: number, postcode, or nothing.

    The check itself happens here, so that a failed one asks again within the form. `order_problem`
    ends the form without an order: `tool_failed` (the shop can't be reached) or `policy` (too many
    failed checks)."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self) -> str:
        return "validate_order_status_form"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        form = _Form(self._services, dispatcher, Turn.of(tracker))
        try:
            await form.fill()
        except BackendUnavailable:
            form.fail("tool_failed")
        return form.events()


class _Form:
    """The form's state while one message is read."""

    def __init__(self, services: Services, dispatcher: CollectingDispatcher, turn: Turn) -> None:
        self._services = services
        self._dispatcher = dispatcher
        self._turn = turn
        self._before = dict(turn.slots)
        self._slots: dict[str, Any] = {}
        self._checked: list[Event] = []
        self._requested: str | None = None
        self._said_again = False
        self._fresh = {entity["entity"] for entity in turn.entities}

    def _get(self, slot: str) -> Any:
        return self._slots.get(slot, self._before.get(slot))

    def fail(self, problem: str) -> None:
        self._slots |= {"order_problem": problem, "postcode": None}
        self._requested = None

    def events(self) -> list[Event]:
        changed = [
            SlotSet(slot, value)
            for slot, value in self._slots.items()
            if value != self._before.get(slot)
        ]
        if not changed and (self._said_again or self._turn.intent in _ABOUT_ORDERS):
            # Nothing new, but still about orders: the form asks again instead of declining.
            changed = [SlotSet("order_problem", self._get("order_problem"))]
        return [*changed, *self._checked, SlotSet("requested_slot", self._requested)]

    async def fill(self) -> None:
        asked_for = self._before.get("requested_slot")
        if asked_for is None:
            self._begin()
        self._read_number(asked_for)
        self._read_postcode(asked_for)
        if (self._get("failed_checks") or 0) >= FAILED_CHECKS_ALLOWED:
            self.fail("policy")
            return
        if not await self._needs_no_check():
            await self._check(first=asked_for is None)

    def _begin(self) -> None:
        """Values left from an earlier question don't count, unless they were just said."""
        if POSTCODE not in self._fresh:
            self._slots["postcode"] = None
        now = self._services.clock()
        known = self._turn.known_customer(now) or self._turn.checked_orders(now)
        if ORDER_NUMBER not in self._fresh and not (known and self._wants_same_order()):
            self._slots["order_number"] = None
        self._slots |= {"choosing": False, "order_problem": None}

    def _wants_same_order(self) -> bool:
        return not re.search(r"\b(other|another|orders|all)\b", self._turn.text, re.IGNORECASE)

    def _read_number(self, asked_for: str | None) -> None:
        value = self._get("order_number")
        heard = [value] if isinstance(value, str) else list(value or [])
        fitting = [number for number in heard if is_order_number(number)]
        if fitting:
            self._slots["order_number"] = fitting[0]
        elif asked_for != POSTCODE and (guess := self._from_alternatives(asked_for)):
            self._slots["order_number"] = guess
            say(self._dispatcher, understood(guess), "order_number_understood")
        elif asked_for == POSTCODE and ORDER_NUMBER in self._fresh:
            self._slots["order_number"] = self._turn.earlier_number  # a slip in the postcode
            say(self._dispatcher, NOT_A_POSTCODE, "postcode_incomplete")
        elif heard:
            self._slots["order_number"] = None
            say(self._dispatcher, number_odd(heard[0]), "order_number_incomplete")

    def _from_alternatives(self, asked_for: str | None) -> str | None:
        """An order number among the recogniser's other guesses, where the best one holds none with
        a right check digit. Never instead of a clear postcode, unless that is the order number with
        a digit swallowed. Two that fit: none, we ask rather than guess."""
        if asked_for is None and not self._fresh & {ORDER_NUMBER, DIGITS}:
            return None  # no number was asked for, and none was heard
        guesses = [number for text in self._turn.alternatives for number in find_numbers(text)]
        numbers = {number.value for number in guesses if is_order_number(number.value)}
        if len(numbers) != 1:
            return None
        (number,) = numbers
        if asked_for == ORDER_NUMBER and self._fresh == {POSTCODE}:
            if not all(_lacks_a_digit(postcode, number) for postcode in self._heard(POSTCODE)):
                return None
            self._slots["postcode"] = None
        return number

    def _heard(self, kind: str) -> list[str]:
        return [str(entity["value"]) for entity in self._turn.entities if entity["entity"] == kind]

    def _read_postcode(self, asked_for: str | None) -> None:
        value = self._get("postcode")
        postcode = value[-1] if isinstance(value, list) else value
        if postcode is None:
            return
        if len(postcode) == 5:
            self._slots["postcode"] = postcode
            if asked_for == ORDER_NUMBER and self._fresh & {ORDER_NUMBER, POSTCODE} == {POSTCODE}:
                words = Words.same("That's five digits, so I take it as the postcode.")
                say(self._dispatcher, words, "taken_as_postcode")
        else:
            self._slots["postcode"] = None
            if asked_for == POSTCODE:
                say(self._dispatcher, NOT_A_POSTCODE, "postcode_incomplete")

    async def _needs_no_check(self) -> bool:
        """True where the form can go on without a check: done, or asking which order is meant."""
        now = self._services.clock()
        customer = self._turn.known_customer(now)
        number = self._get("order_number")
        if number is None:
            return customer is not None and await self._settles_which(customer)
        if customer is None and number not in self._turn.checked_orders(now):
            return False
        order = await self._services.shop.order(number)
        return order is not None and self._turn.may_see(order, now)

    async def _settles_which(self, customer: KnownCustomer) -> bool:
        """Of the customer's own orders: the one, the chosen one, or asks."""
        orders = await self._services.shop.orders_of(customer.id)
        open_orders = [order for order in orders if order.state not in FINISHED]
        position = self._position(len(open_orders)) if self._get("choosing") else None
        # "the second" of a list that was not out yet chooses nothing: the list comes once more
        self._said_again = position is not None and not self._turn.answers_last
        chosen = None
        if position is not None and not self._said_again:
            chosen = open_orders[position]
        elif len(open_orders) <= 1:
            chosen = next(iter(open_orders or orders), None)
        if chosen is not None or not orders:
            self._slots |= {"order_number": chosen and chosen.number, "choosing": False}
            return True
        if not self._get("choosing") or self._said_again:
            say(
                self._dispatcher,
                choices(open_orders),
                "open_orders",
                buttons=[(short(order).text, order.number) for order in open_orders[:CHOICES]],
            )
        self._slots["choosing"] = True
        self._requested = ORDER_NUMBER
        return True

    def _position(self, count: int) -> int | None:
        """Which of `count` orders was meant by "the second one"."""
        for pattern, position in _POSITIONS:
            if pattern.search(self._turn.text) and position < count:
                return position
        return None

    async def _check(self, *, first: bool) -> None:
        number, postcode = self._get("order_number"), self._get("postcode")
        now = self._services.clock()
        if number is None or postcode is None:
            self._requested = ORDER_NUMBER if number is None else POSTCODE
            checked = self._turn.checked_orders(now)
            if first and checked and self._turn.known_customer(now) is None:
                say(self._dispatcher, only_these(checked), "other_order_needs_check")
            return
        check = await self._services.shop.check_identity(
            number, postcode, source=self._turn.source, turn_id=self._turn.id
        )
        if check.outcome is CheckOutcome.MATCHED and check.order is not None:
            scope = Scope.ACCOUNT if check.whole_account else Scope.ORDER
            self._checked = [self._turn.remember_check(check.order, scope, now)]
            self._slots |= {"failed_checks": 0, "postcode": None}
            return
        failed = (self._get("failed_checks") or 0) + 1
        self._slots["failed_checks"] = failed
        if check.outcome is CheckOutcome.LOCKED or failed >= FAILED_CHECKS_ALLOWED:
            self.fail("policy")
            return
        self._slots |= {"order_number": None, "postcode": None}
        self._requested = ORDER_NUMBER
        say(self._dispatcher, NO_MATCH[(failed - 1) % len(NO_MATCH)], "no_match")


def _lacks_a_digit(heard: str, number: str) -> bool:
    """Whether `heard` is `number` with one digit swallowed."""
    return heard in {number[:at] + number[at + 1 :] for at in range(len(number))}


class ActionOrderStatus(TurnAction):
    """What the form was for. Looks again at who is asking before it says anything."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self) -> str:
        return "action_order_status"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        done = [SlotSet("postcode", None), SlotSet("choosing", False)]
        problem = turn.slots.get("order_problem")
        if problem == "policy":
            return [*done, *_offer_after_failed_checks(dispatcher, turn)]
        number = turn.slots.get("order_number")
        try:
            order = await self._services.shop.order(number) if number and not problem else None
        except BackendUnavailable:
            problem = "tool_failed"
        if problem:
            return [*done, shop_unreachable(dispatcher, turn)]
        if order is None or not turn.may_see(order, self._services.clock()):
            say(
                dispatcher,
                Words.same("I can't see any order of yours. Is there anything else I can do?"),
                "no_orders",
            )
            return [*done, SlotSet("order_number", None)]
        say(
            dispatcher,
            status(order, self._services.today()),
            "order_status",
            identified=turn.identified_now(),
        )
        if is_late(order, self._services.today()):
            say(
                dispatcher,
                Words.same("Would you like someone from the team to look into it?"),
                "offer_person",
                expects="yes_no",
                buttons=[("Yes, please", "yes please"), ("No, thanks", "no thanks")],
            )
            done.append(turn.ask("offer_person", reason="policy"))
        return done


def shop_unreachable(dispatcher: CollectingDispatcher, turn: Turn) -> Event:
    """Says that the shop's system is down and offers a person."""
    return offer_person(
        dispatcher,
        turn,
        "tool_failed",
        Words.same("I'm sorry, I can't reach our shop system at the moment."),
    )


def _offer_after_failed_checks(dispatcher: CollectingDispatcher, turn: Turn) -> list[Event]:
    words = Words.same(
        "I can't match those details, and for everyone's safety I have to stop trying here."
    )
    return [offer_person(dispatcher, turn, "policy", words), SlotSet("order_number", None)]
