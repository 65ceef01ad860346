"""Putting something aside for pick-up.

A reservation takes its pieces out of the stock in the transaction that makes it, with an UPDATE that
finds no row where there aren't so many: it can't be sold twice. One that has run out gives them back
when somebody next looks at any stock: then `release_expired` is done first, in a transaction of its
own, which marks it as released, so that only one of two processes that look at once puts them back.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from actions.backend import NotAllowed, Refusal, Reservation
from actions.shop.codes import readable, unused
from actions.shop.database import lock_key, reading, writing
from actions.shop.house import House
from actions.shop.inputs import plain, possible_id, sku_key
from actions.shop.stock import give_to, take_from
from actions.shop.tables import ReservationRow, VariantRow, WarehouseRow
from actions.shop.views import called, place_view

RELEASE_LOCK = lock_key("release", "reservations")


async def reserve(
    house: House, sku: str, place_id: int, name: str, quantity: int, turn_id: str
) -> Reservation:
    if quantity < 1:
        raise ValueError(f"a reservation is of at least one piece, not of {quantity}")
    await release_expired(house)
    sku = sku_key(sku)

    async def work(session: AsyncSession) -> Reservation:
        variant = await session.scalar(
            select(VariantRow).where(VariantRow.sku == sku).options(joinedload(VariantRow.product))
        )
        if variant is None:
            raise NotAllowed(Refusal.UNKNOWN_ITEM)
        place = await session.get(WarehouseRow, place_id) if possible_id(place_id) else None
        if place is None or not place.pickup:
            raise NotAllowed(Refusal.NOT_HERE)
        await take_from(session, variant.id, place.id, quantity)
        now = house.clock()
        until = now + timedelta(days=house.terms.reservation_days)
        code = await unused(session, ReservationRow.code, lambda: readable(6))
        await session.execute(
            insert(ReservationRow).values(
                code=code,
                variant_id=variant.id,
                warehouse_id=place.id,
                quantity=quantity,
                name=plain(name, 120),
                created_at=now,
                until=until,
            )
        )
        return Reservation(
            code=code,
            sku=variant.sku,
            name=called(variant),
            quantity=quantity,
            place=place_view(place),
            until=until,
        )

    return await house.once(Reservation, "reserve", turn_id, f"{sku} at {place_id}", work)


async def release_expired(house: House) -> None:
    """Gives back what was kept for somebody and not collected in time. A single query where there
    is none of it."""
    now = house.clock()
    over: tuple[ColumnElement[bool], ...] = (
        ReservationRow.released_at.is_(None),
        ReservationRow.until <= now,
    )
    async with reading(house.engine) as connection:
        if not await connection.scalar(select(exists().where(*over))):
            return
    async with (
        writing(house.engine, RELEASE_LOCK) as connection,
        AsyncSession(connection, join_transaction_mode="rollback_only") as session,
    ):
        rows = (
            await session.execute(
                select(
                    ReservationRow.id,
                    ReservationRow.variant_id,
                    ReservationRow.warehouse_id,
                    ReservationRow.quantity,
                )
                .where(*over)
                .order_by(ReservationRow.variant_id, ReservationRow.warehouse_id)
                .with_for_update()
            )
        ).all()
        for row in rows:
            await session.execute(
                update(ReservationRow).where(ReservationRow.id == row.id).values(released_at=now)
            )
            await give_to(session, row.variant_id, row.warehouse_id, row.quantity)
        await session.commit()
