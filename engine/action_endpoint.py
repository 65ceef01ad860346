"""The way to the action server, watched.

Rasa logs an action server that can't be reached and goes on as if the action had said nothing. The
customer would get silence and the tracker would remember a turn that never happened. Here each
failure is noted, so that the channel can drop the turn and say so.
"""

from __future__ import annotations

import asyncio
import os
from contextvars import ContextVar
from typing import Any

import aiohttp
import jsonschema
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

ANSWER_WITHIN_S = 10.0
"""Seconds an action may take; Rasa's own limit of five minutes is no use to somebody waiting."""

UNAVAILABLE = "actions_unavailable"
"""Nobody listens, or the answer doesn't come: worth another try."""
FAILED = "action_failed"
"""The action itself broke: trying again would break again."""

_ANSWER = RemoteAction.action_response_format_spec()
_ANSWER_VALIDATOR = jsonschema.validators.validator_for(_ANSWER)(_ANSWER)


def _is_an_answer(action: RemoteAction, result: dict[str, Any]) -> bool:
    """Rasa's own check of an action's answer, with the schema read once. Rasa's reads and checks the
    schema itself at every call, which was a third of a turn's time (17 of 50 ms)."""
    _ANSWER_VALIDATOR.validate(result)
    return True


RemoteAction._validate_action_result = _is_an_answer

failures: ContextVar[list[str] | None] = ContextVar("failures", default=None)
"""Of the turn that runs in this task."""


class WatchedEndpoint(EndpointConfig):
    async def request(self, *args: Any, **kwargs: Any) -> Any | None:
        kwargs["timeout"] = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
        try:
            return await super().request(*args, **kwargs)
        except ClientResponseError as error:
            if error.status != 400:  # 400 is an action that declines, which is part of the dialogue
                _note(UNAVAILABLE if error.status in (502, 503, 504) else FAILED)
            raise
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError):  # noqa: UP041 (Python 3.10)
            _note(UNAVAILABLE)
            raise


def _note(failure: str) -> None:
    noted = failures.get()
    if noted is not None:
        noted.append(failure)


def watched_endpoint(configured: EndpointConfig | None) -> WatchedEndpoint:
    """Where WARMLINE_ACTIONS_URL (`http://127.0.0.1:5055`) says, else as in endpoints.yml."""
    url = os.environ.get("WARMLINE_ACTIONS_URL", "").rstrip("/")
    if url:
        url += "/webhook"
    elif configured and configured.url:
        url = configured.url
    options = dict(configured.kwargs) if configured else {}
    return WatchedEndpoint(url=url or "http://127.0.0.1:5055/webhook", **options)
