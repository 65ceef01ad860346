"""Erlang C: a queue with Poisson arrivals, exponential handling and patient customers.

A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic
telephone exchanges" (1917); the formulas as in any textbook of queueing."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expected:
    waits: float
    """Share of customers who wait at all."""
    within: float
    """Share answered within the target: the service level."""
    asa_s: float
    """Average speed of answer, those who don't wait included."""
    occupancy: float


def erlang_c(calls_per_s: float, handle_s: float, agents: int, target_s: float) -> Expected:
    """Raises ValueError for a queue that grows for ever."""
    load = calls_per_s * handle_s
    if load >= agents:
        raise ValueError(f"{load:.1f} erlangs need more than {agents} agents")
    blocked = 1.0  # Erlang B, by its recursion
    for number in range(1, agents + 1):
        blocked = load * blocked / (number + load * blocked)
    waits = blocked / (1 - load / agents * (1 - blocked))
    spare = agents - load
    within = 1 - waits * math.exp(-spare * target_s / handle_s)
    return Expected(waits, within, waits * handle_s / spare, load / agents)
