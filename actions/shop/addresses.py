"""Where one order goes, and the customer's address book."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.backend import Address, NotAllowed
from actions.shop import rules
from actions.shop.database import lock_key
from actions.shop.house import House, need_order, order_lock
from actions.shop.identity import order_key
from actions.shop.inputs import clean_address, possible_id, same_address
from actions.shop.tables import AddressRow, CustomerRow
from actions.shop.views import address_view


async def change(house: House, number: str, address: Address, turn_id: str) -> Address:
    """The order gets a row of its own, which is in nobody's address book; one it has already is
    written over. The billing address stays."""
    address = clean_address(address)

    async def work(session: AsyncSession) -> Address:
        order = await need_order(session, number)
        if refused := rules.change_refusal(order):
            raise NotAllowed(refused)
        row = order.delivery_address
        if same_address(address_view(row), address):
            return address_view(row)
        if row.in_book:
            row = AddressRow(customer_id=order.customer_id, in_book=False)
            order.delivery_address = row
        _write(row, address)
        return address

    return await house.once(
        Address, "change_address", turn_id, order_key(number), work, order_lock(number)
    )


async def add(house: House, customer_id: int, address: Address, turn_id: str) -> Address:
    """ValueError where there is no such customer."""
    address = clean_address(address)

    async def work(session: AsyncSession) -> Address:
        customer = await session.get(CustomerRow, customer_id) if possible_id(customer_id) else None
        if customer is None:
            raise ValueError(f"there is no customer {customer_id} to add an address for")
        book = await session.scalars(
            select(AddressRow)
            .where(AddressRow.customer_id == customer_id, AddressRow.in_book)
            .order_by(AddressRow.id)
        )
        for row in book:
            if same_address(address_view(row), address):
                return address_view(row)
        row = AddressRow(customer_id=customer_id, in_book=True)
        _write(row, address)
        session.add(row)
        return address

    lock = lock_key("address book", customer_id)
    return await house.once(Address, "add_address", turn_id, str(customer_id), work, lock)


def _write(row: AddressRow, address: Address) -> None:
    row.street, row.city = address.street, address.city
    row.state, row.postcode = address.state, address.postcode
