"""The server alone."""

from __future__ import annotations

from aiohttp import web

from bot.app import create_app
from bot.logs import set_up_logs
from bot.settings import Settings

CLOSE_WITHIN_S = 5.0


def serve(settings: Settings) -> int:
    set_up_logs(settings.log_format, settings.log_level, "server")
    web.run_app(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        print=None,
        access_log=None,
        shutdown_timeout=CLOSE_WITHIN_S,
        handler_cancellation=False,
    )
    return 0
