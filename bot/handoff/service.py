"""Handoffs: asked for, accepted, closed, or kept as a message where nobody is there.

Methods that take an `OpenConversation` run inside its transaction, so that a handoff, the words that
announce it and the floor's change are one step for everybody who watches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import func, select

from actions.backend import BackendUnavailable, ShopBackend
from bot.conversation.events import Event, Kind, NewEvent
from bot.conversation.log import Claim, ConversationLog, OpenConversation
from bot.conversation.sentences import Sentence, Sentences
from bot.handoff.aim import aim, medium_of
from bot.handoff.hours import Hours
from bot.handoff.lists import HandoffLists, handled_s
from bot.handoff.mentions import mentions
from bot.handoff.payload import Evidence, Need, compose
from bot.handoff.presence import present_agents
from bot.handoff.priority import ranks_at
from bot.handoff.team import candidates, places
from bot.handoff.wait import Outlook, in_words, outlook
from bot.store.desk_tables import Agent, Handoff, HandoffState
from bot.store.tables import Channel, EventRow, Floor, Leg, Medium, Speaker

log = structlog.get_logger()

ORDERS = 50
"""Of a customer's newest, among which the open ones are looked for."""


class NotWaiting(Exception):
    """Somebody else was first, or the customer left. `by` is the colleague's name, if any."""

    def __init__(self, by: str | None = None) -> None:
        super().__init__(by)
        self.by = by


RecordingOf = Callable[[str], Awaitable[dict[str, Any] | None]]


class Handoffs(HandoffLists):
    def __init__(
        self,
        conversation_log: ConversationLog,
        backend: ShopBackend,
        sentences: Sentences,
        *,
        presence_s: float,
        hours: Hours | None = None,
    ) -> None:
        super().__init__(conversation_log)
        self.hours = hours or Hours()
        self.backend = backend
        self.say = sentences
        self.presence_s = presence_s
        self.recording_of: RecordingOf | None = None
        """Where a conversation's recording can be listened to; set where calls are taken."""
        self.by_telephone = False
        """People take phone calls by telephone: they are transferred, not queued for the desk."""

    # --- asked for ---------------------------------------------------------------------------

    async def gather(self, conversation_id: str, customer_id: int | None = None) -> Evidence:
        """What the payload needs from elsewhere, looked up before the conversation is locked. A shop
        that doesn't answer costs its part of the payload, never the handoff. `customer_id`: of
        whoever was identified by the very reply that asks for a person."""
        conversation = await self.log.get(conversation_id)
        events = await self.log.since(conversation_id)
        found = await mentions([event.text for event in events if event.said_by_customer])
        customer, orders = None, []
        customer_id = customer_id or conversation.customer_id
        if customer_id is not None:
            try:
                customer = await self.backend.customer(customer_id)
                orders = list(await self.backend.orders_of(customer_id, limit=ORDERS))
            except BackendUnavailable as error:
                log.warning("handoff without the customer's orders", error=str(error))
        agents = [event.name for event in events if event.speaker is Speaker.AGENT and event.name]
        recording = await self.recording_of(conversation_id) if self.recording_of else None
        return Evidence(found, customer, orders, agents[-1] if agents else None, recording)

    async def request(
        self,
        opened: OpenConversation,
        need: Need,
        evidence: Evidence,
        *,
        leg_id: str | None,
        turn_id: str | None = None,
    ) -> None:
        """Bring a person in; with nobody signed in, offer to take a message. Raises FloorLost."""
        opened.check(Claim(Floor.BOT, opened.row.floor_epoch))
        say = await self.sentences(opened, leg_id)
        rank = ranks_at(opened.now, need.priority, evidence.customer)
        medium = await medium_of(opened, leg_id)
        told, position = None, None
        buttons: list[dict[str, str]] = []
        if opens := self.hours.closed_until(opened.now):
            await self.offer_message(opened, "closed_now", need, leg_id, turn_id, opens=opens)
            return
        if self.by_telephone and await self._is_phone(opened, leg_id):
            words = say("call_transfer")
        elif await present_agents(opened.session, opened.now, self.presence_s):
            words, position, told = await self._queue_words(opened, say, rank, medium)
            if medium is Medium.VOICE:
                words = joined(words, say("wait_options"))
            buttons = [say.button(one) for one in ("wait_callback", "wait_message", "wait_back")]
        else:
            await self.offer_message(opened, "nobody_there", need, leg_id, turn_id)
            return
        await self.assistant_says(opened, words, leg_id, turn_id, buttons)
        handoff = Handoff(
            conversation_id=opened.row.id,
            state=HandoffState.WAITING,
            reason=need.reason,
            asked_at=opened.now,
            ranks_at=rank,
            payload={},
            medium=medium,
        )
        handoff.told_position = position
        if told:
            handoff.told_due_at, handoff.told_places = told.due_at, told.places
        opened.session.add(handoff)
        await opened.session.flush()
        await opened.append(
            NewEvent(
                Kind.HANDOFF_REQUESTED,
                Speaker.SYSTEM,
                leg_id=leg_id,
                turn_id=turn_id,
                data={"reason": need.reason, "handoff": handoff.id},
            )
        )
        handoff.payload = await self._payload(opened, need, evidence, leg_id)
        await aim(opened, handoff, leg_id, evidence.customer, self.say.language)
        opened.row.message_offer = None
        opened.row.expects = "free"
        opened.give_floor(Floor.QUEUE)
        log.info("handoff requested", conversation=opened.row.id, reason=need.reason)

    async def _is_phone(self, opened: OpenConversation, leg_id: str | None) -> bool:
        leg = await opened.session.get(Leg, leg_id) if leg_id else None
        return leg is not None and leg.channel is Channel.PHONE

    async def transferred(self, conversation_id: str, number: str) -> None:
        """The caller is connected to people who take calls by telephone: this is theirs now."""
        async with self.log.opened(conversation_id) as opened:
            handoff = await self.open_handoff(opened.session, conversation_id)
            if handoff and handoff.state is HandoffState.WAITING:
                handoff.state, handoff.closed_at = HandoffState.CLOSED, opened.now
                handoff.disposition = "transferred"
                await self.ended(opened, handoff, f"transferred to {number}", None)
                opened.give_floor(Floor.BOT)

    async def not_transferred(self, conversation_id: str, leg_id: str) -> None:
        """It couldn't be done: whoever is at the desk takes it, else a message is kept."""
        async with self.log.opened(conversation_id) as opened:
            handoff = await self.open_handoff(opened.session, conversation_id)
            if handoff is None or handoff.state is not HandoffState.WAITING:
                return
            if await present_agents(opened.session, opened.now, self.presence_s):
                return
            handoff.state, handoff.closed_at = HandoffState.ABANDONED, opened.now
            await self.ended(opened, handoff, "not transferred", None)
            opened.give_floor(Floor.BOT)
            say = await self.sentences(opened, leg_id)
            await self.assistant_says(opened, say("call_transfer_failed"), leg_id)
            await self.offer_message(opened, "nobody_there", Need(handoff.reason), leg_id)

    async def offer_message(
        self,
        opened: OpenConversation,
        key: str,
        need: Need,
        leg_id: str | None = None,
        turn_id: str | None = None,
        **values: str,
    ) -> None:
        """The sentence `key`; what the customer says from here on is the message (or that they don't
        mind). The event keeps why a person was needed, for whoever reads the message."""
        say = await self.sentences(opened, leg_id)
        never_mind = [say.button("never_mind")]
        offer = await self.assistant_says(
            opened, say(key, **values), leg_id, turn_id, never_mind, need=need.as_data()
        )
        opened.row.message_offer = offer.seq
        opened.row.expects = "free"

    async def take_message(
        self, opened: OpenConversation, event: Event, evidence: Evidence
    ) -> None:
        """The customer's words are the message for the absent team; the bot keeps the floor."""
        opened.check(Claim(Floor.BOT, opened.row.floor_epoch))
        key = (opened.row.id, opened.row.message_offer)
        offer = await opened.session.get(EventRow, key) if key[1] else None
        need = Need.of(offer.data.get("need") if offer else None)
        opened.row.message_offer = None
        payload = await self._payload(opened, need, evidence, event.leg_id)
        handoff = Handoff(
            conversation_id=opened.row.id,
            state=HandoffState.MESSAGE_TAKEN,
            reason=need.reason,
            asked_at=opened.now,
            ranks_at=ranks_at(opened.now, need.priority, evidence.customer),
            payload=payload | {"message": {"text": event.text, "event": event.seq}},
        )
        opened.session.add(handoff)
        await opened.session.flush()
        await opened.append(
            NewEvent(
                Kind.MESSAGE_TAKEN,
                Speaker.SYSTEM,
                leg_id=event.leg_id,
                turn_id=event.turn_id,
                data={"handoff": handoff.id, "of": event.seq},
            )
        )
        say = await self.sentences(opened, event.leg_id)
        await self.assistant_says(opened, say("message_kept"), event.leg_id, event.turn_id)
        opened.queue_changed = True

    async def sentences(self, opened: OpenConversation, leg_id: str | None = None) -> Sentences:
        """Ours in the language of a leg; None: of the one that began last."""
        leg = await opened.session.get(Leg, leg_id) if leg_id else None
        if leg is None:
            leg = await opened.session.scalar(
                select(Leg)
                .where(Leg.conversation_id == opened.row.id)
                .order_by(Leg.started_at.desc())
                .limit(1)
            )
        return self.say.of(leg.language if leg else opened.row.language)

    async def _queue_words(
        self, opened: OpenConversation, say: Sentences, rank: datetime, medium: Medium
    ) -> tuple[Sentence, int, Outlook | None]:
        """Position and an honest wait: none where somebody is free, or too little is known."""
        session, now = opened.session, opened.now
        ahead = await session.scalar(
            select(func.count()).where(
                Handoff.state == HandoffState.WAITING, Handoff.ranks_at <= rank
            )
        )
        position = (ahead or 0) + 1
        team = await candidates(session, now, self.presence_s)
        told = None
        if not any(one.room[medium] > 0 for one in team):
            there = await places(session, now, self.presence_s, medium)
            told = outlook(now, position, there, await handled_s(session, now, medium), None)
        wait = in_words(told, now, say)
        if position == 1:
            return say("queued_next", wait=wait), position, told
        return say("queued", position=position, wait=wait), position, told

    async def _payload(
        self, opened: OpenConversation, need: Need, evidence: Evidence, leg_id: str | None
    ) -> dict[str, Any]:
        session, conversation_id = opened.session, opened.row.id
        rows = await session.scalars(
            select(EventRow)
            .where(EventRow.conversation_id == conversation_id)
            .order_by(EventRow.seq)
        )
        legs = await session.scalars(
            select(Leg).where(Leg.conversation_id == conversation_id).order_by(Leg.started_at)
        )
        return compose(
            opened.row,
            list(legs),
            [Event.of(row) for row in rows],
            need=need,
            evidence=evidence,
            now=opened.now,
            leg_id=leg_id,
        )

    async def assistant_says(
        self,
        opened: OpenConversation,
        sentence: Sentence,
        leg_id: str | None = None,
        turn_id: str | None = None,
        buttons: Sequence[dict[str, str]] = (),
        **data: Any,
    ) -> Event:
        """The assistant's words from the server, with `data` for the team; needs the bot's floor."""
        if sentence.spoken:
            data["spoken"] = sentence.spoken
        if buttons:
            data["buttons"] = list(buttons)
        return await opened.append(
            NewEvent(
                Kind.MESSAGE,
                Speaker.ASSISTANT,
                sentence.text,
                name=self.say.assistant,
                leg_id=leg_id,
                turn_id=turn_id,
                data=data,
            ),
            Claim(Floor.BOT, opened.row.floor_epoch),
        )

    async def ended(
        self, opened: OpenConversation, handoff: Handoff, outcome: str, agent: Agent | None
    ) -> None:
        if opened.row.ended_at:
            return
        await opened.append(
            NewEvent(
                Kind.HANDOFF_ENDED,
                Speaker.AGENT if agent else Speaker.SYSTEM,
                name=agent.name if agent else None,
                agent_id=agent.id if agent else None,
                data={"handoff": handoff.id, "outcome": outcome},
            )
        )

    async def conversation_of(self, handoff_id: str) -> str:
        async with self.log.database.reading() as session:
            handoff = await session.get(Handoff, handoff_id)
        if handoff is None:
            raise NotWaiting
        return handoff.conversation_id


def joined(one: Sentence, other: Sentence) -> Sentence:
    spoken = f"{one.spoken or one.text} {other.spoken or other.text}"
    return Sentence(f"{one.text} {other.text}", spoken)
