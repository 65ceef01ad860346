"""What a shop knows, in the words that the assistant and the desk use: orders, goods, returns, and what
its rules allow. Amounts are integer cents of `currency` (ISO 4217), moments are aware datetimes in UTC,
days are the shop's local days."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

STOCK_MAX_AGE = timedelta(seconds=30)
"""A stock figure older than this is not told as if it were true now. `ProductMatch.as_of` and
`PlaceStock.as_of` say when it was read; a backend that caches keeps below it."""


class BackendUnavailable(Exception):
    """The shop's system can't be reached or failed; nothing was changed. Worth another try later."""


class Refusal(enum.StrEnum):
    """Why the shop's rules don't allow something at this moment."""

    UNKNOWN_ORDER = "unknown_order"
    PACKED = "packed"
    """Packed, though not handed to the carrier yet."""
    UNDERWAY = "underway"
    """With the carrier, all of it or a part."""
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    """Everything of it has come back or is about to."""
    NOT_DELIVERED = "not_delivered"
    """Nothing of it has arrived that could come back."""
    WINDOW_OVER = "window_over"
    """The time for returns has passed."""
    OUT_OF_STOCK = "out_of_stock"
    UNKNOWN_ITEM = "unknown_item"
    """No such article, or not in this order."""
    NOT_HERE = "not_here"
    """The place has no pick-up."""
    ALREADY_GRANTED = "already_granted"
    """This order has had such a compensation."""
    MORE_THAN_PAID = "more_than_paid"
    """With what was given before, more than the order cost."""


class NotAllowed(Exception):
    """The shop's rules say no; nothing was changed."""

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        super().__init__(f"{refusal.value}{': ' if detail else ''}{detail}")
        self.refusal = refusal


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
class Address:
    street: str
    """With the house number, and apartment or unit: "12 Maple Street, Apt 3"."""
    city: str
    state: str
    """Two letters."""
    postcode: str
    """Five digits, or ZIP+4 as nnnnn-nnnn."""


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
    delivery_address: Address
    discount_cents: int
    delivery_cents: int
    """What the customer pays for the delivery; contained in `total_cents`."""


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
    """Only with MATCHED: the billing postcode or the e-mail address fitted, so this is the customer,
    who may hear about all their orders. False where only the delivery postcode fitted: whoever
    receives a present knows that one too, and may hear about this one order."""


@dataclass(frozen=True, slots=True)
class Place:
    """A warehouse or a shop."""

    id: int
    name: str
    city: str
    state: str
    pickup: bool
    """Customers can collect there."""


@dataclass(frozen=True, slots=True)
class PlaceStock:
    place: Place
    on_hand: int
    """Free to sell there: what orders and reservations hold is not in it."""
    restock_on: date | None
    as_of: datetime


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
    as_of: datetime
    """When the stock was read (STOCK_MAX_AGE)."""


@dataclass(frozen=True, slots=True)
class Promotion:
    code: str
    title: str
    percent_off: int
    category: str | None
    """Only for products of this category; None: for the whole order."""
    ends_on: date


@dataclass(frozen=True, slots=True)
class OrderOptions:
    """What the shop's rules allow with an order at this moment. None means: allowed."""

    cancel: Refusal | None
    change: Refusal | None
    """Items and quantities."""
    readdress: Refusal | None
    give_back: Refusal | None
    """Returning at least one line."""
    cancel_refund_cents: int
    """What a cancellation would pay back; 0 where nothing has been paid."""
    refund_within_days: int
    """Working days until the money is on its way, after a cancellation or an arrived return."""
    returnable: Sequence[OrderLine]
    """Lines with the quantities that can still come back."""
    return_until: date | None
    """The last day for a return; None while nothing was delivered."""


@dataclass(frozen=True, slots=True)
class LineChange:
    sku: str
    quantity: int
    """How many of it there shall be: 0 takes it out, a sku that isn't in the order is put in. In a
    return: how many come back."""


@dataclass(frozen=True, slots=True)
class ChangeQuote:
    lines: Sequence[OrderLine]
    """The order's lines after the change."""
    total_before_cents: int
    total_cents: int
    """After the change, with discount and delivery as the shop reckons them."""
    currency: str


@dataclass(frozen=True, slots=True)
class Cancellation:
    refund_cents: int
    """0 where nothing had been paid."""
    currency: str
    refund_by: date | None


class ReturnReason(enum.StrEnum):
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    NOT_AS_EXPECTED = "not_as_expected"
    CHANGED_MIND = "changed_mind"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    OTHER = "other"


class ReturnWish(enum.StrEnum):
    REFUND = "refund"
    REPLACEMENT = "replacement"


class ReturnState(enum.StrEnum):
    """Where a return is, in the order it happens."""

    REQUESTED = "requested"
    ON_ITS_WAY = "on_its_way"
    RECEIVED = "received"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Return:
    rma: str
    """The return's number, to be written on the parcel: "RMA-" and six digits."""
    state: ReturnState
    wish: ReturnWish
    lines: Sequence[OrderLine]
    requested_at: datetime
    received_at: datetime | None
    refunded_at: datetime | None
    refund_cents: int
    """What is or will be paid back; 0 for a replacement."""
    currency: str


@dataclass(frozen=True, slots=True)
class Invoice:
    number: str
    issued_on: date
    total_cents: int
    currency: str


@dataclass(frozen=True, slots=True)
class Reservation:
    code: str
    """What the customer says at the counter: six letters and digits."""
    sku: str
    name: str
    quantity: int
    place: Place
    until: datetime


class GrantKind(enum.StrEnum):
    VOUCHER = "voucher"
    """A code for a later order."""
    REFUND = "refund"
    """Money back, the goods stay."""
    DELIVERY_REFUND = "delivery_refund"
    RESHIP = "reship"
    """The same goods once more; the amount is what they are worth."""


@dataclass(frozen=True, slots=True)
class Grant:
    kind: GrantKind
    amount_cents: int
    currency: str
    code: str | None
    """Of a voucher."""


class ComplaintKind(enum.StrEnum):
    LATE = "late"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    RUDE_SERVICE = "rude_service"
    REPEATED = "repeated"
    OTHER = "other"
