"""Numbers and codes that don't count up, and that can be read aloud."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

LETTERS = "ACDEFHJKMNPRTUWXY34679"
"""Without those that look like another one: 0 O Q, 1 I L, 2 Z, 5 S, 8 B, G, V."""

DRAWS = 50
"""Of a million numbers, fifty draws are only all taken where there are hundreds of thousands."""


def readable(length: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def six_digits() -> str:
    return f"{secrets.randbelow(900_000) + 100_000}"


async def unused(
    session: AsyncSession,
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    draw: Callable[[], str],
) -> str:
    """A drawn one that isn't in `column` yet. The column's unique index has the last word: two that
    draw the same at once are BackendUnavailable for one of them."""
    for _ in range(DRAWS):
        drawn = draw()
        taken: ColumnElement[bool] = exists().where(column == drawn)
        if not await session.scalar(select(taken)):
            return drawn
    raise RuntimeError(f"{column} is full: {DRAWS} numbers drawn, all of them taken")
