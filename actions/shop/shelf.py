"""The catalogue as it is in the database: all of it for the index, and single products with their
stock of this moment."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from actions.backend import Product, ProductMatch, VariantStock
from actions.shop.database import reading
from actions.shop.demo import words
from actions.shop.language import Language
from actions.shop.search import Entry, Hit, Index
from actions.shop.tables import ProductRow, StockRow, VariantRow

INDEX_SECONDS = 60
"""A new or renamed product is found after this time at the latest; stock and prices, which are
read from the database for each answer, are never old."""


class Shelf:
    def __init__(self, engine: AsyncEngine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._language = Language(words("synonyms"))
        self._index: Index | None = None
        self._indexed_at: datetime | None = None
        self._indexing = asyncio.Lock()

    async def search(self, text: str, limit: int) -> list[ProductMatch]:
        hits = (await self._fresh_index()).find(text, limit)
        if not hits:
            return []
        as_of = self._clock()
        products = await self._products([hit.product_id for hit in hits])
        return [
            _match(hit, products[hit.product_id], as_of)
            for hit in hits
            if hit.product_id in products
        ]

    async def _fresh_index(self) -> Index:
        async with self._indexing:
            now = self._clock()
            age = now - self._indexed_at if self._indexed_at else None
            if self._index is None or age is None or age >= timedelta(seconds=INDEX_SECONDS):
                entries = await self._entries()
                self._index = await asyncio.to_thread(Index, entries, self._language)
                self._indexed_at = now
            return self._index

    async def _entries(self) -> list[Entry]:
        colours: dict[int, set[str]] = defaultdict(set)
        sizes: dict[int, set[str]] = defaultdict(set)
        async with reading(self._engine) as connection:
            products = (
                await connection.execute(
                    select(
                        ProductRow.id,
                        ProductRow.model,
                        ProductRow.name,
                        ProductRow.category,
                        ProductRow.description,
                    ).order_by(ProductRow.id)
                )
            ).all()
            variants = await connection.execute(
                select(VariantRow.product_id, VariantRow.colour, VariantRow.size).distinct()
            )
            for product_id, colour, size in variants:
                if colour is not None:
                    colours[product_id].add(colour)
                if size is not None:
                    sizes[product_id].add(size)
        return [
            Entry(
                *product, colours=frozenset(colours[product.id]), sizes=frozenset(sizes[product.id])
            )
            for product in products
        ]

    async def _products(self, ids: Collection[int]) -> dict[int, Product]:
        on_hand = func.coalesce(func.sum(StockRow.on_hand), 0)
        async with reading(self._engine) as connection:
            rows = await connection.execute(
                select(
                    VariantRow.product_id,
                    VariantRow.sku,
                    VariantRow.colour,
                    VariantRow.size,
                    VariantRow.price_cents,
                    on_hand.label("on_hand"),
                    func.min(StockRow.restock_on).label("restock_on"),
                )
                .outerjoin(StockRow, StockRow.variant_id == VariantRow.id)
                .where(VariantRow.product_id.in_(ids))
                .group_by(VariantRow.id)
                .order_by(VariantRow.id)
            )
            variants: dict[int, list[VariantStock]] = defaultdict(list)
            for row in rows:
                variants[row.product_id].append(
                    VariantStock(
                        sku=row.sku,
                        colour=row.colour,
                        size=row.size,
                        price_cents=row.price_cents,
                        on_hand=int(row.on_hand),
                        restock_on=None if row.on_hand else row.restock_on,
                    )
                )
            products = await connection.execute(
                select(
                    ProductRow.id,
                    ProductRow.name,
                    ProductRow.category,
                    ProductRow.description,
                    ProductRow.currency,
                ).where(ProductRow.id.in_(list(variants)))
            )
            return {
                row.id: Product(
                    id=row.id,
                    name=row.name,
                    category=row.category,
                    description=row.description,
                    price_cents=min(variant.price_cents for variant in variants[row.id]),
                    currency=row.currency,
                    variants=tuple(variants[row.id]),
                )
                for row in products
            }


def _match(hit: Hit, product: Product, as_of: datetime) -> ProductMatch:
    fitting = tuple(
        variant
        for variant in product.variants
        if (hit.colour is None or variant.colour == hit.colour)
        and (hit.size is None or variant.size in hit.sizes)
    )
    return ProductMatch(
        product=product,
        score=hit.score,
        variants=fitting,
        colour=hit.colour,
        size=hit.size,
        as_of=as_of,
    )
