"""The server: every door and page on one aiohttp application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from http import HTTPStatus
from weakref import WeakSet

import structlog
from aiohttp import web

from bot import metrics
from bot.call.recording_retention import forget_old_recordings, repair_left_recordings
from bot.call.recordings import RECORDINGS, open_recordings
from bot.centre import CENTRE, open_centre, utc_now
from bot.channels.frames import SOCKET, SOCKETS
from bot.channels.rest import rest_webhook
from bot.channels.webchat import chat_socket
from bot.conversation.log import Clock
from bot.desk.board import BOARD, Board
from bot.desk.guard import DeskError, Handler, error_response
from bot.desk.routes import desk_routes
from bot.handoff.sweeper import EVERY_S
from bot.health import health_routes
from bot.help_pages import help_routes
from bot.pages import page_routes
from bot.settings import Settings
from bot.store.migrate import migrate

log = structlog.get_logger()

FRESH_EVERY_S = 600.0
HANG_UP_WITHIN_S = 3.0

BODY_BYTES = 4 * 1024 * 1024
"""Larger request bodies are refused: a message of any language fits into 80 kB."""


def create_app(settings: Settings, clock: Clock = utc_now) -> web.Application:
    app = web.Application(client_max_size=BODY_BYTES, middlewares=[unexpected_errors])

    async def centre(app: web.Application) -> AsyncIterator[None]:
        await migrate(settings.database_url)
        async with open_centre(settings, clock) as made:
            app[CENTRE] = made
            app[BOARD] = Board(made)
            await greet_the_house(app)
            owed = await made.turns.resume(alone=not settings.redis_url)
            if owed:
                log.info("answers owed from before are taken up", conversations=owed)
            yield

    app.cleanup_ctx.extend([centre, recordings, chores])
    app[SOCKETS] = WeakSet()
    app.on_shutdown.append(hang_up)
    app.router.add_routes(
        [
            web.get("/chat/ws", chat_socket),
            web.post("/webhooks/rest/webhook", rest_webhook),
            *desk_routes(),
            *health_routes(),
            *page_routes(settings),
            *help_routes(),
        ]
    )
    if settings.speech:
        from bot.channels.calls import call_routes, open_calls  # loads the speech engines
        from bot.desk.voice import desk_voice_routes

        app.router.add_routes([*call_routes(settings), *desk_voice_routes()])
        app.cleanup_ctx.extend([speech, open_calls])
    return app


async def recordings(app: web.Application) -> AsyncIterator[None]:
    """Also where none are made any more: old ones stay audible, and are forgotten in time."""
    centre = app[CENTRE]
    folder = centre.settings.recordings_dir
    assert folder
    async with open_recordings(centre.database, folder, centre.clock) as made:
        app[RECORDINGS] = made
        centre.handoffs.recording_of = made.evidence
        yield


async def keep_recordings(app: web.Application) -> None:
    """Old ones are forgotten, what a crash left behind is repaired."""
    centre, made = app[CENTRE], app[RECORDINGS]
    now, days = centre.clock(), centre.settings.recording_days
    await forget_old_recordings(made.database, made.folder, now, days)
    await repair_left_recordings(made.database, made.folder, now, live=made.live)


async def greet_the_house(app: web.Application) -> None:
    """The accounts a first start needs."""
    centre = app[CENTRE]
    password = await centre.sign_in.first_administrator()
    if password:
        # Printed, not logged: the one place where it is ever seen.
        print(  # noqa: T201
            f"\n  First administrator: user name admin, one-time password {password}\n"
            "  (shown once; you choose your own at the first sign-in)\n",
            flush=True,
        )
    if centre.settings.demo:
        await centre.sign_in.demo_agents()
    elif locked := await centre.sign_in.remove_demo_agents():
        log.warning("demo accounts locked", accounts=locked)


async def chores(app: web.Application) -> AsyncIterator[None]:
    """What the server does by itself."""
    centre = app[CENTRE]

    async def sweep() -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await centre.sweeper.sweep()
                await centre.waiting_room.tell()
                await centre.turns.resume()
                await keep_recordings(app)
                metrics.waiting.set(len(await centre.handoffs.waiting()))
            except Exception:
                log.exception("a sweep failed; the next one tries again")

    work = (sweep(), centre.offers.run(), metrics.watch_loop_lag())
    tasks = [asyncio.create_task(one) for one in work]
    if centre.settings.demo and centre.settings.has_demo_shop:
        tasks.append(asyncio.create_task(keep_the_demo_shop_fresh(centre.settings)))
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def keep_the_demo_shop_fresh(settings: Settings) -> None:
    """Its dates are relative to today, also when the server runs for days."""
    from actions.shop import seed

    while True:
        await asyncio.sleep(FRESH_EVERY_S)
        try:
            await seed(settings.shop_database_url)
        except Exception:
            log.exception("the demo shop's dates could not be moved to today")


async def speech(app: web.Application) -> AsyncIterator[None]:
    from bot.call.engines import SPEECH, open_speech

    async with open_speech(app[CENTRE].settings) as engines:
        app[SPEECH] = engines
        yield


async def hang_up(app: web.Application) -> None:
    """Open pages are told that the server restarts, and come back at once."""
    sockets = list(app[SOCKETS])
    closing = (socket.close(code=1012, message=b"the server restarts") for socket in sockets)
    with suppress(TimeoutError):
        async with asyncio.timeout(HANG_UP_WITHIN_S):
            await asyncio.gather(*closing, return_exceptions=True)


@web.middleware
async def unexpected_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < 400 or not request.path.startswith("/api/"):
            raise
        return api_error(answer)
    except asyncio.CancelledError:
        raise
    except Exception:
        log.exception("a request failed", method=request.method, path=request.path)
        socket: web.WebSocketResponse | None = request.get(SOCKET)
        if socket:  # what else is written there would be no frame
            await socket.close(code=1011, message=b"something went wrong on our side")
            return socket
        body = {"error": {"code": "internal", "message": "Something went wrong on our side."}}
        return web.json_response(body, status=500)


def api_error(answer: web.HTTPException) -> web.Response:
    """What aiohttp itself refuses (no such route, no such method), in the API's form."""
    words = HTTPStatus(answer.status).phrase
    allow = {"Allow": answer.headers["Allow"]} if "Allow" in answer.headers else {}
    code = words.lower().replace(" ", "_")
    return error_response(DeskError(answer.status, code, f"{words}.", **allow))
