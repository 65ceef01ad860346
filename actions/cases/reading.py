"""Reading a customer's words against the lines of an order. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from actions.backend import OrderLine, ReturnReason, ReturnWish
from actions.shop.language import NUMBERS, stem, tokens

NAMED = 80
"""Likeness (0 to 100) of a word said to a word of the name."""

_ALL = re.compile(r"\b(all|everything|both|whole|entire|every item|each of them)\b", re.IGNORECASE)
_TAKE_OUT = re.compile(
    r"\b(remove|without|take (?:[\w'-]+ ){0,8}(?:out|off)|delete|drop|leave out|don'?t (?:want|need)|"
    r"get rid of|no longer (?:want|need)|scratch)\b",
    re.IGNORECASE,
)
_PUT_IN = re.compile(r"\b(add|put in|include|also (?:want|need|send|get)|plus)\b", re.IGNORECASE)
_MORE = re.compile(
    r"\b(one|1|another|an extra|an additional)\s*(more|of|one|pair)?\b", re.IGNORECASE
)
_COUNT = re.compile(
    r"(?<!size )\b(\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|twelve|a dozen|a pair)\b"
    r"(?!\.\d)",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"\b(?:make (?:it|that|them)|only|just|to)\s+(?:just\s+|only\s+|be\s+)?"
    rf"(?:{_COUNT.pattern})",
    re.IGNORECASE,
)
"""Which of two numbers is meant: "I ordered two by mistake, make it one"."""
_INSTEAD = re.compile(r"\binstead of\b.*|\bnot\b\s+\w+$|\brather than\b.*", re.IGNORECASE)

_TOO = r"(?:too|(?<=is )two|(?<='s )two|(?<=is )to|(?<='s )to)"
"""Also as a recogniser writes "it's too large"."""
_REASON_WORDS = {
    ReturnReason.DAMAGED: (
        r"damag|broken?|broke|defect|faulty|torn|tear|rip|crack|scratch|leak|stain|doesn'?t work|"
        r"not working|stopped working|dented|smash|hole|fell apart"
    ),
    ReturnReason.WRONG_ITEM: (
        r"wrong (?:item|product|one|thing|colou?r|size|model|article)|not what i ordered|"
        r"something else|different (?:item|product)|sent me the wrong"
    ),
    ReturnReason.TOO_SMALL: (
        rf"{_TOO} (?:small|tight|short|narrow)|small|tight|snug|bigger|larger size"
    ),
    ReturnReason.TOO_LARGE: (
        rf"{_TOO} (?:big|large|long|wide|loose)|loose|baggy|smaller size|huge"
    ),
    ReturnReason.NOT_AS_EXPECTED: (
        r"expect|not like|looks? different|quality|disappoint|picture|description|don'?t like|"
        r"colou?r is|uncomfortable|(?:doesn|don|do no|does no)'?t fit|cheap"
    ),
    ReturnReason.CHANGED_MIND: (
        r"chang\w+ my mind|don'?t (?:need|want)|no longer|found (?:it )?cheaper|by mistake|accident|"
        r"gift|duplicate|ordered twice|doesn'?t matter|no (?:special |particular )?reason|just because"
    ),
}
"""In the order they are looked for: what our mistake was comes before how it fits."""
_NEGATED = re.compile(r"\b(?:not|isn'?t|aren'?t|wasn'?t|never|no)\s+(?:really\s+)?$", re.IGNORECASE)
_REPLACE = re.compile(
    r"\b(replac\w*|exchange|swap|new one|another one|send (?:me )?(?:a )?new)\b", re.IGNORECASE
)
_REFUND = re.compile(
    r"\b(refund\w*|money(?: back)?|reimburs\w*|pay me back|credit(?:ed)?)\b", re.IGNORECASE
)


def lines_named(text: str, lines: Sequence[OrderLine]) -> list[OrderLine]:
    """The order's lines that the words name: "the blue tent", "both"; in the order's sequence."""
    if _ALL.search(text):
        return list(lines)
    said = [stem(word) for word in tokens(text)]
    scores = {line.sku: _likeness(said, line) for line in lines}
    best = max(scores.values(), default=0.0)
    if best <= 0:
        return []
    # A word that several names share ("jacket") names none of them against one that fits better.
    return [line for line in lines if scores[line.sku] >= 0.75 * best]


def _likeness(said: Sequence[str], line: OrderLine) -> float:
    names = [stem(word) for word in tokens(line.name)]
    score = 0.0
    for name in names:
        if len(name) < 3 and name not in said:
            continue
        likeness = max((fuzz.ratio(name, word) for word in said if len(word) > 2), default=0)
        if name in said or likeness >= NAMED:
            score += 1
    return score


def takes_out(text: str) -> bool:
    return bool(_TAKE_OUT.search(text))


def puts_in(text: str) -> bool:
    return bool(_PUT_IN.search(text))


def quantity_named(text: str, now: int) -> int | None:
    """How many there shall be: "make it two", "3 instead of 2", "one more"; None if none is said."""
    if re.search(r"\b(one more|1 more|another|an extra|an additional)\b", text, re.IGNORECASE):
        return now + 1
    if re.search(r"\b(one|1) (less|fewer)\b", text, re.IGNORECASE):
        return now - 1
    text = _INSTEAD.sub("", text)
    match = _MADE.search(text) or _COUNT.search(text)
    if not match:
        return None
    word = match[1].lower()
    special = {"a dozen": 12, "a pair": 2}
    number = special.get(word) or NUMBERS.get(word)
    return number if number is not None else int(word)


def reason_named(text: str) -> ReturnReason | None:
    for reason, pattern in _REASON_WORDS.items():
        for match in re.finditer(rf"\b(?:{pattern})", text, re.IGNORECASE):
            if not _NEGATED.search(text[: match.start()]):
                return reason
    return None


def wish_named(text: str) -> ReturnWish | None:
    replace, refund = _REPLACE.search(text), _REFUND.search(text)
    if replace and refund:  # "a refund, not a replacement"
        later = max(replace.start(), refund.start())
        negated = re.search(r"\b(?:not|no|don'?t want|instead of|rather than)\b", text[: later + 1])
        first = ReturnWish.REFUND if refund.start() < replace.start() else ReturnWish.REPLACEMENT
        return first if negated else None
    if replace:
        return ReturnWish.REPLACEMENT
    return ReturnWish.REFUND if refund else None
