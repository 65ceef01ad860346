"""The demo shop served over HTTP, and the adapter that asks it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from actions.rest_shop import RestShop
from actions.shop import SqlShop
from tests.rest_shop.conformance import Conformance
from tests.rest_shop.server import Handler, create_app, start
from tests.shop.conftest import Clock, Databases

KEY = "the-shops-own-key"

Fault = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]


@dataclass
class Served:
    """A shop behind HTTP: `direct` is asked without it."""

    address: str
    direct: SqlShop
    database: str
    clock: Clock
    conformance: Conformance
    faults: deque[Fault]
    """What befalls the next requests, one each."""
    requests: list[web.Request] = field(default_factory=list)
    """All that came, the faulty ones included."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """The test's end, for a request that is to hang until then."""


@pytest.fixture(scope="session")
async def demo_shops(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """On SQLite: what the database is makes no difference behind HTTP."""
    return Databases(tmp_path_factory.mktemp("rest-shop"))


@pytest.fixture
async def served(demo_shops: Databases) -> AsyncIterator[Served]:
    """This test's own demo shop. Fails the test where a request or an answer, faults aside, isn't
    by the API's file."""
    clock = Clock()
    database = await demo_shops.demo("sqlite")
    shop = SqlShop(database, clock=clock)
    conformance = Conformance()
    served = Served("", shop, database, clock, conformance, deque())

    @web.middleware
    async def befalls(request: web.Request, handler: Handler) -> web.StreamResponse:
        served.requests.append(request)
        if not served.faults:
            return await handler(request)
        fault = served.faults.popleft()
        return await fault(request, handler)

    app = create_app(shop, KEY, befalls, conformance.middleware)
    runner, served.address = await start(app)
    yield served
    served.over.set()
    await runner.cleanup()
    await shop.close()
    assert conformance.mistakes == []


@pytest.fixture
async def rest(served: Served) -> AsyncIterator[RestShop]:
    shop = RestShop(served.address, secret=KEY)
    yield shop
    await shop.close()
