"""What befalls a request on its way, or in the shop."""

from __future__ import annotations

import asyncio

from aiohttp import web

from tests.rest_shop.conftest import Fault
from tests.rest_shop.server import Handler


def says(status: int, text: str = "", **headers: str) -> Fault:
    """Answered so, whatever was asked; the shop never hears of it."""

    async def fault(_request: web.Request, _handler: Handler) -> web.StreamResponse:
        return web.Response(
            status=status, text=text, content_type="application/json", headers=headers
        )

    return fault


def hangs(until: asyncio.Event) -> Fault:
    async def fault(_request: web.Request, _handler: Handler) -> web.StreamResponse:
        await until.wait()
        return web.Response()

    return fault


def hangs_half_way(until: asyncio.Event) -> Fault:
    async def fault(request: web.Request, _handler: Handler) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b'{"number": ')
        await until.wait()
        return response

    return fault


async def breaks_off(request: web.Request, _handler: Handler) -> web.StreamResponse:
    """The connection is gone before the shop has heard anything."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def breaks_off_half_way(request: web.Request, _handler: Handler) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"number": ')
    assert request.transport is not None
    request.transport.close()
    return response


async def answer_lost(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The shop has done it, and nobody hears of it."""
    response = await handler(request)
    assert response.status in (200, 201)
    assert request.transport is not None
    request.transport.abort()
    return response


async def endless(request: web.Request, _handler: Handler) -> web.StreamResponse:
    """Five MiB, of which nobody has said how many there will be."""
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    for _ in range(80):
        await response.write(b" " * 65536)
    return response


async def packed_tight(request: web.Request, _handler: Handler) -> web.StreamResponse:
    """Five MiB in a few kilobytes."""
    response = web.Response(body=b" " * 5 * 2**20, content_type="application/json")
    response.enable_compression(web.ContentCoding.gzip)
    return response
