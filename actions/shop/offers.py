"""What lies where at this moment, and which promotions run today."""

from __future__ import annotations

from sqlalchemy import select

from actions.backend import Place, PlaceStock, Promotion
from actions.shop.database import reading
from actions.shop.house import House
from actions.shop.inputs import sku_key
from actions.shop.reservations import release_expired
from actions.shop.tables import PromotionRow, StockRow, VariantRow, WarehouseRow


async def stock_at(house: House, sku: str) -> list[PlaceStock]:
    await release_expired(house)
    as_of = house.clock()
    async with reading(house.engine) as connection:
        rows = await connection.execute(
            select(WarehouseRow, StockRow.on_hand, StockRow.restock_on)
            .join(StockRow, StockRow.warehouse_id == WarehouseRow.id)
            .join(VariantRow, VariantRow.id == StockRow.variant_id)
            .where(VariantRow.sku == sku_key(sku))
            .order_by(WarehouseRow.id)
        )
        return [
            PlaceStock(
                place=Place(row.id, row.name, row.city, row.state, row.pickup),
                on_hand=row.on_hand,
                restock_on=row.restock_on,
                as_of=as_of,
            )
            for row in rows
        ]


async def promotions(house: House) -> list[Promotion]:
    """The highest percentage first."""
    today = house.today()
    async with reading(house.engine) as connection:
        rows = await connection.execute(
            select(PromotionRow.__table__)
            .where(PromotionRow.starts_on <= today, PromotionRow.ends_on >= today)
            .order_by(PromotionRow.percent_off.desc(), PromotionRow.id)
        )
        return [
            Promotion(
                code=row.code,
                title=row.title,
                percent_off=row.percent_off,
                category=row.category,
                ends_on=row.ends_on,
            )
            for row in rows
        ]
