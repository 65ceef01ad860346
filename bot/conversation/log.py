"""The conversation log: the only writer of events, and the keeper of the floor.

Everything that changes a conversation happens inside `ConversationLog.opened(id)`: one transaction
under the conversation's row lock, in which events get the next numbers and the floor's epoch is
checked. What is committed is numbered without a gap; what is rolled back leaves none."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.events import Event, Kind, NewEvent
from bot.conversation.hub import DESK, Hub
from bot.conversation.words import mask_cards, mask_deeply
from bot.store.audit import Act, audit
from bot.store.database import Database
from bot.store.tables import Channel, Conversation, EventRow, Floor, Leg, Speaker, Turn

Clock = Callable[[], datetime]
"""The time now, aware."""


class NoSuchConversation(Exception):
    """No conversation has this id, or the key does not fit it: the two look the same."""


class ConversationEnded(Exception):
    """Nothing more can be said in it."""


class FloorLost(Exception):
    """The sender does not own the floor (any more); nothing was stored."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to speak that a sender believes to hold: checked at the moment of sending."""

    floor: Floor
    epoch: int
    agent_id: int | None = None


SIGNED_TOKEN = "signed token"  # noqa: S105  (a way of checking identity, no secret)


@dataclass(frozen=True, slots=True)
class VerifiedIdentity:
    """What a signed token of the shop's server says (bot/channels/identity.py)."""

    customer_id: int
    name: str
    until: datetime


class OpenConversation:
    """A conversation inside its transaction, locked. Nobody else writes to it meanwhile."""

    def __init__(self, session: AsyncSession, row: Conversation, now: datetime) -> None:
        self.session = session
        self.row = row
        self.now = now
        self.added: list[Event] = []
        self.queue_changed = False
        self.sent_again = False
        """The process that stored the words may have died before it told anybody."""

    @property
    def claim(self) -> Claim:
        """The floor as it stands."""
        return Claim(self.row.floor, self.row.floor_epoch, self.row.floor_agent_id)

    def check(self, claim: Claim) -> None:
        if claim != self.claim:
            raise FloorLost(f"{claim.floor} epoch {claim.epoch}; the floor is {self.claim}")

    async def find(self, client_id: str) -> Event | None:
        """The event that was stored under the sender's own id."""
        row = await self.session.scalar(
            select(EventRow).where(
                EventRow.conversation_id == self.row.id, EventRow.client_id == client_id
            )
        )
        self.sent_again = self.sent_again or row is not None
        return Event.of(row) if row else None

    async def append(self, new: NewEvent, claim: Claim | None = None) -> Event:
        """Store an event under the next number. With `claim`, only if its sender owns the floor.

        Card numbers are masked here, whoever said them. An event sent again under the same
        `client_id` is returned as it was stored. Raises FloorLost, ConversationEnded."""
        if new.client_id and (known := await self.find(new.client_id)):
            return known
        if self.row.ended_at and new.kind not in AFTER_THE_END:
            raise ConversationEnded(self.row.id)
        if claim is not None:
            self.check(claim)
        self.row.last_seq += 1
        self.row.last_at = self.now
        row = EventRow(
            conversation_id=self.row.id,
            seq=self.row.last_seq,
            at=self.now,
            kind=new.kind.value,
            speaker=new.speaker,
            name=new.name,
            text=mask_cards(new.text),
            leg_id=new.leg_id,
            agent_id=new.agent_id,
            client_id=new.client_id,
            turn_id=new.turn_id,
            data=cast(dict[str, Any], mask_deeply(new.data)),
        )
        self.session.add(row)
        await self.session.flush()
        event = Event.of(row)
        self.added.append(event)
        return event

    def give_floor(self, floor: Floor, agent_id: int | None = None) -> Claim:
        """The floor changes hands: whoever held it can't send from here on."""
        self.row.floor = floor
        self.row.floor_agent_id = agent_id
        self.row.floor_epoch += 1
        self.queue_changed = True
        return self.claim

    def owe_answer(self, event: Event, identity: VerifiedIdentity | None = None) -> Turn:
        """The assistant owes an answer to these words of the customer (stored with a turn's id)."""
        assert event.leg_id is not None
        assert event.turn_id is not None
        turn = Turn(
            id=event.turn_id,
            conversation_id=self.row.id,
            leg_id=event.leg_id,
            seq=event.seq,
            epoch=self.row.floor_epoch,
            created_at=self.now,
            identity=identity
            and {
                "customer_id": identity.customer_id,
                "name": identity.name,
                "until": identity.until.isoformat(),
            },
        )
        self.session.add(turn)
        return turn

    async def begin_leg(
        self, channel: Channel, source: str, *, language: str | None = None, **where: str | None
    ) -> Leg:
        """`language`: in which the customer is answered there (None: the conversation's)."""
        leg = Leg(
            conversation_id=self.row.id,
            channel=channel,
            language=language or self.row.language,
            started_at=self.now,
            source=source[:200],
            device=_cut(where.get("device"), 40),
            page=_cut(where.get("page"), 500),
            locale=_cut(where.get("locale"), 40),
        )
        self.session.add(leg)
        await self.session.flush()
        await self.append(
            NewEvent(
                Kind.LEG_STARTED, Speaker.SYSTEM, leg_id=leg.id, data={"channel": channel.value}
            )
        )
        return leg

    async def note_identity(
        self,
        leg_id: str,
        customer_id: int,
        name: str,
        *,
        how: str,
        order: str | None = None,
        turn_id: str | None = None,
    ) -> None:
        """Who the customer is, as a check just said; the leg keeps until when it holds."""
        self.row.customer_id = customer_id
        self.row.customer_name = name
        facts = {"customer_id": customer_id, "name": name, "how": how, "order": order}
        await self.append(
            NewEvent(
                Kind.IDENTITY,
                Speaker.SYSTEM,
                leg_id=leg_id,
                turn_id=turn_id,
                data=facts | {"verified": True},
            )
        )

    def audit(self, act: Act, agent_id: int | None, **data: Any) -> None:
        """An entry of the audit log about this conversation, in its transaction."""
        audit(self.session, self.now, act, agent_id, conversation_id=self.row.id, **data)

    async def live_legs(self) -> Sequence[Leg]:
        """Those that haven't ended."""
        query = select(Leg).where(Leg.conversation_id == self.row.id, Leg.ended_at.is_(None))
        return list(await self.session.scalars(query))

    async def end_leg(self, leg_id: str) -> None:
        leg = await self.session.get(Leg, leg_id)
        if leg is None or leg.ended_at:
            return
        leg.ended_at = self.now
        if not self.row.ended_at:
            await self.append(
                NewEvent(
                    Kind.LEG_ENDED,
                    Speaker.SYSTEM,
                    leg_id=leg.id,
                    data={"channel": leg.channel.value},
                )
            )


AFTER_THE_END = frozenset(
    {
        Kind.RATING,
        Kind.NOTE,
        Kind.WRAP_UP,
        Kind.SPEECH_ENDED,
        Kind.ORDER_ACTION,
        Kind.ORDER_REQUEST,
        Kind.ORDER_REQUEST_ANSWERED,
    }
)
"""What may still be written down when the talking is over."""


def _cut(text: str | None, length: int) -> str | None:
    return text[:length] if text else None


def secret_hash(secret: str) -> str:
    """How keys, tickets and cookies are kept: they have 256 bits of their own, so a plain SHA-256
    can't be turned back (unlike passwords, which get argon2). Takes whatever a header may hold."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


class ConversationLog:
    def __init__(self, database: Database, hub: Hub, clock: Clock) -> None:
        self.database = database
        self.hub = hub
        self.clock = clock

    async def begin(self, language: str, *, external_key: str | None = None) -> tuple[str, str]:
        """A new conversation: its id and the key its visitor keeps (only the key's hash is stored)."""
        token = secrets.token_urlsafe(32)
        now = self.clock()
        async with self.database.writing() as session:
            row = Conversation(
                language=language,
                created_at=now,
                last_at=now,
                external_key=external_key,
                token_hash=None if external_key else secret_hash(token),
            )
            session.add(row)
            await session.flush()
            return row.id, token

    async def check_token(self, conversation_id: str, token: str) -> Conversation:
        """The conversation, if `token` is its key. Raises NoSuchConversation."""
        row = await self.get(conversation_id)
        if row.token_hash is None or not secrets.compare_digest(row.token_hash, secret_hash(token)):
            raise NoSuchConversation(conversation_id)
        return row

    async def get(self, conversation_id: str) -> Conversation:
        async with self.database.reading() as session:
            row = await session.get(Conversation, conversation_id)
        if row is None:
            raise NoSuchConversation(conversation_id)
        return row

    async def by_external_key(self, key: str) -> Conversation | None:
        async with self.database.reading() as session:
            found: Conversation | None = await session.scalar(
                select(Conversation).where(Conversation.external_key == key)
            )
            return found

    @asynccontextmanager
    async def opened(self, conversation_id: str) -> AsyncIterator[OpenConversation]:
        """The conversation, locked, in one transaction. Watchers are told once it is committed."""
        async with self.database.writing() as session:
            row = await session.get(Conversation, conversation_id, with_for_update=True)
            if row is None:
                raise NoSuchConversation(conversation_id)
            opened = OpenConversation(session, row, self.clock())
            yield opened
        if opened.added or opened.queue_changed or opened.sent_again:
            self.hub.changed(conversation_id)
        if opened.queue_changed:
            self.hub.changed(DESK)

    async def since(
        self, conversation_id: str, seq: int = 0, *, limit: int | None = None
    ) -> list[Event]:
        """Events after number `seq`, in order."""
        async with self.database.reading() as session:
            return await _after(session, conversation_id, seq, limit)

    async def news(self, conversation_id: str, seq: int) -> tuple[list[Event], Conversation]:
        """What a screen needs to catch up: events after number `seq`, and who has the floor, in one
        reading. Raises NoSuchConversation."""
        async with self.database.reading() as session:
            events = await _after(session, conversation_id, seq)
            row = await session.get(Conversation, conversation_id)
        if row is None:
            raise NoSuchConversation(conversation_id)
        return events, row

    async def legs(self, conversation_id: str) -> Sequence[Leg]:
        query = select(Leg).where(Leg.conversation_id == conversation_id).order_by(Leg.started_at)
        async with self.database.reading() as session:
            return list(await session.scalars(query))


async def _after(
    session: AsyncSession, conversation_id: str, seq: int, limit: int | None = None
) -> list[Event]:
    query = (
        select(EventRow)
        .where(EventRow.conversation_id == conversation_id, EventRow.seq > seq)
        .order_by(EventRow.seq)
        .limit(limit)
    )
    return [Event.of(row) for row in await session.scalars(query)]
