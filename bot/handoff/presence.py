"""Which agents are there: a sign of life from an open desk page, with a lease, and a status."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.desk_tables import Agent, Status


async def present_agents(
    session: AsyncSession, now: datetime, lease_s: float, *, available_only: bool = True
) -> list[Agent]:
    query = select(Agent).where(Agent.seen_at > now - timedelta(seconds=lease_s))
    if available_only:
        query = query.where(Agent.status == Status.AVAILABLE)
    return list(await session.scalars(query.order_by(Agent.id)))
