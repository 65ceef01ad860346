"""What customers say, on its way into the log: the one entrance for every channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from bot.conversation.events import Event, Kind, NewEvent
from bot.conversation.log import SIGNED_TOKEN, ConversationLog, OpenConversation, VerifiedIdentity
from bot.conversation.words import clean
from bot.dialogue.turns import Turns
from bot.handoff.waiting_room import WaitingRoom
from bot.store.columns import new_id
from bot.store.tables import Channel, Floor, Leg, Speaker


@dataclass(frozen=True, slots=True)
class Words:
    """What a customer said on one leg."""

    text: str
    leg_id: str
    client_id: str | None = None
    confidence: float | None = None
    """The recogniser's, 0 to 1; None for typed words."""
    keyed: bool = False
    """Said with the keys of a telephone."""
    alternatives: Sequence[str] = ()
    identity: VerifiedIdentity | None = None
    """Who the shop's server says this is, verified for these very words."""


@dataclass(frozen=True, slots=True)
class Heard:
    event: Event
    turn_id: str | None
    """The turn that will answer; None while a person (or the queue) has the floor."""
    known: bool
    """It had been stored before: the sender asked again."""


class Listening:
    def __init__(
        self,
        log: ConversationLog,
        turns: Turns,
        waiting_room: WaitingRoom,
        *,
        message_limit: int,
    ) -> None:
        self.log = log
        self.turns = turns
        self.waiting_room = waiting_room
        self.message_limit = message_limit

    async def hear(self, conversation_id: str, words: Words) -> Heard:
        """Store what was said and, if the assistant has the floor, owe an answer to it, in one
        transaction. Raises NoSuchConversation, ConversationEnded."""
        cleaned = clean(words.text, self.message_limit)
        spoken = words.confidence is not None
        async with self.log.opened(conversation_id) as opened:
            if words.client_id and (known := await opened.find(words.client_id)):
                self.turns.wake(conversation_id)
                return Heard(known, known.turn_id, known=True)
            new = NewEvent(
                Kind.SPEECH if spoken else Kind.MESSAGE,
                Speaker.CUSTOMER,
                cleaned.text,
                name=opened.row.customer_name,
                leg_id=words.leg_id,
                client_id=words.client_id,
            )
            if cleaned.truncated:
                new.data["truncated"] = True
            if words.keyed:
                new.data["keyed"] = True
            if spoken:
                new.data["confidence"] = words.confidence
                new.data["alternatives"] = list(words.alternatives)
            if opened.row.floor is Floor.BOT:
                new = replace(new, turn_id=new_id())
            event = await opened.append(new)
            if new.turn_id:
                identity = words.identity or await self._of_call(opened, words.leg_id)
                self.turns.leases.begin(opened.owe_answer(event, identity))
            elif opened.row.floor is Floor.QUEUE:
                await self.waiting_room.heard(opened, event)
        if event.turn_id:
            self.turns.wake(conversation_id)
        return Heard(event, event.turn_id, known=False)

    async def _of_call(self, opened: OpenConversation, leg_id: str) -> VerifiedIdentity | None:
        """A call's own leg says who was signed in on the page it was begun from."""
        leg = await opened.session.get_one(Leg, leg_id)
        if leg.channel is not Channel.VOICE or leg.verified_how != SIGNED_TOKEN:
            return None
        if (
            leg.customer_id is None
            or leg.verified_until is None
            or leg.verified_until <= opened.now
        ):
            return None
        return VerifiedIdentity(leg.customer_id, leg.customer_name or "", leg.verified_until)

    async def identify(
        self, conversation_id: str, leg_id: str, identity: VerifiedIdentity | None
    ) -> None:
        """Note who the shop's server says this is; None takes a signed identity back, also from
        calls that were begun with it. A conversation that is over stays as it is."""
        async with self.log.opened(conversation_id) as opened:
            if opened.row.ended_at:
                return
            if identity is None:
                signed = await opened.session.scalars(
                    select(Leg).where(
                        Leg.conversation_id == conversation_id, Leg.verified_how == SIGNED_TOKEN
                    )
                )
                for leg in signed:
                    leg.verified_until = None
                    leg.verified_how = None
                return
            leg = await opened.session.get_one(Leg, leg_id)
            news = leg.customer_id != identity.customer_id or leg.verified_how != SIGNED_TOKEN
            leg.customer_id = identity.customer_id
            leg.customer_name = identity.name
            leg.verified_how = SIGNED_TOKEN
            leg.verified_until = identity.until
            if news:
                await opened.note_identity(
                    leg_id, identity.customer_id, identity.name, how=SIGNED_TOKEN
                )
