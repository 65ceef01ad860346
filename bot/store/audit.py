"""The audit log: sign-ins, who took and gave back which contact, who listened to what.

An entry is written in the transaction of what it tells of: neither is there without the other."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.desk_tables import AuditRow


class Act(enum.StrEnum):
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  (no password)
    AGENT_ADDED = "agent_added"
    CONTACT_ACCEPTED = "contact_accepted"
    CONTACT_ENDED = "contact_ended"
    CONTACT_CLOSED = "contact_closed"
    CONTACT_RETURNED = "contact_returned"
    """By the system: its agent was gone."""
    CONTACT_TRANSFERRED = "contact_transferred"
    COLLEAGUE_ASKED = "colleague_asked"
    COLLEAGUE_JOINED = "colleague_joined"
    ORDER_CHANGED = "order_changed"
    GRANT_ASKED = "grant_asked"
    GRANT_ANSWERED = "grant_answered"
    AGENT_CHANGED = "agent_changed"
    CUSTOMER_CALLED = "customer_called"
    RECORDING_OPENED = "recording_opened"


def audit(
    session: AsyncSession,
    at: datetime,
    act: Act,
    agent_id: int | None,
    *,
    conversation_id: str | None = None,
    source: str | None = None,
    **data: Any,
) -> None:
    """Adds an entry within the session's transaction; `data` is JSON and holds no secrets."""
    session.add(
        AuditRow(
            at=at,
            action=act.value,
            agent_id=agent_id,
            conversation_id=conversation_id,
            source=source[:80] if source else None,
            data=data,
        )
    )


async def entries(
    session: AsyncSession, *, before: int | None = None, limit: int = 100
) -> Sequence[AuditRow]:
    """The newest first; of those before the entry with the id `before`."""
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditRow.id < before)
    return list(await session.scalars(query))
