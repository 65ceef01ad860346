"""`/health/live`, `/health/ready` and `/metrics`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import aiohttp
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from actions.backend import BackendUnavailable
from bot.centre import CENTRE, Centre

CHECK_WITHIN_S = 3.0


def health_routes() -> list[web.RouteDef]:
    return [
        web.get("/health/live", live),
        web.get("/health/ready", ready),
        web.get("/metrics", metrics),
    ]


async def live(_request: web.Request) -> web.Response:
    return web.json_response({"status": "alive"})


async def ready(request: web.Request) -> web.Response:
    """200 once database, shop, engines, actions and (where switched on) speech can serve; else 503.
    The body says which can't."""
    centre = request.app[CENTRE]
    checks = {"database": _database(centre), "shop": _shop(centre)}
    for language in centre.settings.languages:
        engine = centre.engines.of(language)
        checks[centre.settings.engine_name(language)] = engine.ready()
    checks["actions"] = _actions(centre)
    answers = await asyncio.gather(*map(_within, checks.values()))
    parts = dict(zip(checks, answers, strict=True))
    if centre.settings.speech:
        from bot.call.engines import SPEECH

        parts["speech"] = SPEECH in request.app
    good = all(parts.values())
    body = {"status": "ready" if good else "not ready", "parts": parts}
    return web.json_response(body, status=200 if good else 503)


async def _within(check: Awaitable[bool]) -> bool:
    try:
        async with asyncio.timeout(CHECK_WITHIN_S):
            return await check
    except (TimeoutError, SQLAlchemyError, BackendUnavailable, OSError, aiohttp.ClientError):
        return False


async def _database(centre: Centre) -> bool:
    async with centre.database.reading() as session:
        await session.execute(text("SELECT 1"))
    return True


async def _shop(centre: Centre) -> bool:
    await centre.backend.ping()
    return True


async def _actions(centre: Centre) -> bool:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{centre.settings.actions_url}/health") as answer,
    ):
        return answer.status == 200


async def metrics(_request: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
