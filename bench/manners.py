"""How people say a number on the telephone: digits in, words out.

"[0.6]" is a pause (bench/callers_voice.py); digits behind a "#" are pressed, not said."""

from __future__ import annotations

from collections.abc import Callable, Mapping

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def _said(number: str, zero: str = "zero", between: str = " ") -> str:
    return between.join(zero if digit == "0" else DIGITS[int(digit)] for digit in number)


def _doubled(number: str) -> str:
    words, at = [], 0
    while at < len(number):
        twice = number[at : at + 2] == number[at] * 2
        words.append(("double " if twice else "") + _said(number[at], "oh"))
        at += 2 if twice else 1
    return " ".join(words)


def _pair(pair: str) -> str:
    if len(pair) == 1 or pair[0] == "0":
        return _said(pair, "oh")
    if pair[0] == "1":
        return _TEENS[int(pair[1])]
    tens = _TENS[int(pair[0]) - 2]
    return tens if pair[1] == "0" else f"{tens} {DIGITS[int(pair[1])]}"


def _pairs(number: str) -> str:
    """The zip code 97205 as "nine, seventy two, oh five"."""
    start = len(number) % 2
    pairs = [number[at : at + 2] for at in range(start, len(number), 2)]
    return ", ".join([*([_said(number[0], "oh")] if start else []), *map(_pair, pairs)])


def _other(digit: str) -> str:
    return str((int(digit) + 3) % 10)


def _corrected(number: str) -> str:
    """Begins with a wrong second digit and begins anew."""
    wrong = number[0] + _other(number[1]) + number[2]
    return f"{_said(wrong)}, no, sorry, {_said(number)}"


def _slipped(number: str) -> str:
    return _said(number[:-1] + _other(number[-1]))


def _in_threes(number: str, pause_s: float, between: str = " ") -> str:
    return f" [{pause_s}] ".join(_said(part, between=between) for part in (number[:3], number[3:]))


MANNERS: Mapping[str, Callable[[str], str]] = {
    "singly": _said,
    "oh": lambda number: _said(number, "oh"),
    "pairs": _pairs,
    "doubled": _doubled,
    "groups": lambda number: _in_threes(number, 0.7),
    "spaced": lambda number: " [0.9] ".join(
        _said(number[at : at + 2]) for at in range(0, len(number), 2)
    ),
    "slowly": lambda number: _in_threes(number, 0.5, ", "),
    "lead_in": lambda number: f"Um, my number is [0.5] {_said(number)}.",
    "hesitant": lambda number: f"Uh, [0.8] let me see, [1.0] it's {_in_threes(number, 0.6)}.",
    "corrected": _corrected,
    "slipped": _slipped,
    "keypad": lambda number: f"#{number}",
    "half_keyed": lambda number: f"{_said(number[:3])} #{number[3:]}",
}
