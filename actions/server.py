"""The action server: Rasa's webhook on loopback, in one process."""

from __future__ import annotations

import logging
import warnings
from typing import Any, cast

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic

from actions.articles import ActionAnswerHelp, ActionDeliveryPeriod
from actions.backend import ShopBackend, load_backend
from actions.cases.form import ValidateCaseForm
from actions.help import HelpIndex
from actions.limits import ActionEscalate, ActionNotUnderstood, ActionOutOfScope
from actions.names import model as names_model
from actions.phrases import BadPhrase, Phrases
from actions.policy import BadPolicy, Policy
from actions.products import ActionAnswerProduct, ActionPlaceOrder, ActionPromotions
from actions.settings import Settings, SettingsError
from actions.talk import ActionAffirm, ActionDeny, ActionGreet, ActionNeverMind, ActionRepeat
from actions.turn import Services
from engine.sentences import SentenceEncoder, models_folder

logger = logging.getLogger(__name__)

ENCODED = {"en"}
"""Languages the sentence model (MiniLM, English) knows; articles in others are found by their words."""


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


def open_services(settings: Settings) -> Services:
    """Everything actions reach for. Raises SettingsError, SentenceModelMissing."""
    encoder = SentenceEncoder()
    folders = sorted(folder.parent for folder in settings.data_folder.glob("*/phrases"))
    try:
        return Services(
            shop=open_backend(settings),
            help={
                folder.name: HelpIndex(
                    settings.help_folder / folder.name,
                    encoder.encode if folder.name in ENCODED else None,
                    models_folder() / f"help-{folder.name}.npz",
                )
                for folder in folders
            },
            phrases={folder.name: Phrases(folder / "phrases") for folder in folders},
            policy=Policy(settings.data_folder / "policy" / "compensation.toml"),
        )
    except (BadPhrase, BadPolicy) as error:
        raise SettingsError(str(error)) from error


def make_app(services: Services) -> Sanic[Any, Any]:
    executor = Executor()
    for action in (
        *(ValidateCaseForm, ActionAnswerProduct, ActionPromotions),
        *(ActionAnswerHelp, ActionDeliveryPeriod, ActionNotUnderstood, ActionEscalate),
        *(ActionOutOfScope, ActionGreet, ActionAffirm, ActionDeny, ActionNeverMind, ActionRepeat),
    ):
        executor.register_action(action(services))
    executor.register_action(ActionPlaceOrder(services, ActionAnswerHelp(services)))
    app = cast("Sanic[Any, Any]", create_app(executor, cors_origins=None))

    @app.after_server_stop
    async def close(_: Any) -> None:
        await services.shop.close()

    return app


def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT."""
    # rasa-sdk 3.21 and Rasa 3.6 speak the same webhook protocol; the warning is about the numbers.
    warnings.filterwarnings("ignore", message="Your versions of rasa and")
    services = open_services(settings)
    names_model()  # about a second: now, not while the first customer waits
    for language, index in services.help.items():
        index.search("warm up")
        for problem in index.problems:
            logger.warning("help article left out (%s): %s", language, problem)
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
