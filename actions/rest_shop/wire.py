"""What the shop's API answers: the schemas of docs/shop-api.yaml, field by field as in
actions/backend.py.

Strict: a number in a string, a day in a moment's place or a missing field is a wrong answer. What
isn't described is ignored. Addresses and names are taken as they come, since nothing is gained by
losing an order over a province's name.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from actions import backend
from actions.rest_shop.paths import LARGEST_ID

View = TypeVar("View")


def _moment_text(value: object) -> object:
    """Pydantic would also read seconds since 1970, as a number or in a string."""
    if not (isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", value)):
        raise ValueError("not an RFC 3339 moment")
    return value


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a moment beyond the years 1 to 9999") from None


Moment = Annotated[
    AwareDatetime,
    Field(strict=False),  # behind a function, strict would take no text at all
    BeforeValidator(_moment_text),
    AfterValidator(_utc),
]
Count = Annotated[int, Field(ge=0, le=LARGEST_ID)]
Pieces = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Name = Annotated[str, Field(min_length=1)]


class Answer(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Wire(Answer, Generic[View]):
    """One that becomes the dataclass `View` (convert.py)."""


class Customer(Wire[backend.Customer]):
    id: Id
    name: str
    email: str
    phone: str | None
    tier: backend.Tier


class Address(Wire[backend.Address]):
    street: str
    city: str
    state: str
    postcode: str


class OrderLine(Wire[backend.OrderLine]):
    sku: Name
    name: str
    quantity: Pieces
    unit_price_cents: Count


class TrackingEvent(Wire[backend.TrackingEvent]):
    at: Moment
    place: str
    text: str


class Shipment(Wire[backend.Shipment]):
    carrier: str
    tracking_number: str
    lines: tuple[OrderLine, ...]
    shipped_at: Moment | None
    expected_on: date | None
    delivered_at: Moment | None
    events: tuple[TrackingEvent, ...]


class Order(Wire[backend.Order]):
    number: Name
    state: backend.OrderState
    placed_at: Moment
    lines: tuple[OrderLine, ...]
    shipments: tuple[Shipment, ...]
    total_cents: Count
    currency: Currency
    expected_on: date | None
    customer: Customer
    delivery_address: Address
    discount_cents: Count
    delivery_cents: Count


class IdentityCheck(Wire[backend.IdentityCheck]):
    outcome: backend.CheckOutcome
    order: Order | None
    whole_account: bool

    @model_validator(mode="after")
    def _only_a_match_opens_anything(self) -> Self:
        matched = self.outcome is backend.CheckOutcome.MATCHED
        if matched != (self.order is not None) or (self.whole_account and not matched):
            raise ValueError("an order comes with matched, and with nothing else")
        return self


class Place(Wire[backend.Place]):
    id: Id
    name: str
    city: str
    state: str
    pickup: bool


class PlaceStock(Wire[backend.PlaceStock]):
    place: Place
    on_hand: Count
    restock_on: date | None
    as_of: Moment


class VariantStock(Wire[backend.VariantStock]):
    sku: Name
    colour: str | None
    size: str | None
    price_cents: Count
    on_hand: Count
    restock_on: date | None


class Product(Wire[backend.Product]):
    id: Id
    name: Name
    category: str
    description: str
    price_cents: Count
    currency: Currency
    variants: tuple[VariantStock, ...]


class ProductMatch(Wire[backend.ProductMatch]):
    product: Product
    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    variants: tuple[VariantStock, ...]
    colour: str | None
    size: str | None
    as_of: Moment


class Promotion(Wire[backend.Promotion]):
    code: str
    title: str
    percent_off: Annotated[int, Field(ge=0, le=100)]
    category: str | None
    ends_on: date


class OrderOptions(Wire[backend.OrderOptions]):
    cancel: backend.Refusal | None
    change: backend.Refusal | None
    readdress: backend.Refusal | None
    give_back: backend.Refusal | None
    cancel_refund_cents: Count
    refund_within_days: Count
    returnable: tuple[OrderLine, ...]
    return_until: date | None


class ChangeQuote(Wire[backend.ChangeQuote]):
    lines: tuple[OrderLine, ...]
    total_before_cents: Count
    total_cents: Count
    currency: Currency


class Cancellation(Wire[backend.Cancellation]):
    refund_cents: Count
    currency: Currency
    refund_by: date | None


class Return(Wire[backend.Return]):
    rma: Name
    state: backend.ReturnState
    wish: backend.ReturnWish
    lines: tuple[OrderLine, ...]
    requested_at: Moment
    received_at: Moment | None
    refunded_at: Moment | None
    refund_cents: Count
    currency: Currency


class Invoice(Wire[backend.Invoice]):
    number: Name
    issued_on: date
    total_cents: Count
    currency: Currency


class Reservation(Wire[backend.Reservation]):
    code: Name
    sku: Name
    name: str
    quantity: Pieces
    place: Place
    until: Moment


class Grant(Wire[backend.Grant]):
    kind: backend.GrantKind
    amount_cents: Count
    currency: Currency
    code: str | None
