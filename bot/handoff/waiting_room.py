"""What customers hear while they wait for a person, and what they may ask for: a call back, to leave a
message, the assistant again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select

from bot.conversation.events import Event, Kind, NewEvent
from bot.conversation.log import ConversationEnded, OpenConversation
from bot.conversation.sentences import Sentence, Sentences
from bot.handoff.lists import handled_s
from bot.handoff.payload import Need
from bot.handoff.service import Handoffs
from bot.handoff.team import candidates, places
from bot.handoff.wait import Outlook, in_words, outlook
from bot.store.desk_tables import Agent, Handoff, HandoffState
from bot.store.tables import Channel, Conversation, Floor, Leg, Medium, Speaker
from engine.numbers_spoken import find_numbers

log = structlog.get_logger()

TELL_CALLERS_EVERY: Final = timedelta(seconds=45)
"""Music gets long after less than a minute."""
TELL_CHATS_EVERY: Final = timedelta(seconds=20)
"""And only where they have moved up: a chat is read again, a call isn't."""

COMES_BACK: Final = timedelta(seconds=60)
"""How long a caller who was cut off, or hung up by mistake, keeps the place."""
DIALLED: Final = timedelta(seconds=90)
"""A call back that isn't answered by then is none."""

FEWEST_DIGITS: Final = 10
MOST_DIGITS: Final = 15
"""Of a telephone number; E.164 allows 15."""

WISHES: Final = ("wait_back", "wait_message", "wait_callback")


@dataclass(frozen=True, slots=True)
class _Place:
    handoff: Handoff
    position: int


class WaitingRoom:
    def __init__(self, handoffs: Handoffs) -> None:
        self.handoffs = handoffs
        self.log = handoffs.log

    # --- what customers ask for ----------------------------------------------------------------

    async def heard(self, opened: OpenConversation, event: Event) -> None:
        """Something a customer said who waits; inside the transaction that stored it."""
        handoff = await self.handoffs.open_handoff(opened.session, opened.row.id)
        if handoff is None or handoff.state is not HandoffState.WAITING:
            return
        say = await self.handoffs.sentences(opened, event.leg_id)
        wish = next((one for one in WISHES if say.says(one, event.text)), None)
        if wish is None and handoff.callback_number == "":
            await self._number_told(opened, handoff, event, say)
        elif wish == "wait_back":
            await self._back(opened, handoff, event, say)
        elif wish == "wait_message":
            await self._message(opened, handoff, event)
        elif wish == "wait_callback":
            await self._callback(opened, handoff, event, say)

    async def _back(
        self, opened: OpenConversation, handoff: Handoff, event: Event, say: Sentences
    ) -> None:
        await self._leave(opened, handoff, "back to the assistant")
        await self.handoffs.assistant_says(opened, say("wait_is_back"), event.leg_id)

    async def _message(self, opened: OpenConversation, handoff: Handoff, event: Event) -> None:
        await self._leave(opened, handoff, "leaves a message")
        need = Need.of(handoff.payload.get("need"))
        await self.handoffs.offer_message(opened, "leave_message", need, event.leg_id)

    async def _leave(self, opened: OpenConversation, handoff: Handoff, outcome: str) -> None:
        handoff.state, handoff.closed_at = HandoffState.ABANDONED, opened.now
        await self.handoffs.ended(opened, handoff, outcome, None)
        opened.give_floor(Floor.BOT)

    async def _callback(
        self, opened: OpenConversation, handoff: Handoff, event: Event, say: Sentences
    ) -> None:
        leg = await opened.session.get(Leg, event.leg_id) if event.leg_id else None
        number = telephone_number(event.text) or (leg.caller if leg else None)
        if number:
            await self._call_back_at(opened, handoff, number, say)
        else:
            handoff.callback_number = ""
            await _says(opened, say("wait_ask_number"))

    async def _number_told(
        self, opened: OpenConversation, handoff: Handoff, event: Event, say: Sentences
    ) -> None:
        if number := telephone_number(event.text):
            await self._call_back_at(opened, handoff, number, say)
        else:
            await _says(opened, say("wait_number_unclear"))

    async def _call_back_at(
        self, opened: OpenConversation, handoff: Handoff, number: str, say: Sentences
    ) -> None:
        handoff.callback_number, handoff.medium = number, Medium.VOICE
        await _says(opened, say("wait_callback_kept", number=number))
        opened.queue_changed = True

    # --- what they are told ----------------------------------------------------------------------

    async def tell(self) -> int:
        """Where they stand, to those who haven't heard it for a while; returns how many were told."""
        now = self.log.clock()
        waiting = await self.handoffs.waiting()
        due = [
            _Place(handoff, position)
            for position, handoff in enumerate(waiting, 1)
            if _is_due(handoff, position, now)
        ]
        told = 0
        for place in due:
            try:
                told += await self._tell(place)
            except ConversationEnded:
                continue
        return told

    async def _tell(self, place: _Place) -> bool:
        async with self.log.opened(place.handoff.conversation_id) as opened:
            handoff = await opened.session.get_one(Handoff, place.handoff.id)
            if handoff.state is not HandoffState.WAITING or opened.row.ended_at:
                return False
            if not _is_due(handoff, place.position, opened.now):
                return False  # another process was faster
            say = await self.handoffs.sentences(opened)
            new = await self._outlook(opened, handoff, place.position)
            times = int(handoff.told_at is not None and handoff.told_at > handoff.asked_at)
            key = "wait_next" if place.position == 1 else "wait_position"
            if times % 2 and say.has(f"{key}_2"):
                key = f"{key}_2"
            await _says(
                opened, say(key, position=place.position, wait=in_words(new, opened.now, say))
            )
            handoff.told_at = opened.now
            handoff.told_position = place.position
            if new:
                handoff.told_due_at, handoff.told_places = new.due_at, new.places
            return True

    async def _outlook(
        self, opened: OpenConversation, handoff: Handoff, position: int
    ) -> Outlook | None:
        session, now = opened.session, opened.now
        before = None
        if handoff.told_due_at and handoff.told_position and handoff.told_places:
            before = Outlook(handoff.told_due_at, handoff.told_position, handoff.told_places)
        team = await candidates(session, now, self.handoffs.presence_s)
        if any(one.room[handoff.medium] > 0 for one in team):
            return None
        there = await places(session, now, self.handoffs.presence_s, handoff.medium)
        known = await handled_s(session, now, handoff.medium)
        return outlook(now, position, there, known, before)

    # --- who comes back -------------------------------------------------------------------------

    async def expects(self, number: str) -> str | None:
        """The conversation of a caller whom we have just dialled, or who was waiting a moment ago."""
        now = self.log.clock()
        dialled = select(Handoff.conversation_id).where(
            Handoff.callback_number == number, Handoff.dialled_at > now - DIALLED
        )
        left = (
            select(Handoff.conversation_id)
            .join(Leg, Leg.conversation_id == Handoff.conversation_id)
            .where(
                Handoff.state == HandoffState.WAITING,
                Leg.channel == Channel.PHONE,
                Leg.source == f"phone:{number}",
                Leg.ended_at > now - COMES_BACK,
            )
        )
        for query in (dialled, left):
            open_ones = query.join(Conversation, Conversation.id == Handoff.conversation_id).where(
                Conversation.ended_at.is_(None)
            )
            async with self.log.database.reading() as session:
                found: str | None = await session.scalar(open_ones.limit(1))
            if found:
                return found
        return None

    async def welcome_back(self, opened: OpenConversation) -> None:
        """The first words to a caller who was dialled, or has come back to the queue. The assistant
        says its own (it has lost nobody's place)."""
        if opened.row.floor is Floor.BOT:
            return
        say = await self.handoffs.sentences(opened)
        agent = await _who(opened)
        words = say("called_back", agent=agent) if agent else say("still_waiting")
        await _says(opened, words)
        handoff = await self.handoffs.open_handoff(opened.session, opened.row.id)
        if handoff:
            handoff.dialled_at = None
            opened.queue_changed = True


async def _who(opened: OpenConversation) -> str | None:
    agent_id = opened.row.floor_agent_id
    agent = await opened.session.get(Agent, agent_id) if agent_id else None
    return agent.name.split()[0] if agent else None


def telephone_number(text: str) -> str | None:
    """The number in a text, digits with a plus in front where there was one; None where there is none
    that could be dialled."""
    for found in re.findall(r"\+?[0-9][0-9 ()./-]{6,}[0-9]", text):
        digits = re.sub(r"[^0-9]", "", found)
        if FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
            return f"+{digits}" if found.startswith("+") else digits
    spoken = "".join(number.value for number in find_numbers(text))
    return spoken if FEWEST_DIGITS <= len(spoken) <= MOST_DIGITS else None


def _is_due(handoff: Handoff, position: int, now: datetime) -> bool:
    if handoff.callback_number:
        return False
    since = now - (handoff.told_at or handoff.asked_at)
    if handoff.medium is Medium.VOICE:
        return since >= TELL_CALLERS_EVERY
    moved_up = handoff.told_position is not None and position < handoff.told_position
    return moved_up and since >= TELL_CHATS_EVERY


async def _says(opened: OpenConversation, sentence: Sentence) -> None:
    """Nobody's words: the floor is the queue's."""
    data = {"spoken": sentence.spoken} if sentence.spoken else {}
    await opened.append(NewEvent(Kind.MESSAGE, Speaker.SYSTEM, sentence.text, data=data))
