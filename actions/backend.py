"""The shop, as the assistant and the desk see it: the one interface an integrator replaces.

Nothing here knows rasa-sdk, SQLAlchemy or the demo shop. A backend answers questions about orders,
products and stock; it is asked from one event loop, many questions at a time. Amounts are integer
cents of `currency` (ISO 4217), moments are aware datetimes in UTC, days are the shop's local days.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from actions.shop_facts import (
    STOCK_MAX_AGE,
    Address,
    BackendUnavailable,
    Cancellation,
    ChangeQuote,
    CheckOutcome,
    ComplaintKind,
    Customer,
    Grant,
    GrantKind,
    IdentityCheck,
    Invoice,
    LineChange,
    NotAllowed,
    Order,
    OrderLine,
    OrderOptions,
    OrderState,
    Place,
    PlaceStock,
    Product,
    ProductMatch,
    Promotion,
    Refusal,
    Reservation,
    Return,
    ReturnReason,
    ReturnState,
    ReturnWish,
    Shipment,
    Tier,
    TrackingEvent,
    VariantStock,
)

__all__ = [
    "STOCK_MAX_AGE",
    "Address",
    "BackendUnavailable",
    "Cancellation",
    "ChangeQuote",
    "CheckOutcome",
    "ComplaintKind",
    "Customer",
    "Grant",
    "GrantKind",
    "IdentityCheck",
    "Invoice",
    "LineChange",
    "NotAllowed",
    "Order",
    "OrderLine",
    "OrderOptions",
    "OrderState",
    "Place",
    "PlaceStock",
    "Product",
    "ProductMatch",
    "Promotion",
    "Refusal",
    "Reservation",
    "Return",
    "ReturnReason",
    "ReturnState",
    "ReturnWish",
    "Shipment",
    "ShopBackend",
    "Tier",
    "TrackingEvent",
    "VariantStock",
    "is_order_number",
    "load_backend",
]


class ShopBackend(Protocol):
    """Every method may raise BackendUnavailable: then nothing was changed.

    Methods that change something take `turn_id`: called again with the same one (a turn whose answer
    was lost is sent again) they change nothing and return what they returned. They raise NotAllowed
    where the rules say no, also if `options` still allowed it a moment ago."""

    async def check_identity(
        self, number: str, proof: str, *, source: str, turn_id: str | None = None
    ) -> IdentityCheck:
        """The order, if `proof` is the postcode of its delivery or billing address or the e-mail
        address it was ordered with. Failures count per order number (existing or not) and per
        `source` (a visitor, a phone number, an address). The same try in the same turn counts once
        and fails again, however often a turn is sent; without `turn_id` each try counts."""
        ...

    async def order(self, number: str) -> Order | None:
        """For callers who are already identified, and for the desk. Never shown before a check."""
        ...

    async def orders_of(self, customer_id: int, *, limit: int = 10) -> Sequence[Order]:
        """Newest first."""
        ...

    async def customer(self, customer_id: int) -> Customer | None: ...

    async def search_products(self, words: str, *, limit: int = 5) -> Sequence[ProductMatch]:
        """Best first; empty where nothing resembles the words. Tolerates typos and whole questions
        ("do you have the alder jacket in red, large?")."""
        ...

    async def stock_at(self, sku: str) -> Sequence[PlaceStock]:
        """Of one variant, each warehouse and shop that keeps it; empty for an unknown sku."""
        ...

    async def promotions(self) -> Sequence[Promotion]:
        """Those that run today."""
        ...

    async def reserve(
        self, sku: str, place_id: int, *, name: str, quantity: int = 1, turn_id: str
    ) -> Reservation:
        """Puts an article aside for pick-up; it counts as sold until `until`. NotAllowed: OUT_OF_STOCK,
        UNKNOWN_ITEM, NOT_HERE. `name` is who collects it."""
        ...

    async def options(self, number: str) -> OrderOptions | None:
        """None for an unknown order. For callers who are identified already."""
        ...

    async def cancel_order(self, number: str, *, turn_id: str) -> Cancellation: ...

    async def quote_change(self, number: str, changes: Sequence[LineChange]) -> ChangeQuote:
        """What `change_order` would do; changes nothing. NotAllowed as there."""
        ...

    async def change_order(
        self, number: str, changes: Sequence[LineChange], *, turn_id: str
    ) -> ChangeQuote:
        """NotAllowed also for OUT_OF_STOCK, UNKNOWN_ITEM, and where no line would be left
        (UNKNOWN_ITEM: that is a cancellation)."""
        ...

    async def change_address(self, number: str, address: Address, *, turn_id: str) -> Address:
        """Where this order goes; other orders and the address book stay as they are."""
        ...

    async def add_address(self, customer_id: int, address: Address, *, turn_id: str) -> Address:
        """Into the customer's address book. One that is there already is not put in twice."""
        ...

    async def request_return(
        self,
        number: str,
        items: Sequence[LineChange],
        *,
        reason: ReturnReason,
        wish: ReturnWish,
        turn_id: str,
    ) -> Return:
        """NotAllowed where an item is not (or not so often) among `OrderOptions.returnable`."""
        ...

    async def returns_of(self, number: str) -> Sequence[Return]:
        """Newest first."""
        ...

    async def invoice(self, number: str) -> Invoice | None:
        """None while there is none: it is made when the order is paid."""
        ...

    async def send_invoice(self, number: str, *, turn_id: str) -> str:
        """Sends it to the e-mail address the order was placed with, and returns that address."""
        ...

    async def grant(
        self,
        number: str,
        kind: GrantKind,
        amount_cents: int,
        *,
        reason: ComplaintKind,
        turn_id: str,
        decided_by: str | None = None,
    ) -> Grant:
        """A compensation the policy allows (data/policy/compensation.toml). One for an order, so that
        its limit holds: else NotAllowed(ALREADY_GRANTED). What a person decided (`decided_by`: who)
        may come on top of it, within what the order cost: else NotAllowed(MORE_THAN_PAID)."""
        ...

    async def file_complaint(
        self,
        kind: ComplaintKind,
        text: str,
        *,
        number: str | None,
        customer_id: int | None,
        turn_id: str,
    ) -> str:
        """Keeps it for the team; returns its reference: "C-" and six digits."""
        ...

    async def ping(self) -> None: ...

    async def close(self) -> None: ...


def is_order_number(text: str) -> bool:
    """Six digits, the last a Luhn check digit (ISO/IEC 7812-1, annex B)."""
    if len(text) != 6 or not (text.isascii() and text.isdigit()):
        return False
    digits = [int(character) for character in text]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def load_backend(spec: str, database_url: str) -> ShopBackend:
    """The backend class `module:Class`, made with the shop's database URL. Raises ValueError with
    what is wrong where there is no such class."""
    module_name, _, class_name = spec.partition(":")
    try:
        made: ShopBackend = getattr(import_module(module_name), class_name)(database_url)
    except (ImportError, AttributeError, TypeError) as error:
        raise ValueError(f"no shop backend {spec!r} (expected module:Class): {error}") from error
    return made
