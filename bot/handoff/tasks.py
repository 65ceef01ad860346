"""What was promised to customers and is still to be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.database import LOCK
from bot.store.desk_tables import Task


async def open_tasks(session: AsyncSession, agent_id: int) -> Sequence[Task]:
    """An agent's own and the team's, the soonest due first."""
    query = (
        select(Task)
        .where(Task.done_at.is_(None), or_(Task.agent_id == agent_id, Task.agent_id.is_(None)))
        .order_by(Task.due_at, Task.id)
    )
    return list(await session.scalars(query))


async def finish_task(session: AsyncSession, task_id: str, agent_id: int, now: datetime) -> bool:
    """Whether there is such a task; one that is done already stays whoever did it."""
    task = await session.get(Task, task_id, with_for_update=LOCK)
    if task is None:
        return False
    if task.done_at is None:
        task.done_at, task.done_by = now, agent_id
    return True
