"""The demo shop's answers: actions/backend.py's ShopBackend over its database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime

import asyncpg
from sqlalchemy import exc as sql_errors
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.backend import (
    BackendUnavailable,
    Customer,
    IdentityCheck,
    Order,
    ProductMatch,
)
from actions.shop import identity
from actions.shop.database import create_engine, reading
from actions.shop.identity import IdentityLimits
from actions.shop.shelf import Shelf
from actions.shop.tables import CustomerRow, OrderRow
from actions.shop.views import WHOLE_ORDER, customer_view, order_view

ANSWER_SECONDS = 6.0
"""After this long a question counts as unanswered. A customer on the phone is waiting."""

MOST_ORDERS = 100
MOST_PRODUCTS = 50
LARGEST_ID = 2**31 - 1

FAILURES = (
    sql_errors.DBAPIError,
    sql_errors.DisconnectionError,
    sql_errors.TimeoutError,
    asyncpg.PostgresError,  # raised bare while connecting
    asyncpg.InterfaceError,
    OSError,  # connection refused, no such host; TimeoutError is one too
)


def utc_now() -> datetime:
    return datetime.now(UTC)


class SqlShop:
    """A ShopBackend. Making one opens nothing; it belongs to the event loop that first asks it.

    `database_url`: `sqlite:///var/shop.db` or `postgresql://user@host/database`; ValueError for
    anything else. The database must have been migrated. A SQLite file that isn't there is not
    made, and is BackendUnavailable. `clock` gives the aware present, for locks and the index's age.
    """

    def __init__(
        self,
        database_url: str,
        *,
        clock: Callable[[], datetime] = utc_now,
        limits: IdentityLimits | None = None,
    ) -> None:
        self._engine = create_engine(database_url)
        self._clock = clock
        self._limits = limits or IdentityLimits()
        self._shelf = Shelf(self._engine, clock)

    async def check_identity(
        self, number: str, postcode: str, *, source: str, turn_id: str | None = None
    ) -> IdentityCheck:
        async with self._answering():
            outcome, match = await identity.check(
                self._engine,
                number,
                postcode,
                source,
                turn_id,
                clock=self._clock,
                limits=self._limits,
            )
            if match is None:
                return IdentityCheck(outcome, None)
            async with AsyncSession(self._engine) as session:
                row = await session.get_one(OrderRow, match.order_id, options=WHOLE_ORDER)
                return IdentityCheck(outcome, order_view(row), match.whole_account)

    async def order(self, number: str) -> Order | None:
        async with self._answering(), AsyncSession(self._engine) as session:
            row = await session.scalar(
                select(OrderRow)
                .where(OrderRow.number == identity.order_key(number))
                .options(*WHOLE_ORDER)
            )
            return order_view(row) if row else None

    async def orders_of(self, customer_id: int, *, limit: int = 10) -> Sequence[Order]:
        """At most 100, whatever `limit` says."""
        if not 0 < customer_id <= LARGEST_ID:
            return []
        async with self._answering(), AsyncSession(self._engine) as session:
            rows = await session.scalars(
                select(OrderRow)
                .where(OrderRow.customer_id == customer_id)
                .order_by(OrderRow.placed_at.desc(), OrderRow.id.desc())
                .limit(max(0, min(limit, MOST_ORDERS)))
                .options(*WHOLE_ORDER)
            )
            return [order_view(row) for row in rows]

    async def customer(self, customer_id: int) -> Customer | None:
        if not 0 < customer_id <= LARGEST_ID:
            return None
        async with self._answering(), AsyncSession(self._engine) as session:
            row = await session.get(CustomerRow, customer_id)
            return customer_view(row) if row else None

    async def search_products(self, words: str, *, limit: int = 5) -> Sequence[ProductMatch]:
        """At most 50, whatever `limit` says; the first 400 characters of `words` are read."""
        async with self._answering():
            return await self._shelf.search(words, max(0, min(limit, MOST_PRODUCTS)))

    async def ping(self) -> None:
        """Also notices a database that answers but was never migrated."""
        async with self._answering(), reading(self._engine) as connection:
            await connection.execute(select(OrderRow.id).limit(1))

    async def close(self) -> None:
        await self._engine.dispose()

    @contextlib.asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                yield
        except FAILURES as error:
            raise BackendUnavailable(f"the shop's database failed: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    """For a log line: without SQL, and so without a customer's data."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, TimeoutError):
        return f"no answer within {ANSWER_SECONDS:g} seconds"
    return (str(cause).splitlines() or [""])[0] or type(cause).__name__
