"""What a test looks up in the shop's tables behind the shop's back, and what it arranges there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, delete, insert, select

from actions.shop import demo_orders
from actions.shop.database import create_engine, reading, writing
from actions.shop.tables import Base, StockRow, VariantRow

PORTLAND, COLUMBUS, BEND = 1, 2, 3
"""The demo shop's places. Only in Bend is there a counter for pick-up."""

Listed = dict[str, Any]
"""An order as `demo_orders` lists it."""


class Ledger:
    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_engine(url)

    async def orders(self, status: str | None = None) -> list[Listed]:
        return [o for o in await demo_orders(self.url) if status in (None, o["status"])]

    async def rows(self, table: str) -> list[Any]:
        its: Table = Base.metadata.tables[table]
        async with reading(self._engine) as connection:
            return list(await connection.execute(select(its).order_by(*its.primary_key)))

    async def change(self, table: str, row_id: int, **values: object) -> None:
        its = Base.metadata.tables[table]
        async with writing(self._engine) as connection:
            await connection.execute(its.update().where(its.c.id == row_id).values(values))

    async def add(self, table: str, **values: object) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(insert(Base.metadata.tables[table]).values(values))

    async def stock(self, sku: str) -> dict[int, int]:
        async with reading(self._engine) as connection:
            rows = await connection.execute(
                select(StockRow.warehouse_id, StockRow.on_hand)
                .join(VariantRow)
                .where(VariantRow.sku == sku)
            )
            return dict(rows.all())

    async def put(self, sku: str, on_hand: Mapping[int, int]) -> None:
        """The stock of one variant, which then lies nowhere else."""
        async with writing(self._engine) as connection:
            variant = await connection.scalar(select(VariantRow.id).where(VariantRow.sku == sku))
            await connection.execute(delete(StockRow).where(StockRow.variant_id == variant))
            await connection.execute(
                insert(StockRow),
                [
                    {"variant_id": variant, "warehouse_id": place, "on_hand": count}
                    for place, count in on_hand.items()
                ],
            )

    async def close(self) -> None:
        await self._engine.dispose()
