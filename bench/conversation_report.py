"""What came of telephone conversations: a table, where they were lost, and why, most frequent first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from bench.table import percentile, show
from engine.numbers_spoken import find_numbers

SAME_WORDS = 0.7
"""Part of the words that must be heard as they were said, in order, for words to count as heard."""

NUMBERS = {"order_number": "order number", "postcode": "postcode"}


@dataclass
class Exchange:
    """One turn of the caller's, and what came of it."""

    turn: int
    expects: str
    """What the assistant waited for."""
    said: str
    """"[0.6]" is a pause; digits behind "#" were pressed."""
    read_back: str | None = None
    """The number that the caller was asked about before."""
    heard: list[str] = field(default_factory=list)
    """Several where the call took it for several turns."""
    alternatives: list[list[str]] = field(default_factory=list)
    intents: list[str | None] = field(default_factory=list)
    responses: list[str | None] = field(default_factory=list)
    """None: one of the call's own prompts."""
    reply: str = ""
    ended_at: float = 0.0
    """Unix time at which the caller's words ended."""
    heard_after_s: list[float] = field(default_factory=list)
    """From the end of the caller's words until each turn stood in the log."""


@dataclass
class Told:
    name: str
    voice: str
    number: str = ""
    reached: bool = False
    wrong: str | None = None
    turns: int = 0
    seconds: float = 0.0
    cause: str = ""
    exchanges: list[Exchange] = field(default_factory=list)


def fault(exchange: Exchange) -> str | None:
    """What went wrong in hearing; None where it was heard as it was said."""
    words, _, keys = exchange.said.partition("#")
    if exchange.read_back and words.startswith("No.") and not exchange.heard and exchange.reply:
        return None  # the call takes a "no" to its read-back for itself
    if not exchange.heard:
        return "not heard"
    heard = " ".join(exchange.heard)
    if exchange.read_back and (wanted := _number(words) or exchange.read_back):
        right = words.startswith("No.") or _number(heard) == wanted
        return None if right else "answer to a read-back misheard"
    if keys and not words.strip():
        return None if keys in heard else "keys lost"
    if exchange.expects in NUMBERS and (wanted := _number(words + keys)):
        if _number(heard) != wanted:
            several = ", in several turns" if len(exchange.heard) > 1 else ""
            return f"{NUMBERS[exchange.expects]} misheard{several}"
        return None
    if len(exchange.heard) > 1:
        return "taken for several turns"
    return None if _same(words, heard) else "words misheard"


def _number(text: str) -> str:
    found = find_numbers(re.sub(r"\[[\d.]+\]", " ", text))
    return found[-1].value if found else ""


def _same(said: str, heard: str) -> bool:
    one, other = (re.findall(r"[a-z']+", re.sub(r"\[.*?\]", "", t.lower())) for t in (said, heard))
    return SequenceMatcher(None, one, other).ratio() >= SAME_WORDS


def cause(told: Told, *, ended: bool, offered: bool) -> str:
    """Why it was lost, in few words: what was misheard first, else what followed."""
    if told.wrong:
        return "WRONG: " + told.wrong
    faults = [found for one in told.exchanges if (found := fault(one))]
    if faults:
        most, times = Counter(faults).most_common(1)[0]
        return f"{most}" + (f" ({times} times)" if times > 1 else "")
    if ended:
        return "heard right, but the call ended"
    return "heard right, but passed on to a person" if offered else "heard right, but misunderstood"


def report(
    told: Sequence[Told], *, noise_db: float | None, at_once: int, tell: bool = False
) -> None:
    room = "in quiet" if noise_db is None else f"at {noise_db:g} dB"
    rows = [
        (one.name, one.voice, "yes" if one.reached else "NO", str(one.turns), f"{one.seconds:.0f}",
         "" if one.reached else where(one))
        for one in told
    ]  # fmt: skip
    show(
        f"Telephone conversations {room}, {at_once} at once",
        ("", "voice", "reached", "turns", "s", "where lost"),
        rows,
    )
    reached = sum(one.reached for one in told)
    wrong = sum(one.wrong is not None for one in told)
    seconds = [one.seconds for one in told]
    print(
        f"{reached} of {len(told)} reached their goal ({100 * reached / max(len(told), 1):.0f} %), "
        f"{wrong} wrong; median {percentile(seconds, 50):.0f} s"
    )
    causes = Counter(re.sub(r" \(.*|:.*", "", one.cause) for one in told if not one.reached)
    show("Lost by", ("cause", "times"), [(why, str(count)) for why, count in causes.most_common()])
    for one in told if tell else ():
        if not one.reached:
            print(f"\n{one.name} ({one.voice}, order {one.number}): {one.cause}")
            for each in one.exchanges:
                print(f"  [{each.expects}] said {each.said!r}, heard {each.heard}")
                print(f"     {each.intents} {each.responses}: {each.reply!r}")


def where(told: Told) -> str:
    """The exchange that went wrong last."""
    bad = [one for one in told.exchanges if fault(one)] or told.exchanges
    if not bad:
        return told.cause
    last = bad[-1]
    return (
        f"{told.cause}. Turn {last.turn} ({last.expects}): “{last.said}” heard as "
        f"“{' | '.join(last.heard)}”: {', '.join(str(name) for name in last.responses)}"
    )
