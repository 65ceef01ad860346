"""Two requests in one message: where it may be cut, and whether its parts are requests of their own.

Cutting is pure and generous; what the engine understands of the pieces decides. A message that
offers no cut costs nothing, and one that is cut costs the engine some 9 ms a piece."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.dialogue.engine import Understood

LONGEST = 400
"""Characters; who writes more tells a story, and it is read whole."""

SURE = 0.6
"""Confidence from which a piece is believed to be a request."""

VERY_SURE = 0.85
"""The same for a piece that leans on the words before it ("how do I add the second")."""

SURE_OF_ANOTHER = 0.9
"""The whole understood as something else than its pieces with this confidence: cut, they lost it …"""

CERTAIN = 0.95
"""… unless each of them is as clear as this."""

MOST_CUTS = 3
"""More of them is a story, too."""

Parse = Callable[[str], Awaitable[Understood]]

_ASKS = (
    r"what|whats|what's|when|where|wheres|where's|which|who|why|how|can|could|do|does|did|is|are|was|"
    r"were|will|would|should|have|has|may"
)
_WANTS = (
    r"i(?:'d|’d| would)? (?:also )?(?:want|wanna|need|like)|i(?:'m|’m| am) (?:also )?looking|"
    r"please|tell|let me know|show|give|send|find|check|look up|cancel|change|track|return|refund|"
    r"exchange|update|add|remove|get|help|delete|close|unsubscribe|reset|talk|speak|buy|order|pay"
)
_ADDS = (
    r"and also|and by the way|oh,? and(?: also)?|oh also|and another thing|and one more thing|"
    r"one more thing|and while (?:i|we|you)(?:'m|’m|'re|’re| am| are) at it|by the way|btw"
)
_ENDS_WITHOUT_STOPPING = re.compile(
    r"(?:\b(?:no|nr|st|ave|rd|dr|mr|mrs|ms|apt|approx|e\.g|i\.e|etc|vs|a\.m|p\.m)|\s\w|^\w)\.$",
    re.IGNORECASE,
)
_CUTS = re.compile(
    r"(?P<adds>"
    rf"[,;.!?…]*\s+(?:and\s+)?(?:{_ADDS})\b[,:]?\s+"  # … and by the way, …
    r"|[,;.!?…]+\s*(?:and\s+)?(?:also|plus)\b,?\s+"  # …, also …
    rf"|\s+plus\s+(?=(?:{_ASKS}|i)\b)"
    r"|[，。？！；]?\s*(?:还有|另外|顺便问一下|顺便)[，：]?"
    r")"
    r"|(?P<stop>[.!?…]+[\"')]?\s+|\s*\n\s*|;\s+|[。！？；]+\s*)(?:and\s+|but\s+)?"
    rf"|,?\s+and\s+(?:then\s+)?(?=(?:{_ASKS}|{_WANTS})\b)"
    rf"|(?P<comma>,\s+)(?=(?:{_ASKS})\b)",
    re.IGNORECASE,
)
_OPENS = re.compile(rf"^\W*(?:(?:{_ASKS}|{_WANTS})\b|[^,]*\d)", re.IGNORECASE)
"""A clause that asks, or holds a number: after it, a comma may separate another question."""

_LEANS = re.compile(
    r"\b(?:it|that|this|them|those|these|one|ones|the (?:first|second|third|other|same))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cut:
    at: int
    """Where the words before end; full stops and question marks belong to them."""
    resume: int
    adds: bool
    """"and also", "by the way": what follows is said to be something else."""


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    added: bool
    """It follows words that announce another matter."""


def cuts(text: str) -> list[Cut]:
    found: list[Cut] = []
    for match in _CUTS.finditer(text):
        stop = match.group("stop")
        at = match.start()
        if stop and stop.strip():
            at += len(stop.rstrip())
            if _ENDS_WITHOUT_STOPPING.search(text[:at]):
                continue
        elif match.group("comma"):
            if not _OPENS.search(text[found[-1].resume if found else 0 : at]):
                continue
        else:  # punctuation in front of a connector belongs to the words before
            at += len(match.group()) - len(match.group().lstrip(".!?…。？！"))
        if _has_words(text[:at]) and _has_words(text[match.end() :]):
            found.append(Cut(at, match.end(), match.group("adds") is not None))
    return found


def parts(text: str) -> list[tuple[Piece, ...]]:
    """Ways to take `text` apart, into three pieces before into two. Empty: it can't be."""
    if len(text) > LONGEST:
        return []
    found = cuts(text)
    if not found or len(found) > MOST_CUTS:
        return []
    ways = [*combinations(found, 2), *combinations(found, 1)]
    return [way for chosen in ways if (way := _pieces(text, chosen))]


def _pieces(text: str, chosen: Sequence[Cut]) -> tuple[Piece, ...]:
    starts = [(0, False), *((cut.resume, cut.adds) for cut in chosen)]
    ends = [*(cut.at for cut in chosen), len(text)]
    pieces = tuple(
        Piece(text[start:end].strip().strip(",;，；").strip(), added)
        for (start, added), end in zip(starts, ends, strict=True)
    )
    return pieces if all(_has_words(piece.text) for piece in pieces) else ()


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


# --- what the pieces are -----------------------------------------------------------------------

ANSWERS = frozenset({"affirm", "deny", "give_number", "no_order_number", "provide_order_number",
                     "provide_postcode", "inform", "give_address", "choose"})  # fmt: skip
"""What answers a question of ours; a request only where one comes with it."""

TALK = frozenset(
    {
        "greet", "goodbye", "thank", "repeat_that", "slower_please", "what_can_you_do",
        "are_you_a_bot", "correct_last", "never_mind", "out_of_scope", "nlu_fallback", "hostile",
    }
)  # fmt: skip
"""What carries on the talk: never a part of its own."""

PERSON = frozenset({"contact_human_agent", "contact_customer_service"})

INFORMATION = frozenset(
    {
        "place_order", "set_up_shipping_address", "delivery_options", "delivery_period",
        "check_cancellation_fee", "check_payment_methods", "check_refund_policy", "review",
        "create_account", "delete_account", "edit_account", "switch_account", "recover_password",
        "registration_problems", "newsletter_subscription", "product_info", "product_search",
        "check_stock", "check_price", "recommend", "compare", "promotions", "store_hours",
        "loyalty_points", "repair_or_warranty",
    }
)  # fmt: skip
"""Answered at once, without asking back. Any other request may begin a case on an order."""

ONE_ORDER = frozenset({frozenset(("track_order", "cancel_order"))})
"""It isn't here, so it shall not come any more: one matter, unless two orders are named."""

_ORDER = re.compile(r"\d(?:[ -]?\d){5}")

ONE_STORY = frozenset(
    frozenset(pair)
    for pair in (
        ("cancel_order", "get_refund"), ("cancel_order", "track_refund"),
        ("cancel_order", "check_cancellation_fee"),
        ("return_item", "get_refund"), ("return_item", "check_refund_policy"),
        ("report_damaged_item", "get_refund"), ("report_damaged_item", "return_item"),
        ("report_damaged_item", "repair_or_warranty"), ("report_damaged_item", "complaint"),
        ("track_order", "get_refund"), ("track_order", "complaint"),
        ("track_order", "delivery_period"), ("get_refund", "check_refund_policy"),
        ("get_refund", "track_refund"), ("track_refund", "check_refund_policy"),
        ("get_refund", "complaint"), ("get_refund", "payment_issue"),
        ("get_invoice", "check_invoice"), ("check_invoice", "payment_issue"),
        ("return_item", "repair_or_warranty"), ("get_refund", "repair_or_warranty"),
        ("change_shipping_address", "set_up_shipping_address"),
        ("change_shipping_address", "change_order"),
        ("delivery_options", "delivery_period"),
        ("product_search", "check_stock"), ("product_search", "check_price"),
        ("product_search", "product_info"), ("product_search", "recommend"),
        ("product_info", "check_price"), ("product_info", "check_stock"),
        ("product_info", "recommend"), ("check_stock", "check_price"),
        ("contact_human_agent", "contact_customer_service"), ("contact_human_agent", "complaint"),
        ("contact_customer_service", "complaint"),
        ("create_account", "registration_problems"), ("recover_password", "edit_account"),
    )
)  # fmt: skip
"""What happened and what is wanted because of it, or one question asked twice: read as a whole, they
get one answer."""


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    has_number: bool
    """It holds a number: other guesses of the recogniser matter to it."""
    intent: str
    confidence: float


async def split(text: str, parse: Parse, *, asked: bool) -> list[Part]:
    """The parts of a message in the order in which they are to be answered; empty: it is one request.
    `asked`: the customer was asked something, so a number may be an answer. Raises what `parse`
    raises."""
    ways = parts(text.lstrip("/"))
    if not ways:
        return []
    known: dict[str, Understood] = {}

    async def understood(words: str) -> Understood:
        if words not in known:
            known[words] = await parse(words)
        return known[words]

    for way in ways:
        meanings = [await understood(piece.text) for piece in way]
        if not are_requests(way, meanings, asked=asked):
            continue
        if any(meaning.confidence < CERTAIN for meaning in meanings):
            whole = await understood(text)
            known_by = {meaning.intent for meaning in meanings} | TALK
            if whole.confidence >= SURE_OF_ANOTHER and whole.intent not in known_by:
                continue
        made = [
            (
                _turn(meaning),
                Part(piece.text, meaning.has_number, meaning.intent, meaning.confidence),
            )
            for piece, meaning in zip(way, meanings, strict=True)
        ]
        return [part for _, part in sorted(made, key=lambda pair: pair[0])]
    return []


def are_requests(way: Sequence[Piece], meanings: Sequence[Understood], *, asked: bool) -> bool:
    """Whether each piece stands for itself and no two belong together."""
    intents = [meaning.intent for meaning in meanings]
    if len(set(intents)) < len(intents) or any(intent in TALK for intent in intents):
        return False
    if any(
        meaning.confidence < (VERY_SURE if at and _LEANS.search(piece.text) else SURE)
        for at, (piece, meaning) in enumerate(zip(way, meanings, strict=True))
    ):
        return False
    if any(frozenset(pair) in ONE_STORY for pair in combinations(intents, 2)):
        return False
    added = any(piece.added for piece in way[1:])
    numbered = sum(bool(_ORDER.search(piece.text)) for piece in way)
    if (
        numbered < 2
        and not added
        and any(frozenset(pair) in ONE_ORDER for pair in combinations(intents, 2))
    ):
        return False
    answers = [intent for intent in intents if intent in ANSWERS]
    if not answers:
        return True
    # A number and what it is for are one matter ("482919. I want to cancel it"), unless the
    # customer says that it is another.
    others = [
        (piece, intent) for piece, intent in zip(way, intents, strict=True) if intent not in ANSWERS
    ]
    return (
        asked
        and len(answers) == 1
        and intents[0] in ANSWERS
        and all(piece.added or intent in INFORMATION for piece, intent in others)
    )


def _turn(meaning: Understood) -> int:
    """Answers before all (only the next turn can answer a question), a case last: its question then
    stands at the end."""
    intent = meaning.intent
    if intent in ANSWERS:
        return 0
    if intent in INFORMATION:
        return 1
    return 2 if intent in PERSON else 3
