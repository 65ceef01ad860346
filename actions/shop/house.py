"""What the shop's departments share: the database, the clock, the terms, and the rule that a turn
changes a thing once."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Awaitable, Callable, Hashable
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm.interfaces import ORMOption

from actions.backend import NotAllowed, Refusal
from actions.shop.database import lock_key, writing
from actions.shop.identity import order_key
from actions.shop.tables import DoneTurnRow, OrderRow
from actions.shop.terms import Terms, day_of
from actions.shop.views import WHOLE_ORDER

Result = TypeVar("Result")

TURNS_KEPT = timedelta(days=30)
"""A turn is sent again within minutes, if at all."""

PRUNED_AT_ONCE = 200


@dataclasses.dataclass(frozen=True)
class House:
    engine: AsyncEngine
    clock: Callable[[], datetime]
    terms: Terms

    def today(self) -> date:
        return day_of(self.clock())

    async def once(
        self,
        kind: type[Result],
        method: str,
        turn_id: str,
        subject: str,
        work: Callable[[AsyncSession], Awaitable[Result]],
        *locks: int,
    ) -> Result:
        """Does `work` in a write transaction and remembers what it returned; where this turn has
        done this method to this subject before, returns that instead. A second call at the same
        time waits for the first. Where `work` raises, nothing is changed and nothing remembered.

        `locks`: of what else `work` changes (`lock_key`); everybody who changes an order holds the
        order's. `kind` is what the method returns, a dataclass or str.
        """
        if not turn_id:
            raise ValueError(f"{method} needs a turn_id, this one is empty")
        turn, subject = _digest(turn_id), _digest(subject)
        mine = lock_key("turn", f"{turn}{method}{subject}")
        async with (
            writing(self.engine, mine, *locks) as connection,
            AsyncSession(connection, join_transaction_mode="rollback_only") as session,
        ):
            done = await session.scalar(
                select(DoneTurnRow.result).where(
                    DoneTurnRow.turn_id == turn,
                    DoneTurnRow.method == method,
                    DoneTurnRow.subject == subject,
                )
            )
            if done is None:
                done = _adapter(cast(Hashable, kind)).dump_json(await work(session)).decode()
                now = self.clock()
                await session.execute(
                    insert(DoneTurnRow).values(
                        turn_id=turn, method=method, subject=subject, result=done, at=now
                    )
                )
                await _prune(session, now - TURNS_KEPT)
            await session.commit()  # flushes; the transaction is ended by `writing`
        return _result(kind, done)


async def find_order(session: AsyncSession, number: str, *more: ORMOption) -> OrderRow | None:
    """The order with all that `order_view` reads, and `more` of what views.py names."""
    found = select(OrderRow).where(OrderRow.number == order_key(number))
    row: OrderRow | None = await session.scalar(found.options(*WHOLE_ORDER, *more))
    return row


async def need_order(session: AsyncSession, number: str, *more: ORMOption) -> OrderRow:
    """NotAllowed(UNKNOWN_ORDER) where there is none."""
    row = await find_order(session, number, *more)
    if row is None:
        raise NotAllowed(Refusal.UNKNOWN_ORDER)
    return row


def order_lock(number: str) -> int:
    return lock_key("order", order_key(number))


async def _prune(session: AsyncSession, before: datetime) -> None:
    old = (
        select(DoneTurnRow.id)
        .where(DoneTurnRow.at < before)
        .limit(PRUNED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    await session.execute(delete(DoneTurnRow).where(DoneTurnRow.id.in_(old)))


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _result(kind: type[Result], stored: str) -> Result:
    """Also the first answer is read back, so that the second one is the same."""
    result: Result = _adapter(cast(Hashable, kind)).validate_json(stored)
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        lists = {
            field.name: tuple(value)
            for field in dataclasses.fields(result)
            if isinstance(value := getattr(result, field.name), list)
        }
        result = dataclasses.replace(result, **lists)
    return result


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=32).hexdigest()
