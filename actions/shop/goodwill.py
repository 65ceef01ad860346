"""Making up for something, and complaints kept for the team."""

from __future__ import annotations

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.backend import ComplaintKind, Grant, GrantKind, NotAllowed, Refusal
from actions.shop.codes import readable, six_digits, unused
from actions.shop.house import House, need_order, order_lock
from actions.shop.identity import order_key
from actions.shop.inputs import LONGEST_COMPLAINT, LONGEST_NAME, plain, possible_id
from actions.shop.tables import ComplaintRow, CustomerRow, GrantRow, OrderRow


async def grant(
    house: House,
    number: str,
    kind: GrantKind,
    amount_cents: int,
    reason: ComplaintKind,
    turn_id: str,
    decided_by: str | None = None,
) -> Grant:
    """One turn may grant one of each kind. How much is fair is the caller's policy."""
    if amount_cents < 1:
        raise ValueError(f"a compensation is more than nothing, not {amount_cents} cents")

    async def work(session: AsyncSession) -> Grant:
        order = await need_order(session, number)
        given = select(func.count(), func.coalesce(func.sum(GrantRow.amount_cents), 0))
        times, cents = (await session.execute(given.where(GrantRow.order_id == order.id))).one()
        if times and decided_by is None:
            raise NotAllowed(Refusal.ALREADY_GRANTED)
        if decided_by is not None and cents + amount_cents > order.total_cents:
            raise NotAllowed(Refusal.MORE_THAN_PAID)
        code = None
        if kind is GrantKind.VOUCHER:
            code = await unused(session, GrantRow.code, lambda: f"THANKS-{readable(6)}")
        await session.execute(
            insert(GrantRow).values(
                order_id=order.id,
                kind=kind,
                amount_cents=amount_cents,
                reason=reason,
                code=code,
                decided_by=plain(decided_by, LONGEST_NAME) if decided_by else None,
                at=house.clock(),
            )
        )
        return Grant(kind=kind, amount_cents=amount_cents, currency=order.currency, code=code)

    subject = f"{order_key(number)} {kind.value}"
    return await house.once(Grant, "grant", turn_id, subject, work, order_lock(number))


async def file_complaint(
    house: House,
    kind: ComplaintKind,
    text: str,
    number: str | None,
    customer_id: int | None,
    turn_id: str,
) -> str:
    """No complaint is refused: an order or a customer that isn't there is left out. The first 4,000
    characters are kept."""
    key = order_key(number or "")

    async def work(session: AsyncSession) -> str:
        order_id = await session.scalar(select(OrderRow.id).where(OrderRow.number == key))
        known = customer_id is not None and possible_id(customer_id)
        customer = await session.get(CustomerRow, customer_id) if known else None
        reference = await unused(session, ComplaintRow.reference, lambda: f"C-{six_digits()}")
        await session.execute(
            insert(ComplaintRow).values(
                reference=reference,
                kind=kind,
                text=plain(text, LONGEST_COMPLAINT),
                order_id=order_id,
                customer_id=customer.id if customer else None,
                at=house.clock(),
            )
        )
        return reference

    return await house.once(str, "file_complaint", turn_id, f"{key} {customer_id}", work)
