"""One agent's contacts end in the same moment, in transactions of their own."""

from __future__ import annotations

import asyncio

from bot.store.desk_tables import HandoffState
from tests.handoff.desk import Desk


async def test_contacts_of_one_agent_that_end_at_once_do_not_wait_for_each_other(
    desk: Desk,
) -> None:
    maya = await desk.agent("Maya")
    held = [await desk.in_contact(maya) for _ in range(10)]
    closed = await asyncio.gather(
        *(
            desk.contacts.close(handoff.id, maya, disposition="solved", summary="")
            for handoff in held
        )
    )
    assert {handoff.state for handoff in closed} == {HandoffState.CLOSED}
