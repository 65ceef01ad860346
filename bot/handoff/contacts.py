"""A contact in an agent's hands: taken, ended, wrapped up."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from bot.conversation.events import Event, Kind, NewEvent
from bot.conversation.log import OpenConversation
from bot.conversation.words import mask_cards
from bot.handoff.offers import taken
from bot.handoff.service import Handoffs, NotWaiting
from bot.handoff.team import contact_ended
from bot.handoff.wrap_up import NOT_GIVEN, WrapUp, propose
from bot.store.audit import Act
from bot.store.desk_tables import Agent, Consultant, Handoff, HandoffState, Task
from bot.store.tables import EventRow, Floor, Speaker


class Contacts:
    def __init__(self, handoffs: Handoffs, *, wrap_up_s: float) -> None:
        self.handoffs = handoffs
        self.log = handoffs.log
        self.wrap_up_lasts = timedelta(seconds=wrap_up_s)

    async def accept(self, handoff_id: str, agent: Agent) -> Handoff:
        """One winner, whatever races: the conversation is locked and the state checked again.
        Raises NotWaiting."""
        conversation_id = await self.handoffs.conversation_of(handoff_id)
        async with self.log.opened(conversation_id) as opened:
            handoff = await opened.session.get_one(Handoff, handoff_id)
            if handoff.state is not HandoffState.WAITING:
                other = None
                if handoff.state is HandoffState.ACCEPTED and handoff.agent_id:
                    other = await opened.session.get(Agent, handoff.agent_id)
                raise NotWaiting(other.name if other else None)
            await taken(opened.session, handoff.id, agent, opened.now)
            await self.give_to(opened, handoff, agent)
            return handoff

    async def give_to(self, opened: OpenConversation, handoff: Handoff, agent: Agent) -> None:
        """The contact is this agent's from now on, and the customer is told."""
        handoff.state = HandoffState.ACCEPTED
        handoff.accepted_at = opened.now
        handoff.agent_id = agent.id
        await opened.append(
            NewEvent(
                Kind.HANDOFF_ACCEPTED,
                Speaker.AGENT,
                name=agent.name,
                agent_id=agent.id,
                data={"handoff": handoff.id},
            )
        )
        opened.give_floor(Floor.HUMAN, agent.id)
        opened.audit(Act.CONTACT_ACCEPTED, agent.id, handoff=handoff.id)

    async def end(self, handoff_id: str, agent: Agent) -> Handoff:
        """The agent has finished talking: the assistant has the floor again, and the wrap-up begins.
        Raises NotWaiting where the agent does not hold this handoff."""
        conversation_id = await self.handoffs.conversation_of(handoff_id)
        async with self.log.opened(conversation_id) as opened:
            handoff = await self.held(opened, handoff_id, agent, HandoffState.ACCEPTED)
            await self._give_back(opened, handoff, agent, "ended")
            handoff.state = HandoffState.WRAP_UP
            handoff.wrap_up_until = opened.now + self.wrap_up_lasts
            opened.audit(Act.CONTACT_ENDED, agent.id, handoff=handoff.id)
            return handoff

    async def close(
        self,
        handoff_id: str,
        agent: Agent,
        *,
        disposition: str,
        summary: str,
        contact_reason: str | None = None,
        next_step: tuple[str, datetime] | None = None,
    ) -> Handoff:
        """The wrap-up is written; a contact that goes on is ended, too. `next_step`: what was
        promised, and until when. Raises NotWaiting where the agent does not hold this handoff."""
        conversation_id = await self.handoffs.conversation_of(handoff_id)
        async with self.log.opened(conversation_id) as opened:
            states = (HandoffState.ACCEPTED, HandoffState.WRAP_UP)
            handoff = await self.held(opened, handoff_id, agent, *states)
            going_on = handoff.state is HandoffState.ACCEPTED
            await self._write(opened, handoff, agent, WrapUp(disposition, contact_reason, summary))
            if going_on:
                await self._give_back(opened, handoff, agent, disposition)
            if next_step:
                text, due_at = next_step
                opened.session.add(
                    Task(
                        conversation_id=opened.row.id,
                        agent_id=agent.id,
                        text=mask_cards(text),
                        due_at=due_at,
                        created_at=opened.now,
                    )
                )
            await contact_ended(opened.session, agent.id, opened.now)
            return handoff

    async def run_out(self, opened: OpenConversation, handoff_id: str) -> bool:
        """The time for the wrap-up is over: what the system proposes stands, under a code of its own."""
        handoff = await opened.session.get_one(Handoff, handoff_id)
        if handoff.state is not HandoffState.WRAP_UP or handoff.agent_id is None:
            return False
        if handoff.wrap_up_until is None or handoff.wrap_up_until > opened.now:
            return False
        agent = await opened.session.get_one(Agent, handoff.agent_id)
        found = await self.proposal(opened, handoff)
        wrap_up = WrapUp(NOT_GIVEN, found.contact_reason, found.summary)
        await self._write(opened, handoff, agent, wrap_up)
        await contact_ended(opened.session, agent.id, opened.now)
        return True

    async def proposal(self, opened: OpenConversation, handoff: Handoff) -> WrapUp:
        rows = await opened.session.scalars(
            select(EventRow).where(EventRow.conversation_id == opened.row.id).order_by(EventRow.seq)
        )
        return proposed(handoff, [Event.of(row) for row in rows])

    async def held(
        self, opened: OpenConversation, handoff_id: str, agent: Agent, *states: HandoffState
    ) -> Handoff:
        handoff = await opened.session.get_one(Handoff, handoff_id)
        if handoff.state not in states or handoff.agent_id != agent.id:
            raise NotWaiting
        return handoff

    async def _write(
        self, opened: OpenConversation, handoff: Handoff, agent: Agent, wrap_up: WrapUp
    ) -> None:
        summary = mask_cards(wrap_up.summary)
        handoff.state = HandoffState.CLOSED
        handoff.closed_at = opened.now
        handoff.wrap_up_until = None
        handoff.disposition, handoff.summary = wrap_up.disposition, summary
        handoff.contact_reason = wrap_up.contact_reason or handoff.payload["need"]["contact_reason"]
        await opened.append(
            NewEvent(
                Kind.WRAP_UP,
                Speaker.AGENT,
                summary,
                name=agent.name,
                agent_id=agent.id,
                data={"disposition": wrap_up.disposition, "handoff": handoff.id},
            )
        )
        opened.audit(
            Act.CONTACT_CLOSED, agent.id, handoff=handoff.id, disposition=wrap_up.disposition
        )
        opened.queue_changed = True
        if not opened.row.ended_at:
            outcome = f"{wrap_up.disposition}: {summary}" if summary else wrap_up.disposition
            opened.row.outcome_due = {"outcome": outcome, "by": agent.name}

    async def _give_back(
        self, opened: OpenConversation, handoff: Handoff, agent: Agent, outcome: str
    ) -> None:
        """The assistant has the floor again."""
        await opened.session.execute(delete(Consultant).where(Consultant.handoff_id == handoff.id))
        await self.handoffs.ended(opened, handoff, outcome, agent)
        opened.give_floor(Floor.BOT)
        if not opened.row.ended_at:
            say = await self.handoffs.sentences(opened)
            await self.handoffs.assistant_says(opened, say("back_again", agent=agent.name))


def proposed(handoff: Handoff, events: list[Event]) -> WrapUp:
    accepted = [
        event.seq
        for event in events
        if event.kind is Kind.HANDOFF_ACCEPTED and event.data.get("handoff") == handoff.id
    ]
    return propose(handoff.payload, events, accepted[-1] if accepted else 0)
