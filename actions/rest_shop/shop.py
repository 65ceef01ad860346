"""The shop behind an HTTP API: actions/backend.py's ShopBackend by docs/shop-api.yaml."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from actions import backend
from actions.backend import (
    Address,
    BackendUnavailable,
    ComplaintKind,
    GrantKind,
    LineChange,
    NotAllowed,
    Refusal,
    ReturnReason,
    ReturnWish,
)
from actions.rest_shop import envelopes, wire
from actions.rest_shop.client import Call, Client, Good, NotThere, Patience
from actions.rest_shop.convert import view, views
from actions.rest_shop.paths import LARGEST_ID, clean, same_number, segment

MOST_ORDERS = 100
MOST_PRODUCTS = 50
MOST_WORDS = 400
"""Characters of a search."""
LONGEST_PROOF = 254
"""Characters; the longest e-mail address (RFC 5321) and more than any postcode."""
LONGEST_NAME = 120
LONGEST_COMPLAINT = 4_000


class RestShop:
    """A ShopBackend. Making one opens nothing; it belongs to the event loop that first asks it.

    `database_url` is the API's address (http or https; ValueError for anything else), the key
    comes from WARMLINE_SHOP_SECRET unless `secret` is given. Nothing is cached."""

    def __init__(
        self,
        database_url: str,
        *,
        secret: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        if secret is None:
            secret = os.environ.get("WARMLINE_SHOP_SECRET")
        self._client = Client(database_url, secret, patience or Patience())

    async def check_identity(
        self, number: str, proof: str, *, source: str, turn_id: str | None = None
    ) -> backend.IdentityCheck:
        told = {"number": number, "proof": proof, "source": source}
        body = {name: clean(text, LONGEST_PROOF) for name, text in told.items()}
        call = Call("POST", "/identity-checks", body=body, turn_id=turn_id)
        checked = await self._client.ask(call, wire.IdentityCheck)
        if checked.order:
            _must(same_number(number, checked.order.number), call, "another order")
        return view(checked)

    async def order(self, number: str) -> backend.Order | None:
        call = _order_call("GET", number)
        found = await self._found(call, wire.Order)
        if found is None:
            return None
        _must(same_number(number, found.number), call, "another order")
        return view(found)

    async def orders_of(self, customer_id: int, *, limit: int = 10) -> Sequence[backend.Order]:
        """At most 100, whatever `limit` says."""
        limit = min(limit, MOST_ORDERS)
        if limit < 1:
            return ()
        call = Call(
            "GET",
            "/customers/{id}/orders",
            values={"id": customer_id},
            query={"limit": limit},
            unknown=frozenset({"customer"}),
        )
        found = await self._found(call, envelopes.Orders)
        if found is None:
            return ()
        theirs = all(order.customer.id == customer_id for order in found.orders)
        _must(theirs, call, "another customer's orders")
        return views(found.orders[:limit])

    async def customer(self, customer_id: int) -> backend.Customer | None:
        call = Call(
            "GET",
            "/customers/{id}",
            values={"id": customer_id},
            unknown=frozenset({"customer"}),
        )
        found = await self._found(call, wire.Customer)
        if found is None:
            return None
        _must(found.id == customer_id, call, "another customer")
        return view(found)

    async def search_products(
        self, words: str, *, limit: int = 5
    ) -> Sequence[backend.ProductMatch]:
        """At most 50, whatever `limit` says; the first 400 characters of `words` are sent."""
        limit = min(limit, MOST_PRODUCTS)
        if limit < 1:
            return ()
        words = clean(words, MOST_WORDS)
        call = Call("GET", "/products/search", query={"words": words, "limit": limit})
        found = await self._client.ask(call, envelopes.ProductMatches)
        return views(found.matches[:limit])

    async def stock_at(self, sku: str) -> Sequence[backend.PlaceStock]:
        call = Call("GET", "/stock/{sku}", values={"sku": sku}, unknown=frozenset({"sku"}))
        found = await self._found(call, envelopes.Stock)
        return views(found.places) if found else ()

    async def promotions(self) -> Sequence[backend.Promotion]:
        found = await self._client.ask(Call("GET", "/promotions"), envelopes.Promotions)
        return views(found.promotions)

    async def reserve(
        self, sku: str, place_id: int, *, name: str, quantity: int = 1, turn_id: str
    ) -> backend.Reservation:
        if quantity < 1:
            raise ValueError(f"a reservation is of at least one piece, not of {quantity}")
        if segment(sku) is None:
            raise NotAllowed(Refusal.UNKNOWN_ITEM)
        if not 0 < place_id <= LARGEST_ID:
            raise NotAllowed(Refusal.NOT_HERE)
        body = {
            "sku": clean(sku, len(sku)).strip(),
            "place_id": place_id,
            "name": clean(name, LONGEST_NAME),
            "quantity": quantity,
        }
        call = Call("POST", "/reservations", body=body, turn_id=turn_id, refusable=True)
        return view(await self._client.ask(call, wire.Reservation))

    async def options(self, number: str) -> backend.OrderOptions | None:
        found = await self._found(_order_call("GET", number, "/options"), wire.OrderOptions)
        return view(found) if found else None

    async def cancel_order(self, number: str, *, turn_id: str) -> backend.Cancellation:
        call = _order_call("POST", number, "/cancellation", turn_id=turn_id)
        return view(await self._done(call, wire.Cancellation))

    async def quote_change(self, number: str, changes: Sequence[LineChange]) -> backend.ChangeQuote:
        body = {"changes": _lines(changes)}
        call = _order_call("POST", number, "/changes:quote", body=body)
        return view(await self._done(call, wire.ChangeQuote))

    async def change_order(
        self, number: str, changes: Sequence[LineChange], *, turn_id: str
    ) -> backend.ChangeQuote:
        body = {"changes": _lines(changes)}
        call = _order_call("POST", number, "/changes", body=body, turn_id=turn_id)
        return view(await self._done(call, wire.ChangeQuote))

    async def change_address(self, number: str, address: Address, *, turn_id: str) -> Address:
        call = _order_call(
            "PUT", number, "/delivery-address", body=asdict(address), turn_id=turn_id
        )
        return view(await self._done(call, wire.Address))

    async def add_address(self, customer_id: int, address: Address, *, turn_id: str) -> Address:
        """ValueError where there is no such customer."""
        call = Call(
            "POST",
            "/customers/{id}/addresses",
            values={"id": customer_id},
            body=asdict(address),
            turn_id=turn_id,
            unknown=frozenset({"customer"}),
        )
        added = await self._found(call, wire.Address)
        if added is None:
            raise ValueError(f"there is no customer {customer_id} to add an address for")
        return view(added)

    async def request_return(
        self,
        number: str,
        items: Sequence[LineChange],
        *,
        reason: ReturnReason,
        wish: ReturnWish,
        turn_id: str,
    ) -> backend.Return:
        body = {"items": _lines(items), "reason": reason.value, "wish": wish.value}
        call = _order_call("POST", number, "/returns", body=body, turn_id=turn_id)
        return view(await self._done(call, wire.Return))

    async def returns_of(self, number: str) -> Sequence[backend.Return]:
        found = await self._found(_order_call("GET", number, "/returns"), envelopes.Returns)
        return views(found.returns) if found else ()

    async def invoice(self, number: str) -> backend.Invoice | None:
        found = await self._found(_order_call("GET", number, "/invoice"), wire.Invoice)
        return view(found) if found else None

    async def send_invoice(self, number: str, *, turn_id: str) -> str:
        call = _order_call("POST", number, "/invoice", turn_id=turn_id)
        return (await self._done(call, envelopes.InvoiceSent)).email

    async def grant(
        self,
        number: str,
        kind: GrantKind,
        amount_cents: int,
        *,
        reason: ComplaintKind,
        turn_id: str,
        decided_by: str | None = None,
    ) -> backend.Grant:
        if amount_cents < 1:
            raise ValueError(f"a compensation is more than nothing, not {amount_cents} cents")
        body = {"kind": kind.value, "amount_cents": amount_cents, "reason": reason.value}
        if decided_by is not None:
            body["decided_by"] = clean(decided_by, LONGEST_NAME)
        call = _order_call("POST", number, "/grants", body=body, turn_id=turn_id)
        return view(await self._done(call, wire.Grant))

    async def file_complaint(
        self,
        kind: ComplaintKind,
        text: str,
        *,
        number: str | None,
        customer_id: int | None,
        turn_id: str,
    ) -> str:
        """The first 4,000 characters of `text` are sent."""
        body = {
            "kind": kind.value,
            "text": clean(text, LONGEST_COMPLAINT),
            "number": number,
            "customer_id": customer_id,
        }
        call = Call("POST", "/complaints", body=body, turn_id=turn_id)
        return (await self._client.ask(call, envelopes.ComplaintFiled)).reference

    async def ping(self) -> None:
        """Also notices a key that isn't the shop's."""
        await self._client.ask(Call("GET", "/health"), envelopes.Health)

    async def close(self) -> None:
        await self._client.close()

    async def _found(self, call: Call, answer: type[Good]) -> Good | None:
        try:
            return await self._client.ask(call, answer)
        except NotThere:
            return None

    async def _done(self, call: Call, answer: type[Good]) -> Good:
        try:
            return await self._client.ask(call, answer)
        except NotThere as missing:
            raise NotAllowed(Refusal.UNKNOWN_ORDER, str(missing)) from None


def _order_call(
    method: str,
    number: str,
    what: str = "",
    *,
    body: Mapping[str, object] | None = None,
    turn_id: str | None = None,
) -> Call:
    return Call(
        method,
        "/orders/{number}" + what,
        values={"number": number},
        body=body,
        turn_id=turn_id,
        changes_nothing=what == "/changes:quote",
        unknown=frozenset(
            {"order", "invoice"} if (method, what) == ("GET", "/invoice") else {"order"}
        ),
        refusable=method != "GET",
    )


def _lines(changes: Sequence[LineChange]) -> list[dict[str, object]]:
    return [asdict(change) for change in changes]


def _must(as_asked: bool, call: Call, told: str) -> None:
    """A shop or a cache on the way that mixes things up must not show one customer another's."""
    if not as_asked:
        raise BackendUnavailable(f"the shop's API failed at {call}: it answered with {told}")
