"""A matter that takes more than one turn: what it needs, and what happens when it is all there.

A case is read and worked on anew at each turn. `read` takes what the customer's words hold, in any
order and also in place of what was said before; `work` goes through what is needed, asks for the
first thing that is missing, and at the end does it. So answers may come early, late, all at once or
corrected, and no case has a list of states.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from actions.backend import Order, Refusal
from actions.cases.state import CaseState
from actions.cases.which_order import WhichOrder
from actions.cases.yes_or_no import yes_or_no
from actions.reply import CHOICE, Buttons, Reply
from actions.turn import Event, Services, Turn
from actions.wording import Words, in_words

_POSITIONS = (
    (
        re.compile(r"\b(first|1st|latest|newest|most recent|top|option 1|former)\b", re.IGNORECASE),
        0,
    ),
    (re.compile(r"\b(second|2nd|other one|option 2|latter)\b", re.IGNORECASE), 1),
    (re.compile(r"\b(third|3rd|option 3)\b", re.IGNORECASE), 2),
    (re.compile(r"\b(fourth|4th|option 4)\b", re.IGNORECASE), 3),
    (re.compile(r"\b(last one|last)\b", re.IGNORECASE), -1),
)

CONFIRM = "confirm"

_ASKED_OFTEN = 4
"""Times the same question is put in a row; questions after an interruption don't count."""

_SETTLED = frozenset({Refusal.CANCELLED, Refusal.RETURNED})
"""An order that is over: nobody can alter it any more."""


def position(text: str, count: int) -> int | None:
    """Which of `count` options "the second one" means."""
    if count < 1:
        return None
    for pattern, place in _POSITIONS:
        if pattern.search(text) and place < count:
            return place % count
    return None


class Case:
    """One goal. Subclasses read and work; see `actions.cases`."""

    goal: ClassVar[str]
    contact_reason: ClassVar[str]
    """The intent that begins it."""
    needs_owner: ClassVar[bool] = True
    """Only the customer may do this, not everybody who may hear about the one order."""
    takes_any_words: ClassVar[frozenset[str]] = frozenset()
    """Fields whose answer may be any sentence: one that surely means something else interrupts."""
    takes_everything: ClassVar[frozenset[str]] = frozenset()
    """Fields that every sentence answers, whatever else it could mean."""
    related: ClassVar[frozenset[str]] = frozenset()
    """Goals whose words are answers here: "a refund, please" to "a replacement or a refund?"."""

    def __init__(self, state: CaseState, turn: Turn, reply: Reply, services: Services) -> None:
        self.state = state
        self.data = state.data
        self.turn = turn
        self.reply = reply
        self.services = services
        self.which = WhichOrder(self)
        reply.matter = self
        self.done = False
        self.asks = False
        self.comes_back = False
        """An interruption was answered; our question is put once more."""
        self.handed_over = False
        """A person goes on from here: nothing more is said."""
        self.switch_to: str | None = None
        """Another goal that this one turned into."""
        self.slots: dict[str, Any] = {}
        self.events: list[Event] = []
        self.settled: bool | None = None
        """What a yes or no in this turn says to the question just asked."""

    # --- to be written by each case ----------------------------------------------------------

    def owned_choice(self, order: Order) -> bool:
        """Which of the customer's orders this can be about."""
        return True

    async def read(self) -> bool:
        """Takes what the words hold for this case; whether they held anything."""
        return False

    async def work(self) -> None:
        raise NotImplementedError

    def other_postcodes(self) -> set[str]:
        """Postcodes in the words that aren't the order's: those of an address to send it to."""
        return set()

    def surely_answers(self) -> bool:
        """Whether the words answer what was asked, whatever else they may be read as."""
        return False

    def facts(self) -> dict[str, str]:
        """What the customer has told for this, and what came of it, in words for a person."""
        return {"order_number": self.state.number} if self.state.number else {}

    def kept(self) -> dict[str, Any]:
        """For a question of ours (`Turn.ask`) that outlives the case: what its answer is about."""
        return {"about": self.contact_reason, "told": self.facts()}

    # --- what they work with -----------------------------------------------------------------

    async def take(self, *, beginning: bool) -> bool:
        """Reads the message; whether it said anything for this case."""
        answered = self._read_yes_or_no()
        # What is asked for comes first: "97205" is a postcode to one question and part of an address
        # to another.
        numbers = self.which.read(beginning=beginning)
        said = await self.read()
        return numbers or said or answered

    def _read_yes_or_no(self) -> bool:
        if self.state.asked != CONFIRM or self.state.asked_in != self.turn.previous_id:
            return False
        answer = yes_or_no(self.turn.text, self.turn.intent, heard=self.turn.heard)
        if self.turn.intent == "never_mind":
            answer = False
        if answer is None and self.turn.intent not in ("affirm", "deny"):
            return False
        if not self.turn.answers_last:  # said before our question was out: it is put once more
            self.reply.lead(self.reply.phrase("to_be_sure"))
            return True
        if answer is None and self.turn.heard:
            self.reply.lead(self.reply.phrase("yes_or_no"))
        self.settled = answer
        return True

    def is_asked(self, field: str) -> bool:
        return self.state.asked == field

    def ask(
        self,
        field: str,
        key: str,
        expects: str | None = None,
        *,
        buttons: Buttons = (),
        fields: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> None:
        """Says `key` and waits for `field`. Who couldn't answer the same question that often is
        offered a person."""
        before, count = self.data.get("asking") or (None, 0)
        count = count if self.comes_back else count + 1 if before == field else 1
        self.data["asking"] = [field, count]
        if count > _ASKED_OFTEN:
            self.data.pop("asking")
            return self.offer_person("not_understood")
        self.reply.say(key, expects=expects, buttons=buttons, fields=fields, **values)
        self.waits_for(field)

    def waits_for(self, field: str) -> None:
        self.state.asked, self.state.asked_in = field, self.turn.message_id
        self.asks = True

    def confirm(self, key: str, **values: Any) -> bool | None:
        """True or False where the customer has just answered this very question, else asks it and
        gives None. What is confirmed is part of the question: where the facts have changed since,
        the yes was to something else, and it is asked again."""
        about = {name: _plain(value) for name, value in values.items()} | {"key": key}
        if self.settled is not None and self.data.get("confirming") == about:
            self.data.pop("confirming")
            self.state.asked = None
            return self.settled
        self.data["confirming"] = about
        self.data.pop("asking", None)
        self.reply.ask_yes_no(key, **values)
        self.waits_for(CONFIRM)
        return None

    def confirmed(self) -> bool:
        """Whether this turn says yes to what was asked. Then the shop's write comes first and its rules
        decide: a turn sent again finds the facts changed by its own first try."""
        if self.settled is not True or "confirming" not in self.data:
            return False
        self.data.pop("confirming")
        self.state.asked = None
        return True

    def finish(self, key: str | None = None, **values: Any) -> None:
        if key:
            self.reply.say(key, **values)
        self.done = True

    def offer_person(self, reason: str, *, decision: str | None = None) -> None:
        self.events.append(self.reply.offer_person(reason, decision=decision, ends=True))
        self.done = True

    def needs_decision(self, key: str, decision: str, promise: str, **values: Any) -> None:
        """What the rules don't cover is never refused: a person decides it, and what the customer was
        told about that is kept as a promise."""
        self.reply.hand_over(
            key, "needs_decision", priority=1, decision=decision, promise=promise, **values
        )
        self.done = self.handed_over = True

    def cannot(self, decision: str, refusal: str, **values: Any) -> None:
        """Explains by `refusal` what stands in the way, and offers a person who may decide
        otherwise; where nothing is left to decide, only explains."""
        key = f"cannot_{self.goal}_{refusal}"
        if key not in self.reply.phrases:
            key = f"cannot_{refusal}"
        delivered = refusal == Refusal.DELIVERED and self.goal == "address"
        if refusal in _SETTLED or delivered:
            return self.finish(key, **values)
        self.reply.lead(self.reply.phrase(key, **values))
        self.reply.ask_yes_no("ask_a_colleague")
        self.events.append(
            self.turn.ask("offer_person", reason="needs_decision", decision=decision)
        )
        self.done = True

    def choose_line(self, key: str, field: str, order: Order, skus: list[str]) -> None:
        """Asks which of the order's lines is meant."""
        lines = [line for line in order.lines if line.sku in skus]
        self.data["options"] = [[line.sku, line.name] for line in lines]
        self.ask(
            field,
            key,
            CHOICE,
            buttons=[(line.name, line.name) for line in lines[:6]],
            items=lines_listed([line.name for line in lines]),
        )


def lines_listed(names: list[str]) -> Words:
    """A list for the eye; the ear gets two at a time."""
    text = "\n".join(["", *(f"- {name}" for name in names)])
    said = " or ".join(f"the {name.split(',')[0]}" for name in names[:2])
    more = len(names) - 2
    if more > 0:
        said += f", or one of {in_words(more)} more"
    return Words(text, said)


def _plain(value: Any) -> Any:
    return value.text if isinstance(value, Words) else value
