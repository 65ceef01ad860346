"""Tickets for media sockets: good once, for a minute, for one conversation."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete, update

from bot.conversation.log import Clock, secret_hash
from bot.store.database import Database
from bot.store.tables import Ticket

LASTS = timedelta(seconds=60)


class BadTicket(Exception):
    """Unknown, used or too old."""


class Tickets:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def issue(self, conversation_id: str, leg_id: str) -> str:
        secret = secrets.token_urlsafe(32)
        now = self._clock()
        async with self._database.writing() as session:
            await session.execute(delete(Ticket).where(Ticket.expires_at < now - LASTS))
            session.add(
                Ticket(
                    secret_hash=secret_hash(secret),
                    conversation_id=conversation_id,
                    leg_id=leg_id,
                    expires_at=now + LASTS,
                )
            )
        return secret

    async def redeem(self, secret: str) -> Ticket:
        """Raises BadTicket. Of two that come with the same ticket, one gets in."""
        now = self._clock()
        key = secret_hash(secret)
        async with self._database.writing() as session:
            won = await session.execute(
                update(Ticket)
                .where(Ticket.secret_hash == key, Ticket.used_at.is_(None), Ticket.expires_at > now)
                .values(used_at=now)
                .returning(Ticket.secret_hash)
            )
            if won.scalar() is None:
                raise BadTicket
            return await session.get_one(Ticket, key)
