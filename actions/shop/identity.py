"""Does this person know where the order goes, or who pays for it? The check, and the counting that stops
guessing.

There are about forty thousand ZIP codes and a few hundred big ones, so a wrong try must cost
something. A failure is counted for the order number, whether it exists or not, and for the source;
the count, the comparison and the new failure are one transaction under a lock for both, so a
hundred tries at once get no more answers than a hundred in a row. A try while locked is neither
evaluated nor counted: the lock ends when the failures that made it are an hour old, however often
somebody knocks. Success neither counts nor wipes out failures (else one's own order would buy
tries at others').

A turn whose answer was lost is sent again. Its failure is known by a digest of the whole try (turn,
source, number and proof), so it counts once, and gets its old answer even where it was the one
that made the lock; another postcode under the same turn is another try.

An e-mail address is harder to guess than a postcode, and easier to look up. It counts like one, and
is compared whether an address or a postcode was given: both take the same work.
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
from actions.shop.database import lock_key, writing
from actions.shop.tables import AddressRow, CustomerRow, IdentityCheckRow, OrderRow

LONGEST_EMAIL = 254
"""RFC 5321's limit for a path, less its brackets; the column is as wide."""

PRUNED_AT_ONCE = 200
"""Failures past their time that one more failure clears away, at most."""


@dataclass(frozen=True, slots=True)
class Match:
    order_id: int
    whole_account: bool
    """As in IdentityCheck: the billing postcode or the e-mail address fitted, not only the postcode
    of the delivery."""


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


def email_key(proof: str) -> str:
    """An e-mail address in one case, without the spaces around it; empty for anything else."""
    trimmed = unicodedata.normalize("NFKC", proof[: LONGEST_EMAIL * 2]).strip()
    return trimmed.casefold() if "@" in trimmed and len(trimmed) <= LONGEST_EMAIL else ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was said to prove it: a postcode or an e-mail address; the other one is empty."""

    postcode: str
    email: str

    @classmethod
    def of(cls, text: str) -> Proof:
        """What holds an @ is no postcode, though there may be digits in it."""
        return cls("" if "@" in text else postcode_key(text), email_key(text))


async def check(
    engine: AsyncEngine,
    number: str,
    proof: str,
    source: str,
    turn_id: str | None,
    *,
    clock: Callable[[], datetime],
    limits: IdentityLimits,
) -> tuple[CheckOutcome, Match | None]:
    """What the check says, and which order matched. The steps are the same whether the order
    exists or not, and up to the answer the same whether the proof fits."""
    number, given = order_key(number), Proof.of(proof)
    source = _digest(source)
    tried = (turn_id or "", source, number, given.postcode or given.email)
    attempt = _digest("\n".join(tried)) if turn_id else None
    async with writing(
        engine, lock_key("number", number), lock_key("source", source)
    ) as connection:
        now = clock()
        match = await _compare(connection, number, given)
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


async def _compare(connection: AsyncConnection, number: str, given: Proof) -> Match | None:
    delivery, billing = aliased(AddressRow), aliased(AddressRow)
    found = (
        await connection.execute(
            select(OrderRow.id, delivery.postcode, billing.postcode, CustomerRow.email)
            .join(delivery, OrderRow.delivery_address_id == delivery.id)
            .join(billing, OrderRow.billing_address_id == billing.id)
            .join(CustomerRow, OrderRow.customer_id == CustomerRow.id)
            .where(OrderRow.number == number)
        )
    ).one_or_none()
    order_id, delivered_to, billed_to, email = found or (None, "", "", "")
    # No `or` between them: all are compared, each in constant time.
    delivered = _same(given.postcode, postcode_key(delivered_to))
    billed = _same(given.postcode, postcode_key(billed_to))
    mailed = _same(given.email, email_key(email))
    if order_id is None or not (delivered or billed or mailed):
        return None
    return Match(order_id, whole_account=billed or mailed)


def _same(given: str, own: str) -> bool:
    """Digests are compared, for they are of one length. Nothing given is never the same."""
    return hmac.compare_digest(_digest(given), _digest(own)) and given != ""


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
