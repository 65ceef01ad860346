"""Does this person know where the order goes, or who pays? The check, and the counting that stops
guessing.

There are about forty thousand ZIP codes and a few hundred big ones, so a wrong try must cost
something. A failure is counted for the order number, whether it exists or not, and for the source;
the count, the comparison and the new failure are one transaction under a lock for both, so a
hundred tries at once get no more answers than a hundred in a row. A try while locked is neither
evaluated nor counted: the lock ends when the failures that made it are an hour old, however often
somebody knocks. Success neither counts nor wipes out failures (else one's own order would buy
tries at others').

A turn whose answer was lost is sent again. Its failure is known by a digest of the whole try (turn,
source, number and postcode), so it counts once, and gets its old answer even where it was the one
that made the lock; another postcode under the same turn is another try.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm import aliased

from actions.backend import CheckOutcome
from actions.shop.database import writing
from actions.shop.tables import AddressRow, IdentityCheckRow, OrderRow

PRUNED_AT_ONCE = 200
"""Failures past their time that one more failure clears away, at most."""


@dataclass(frozen=True, slots=True)
class Match:
    order_id: int
    whole_account: bool
    """As in IdentityCheck: the billing postcode fitted, not only that of the delivery."""


@dataclass(frozen=True, slots=True)
class IdentityLimits:
    failures_per_number: int = 6
    """So many failures within the window lock an order number, for every source."""
    failures_per_source: int = 10
    """So many failures within the window lock a source, for every order number."""
    window: timedelta = timedelta(hours=1)
    """How long a failure counts."""
    keep: timedelta = timedelta(days=1)
    """How long a failure stays in the table, for whoever looks into an attack."""


def digits_of(text: str) -> str:
    """The ASCII digits in `text`; full-width and other compatible forms count as theirs."""
    return "".join(
        character
        for character in unicodedata.normalize("NFKC", text[:64])
        if character.isascii() and character.isdigit()
    )


def order_key(number: str) -> str:
    """ "482 915" and "482-915" as 482915; empty for what can't be an order number."""
    digits = digits_of(number)
    return digits if len(digits) == 6 else ""


def postcode_key(postcode: str) -> str:
    """The five digits of a ZIP code or ZIP+4, however spaced; empty for anything else."""
    digits = digits_of(postcode)
    return digits[:5] if len(digits) in (5, 9) else ""


async def check(
    engine: AsyncEngine,
    number: str,
    postcode: str,
    source: str,
    turn_id: str | None,
    *,
    clock: Callable[[], datetime],
    limits: IdentityLimits,
) -> tuple[CheckOutcome, Match | None]:
    """What the check says, and which order matched. The steps are the same whether the order
    exists or not, and up to the answer the same whether the postcode fits."""
    number, postcode = order_key(number), postcode_key(postcode)
    source = _digest(source)
    attempt = _digest("\n".join((turn_id, source, number, postcode))) if turn_id else None
    async with writing(
        engine, _lock_key("number", number), _lock_key("source", source)
    ) as connection:
        now = clock()
        match = await _compare(connection, number, postcode)
        if await _failed_before(connection, attempt):
            return CheckOutcome.NO_MATCH, None
        if await _locked(connection, number, source, now, limits):
            return CheckOutcome.LOCKED, None
        if match:
            return CheckOutcome.MATCHED, match
        await connection.execute(
            insert(IdentityCheckRow).values(at=now, number=number, source=source, attempt=attempt)
        )
        await _prune(connection, now - limits.keep)
        return CheckOutcome.NO_MATCH, None


async def _compare(connection: AsyncConnection, number: str, postcode: str) -> Match | None:
    delivery, billing = aliased(AddressRow), aliased(AddressRow)
    found = (
        await connection.execute(
            select(OrderRow.id, delivery.postcode, billing.postcode)
            .join(delivery, OrderRow.delivery_address_id == delivery.id)
            .join(billing, OrderRow.billing_address_id == billing.id)
            .where(OrderRow.number == number)
        )
    ).one_or_none()
    order_id, *postcodes = found or (None, "", "")
    # No `or` between them: both are compared, each in constant time.
    delivered, billed = [hmac.compare_digest(postcode, postcode_key(own)) for own in postcodes]
    if order_id is None or postcode == "" or not (delivered or billed):
        return None
    return Match(order_id, whole_account=billed)


async def _failed_before(connection: AsyncConnection, attempt: str | None) -> bool:
    tried = select(func.count()).where(IdentityCheckRow.attempt == (attempt or ""))
    return bool(await connection.scalar(tried))


async def _locked(
    connection: AsyncConnection, number: str, source: str, now: datetime, limits: IdentityLimits
) -> bool:
    def failures(of: ColumnElement[bool]) -> ColumnElement[int]:
        recent = IdentityCheckRow.at > now - limits.window
        return select(func.count()).where(of, recent).scalar_subquery()

    by_number, by_source = (
        await connection.execute(
            select(
                failures(IdentityCheckRow.number == number),
                failures(IdentityCheckRow.source == source),
            )
        )
    ).one()
    # What is no order number at all shares one empty key; it must not lock for everybody.
    number_locked = number != "" and by_number >= limits.failures_per_number
    return number_locked or bool(by_source >= limits.failures_per_source)


async def _prune(connection: AsyncConnection, before: datetime) -> None:
    old = (
        select(IdentityCheckRow.id)
        .where(IdentityCheckRow.at < before)
        .limit(PRUNED_AT_ONCE)
        .with_for_update(skip_locked=True)  # checks at once don't wait for each other's clearing
    )
    await connection.execute(delete(IdentityCheckRow).where(IdentityCheckRow.id.in_(old)))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=32).hexdigest()


def _lock_key(kind: str, value: str) -> int:
    digest = hashlib.blake2b(f"{kind}:{value}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
