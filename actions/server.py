"""The action server: Rasa's webhook on loopback, in one process."""

from __future__ import annotations

import logging
import warnings
from typing import Any, cast

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic

from actions.articles import ActionAnswerHelp
from actions.backend import ShopBackend, load_backend
from actions.help import HelpIndex
from actions.orders import ActionOrderStatus, ValidateOrderStatusForm
from actions.products import ActionAnswerProduct
from actions.settings import Settings, SettingsError
from actions.talk import (
    ActionAffirm,
    ActionDeny,
    ActionNeverMind,
    ActionNotUnderstood,
    ActionRepeat,
)
from actions.turn import Services
from engine.sentences import SentenceEncoder

logger = logging.getLogger(__name__)


class Executor(ActionExecutor):  # type: ignore[misc]
    """Our actions don't need the domain, so the engine doesn't send it (endpoints.yml) and it is
    not asked for."""

    def update_and_return_domain(self, payload: dict[str, Any], action_name: str) -> dict[str, Any]:
        return payload.get("domain") or {}


def open_backend(settings: Settings) -> ShopBackend:
    """The class named in the settings, made with the database URL. Raises SettingsError."""
    try:
        return load_backend(settings.shop_backend, settings.shop_database_url)
    except ValueError as error:
        raise SettingsError(f"WARMLINE_SHOP_BACKEND: {error}") from error


def make_app(services: Services) -> Sanic[Any, Any]:
    executor = Executor()
    for action in (
        ValidateOrderStatusForm(services),
        ActionOrderStatus(services),
        ActionAnswerProduct(services),
        ActionAnswerHelp(services),
        ActionNotUnderstood(services),
        ActionAffirm(),
        ActionDeny(),
        ActionNeverMind(),
        ActionRepeat(),
    ):
        executor.register_action(action)
    app = cast("Sanic[Any, Any]", create_app(executor, cors_origins=None))

    @app.after_server_stop
    async def close(_: Any) -> None:
        await services.shop.close()

    return app


def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT."""
    # rasa-sdk 3.21 and Rasa 3.6 speak the same webhook protocol; the warning is about the numbers.
    warnings.filterwarnings("ignore", message="Your versions of rasa and")
    encoder = SentenceEncoder()
    services = Services(
        shop=open_backend(settings),
        help=HelpIndex(settings.help_folder / "en", encoder.encode),
    )
    services.help.search("warm up")
    for problem in services.help.problems:
        logger.warning("help article left out: %s", problem)
    app = make_app(services)
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 2
    app.run(
        host="127.0.0.1",
        port=settings.port,
        single_process=True,
        motd=False,
        access_log=False,
        debug=False,
    )
