"""Calls that an agent makes to a customer, in the conversation they have already: a call back, a chat
that goes on by telephone."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog

from bot.conversation.events import Kind, NewEvent
from bot.conversation.log import ConversationEnded
from bot.handoff.service import Handoffs, NotWaiting
from bot.store.audit import Act
from bot.store.desk_tables import Agent, Handoff, HandoffState
from bot.store.tables import Medium, Speaker

log = structlog.get_logger()


class CannotDial(Exception):
    """Nobody picked up, or no carrier makes calls here; the text says which."""


class Dialler(Protocol):
    """A carrier that makes calls."""

    async def dial(self, number: str) -> None:
        """Rings the number. Whoever picks up arrives as a caller with this number, before or after
        this returns. Raises CannotDial."""
        ...


class Dialling:
    def __init__(self, handoffs: Handoffs) -> None:
        self.handoffs = handoffs
        self.log = handoffs.log
        self.dialler: Dialler | None = None
        """Set where calls are taken."""
        self._ringing: set[asyncio.Task[None]] = set()

    async def dial(self, handoff_id: str, agent: Agent, number: str | None = None) -> str:
        """Rings the customer of a contact this agent holds, at the number they asked to be called at
        or another one; returns it. What becomes of it is written into the conversation. Raises
        NotWaiting, CannotDial."""
        if self.dialler is None:
            raise CannotDial("No telephone line is set up for calling out.")
        conversation_id = await self.handoffs.conversation_of(handoff_id)
        async with self.log.opened(conversation_id) as opened:
            handoff = await opened.session.get_one(Handoff, handoff_id)
            if handoff.state is not HandoffState.ACCEPTED or handoff.agent_id != agent.id:
                raise NotWaiting
            number = number or handoff.callback_number
            if not number:
                raise CannotDial("No number is known to call.")
            handoff.callback_number, handoff.dialled_at = number, opened.now
            handoff.medium = Medium.VOICE
            await opened.append(
                NewEvent(Kind.NOTE, Speaker.SYSTEM, f"Calling {number} …", agent_id=agent.id)
            )
            opened.audit(Act.CUSTOMER_CALLED, agent.id, handoff=handoff.id)
            opened.queue_changed = True
        task = asyncio.create_task(self._ring(self.dialler, conversation_id, number))
        self._ringing.add(task)
        task.add_done_callback(self._ringing.discard)
        return number

    async def _ring(self, dialler: Dialler, conversation_id: str, number: str) -> None:
        try:
            await dialler.dial(number)
        except CannotDial as error:
            log.warning(
                "a customer could not be called", conversation=conversation_id, why=str(error)
            )
            words = f"{number} could not be reached: {error}"
            try:
                async with self.log.opened(conversation_id) as opened:
                    await opened.append(NewEvent(Kind.NOTE, Speaker.SYSTEM, words))
            except ConversationEnded:
                pass

    async def close(self) -> None:
        for task in self._ringing:
            task.cancel()
        await asyncio.gather(*self._ringing, return_exceptions=True)
