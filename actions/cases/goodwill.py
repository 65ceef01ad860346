"""Small compensations that the policy allows the assistant to offer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from actions.backend import ComplaintKind, Grant, GrantKind, NotAllowed, Order
from actions.cases.case import Case
from actions.policy import Offer
from actions.reply import KeptMatter, Reply
from actions.turn import Services, Turn
from actions.wording import Words, amount, code_said

AMOUNT = re.compile(r"[$€£]\s?(\d{1,5})|\b(\d{1,5}) ?(?:dollars|bucks|usd|euros?)\b", re.IGNORECASE)
"""Money named in a sentence."""


def offer_goodwill(case: Case, order: Order, reason: ComplaintKind, key: str) -> bool:
    """Offers what the policy has for this order to whoever it belongs to, and ends the case; the
    next turn may take it (`take_goodwill`) or be about something else. False: there is nothing."""
    if not case.which.owns(order):
        return False
    before = case.turn.slots.get("offered") or []
    offer = case.services.policy.offer(reason, order)
    if offer is None or order.number in before:
        return False
    case.slots["offered"] = [*before, order.number]
    case.reply.ask_yes_no(key, offer=offered(case.reply, offer, order.currency))
    case.events.append(
        case.turn.ask(
            "goodwill",
            number=order.number,
            grant=offer.kind.value,
            cents=offer.amount_cents,
            reason=reason.value,
            **case.kept(),
        )
    )
    case.done = True
    return True


def offered(reply: Reply, offer: Offer, currency: str) -> Words:
    """ "a voucher for $10" """
    return reply.phrase(f"offer_{offer.kind}", amount=amount(offer.amount_cents, currency))


async def take_goodwill(
    question: Mapping[str, Any], turn: Turn, reply: Reply, services: Services
) -> None:
    """The customer said yes to what `offer_goodwill` offered. Raises BackendUnavailable."""
    try:
        grant = await services.shop.grant(
            question["number"],
            GrantKind(question["grant"]),
            question["cents"],
            reason=ComplaintKind(question["reason"]),
            turn_id=turn.id,
        )
    except NotAllowed:
        reply.hand_over(
            "already_granted",
            "needs_decision",
            priority=1,
            decision=f"Another compensation for order {question['number']}",
            promise=reply.phrase("promise_decision").text,
        )
        return
    say_granted(reply, grant)


def say_granted(reply: Reply, grant: Grant) -> None:
    worth = amount(grant.amount_cents, grant.currency)
    code = code_said(grant.code or "")
    promise = {
        "text": reply.phrase(f"promise_goodwill_{grant.kind}", amount=worth).text,
        "due": None,
    }
    fields = {"promises": [promise]}
    reply.say(f"granted_{grant.kind}", amount=worth, code=code, fields=fields)


def asks_for_more(question: Mapping[str, Any] | None, turn: Turn, reply: Reply) -> bool:
    """ "No, I want $100" to an offer: more than the policy has is a person's to decide."""
    if question is None or question["kind"] != "goodwill" or not AMOUNT.search(turn.text):
        return False
    reply.matter = KeptMatter.of(question)
    reply.hand_over(
        "complaint_to_decide",
        "needs_decision",
        priority=1,
        decision=f"Order {question['number']}: {' '.join(turn.text.split())[:120]}",
        promise=reply.phrase("promise_decision").text,
    )
    return True
