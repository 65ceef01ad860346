"""Answers around the shop's things: lists, receipts, and the ways of saying no."""

from __future__ import annotations

from typing import Literal

from actions import backend
from actions.rest_shop.wire import (
    Answer,
    Name,
    Order,
    PlaceStock,
    ProductMatch,
    Promotion,
    Return,
)

Missing = Literal["order", "customer", "invoice", "sku"]


class Orders(Answer):
    orders: tuple[Order, ...]


class ProductMatches(Answer):
    matches: tuple[ProductMatch, ...]


class Stock(Answer):
    places: tuple[PlaceStock, ...]


class Promotions(Answer):
    promotions: tuple[Promotion, ...]


class Returns(Answer):
    returns: tuple[Return, ...]


class InvoiceSent(Answer):
    email: Name


class ComplaintFiled(Answer):
    reference: Name


class Health(Answer):
    status: Literal["ok"]


class Refused(Answer):
    """409"""

    refusal: backend.Refusal
    detail: str


class Unknown(Answer):
    """404; one without this body comes from a wrong address, not from the shop."""

    unknown: Missing
