"""A number put together from several hearings that each lost or mistook one digit of it, or from its
two halves, of which one was said and one keyed in. Pure.

Noise takes another digit each time: "four eight two nine one" and "four eight nine one nine" have one
number with the right check digit in common, 482919. Such a number is a guess: read it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

DIGITS = "0123456789"

FEWEST_HEARINGS = 2
"""That must come to the same number."""


def mended(
    length: int, hearings: Sequence[Iterable[str]], fits: Callable[[str], bool]
) -> str | None:
    """The number of `length` digits that fits and that most hearings are one digit away from, each
    hearing given as its readings' digits. None where fewer than two come to one, or to several."""
    votes = Counter(
        number
        for readings in hearings
        for number in {near for digits in readings for near in _near(digits, length) if fits(near)}
    )
    (best, most), (_, next_most) = (*votes.most_common(2), ("", 0), ("", 0))[:2]
    return best if most >= FEWEST_HEARINGS and most > next_most else None


def joined(
    firsts: Iterable[str], seconds: Iterable[str], fits: Callable[[str], bool]
) -> str | None:
    """The number that fits of those that a first and a second half make, each given as its readings'
    digits. None where there is none, or several."""
    seconds = set(seconds)
    numbers = {first + second for first in firsts for second in seconds if fits(first + second)}
    return numbers.pop() if len(numbers) == 1 else None


def _near(digits: str, length: int) -> set[str]:
    """What may have been said where this was heard: it, a digit instead of another, one more."""
    if len(digits) == length:
        return {digits[:at] + digit + digits[at + 1 :] for at in range(length) for digit in DIGITS}
    if len(digits) == length - 1:
        return {digits[:at] + digit + digits[at:] for at in range(length) for digit in DIGITS}
    return set()
