"""Complaints: first the customer is heard, then what the policy allows, and the rest by a person."""

from __future__ import annotations

import re
import tomllib
from functools import cache

from actions.backend import ComplaintKind, NotAllowed, Order, OrderState
from actions.cases.case import Case
from actions.cases.goodwill import AMOUNT, offered, say_granted
from actions.order_words import is_late
from actions.settings import ROOT
from actions.wording import Words, spelled

ABOUT_AN_ORDER = {
    ComplaintKind.LATE,
    ComplaintKind.DAMAGED,
    ComplaintKind.WRONG_ITEM,
    ComplaintKind.REPEATED,
}
_LONGEST = 1000
"""Characters of the customer's words that are kept with the complaint."""


@cache
def _patterns(language: str) -> list[tuple[ComplaintKind, re.Pattern[str]]]:
    table = tomllib.loads(
        (ROOT / "data" / language / "complaints.toml").read_text(encoding="utf-8")
    )
    return [
        (ComplaintKind(kind), re.compile(rf"\b(?:{'|'.join(words)})", re.IGNORECASE))
        for kind, words in table["words"].items()
    ]


def kind_of(text: str, language: str = "en") -> ComplaintKind:
    """What went wrong, by the words for it; OTHER where none is named."""
    for kind, pattern in _patterns(language):
        if pattern.search(text):
            return kind
    return ComplaintKind.OTHER


class Complain(Case):
    goal = "complaint"
    contact_reason = "complaint"
    takes_everything = frozenset({"told"})

    def owned_choice(self, order: Order) -> bool:
        return order.state is not OrderState.CANCELLED

    async def read(self) -> bool:
        text = self.turn.text
        if self.is_asked("confirm") and self.settled is not True and AMOUNT.search(text):
            self.data["told"] = f"{self.data['told']}\n{text}"[:_LONGEST]
            self.settled = None  # "no, I want $50"
            return True
        if self.settled is not None:
            return False
        if self.state.asked is None:
            self.data["first"] = text[:_LONGEST]
            self.data["kind"] = kind_of(text, self.turn.language).value
            return True
        if self.is_asked("told"):
            self.data["told"] = text[:_LONGEST]
            kind = kind_of(text, self.turn.language)
            if kind is not ComplaintKind.OTHER and self.data["kind"] == ComplaintKind.OTHER:
                self.data["kind"] = kind.value
            return True
        if self.which.says_it_is_lost():
            self.data["no_order"] = True
            return True
        return False

    def facts(self) -> dict[str, str]:
        filed = self.data.get("filed")
        return super().facts() | ({"complaint": filed} if filed else {})

    def surely_answers(self) -> bool:
        """ "I want $50" to our offer asks for more; it begins no refund."""
        return self.is_asked("confirm") and AMOUNT.search(self.turn.text) is not None

    async def work(self) -> None:
        kind = ComplaintKind(self.data.get("kind", ComplaintKind.OTHER))
        self.data.setdefault("first", "")
        if "told" not in self.data:  # heard first, offered later
            self.reply.lead(self.reply.phrase(f"sorry_{kind}"))
            return self.ask("told", "ask_complaint")
        if kind not in ABOUT_AN_ORDER or self.data.get("no_order"):
            return await self._for_the_team(kind)
        if self.state.asked == "told":
            self.state.asked = None
            self.reply.lead(self.reply.phrase("complaint_needs_order"))
        order = await self.which.order()
        if order is None:
            return
        await self._file(kind, order)
        if kind in (ComplaintKind.DAMAGED, ComplaintKind.WRONG_ITEM) and order.state in (
            OrderState.DELIVERED,
            OrderState.PARTLY_SHIPPED,
        ):
            self.data["reason"] = kind.value
            self.data["words"] = f"{self.data['first']} {self.data['told']}"
            self.switch_to = "damaged"
            return
        await self._offer(kind, order)

    async def _file(self, kind: ComplaintKind, order: Order | None) -> str:
        """Keeps it for the team, once."""
        if "filed" not in self.data:
            customer = self.which.customer()
            self.data["filed"] = await self.services.shop.file_complaint(
                kind,
                f"{self.data['first']}\n{self.data['told']}",
                number=order.number if order else None,
                customer_id=customer.id if customer else None,
                turn_id=self.turn.id,
            )
            reference = self.data["filed"]
            said = Words(reference, spelled(reference.removeprefix("C-")))
            self.reply.lead(self.reply.phrase("complaint_filed", reference=said))
        return str(self.data["filed"])

    async def _for_the_team(self, kind: ComplaintKind) -> None:
        reference = await self._file(kind, None)
        promise = self.reply.phrase("promise_answer", reference=reference).text
        fields = {"promises": [{"text": promise, "due": None}]}
        self.reply.ask_yes_no("complaint_with_team", fields=fields)
        self.events.append(self.turn.ask("offer_person", reason="policy"))
        self.done = True

    async def _offer(self, kind: ComplaintKind, order: Order) -> None:
        asked = max(
            (int(match[1] or match[2]) for match in AMOUNT.finditer(self.data["told"])), default=0
        )
        offer = self.services.policy.offer(kind, order)
        if order.number in (self.turn.slots.get("offered") or []):
            offer = None  # made up for already, or declined
        if kind is ComplaintKind.LATE and not is_late(order, self.services.today()):
            offer = None  # a person looks at what the shop's records don't show
        if offer is None or 100 * asked > offer.amount_cents:
            return self._decide(kind, order, asked)
        sure = self.confirm("complaint_offer", offer=offered(self.reply, offer, order.currency))
        if sure is None:
            return
        if not sure:
            return self._decide(kind, order, asked)
        try:
            grant = await self.services.shop.grant(
                order.number, offer.kind, offer.amount_cents, reason=kind, turn_id=self.turn.id
            )
        except NotAllowed:  # made up for already
            return self._decide(kind, order, asked)
        self.slots["offered"] = [*(self.turn.slots.get("offered") or []), order.number]
        say_granted(self.reply, grant)
        self.finish()

    def _decide(self, kind: ComplaintKind, order: Order, asked: int) -> None:
        wish = f"asks for ${asked}" if asked else "no offer fitted"
        self.needs_decision(
            "complaint_to_decide",
            f"Complaint {self.data['filed']} ({kind.value.replace('_', ' ')}), "
            f"order {order.number}: {wish}",
            self.reply.phrase("promise_decision").text,
        )
