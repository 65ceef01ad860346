"""The channel the server talks to: one turn in, one reply out (docs/protocol.md).

A turn is written to the tracker store only when it is complete, in one transaction, and its reply is
read from the stored events. So a turn that failed can be sent again, and a turn whose answer was
lost returns the same answer, also after a restart.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from engine import action_endpoint
from engine.turn_reply import find_turn, reply

logger = logging.getLogger(__name__)

LONGEST_TEXT = 4000
"""Characters that are read: as many as the server lets a customer write unless it is told otherwise
(`message_limit` in bot/settings.py), so that nothing it accepted stays unread. Reading takes time by
length: 4,000 characters of prose 0.1 s, 2,000 single digits 0.2 s, with nine alternatives as long
0.9 s (whole turns on 2 shared cores; a short question takes 0.05 s)."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NEEDED = ("turn_id", "conversation", "leg", "channel", "text")
_PASSED_ON = (
    "turn_id",
    "leg",
    "channel",
    "language",
    "source",
    "alternatives",
    "identity",
    "answers_last",
    "part",
)
_RESET_AFTER_PERSON = (
    "requested_slot",
    "case",
    "waiting",
    "order_number",
    "pending_question",
    "misunderstood",
    "failed_checks",
)


class BadRequest(Exception):
    """What the server sent wrong, as a sentence."""


class TurnFailed(Exception):
    """A turn that was not taken: its code, and whether another try can help."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.retry = code == action_endpoint.UNAVAILABLE


class TurnChannel(InputChannel):
    @classmethod
    def name(cls) -> str:
        return "warmline"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        door = Blueprint("warmline_turns", __name__)

        @door.get("/")
        async def health(request: Request) -> HTTPResponse:
            ready = _agent(request) is not None
            return response.json({"status": "ok" if ready else "no_model"}, 200 if ready else 503)

        @door.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            return await _answer(request, _turn)

        @door.post("/outcome")
        async def outcome(request: Request) -> HTTPResponse:
            return await _answer(request, _outcome)

        return door


async def _answer(
    request: Request, work: Callable[[Agent, dict[str, Any]], Awaitable[dict[str, Any]]]
) -> HTTPResponse:
    try:
        agent = _agent(request)
        if agent is None:
            return response.json({"error": "no_model", "message": "No model is loaded."}, 503)
        try:
            body = request.json
        except Exception as error:
            raise BadRequest("The body is not JSON.") from error
        if not isinstance(body, dict):
            raise BadRequest("The body must be a JSON object.")
        return response.json(await work(agent, body))
    except BadRequest as error:
        return response.json({"error": "bad_request", "message": str(error)}, 400)
    except TurnFailed as error:
        message = "The turn was not taken; the conversation is as it was before."
        return response.json({"error": error.code, "message": message}, 503 if error.retry else 500)
    except asyncio.CancelledError:
        raise
    except Exception as error:
        logger.exception("a turn failed")
        return response.json({"error": "failed", "message": type(error).__name__}, 500)


def _agent(request: Request) -> Agent | None:
    agent: Agent | None = request.app.ctx.agent
    if agent is None or not agent.is_ready():
        return None
    processor = agent.processor
    if not isinstance(processor.action_endpoint, action_endpoint.WatchedEndpoint):
        processor.action_endpoint = action_endpoint.watched_endpoint(processor.action_endpoint)
    return agent


async def _turn(agent: Agent, body: dict[str, Any]) -> dict[str, Any]:
    conversation, text, metadata = _read(body)
    processor = agent.processor
    mouth = CollectingOutputChannel()
    failures: list = []
    token = action_endpoint.failures.set(failures)
    try:
        async with agent.lock_store.lock(conversation):
            tracker = await processor.fetch_tracker_and_update_session(
                conversation, mouth, metadata
            )
            done = find_turn(list(tracker.events), metadata["turn_id"])
            if done is not None:
                return reply(list(tracker.events), done, replayed=True)
            message = UserMessage(
                text, mouth, conversation, input_channel="warmline", metadata=metadata
            )
            await processor._handle_message_with_tracker(message, tracker)
            tracker = await processor.run_action_extract_slots(mouth, tracker)
            await processor._run_prediction_loop(mouth, tracker)
            if failures:
                raise TurnFailed(failures[0])
            if tracker.latest_action_name != "action_listen":  # rules going in circles
                logger.error("turn %s stopped after too many actions", metadata["turn_id"])
                raise TurnFailed("dialogue_stuck")
            await processor.save_tracker(tracker)
    finally:
        action_endpoint.failures.reset(token)
    events = list(tracker.events)
    start = find_turn(events, metadata["turn_id"])
    assert start is not None
    return reply(events, start, replayed=False)


def _read(body: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Conversation, text and metadata of a turn. Raises BadRequest."""
    for field in _NEEDED:
        if not isinstance(body.get(field), str) or not body[field].strip():
            raise BadRequest(f"`{field}` must be a text that isn't empty.")
    for field in ("turn_id", "conversation", "leg"):
        if len(body[field]) > 200:
            raise BadRequest(f"`{field}` has more than 200 characters.")
    identity = body.get("identity")
    if identity is not None and not (
        isinstance(identity, dict)
        and type(identity.get("customer_id")) is int
        and isinstance(identity.get("name"), str)
    ):
        raise BadRequest("`identity` must be null or hold `customer_id` (a number) and `name`.")
    alternatives = body.get("alternatives") or []
    if not isinstance(alternatives, list) or not all(isinstance(t, str) for t in alternatives):
        raise BadRequest("`alternatives` must be a list of texts.")
    if not isinstance(body.get("answers_last", True), bool):
        raise BadRequest("`answers_last` must be true or false.")
    metadata = {field: body[field] for field in _PASSED_ON if body.get(field) is not None}
    metadata["alternatives"] = [_clean(text) for text in alternatives[:10]]
    return body["conversation"], _clean(body["text"]) or "?", metadata


def _clean(text: str) -> str:
    """Without control characters and half characters; a slash in front would be read as a command
    of Rasa's."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return _CONTROL.sub(" ", text[:LONGEST_TEXT]).strip().lstrip("/").strip()


async def _outcome(agent: Agent, body: dict[str, Any]) -> dict[str, Any]:
    conversation, outcome = body.get("conversation"), body.get("outcome")
    if not isinstance(conversation, str) or not conversation.strip():
        raise BadRequest("`conversation` must be a text that isn't empty.")
    if not isinstance(outcome, str):
        raise BadRequest("`outcome` must be a text.")
    processor = agent.processor
    async with agent.lock_store.lock(conversation):
        tracker = await processor.fetch_tracker_and_update_session(
            conversation, CollectingOutputChannel()
        )
        tracker.update_with_events(
            [
                ActiveLoop(None),
                *(SlotSet(slot, None) for slot in _RESET_AFTER_PERSON),
                SlotSet("last_outcome", _clean(outcome) or None),
                ActionExecuted("action_listen"),
            ],
            processor.domain,
        )
        await processor.save_tracker(tracker)
    return {"conversation": conversation, "last_outcome": _clean(outcome) or None}
