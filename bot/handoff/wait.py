"""How long a customer still has to wait: an honest estimate that counts down. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.sentences import Sentences

FEWEST_KNOWN: Final = 3
"""Contacts that must have been handled lately: an honest number or none."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What somebody who waits was told last."""

    due_at: datetime
    position: int
    """1: next."""
    places: int
    """Contacts that those who work now can have at once."""

    def left_s(self, now: datetime) -> float:
        return max(0.0, (self.due_at - now).total_seconds())


def outlook(
    now: datetime, position: int, places: int, handled_s: Sequence[float], before: Outlook | None
) -> Outlook | None:
    """None where too little is known, or nobody works. `handled_s`: how long the last contacts took.

    Each place gets free once in a mean handling time, so the n-th in line waits n times the mean by
    the places. While nobody joins ahead and nobody goes off duty, what is told only counts down: a
    contact that takes longer than the mean doesn't push the moment away."""
    if len(handled_s) < FEWEST_KNOWN or places < 1:
        return None
    mean_s = sum(handled_s) / len(handled_s)
    new = Outlook(now + timedelta(seconds=position * mean_s / places), position, places)
    if before is None or position > before.position or places < before.places:
        return new
    return replace(new, due_at=min(new.due_at, before.due_at))


def in_words(told: Outlook | None, now: datetime, say: Sentences) -> str:
    """ ", usually about 3 minutes", or nothing where too little is known."""
    if told is None:
        return ""
    minutes = max(1, round(told.left_s(now) / 60))
    words = say("minute" if minutes == 1 else "minutes", count=minutes).text
    return say("queued_wait", minutes=words).text
