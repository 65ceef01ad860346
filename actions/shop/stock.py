"""Taking pieces out of the stock and putting them back, inside a write transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.backend import NotAllowed, Refusal
from actions.shop.tables import AllocationRow, StockRow, WarehouseRow

MOST_PIECES = 1_000_000
"""More than a column or a shop can hold of one thing."""


class LockedStock:
    """The stock of some variants, which nobody else changes until the transaction ends. All of them
    are locked at once, in one order by everybody, so that nobody waits in a circle."""

    def __init__(self, session: AsyncSession, free: dict[int, dict[int, int]]) -> None:
        self._session = session
        self._free = free

    @classmethod
    async def of(cls, session: AsyncSession, variant_ids: Iterable[int]) -> LockedStock:
        free: dict[int, dict[int, int]] = {variant_id: {} for variant_id in variant_ids}
        rows = await session.execute(
            select(StockRow.variant_id, StockRow.warehouse_id, StockRow.on_hand)
            .where(StockRow.variant_id.in_(sorted(free)))
            .order_by(StockRow.variant_id, StockRow.warehouse_id)
            .with_for_update()
        )
        for variant_id, warehouse_id, on_hand in rows:
            free[variant_id][warehouse_id] = on_hand
        return cls(session, free)

    async def take(self, variant_id: int, quantity: int, item_id: int) -> None:
        """For a line of an order: from the distribution centers first, from a store last.
        NotAllowed(OUT_OF_STOCK) where there aren't so many; then the caller must roll back."""
        for warehouse_id in await _warehouses(self._session):
            here = min(quantity, self._free[variant_id].get(warehouse_id, 0))
            if here > 0:
                await take_from(self._session, variant_id, warehouse_id, here)
                self._free[variant_id][warehouse_id] -= here
                await _allocate(self._session, item_id, warehouse_id, here)
                quantity -= here
        if quantity > 0:
            raise NotAllowed(Refusal.OUT_OF_STOCK, f"{quantity} too many")

    async def put_back(self, variant_id: int, quantity: int, item_id: int) -> None:
        """From a line of an order: to where its pieces were taken from, as far as that is known,
        the rest to the first distribution center."""
        session = self._session
        taken = await session.execute(
            select(AllocationRow.warehouse_id, AllocationRow.quantity)
            .where(AllocationRow.order_item_id == item_id)
            .order_by(AllocationRow.warehouse_id.desc())
        )
        for warehouse_id, allocated in taken.all():
            here = min(quantity, allocated)
            if here > 0:
                await _allocate(session, item_id, warehouse_id, -here)
                await give_to(session, variant_id, warehouse_id, here)
                quantity -= here
        if quantity > 0:
            first, *_others = await _warehouses(session)
            await give_to(session, variant_id, first, quantity)


async def take_from(
    session: AsyncSession, variant_id: int, warehouse_id: int, quantity: int
) -> None:
    """NotAllowed(OUT_OF_STOCK) where there aren't so many. The stock can't go below zero: the
    check and the change are one statement."""
    if quantity > MOST_PIECES:
        raise NotAllowed(Refusal.OUT_OF_STOCK)
    taken = await session.execute(
        update(StockRow)
        .where(
            StockRow.variant_id == variant_id,
            StockRow.warehouse_id == warehouse_id,
            StockRow.on_hand >= quantity,
        )
        .values(on_hand=StockRow.on_hand - quantity)
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult[Any], taken).rowcount != 1:
        raise NotAllowed(Refusal.OUT_OF_STOCK)


async def give_to(session: AsyncSession, variant_id: int, warehouse_id: int, quantity: int) -> None:
    given = await session.execute(
        update(StockRow)
        .where(StockRow.variant_id == variant_id, StockRow.warehouse_id == warehouse_id)
        .values(on_hand=StockRow.on_hand + quantity)
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult[Any], given).rowcount == 0:
        row = {"variant_id": variant_id, "warehouse_id": warehouse_id, "on_hand": quantity}
        await session.execute(insert(StockRow).values(row))


async def _allocate(session: AsyncSession, item_id: int, warehouse_id: int, change: int) -> None:
    mine = (AllocationRow.order_item_id == item_id, AllocationRow.warehouse_id == warehouse_id)
    before = await session.scalar(select(AllocationRow.quantity).where(*mine))
    quantity = (before or 0) + change
    row = {"order_item_id": item_id, "warehouse_id": warehouse_id, "quantity": quantity}
    if before is None:
        await session.execute(insert(AllocationRow).values(row))
    elif quantity:
        await session.execute(update(AllocationRow).where(*mine).values(quantity=quantity))
    else:
        await session.execute(delete(AllocationRow).where(*mine))


async def _warehouses(session: AsyncSession) -> list[int]:
    """Distribution centers first, in their order."""
    rows = await session.scalars(
        select(WarehouseRow.id).order_by(WarehouseRow.pickup, WarehouseRow.id)
    )
    return list(rows)
