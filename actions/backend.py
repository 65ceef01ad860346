"""The shop, as the assistant and the desk see it: the one interface an integrator replaces.

Nothing here knows rasa-sdk, SQLAlchemy or the demo shop. A backend answers questions about orders,
products and stock; it is asked from one event loop, many questions at a time. Amounts are integer
cents of `currency` (ISO 4217), moments are aware datetimes in UTC, days are the shop's local days.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from typing import Protocol


class BackendUnavailable(Exception):
    """The shop's system can't be reached or failed; nothing was changed. Worth another try later."""


class OrderState(enum.StrEnum):
    """Where an order is. `str` values are what the database and the API hold."""

    AWAITING_PAYMENT = "awaiting_payment"
    PROCESSING = "processing"
    PACKED = "packed"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class Tier(enum.StrEnum):
    STANDARD = "standard"
    SILVER = "silver"
    GOLD = "gold"
    VIP = "vip"


@dataclass(frozen=True, slots=True)
class Customer:
    id: int
    name: str
    email: str
    phone: str | None
    tier: Tier


@dataclass(frozen=True, slots=True)
class OrderLine:
    sku: str
    name: str
    """Product and variant as the customer knows them: "Alder Rain Jacket, red, M"."""
    quantity: int
    unit_price_cents: int


@dataclass(frozen=True, slots=True)
class TrackingEvent:
    at: datetime
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Shipment:
    carrier: str
    tracking_number: str
    lines: Sequence[OrderLine]
    shipped_at: datetime | None
    expected_on: date | None
    delivered_at: datetime | None
    events: Sequence[TrackingEvent]
    """Oldest first."""


@dataclass(frozen=True, slots=True)
class Order:
    number: str
    state: OrderState
    placed_at: datetime
    lines: Sequence[OrderLine]
    shipments: Sequence[Shipment]
    total_cents: int
    currency: str
    expected_on: date | None
    """The day the whole order should be there; None once it is delivered or won't come."""
    customer: Customer


class CheckOutcome(enum.StrEnum):
    MATCHED = "matched"
    NO_MATCH = "no_match"
    """Number and postcode don't belong together, or no such order: the caller can't tell which."""
    LOCKED = "locked"
    """Too many failed tries for this number or from this source; even the right postcode is refused
    until the lock ends."""


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    outcome: CheckOutcome
    order: Order | None
    """Only with MATCHED."""
    whole_account: bool = False
    """Only with MATCHED: the billing postcode fitted, so this is the customer, who may hear about
    all their orders. False where only the delivery postcode fitted: whoever receives a present
    knows that one too, and may hear about this one order."""


@dataclass(frozen=True, slots=True)
class VariantStock:
    sku: str
    colour: str | None
    size: str | None
    price_cents: int
    on_hand: int
    """Free to sell, all warehouses together."""
    restock_on: date | None
    """When more is expected, if none is on hand and that is known."""


@dataclass(frozen=True, slots=True)
class Product:
    id: int
    name: str
    category: str
    description: str
    price_cents: int
    """The lowest price among the variants."""
    currency: str
    variants: Sequence[VariantStock]


@dataclass(frozen=True, slots=True)
class ProductMatch:
    product: Product
    score: float
    """0 to 1: how well the words fit. From 0.75 the product was named, below it resembles."""
    variants: Sequence[VariantStock]
    """The variants that fit the colour and size in the question; all of them where none was named."""
    colour: str | None
    size: str | None
    """What the question named, as the catalogue spells it."""


class ShopBackend(Protocol):
    """Every method may raise BackendUnavailable."""

    async def check_identity(
        self, number: str, postcode: str, *, source: str, turn_id: str | None = None
    ) -> IdentityCheck:
        """The order, if `postcode` is that of its delivery or billing address. Failures count per
        order number (existing or not) and per `source` (a visitor, a phone number, an address).
        The same try in the same turn counts once and fails again, however often a turn is sent;
        without `turn_id` each try counts."""
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
