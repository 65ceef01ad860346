"""A small shop API by docs/shop-api.yaml, over any ShopBackend. The tests serve the demo shop with
it; an integrator may read it, or try it:

    WARMLINE_SHOP_SECRET=secret python -m tests.rest_shop.server sqlite:///var/shop.db 8095
"""

from __future__ import annotations

import asyncio
import hmac
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware
from pydantic_core import to_json

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
    ShopBackend,
)
from actions.shop import SqlShop

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answer(body: object, status: int = 200) -> web.Response:
    """`body` may hold dataclasses, enums, days and moments."""
    return web.Response(body=to_json(body), status=status, content_type="application/json")


def unknown(what: str) -> web.Response:
    return answer({"unknown": what}, 404)


def turn(request: web.Request) -> str:
    return request.headers["Idempotency-Key"]


def lines(given: list[dict[str, Any]]) -> list[LineChange]:
    return [LineChange(sku=line["sku"], quantity=line["quantity"]) for line in given]


class ShopApi:
    def __init__(self, shop: ShopBackend) -> None:
        self._shop = shop

    def routes(self) -> list[web.RouteDef]:
        order, customer = "/orders/{number}", "/customers/{id}"
        return [
            web.get("/health", self.health),
            web.post("/identity-checks", self.check_identity),
            web.get(order, self.order),
            web.get(order + "/options", self.options),
            web.post(order + "/cancellation", self.cancel),
            web.post(order + "/changes:quote", self.quote),
            web.post(order + "/changes", self.change),
            web.put(order + "/delivery-address", self.readdress),
            web.get(order + "/returns", self.returns),
            web.post(order + "/returns", self.give_back),
            web.get(order + "/invoice", self.invoice),
            web.post(order + "/invoice", self.send_invoice),
            web.post(order + "/grants", self.grant),
            web.get(customer, self.customer),
            web.get(customer + "/orders", self.orders),
            web.post(customer + "/addresses", self.add_address),
            web.get("/products/search", self.search),
            web.get("/stock/{sku}", self.stock),
            web.get("/promotions", self.promotions),
            web.post("/reservations", self.reserve),
            web.post("/complaints", self.complain),
        ]

    async def health(self, request: web.Request) -> web.Response:
        await self._shop.ping()
        return answer({"status": "ok"})

    async def check_identity(self, request: web.Request) -> web.Response:
        body = await request.json()
        check = await self._shop.check_identity(
            body["number"],
            body["proof"],
            source=body["source"],
            turn_id=request.headers.get("Idempotency-Key"),
        )
        return answer(check)

    async def order(self, request: web.Request) -> web.Response:
        order = await self._shop.order(request.match_info["number"])
        return answer(order) if order else unknown("order")

    async def options(self, request: web.Request) -> web.Response:
        options = await self._shop.options(request.match_info["number"])
        return answer(options) if options else unknown("order")

    async def cancel(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        return answer(await self._shop.cancel_order(number, turn_id=turn(request)))

    async def quote(self, request: web.Request) -> web.Response:
        changes = lines((await request.json())["changes"])
        return answer(await self._shop.quote_change(request.match_info["number"], changes))

    async def change(self, request: web.Request) -> web.Response:
        changes = lines((await request.json())["changes"])
        number = request.match_info["number"]
        return answer(await self._shop.change_order(number, changes, turn_id=turn(request)))

    async def readdress(self, request: web.Request) -> web.Response:
        address = Address(**await request.json())
        number = request.match_info["number"]
        return answer(await self._shop.change_address(number, address, turn_id=turn(request)))

    async def returns(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        if await self._shop.order(number) is None:
            return unknown("order")
        return answer({"returns": await self._shop.returns_of(number)})

    async def give_back(self, request: web.Request) -> web.Response:
        body = await request.json()
        made = await self._shop.request_return(
            request.match_info["number"],
            lines(body["items"]),
            reason=ReturnReason(body["reason"]),
            wish=ReturnWish(body["wish"]),
            turn_id=turn(request),
        )
        return answer(made, 201)

    async def invoice(self, request: web.Request) -> web.Response:
        invoice = await self._shop.invoice(request.match_info["number"])
        return answer(invoice) if invoice else unknown("invoice")

    async def send_invoice(self, request: web.Request) -> web.Response:
        email = await self._shop.send_invoice(request.match_info["number"], turn_id=turn(request))
        return answer({"email": email})

    async def grant(self, request: web.Request) -> web.Response:
        body = await request.json()
        granted = await self._shop.grant(
            request.match_info["number"],
            GrantKind(body["kind"]),
            body["amount_cents"],
            reason=ComplaintKind(body["reason"]),
            turn_id=turn(request),
            decided_by=body.get("decided_by"),
        )
        return answer(granted, 201)

    async def customer(self, request: web.Request) -> web.Response:
        customer = await self._shop.customer(int(request.match_info["id"]))
        return answer(customer) if customer else unknown("customer")

    async def orders(self, request: web.Request) -> web.Response:
        customer, limit = int(request.match_info["id"]), int(request.query.get("limit", 10))
        orders = await self._shop.orders_of(customer, limit=limit)
        if not orders and await self._shop.customer(customer) is None:
            return unknown("customer")
        return answer({"orders": orders})

    async def add_address(self, request: web.Request) -> web.Response:
        customer = int(request.match_info["id"])
        if await self._shop.customer(customer) is None:
            return unknown("customer")
        address = Address(**await request.json())
        return answer(await self._shop.add_address(customer, address, turn_id=turn(request)), 201)

    async def search(self, request: web.Request) -> web.Response:
        words, limit = request.query["words"], int(request.query.get("limit", 5))
        return answer({"matches": await self._shop.search_products(words, limit=limit)})

    async def stock(self, request: web.Request) -> web.Response:
        places = await self._shop.stock_at(request.match_info["sku"])
        return answer({"places": places}) if places else unknown("sku")

    async def promotions(self, request: web.Request) -> web.Response:
        return answer({"promotions": await self._shop.promotions()})

    async def reserve(self, request: web.Request) -> web.Response:
        body = await request.json()
        reservation = await self._shop.reserve(
            body["sku"],
            body["place_id"],
            name=body["name"],
            quantity=body["quantity"],
            turn_id=turn(request),
        )
        return answer(reservation, 201)

    async def complain(self, request: web.Request) -> web.Response:
        body = await request.json()
        reference = await self._shop.file_complaint(
            ComplaintKind(body["kind"]),
            body["text"],
            number=body["number"],
            customer_id=body["customer_id"],
            turn_id=turn(request),
        )
        return answer({"reference": reference}, 201)


def create_app(shop: ShopBackend, key: str, *around: Middleware) -> web.Application:
    """`around`: middlewares outside the key check, the outermost first."""

    @web.middleware
    async def with_key(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {key}".encode()):
            return answer({"detail": "The key is missing or wrong."}, 401)
        return await handler(request)

    @web.middleware
    async def told(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except NotAllowed as error:
            if error.refusal is Refusal.UNKNOWN_ORDER and "number" in request.match_info:
                return unknown("order")
            detail = str(error).partition(": ")[2]
            return answer({"refusal": error.refusal, "detail": detail}, 409)
        except BackendUnavailable:
            return answer({"detail": "The shop's database doesn't answer."}, 503)
        except (KeyError, TypeError, ValueError):
            return answer({"detail": "The request isn't by docs/shop-api.yaml."}, 400)

    app = web.Application(middlewares=[*around, with_key, told])
    app.add_routes(ShopApi(shop).routes())
    return app


async def start(app: web.Application, port: int = 0) -> tuple[web.AppRunner, str]:
    """On the loopback; the runner, to be cleaned up, and the API's address."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


async def main(database_url: str, port: int) -> None:
    app = create_app(SqlShop(database_url), os.environ["WARMLINE_SHOP_SECRET"])
    _runner, address = await start(app, port)
    print(f"the shop's API: {address}")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
