"""Callers who react: what one wants, what they know, and what they say to what they were asked.

The scripts are in conversations.yml, which says what stands in one."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bench.callers_voice import VOICES
from bench.manners import MANNERS
from engine.numbers_spoken import find_numbers
from tests.dialogue.choosing import Chosen, choose_order

FILE = Path(__file__).with_name("conversations.yml")

NOT_UNDERSTOOD = frozenset({"rephrase", "clarify", "out_of_scope", "product_not_found", None})
"""After one of these replies (None: one of the call's own prompts) people say the same again."""

POLITELY = dict.fromkeys(("offer_person", "late_offer", "ask_a_colleague"), "No, thanks.")
"""Answers to offers that a caller didn't ask for."""

AGAIN = "Sorry, could you say that again?"
MHM = "Mhm."
READ_BACK = re.compile(r"\b(\d{3}) ?(\d{3})\b")
KEYPAD = "keypad"
"""In the assistant's words: the number may be typed. Whoever wasn't understood before does so then."""
KNOWN = frozenset(
    "name voice order says otherwise number postcode answers interrupts mhm asks_again goal ci".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Script:
    name: str
    voice: str
    says: Sequence[str]
    goal: Mapping[str, Any]
    order: Chosen | None
    otherwise: Sequence[str] = ()
    """The first wish in other words."""
    number: Sequence[str] = ("singly", "slowly")
    postcode: Sequence[str] = ("singly", "slowly")
    answers: Mapping[str, Any] = field(default_factory=dict)
    interrupts: Mapping[int, float] = field(default_factory=dict)
    mhm: frozenset[int] = frozenset()
    asks_again: frozenset[int] = frozenset()
    ci: bool = False

    def lines(self) -> Iterator[str]:
        """All that is likely to be said, to have it made before the call."""
        yield from (*self.says, *self.otherwise)
        for answer in (*self.answers.values(), *POLITELY.values()):
            if isinstance(answer, dict):
                answer = [answer["then"], *_list(answer["else"])]
            yield from _list(answer)
        for facts in ("number", "postcode") if self.order else ():
            yield from self._numbers(facts)
        for which in ("number", "postcode") if self.order else ():
            yield from ("Yes.", "No.", f"No. It's {self._numbers(which)[-1]}")
        if self.asks_again:
            yield AGAIN
        if self.mhm:
            yield MHM

    def _numbers(self, which: str) -> list[str]:
        assert self.order
        digits = self.order.number if which == "number" else self.order.billing
        return [MANNERS[manner](digits) for manner in getattr(self, which)]


def read(shop: sqlite3.Connection, file: Path = FILE) -> list[Script]:
    """Each with an order of its own, always the same ones of a shop as it was seeded. Raises ValueError
    for a script that can't be understood, AssertionError where the shop has no such order."""
    used: set[str] = set()
    scripts = [_script(told, shop, used) for told in yaml.safe_load(file.read_text("utf-8"))]
    twice = [name for name, count in Counter(s.name for s in scripts).items() if count > 1]
    if twice:
        raise ValueError(f"{file.name} has two conversations named {twice[0]!r}")
    return scripts


def _script(told: dict[str, Any], shop: sqlite3.Connection, used: set[str]) -> Script:
    name = told.get("name", "?")
    if unknown := set(told) - KNOWN:
        raise ValueError(f"{FILE.name}, {name!r}: no such fields: {', '.join(sorted(unknown))}")
    if told["voice"] not in VOICES:
        raise ValueError(f"{FILE.name}, {name!r}: no voice {told['voice']!r}, only {VOICES}")
    order = choose_order(shop, told["order"], used, {}) if "order" in told else None
    facts = dict(order.facts(), singly=MANNERS["singly"](order.number)) if order else {}
    manners = {}
    for which in ("number", "postcode"):
        manners[which] = _list(told.get(which, "singly"))
        if manners[which][-1] not in ("slowly", "keypad"):
            manners[which].append("slowly")
    return Script(
        name=name,
        voice=told["voice"],
        says=[line.format_map(facts) for line in told["says"]],
        otherwise=_list(told.get("otherwise", ())),
        goal=told["goal"],
        order=order,
        answers=told.get("answers", {}),
        interrupts=told.get("interrupts", {}),
        mhm=frozenset(told.get("mhm", ())),
        asks_again=frozenset(told.get("asks_again", ())),
        ci=told.get("ci", False),
        **manners,
    )


def numbers_in(text: str) -> set[str]:
    """Order numbers and postcodes, in digits or in words."""
    kinds = ("order_number", "postcode")
    return {number.value for number in find_numbers(text) if number.kind in kinds}


@dataclass(frozen=True)
class Situation:
    """What the caller has been told since they last spoke."""

    expects: str = "free"
    responses: Sequence[str | None] = ()
    """The assistant's, by name; None for one of the call's own prompts."""
    text: str = ""
    choices: Sequence[str] = ()

    @property
    def read_back(self) -> str | None:
        """The number of "was that four eight two, nine one three?"."""
        numbers = numbers_in(self.text) if self.responses[-1:] == (None,) else set()
        return min(numbers, default=None)


class Caller:
    """Remembers what was said. Pure: told what the assistant did, says what comes next."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self._told = 0
        self._said: Counter[str] = Counter()
        self._tries: Counter[str] = Counter()
        self._may_type = False
        self._meant: set[str] = set()
        """Numbers in what was said last, where they aren't the order's."""

    def next(self, now: Situation, turn: int) -> str:
        """What to say (or press) at this turn, counted from 1."""
        script = self.script
        self._may_type |= KEYPAD in now.text
        if turn - 1 in script.asks_again and not self._said[AGAIN]:
            return self._say(AGAIN)
        for response in reversed(now.responses):
            if response and response in script.answers:
                return self._answer(response, now.text)
            if response in POLITELY:
                return self._say(POLITELY[response])
        if script.order and (number := now.read_back):
            return self._say(self._is_that_right(number, script.order, now.expects))
        if script.order and now.expects in ("order_number", "postcode", "yes_no"):
            told = [a + b for a, b in READ_BACK.findall(now.text)]
            if told and script.order.number not in told:
                right = self._number("number")
                return self._say(right if right.startswith("#") else f"No. It's {right}")
        if now.expects in script.answers:
            return self._answer(now.expects, now.text)
        if script.order and now.expects in ("order_number", "postcode"):
            return self._say(self._number("number" if "number" in now.expects else "postcode"))
        if now.expects == "choice" and now.choices and "clarify" not in now.responses:
            return self._say(f"{now.choices[0]}.")
        return self._say(self._wish(now))

    def _is_that_right(self, number: str, order: Chosen, expects: str) -> str:
        """A wrong one is put right in one breath the first time; after that one says no and waits."""
        if number in (self._meant or {order.number, order.billing}):
            return "Yes."
        if self._meant:
            return "No."
        self._tries["wrong read-back"] += 1
        if self._tries["wrong read-back"] > 1:
            return "No."
        right = self._number("postcode" if expects == "postcode" else "number")
        return right if right.startswith("#") else f"No. It's {right}"

    def _wish(self, now: Situation) -> str:
        understood = bool(now.responses) and now.responses[-1] not in NOT_UNDERSTOOD
        if self._told < len(self.script.says) and (understood or self._told == 0):
            self._told += 1
        line = self.script.says[self._told - 1]
        if self._told == 1 and self._said[line]:  # said before, and it led nowhere
            return self._by_turns("otherwise", [*self.script.otherwise, line])
        return line

    def _answer(self, to: str, text: str) -> str:
        answer = self.script.answers[to]
        if not isinstance(answer, dict):
            self._meant = numbers_in(" ".join(_list(answer)))
        if isinstance(answer, dict):
            right = all(words.lower() in text.lower() for words in answer["hears"])
            line = answer["then"] if right else self._by_turns(to, _list(answer["else"]))
            return self._say(line)
        return self._say(self._by_turns(to, _list(answer)))

    def _number(self, which: str) -> str:
        self._meant = set()
        if self._may_type and self._tries[which] and self.script.order:
            order = self.script.order
            return f"#{order.number if which == 'number' else order.billing}"
        return self._by_turns(which, self.script._numbers(which))

    def _by_turns(self, what: str, lines: Sequence[str]) -> str:
        self._tries[what] += 1
        return lines[min(self._tries[what], len(lines)) - 1]

    def _say(self, line: str) -> str:
        self._said[line] += 1
        return line


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
