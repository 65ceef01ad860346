"""What customers say, on its way into the log: the one entrance for every channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.conversation.events import Event, Kind, NewEvent
from bot.conversation.log import ConversationLog
from bot.conversation.words import clean
from bot.dialogue.turns import SIGNED_TOKEN, Turns
from bot.store.tables import Floor, Leg, Speaker, new_id


@dataclass(frozen=True, slots=True)
class Words:
    """What a customer said on one leg."""

    text: str
    leg_id: str
    client_id: str | None = None
    confidence: float | None = None
    """The recogniser's, 0 to 1; None for typed words."""
    alternatives: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    event: Event
    turn_id: str | None
    """The turn that will answer; None while a person (or the queue) has the floor."""
    known: bool
    """It had been stored before: the sender asked again."""


@dataclass(frozen=True, slots=True)
class VerifiedIdentity:
    """What a signed token of the shop's server says (bot/channels/identity.py)."""

    customer_id: int
    name: str
    until: datetime


class Listening:
    def __init__(self, log: ConversationLog, turns: Turns, *, message_limit: int) -> None:
        self.log = log
        self.turns = turns
        self.message_limit = message_limit

    async def hear(self, conversation_id: str, words: Words) -> Heard:
        """Store what was said and, if the assistant has the floor, owe an answer to it, in one
        transaction. Raises NoSuchConversation, ConversationEnded."""
        cleaned = clean(words.text, self.message_limit)
        spoken = words.confidence is not None
        async with self.log.opened(conversation_id) as opened:
            if words.client_id and (known := await opened.find(words.client_id)):
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
            if spoken:
                new.data["confidence"] = words.confidence
                new.data["alternatives"] = list(words.alternatives)
            if opened.row.floor is Floor.BOT:
                new = replace(new, turn_id=new_id())
            event = await opened.append(new)
            if new.turn_id:
                await opened.owe_answer(event)
        if event.turn_id:
            self.turns.wake(conversation_id)
        return Heard(event, event.turn_id, known=False)

    async def identify(
        self, conversation_id: str, leg_id: str, identity: VerifiedIdentity | None
    ) -> None:
        """Note who the shop's server says this is; None takes a signed identity back."""
        async with self.log.opened(conversation_id) as opened:
            leg = await opened.session.get_one(Leg, leg_id)
            if identity is None:
                if leg.verified_how == SIGNED_TOKEN:
                    leg.verified_until = None
                    leg.verified_how = None
                return
            news = leg.customer_id != identity.customer_id or leg.verified_how != SIGNED_TOKEN
            leg.customer_id = identity.customer_id
            leg.customer_name = identity.name
            leg.verified_how = SIGNED_TOKEN
            leg.verified_until = identity.until
            if news:
                await opened.note_identity(
                    leg_id, identity.customer_id, identity.name, how=SIGNED_TOKEN
                )
