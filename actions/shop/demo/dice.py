"""Chance that falls the same way everywhere."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from typing import TypeVar

Thing = TypeVar("Thing")

SEED = 20_260_504


class Dice:
    """Draws built on `Random.random()` alone: of all methods only that one is promised to give the
    same sequence in every Python version. Each topic has its own dice, so that one more draw for
    addresses doesn't change all the orders."""

    def __init__(self, topic: str) -> None:
        self._random = random.Random(SEED ^ zlib.crc32(topic.encode()))  # noqa: S311 (no secret)

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def whole(self, lowest: int, highest: int) -> int:
        """A whole number, both ends included."""
        return lowest + int(self._random.random() * (highest - lowest + 1))

    def pick(self, things: Sequence[Thing]) -> Thing:
        return things[self.whole(0, len(things) - 1)]

    def weighted(self, things: Sequence[Thing], weights: Sequence[int]) -> Thing:
        place = self.whole(1, sum(weights))
        for thing, weight in zip(things, weights, strict=True):
            place -= weight
            if place <= 0:
                return thing
        raise AssertionError("weights are positive whole numbers")

    def some(self, things: Sequence[Thing], count: int) -> list[Thing]:
        """`count` different ones, in the order of the draw."""
        rest = list(things)
        return [rest.pop(self.whole(0, len(rest) - 1)) for _ in range(min(count, len(rest)))]

    def shuffled(self, things: Sequence[Thing]) -> list[Thing]:
        return self.some(things, len(things))

    def digits(self, count: int) -> str:
        return "".join(str(self.whole(0, 9)) for _ in range(count))
