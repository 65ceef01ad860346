"""What a handoff is aimed at: the medium, the skills it needs, the agent it should have."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.backend import Customer
from bot.conversation.log import OpenConversation
from bot.handoff.team import LONGEST_SINCE
from bot.store.desk_tables import Handoff, NamedAgent
from bot.store.tables import SPOKEN, Conversation, Leg, Medium

ROOT = Path(__file__).resolve().parents[2]
SKILLS_FILE: Final = ROOT / "data" / "policy" / "skills.toml"


@cache
def skill_of() -> dict[str, str]:
    """Contact reason → skill."""
    table = tomllib.loads(SKILLS_FILE.read_text(encoding="utf-8"))
    return {reason: skill for skill, reasons in table.items() for reason in reasons}


async def medium_of(opened: OpenConversation, leg_id: str | None) -> Medium:
    leg = await opened.session.get(Leg, leg_id) if leg_id else None
    return Medium.VOICE if leg and leg.channel in SPOKEN else Medium.CHAT


async def aim(
    opened: OpenConversation,
    handoff: Handoff,
    leg_id: str | None,
    customer: Customer | None,
    first_language: str,
) -> None:
    """Writes into a handoff, whose payload is composed, what skills it needs and whose it is."""
    leg = await opened.session.get(Leg, leg_id) if leg_id else None
    language = leg.language if leg else opened.row.language
    skill = skill_of().get(handoff.payload["need"]["contact_reason"])
    skills = [skill] if skill else []
    if language != first_language:
        skills.append(language)
    handoff.skills = skills
    handoff.payload = handoff.payload | {"need": handoff.payload["need"] | {"skills": skills}}
    handoff.own_agent_id, handoff.own_why = await _own_agent(opened, customer)


async def _own_agent(
    opened: OpenConversation, customer: Customer | None
) -> tuple[int | None, str | None]:
    """The agent a customer has by name, else the one of last time. Whose customer it is counts only
    where that was checked: `customer` is None otherwise."""
    session, row = opened.session, opened.row
    if customer and (named := await session.get(NamedAgent, customer.id)):
        return named.agent_id, "named"
    last = await _last_agent(session, row, opened)
    return last, "last_agent" if last else None


async def _last_agent(
    session: AsyncSession, row: Conversation, opened: OpenConversation
) -> int | None:
    theirs = [Handoff.conversation_id == row.id]
    if row.customer_id is not None:
        theirs.append(Conversation.customer_id == row.customer_id)
    found: int | None = await session.scalar(
        select(Handoff.agent_id)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .where(
            or_(*theirs),
            Handoff.agent_id.is_not(None),
            Handoff.accepted_at > opened.now - LONGEST_SINCE,
        )
        .order_by(Handoff.accepted_at.desc())
        .limit(1)
    )
    return found
