"""What reaches the other side when something of ours breaks that nobody has thought of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from weakref import WeakSet

import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer

from bot.app import unexpected_errors
from bot.channels.frames import SOCKETS, open_socket

Client = TestClient[web.Request, web.Application]


async def page(_request: web.Request) -> web.Response:
    raise RuntimeError("nobody has thought of this")


async def socket(request: web.Request) -> web.WebSocketResponse:
    opened = await open_socket(request, longest=1_000)
    await opened.send_str("hello")
    raise RuntimeError("nor of this")


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application(middlewares=[unexpected_errors])
    app[SOCKETS] = WeakSet()
    app.add_routes([web.get("/page", page), web.get("/socket", socket)])
    async with TestClient(TestServer(app)) as made:
        yield made


async def test_a_request_is_told_in_the_apis_form(client: Client) -> None:
    async with client.get("/page") as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (500, "internal")


async def test_a_socket_is_closed_as_sockets_are_and_not_written_over(client: Client) -> None:
    opened = await client.ws_connect("/socket")
    assert await opened.receive_str() == "hello"
    last = await opened.receive()
    assert (last.type, last.data) == (WSMsgType.CLOSE, 1011)
