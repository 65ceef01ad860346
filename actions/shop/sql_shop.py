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
    Address,
    BackendUnavailable,
    Cancellation,
    ChangeQuote,
    ComplaintKind,
    Customer,
    Grant,
    GrantKind,
    IdentityCheck,
    Invoice,
    LineChange,
    Order,
    OrderOptions,
    PlaceStock,
    ProductMatch,
    Promotion,
    Reservation,
    Return,
    ReturnReason,
    ReturnWish,
)
from actions.shop import (
    addresses,
    cancelling,
    changing,
    goodwill,
    identity,
    offers,
    paperwork,
    reservations,
    returning,
)
from actions.shop.database import create_engine, reading
from actions.shop.house import House
from actions.shop.identity import IdentityLimits
from actions.shop.inputs import possible_id
from actions.shop.shelf import Shelf
from actions.shop.tables import CustomerRow, OrderRow
from actions.shop.terms import terms
from actions.shop.views import WHOLE_ORDER, customer_view, order_view

ANSWER_SECONDS = 6.0
"""After this long a question counts as unanswered. A customer on the phone is waiting."""

MOST_ORDERS = 100
MOST_PRODUCTS = 50

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
        self._house = House(self._engine, clock, terms())

    async def check_identity(
        self, number: str, proof: str, *, source: str, turn_id: str | None = None
    ) -> IdentityCheck:
        async with self._answering():
            outcome, match = await identity.check(
                self._engine,
                number,
                proof,
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
        if not possible_id(customer_id):
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
        if not possible_id(customer_id):
            return None
        async with self._answering(), AsyncSession(self._engine) as session:
            row = await session.get(CustomerRow, customer_id)
            return customer_view(row) if row else None

    async def search_products(self, words: str, *, limit: int = 5) -> Sequence[ProductMatch]:
        """At most 50, whatever `limit` says; the first 400 characters of `words` are read."""
        async with self._answering():
            await reservations.release_expired(self._house)
            return await self._shelf.search(words, max(0, min(limit, MOST_PRODUCTS)))

    async def stock_at(self, sku: str) -> Sequence[PlaceStock]:
        async with self._answering():
            return await offers.stock_at(self._house, sku)

    async def promotions(self) -> Sequence[Promotion]:
        async with self._answering():
            return await offers.promotions(self._house)

    async def reserve(
        self, sku: str, place_id: int, *, name: str, quantity: int = 1, turn_id: str
    ) -> Reservation:
        async with self._answering():
            return await reservations.reserve(self._house, sku, place_id, name, quantity, turn_id)

    async def options(self, number: str) -> OrderOptions | None:
        async with self._answering():
            return await cancelling.options(self._house, number)

    async def cancel_order(self, number: str, *, turn_id: str) -> Cancellation:
        async with self._answering():
            return await cancelling.cancel(self._house, number, turn_id)

    async def quote_change(self, number: str, changes: Sequence[LineChange]) -> ChangeQuote:
        async with self._answering():
            return await changing.quote(self._house, number, changes)

    async def change_order(
        self, number: str, changes: Sequence[LineChange], *, turn_id: str
    ) -> ChangeQuote:
        async with self._answering():
            return await changing.change(self._house, number, changes, turn_id)

    async def change_address(self, number: str, address: Address, *, turn_id: str) -> Address:
        async with self._answering():
            return await addresses.change(self._house, number, address, turn_id)

    async def add_address(self, customer_id: int, address: Address, *, turn_id: str) -> Address:
        async with self._answering():
            return await addresses.add(self._house, customer_id, address, turn_id)

    async def request_return(
        self,
        number: str,
        items: Sequence[LineChange],
        *,
        reason: ReturnReason,
        wish: ReturnWish,
        turn_id: str,
    ) -> Return:
        async with self._answering():
            return await returning.request(self._house, number, items, reason, wish, turn_id)

    async def returns_of(self, number: str) -> Sequence[Return]:
        async with self._answering():
            return await returning.returns_of(self._house, number)

    async def invoice(self, number: str) -> Invoice | None:
        async with self._answering():
            return await paperwork.invoice(self._house, number)

    async def send_invoice(self, number: str, *, turn_id: str) -> str:
        async with self._answering():
            return await paperwork.send_invoice(self._house, number, turn_id)

    async def grant(
        self,
        number: str,
        kind: GrantKind,
        amount_cents: int,
        *,
        reason: ComplaintKind,
        turn_id: str,
        decided_by: str | None = None,
    ) -> Grant:
        async with self._answering():
            return await goodwill.grant(
                self._house, number, kind, amount_cents, reason, turn_id, decided_by
            )

    async def file_complaint(
        self,
        kind: ComplaintKind,
        text: str,
        *,
        number: str | None,
        customer_id: int | None,
        turn_id: str,
    ) -> str:
        async with self._answering():
            return await goodwill.file_complaint(
                self._house, kind, text, number, customer_id, turn_id
            )

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
