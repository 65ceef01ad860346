"""The door for machines: Rasa's REST channel, `POST /webhooks/rest/webhook`.

A sender's conversations live in a name space of their own (`rest:SENDER`): no sender can be
somebody's web or phone conversation. The answer waits for the assistant's turn."""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any

import structlog
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.centre import CENTRE, Centre
from bot.conversation.events import Event, Kind
from bot.conversation.log import ConversationEnded
from bot.conversation.words import clean
from bot.dialogue.listening import Heard, Words
from bot.store.tables import Channel, Leg, Speaker

log = structlog.get_logger()

LONGEST_SENDER = 200
LOOK_BACK = 100
"""Events before a message among which people's unread words are looked for."""

GRACE_S = 30.0
"""Beyond the engine's patience: by then a turn has been answered or handed over."""


async def rest_webhook(request: web.Request) -> web.Response:
    centre = request.app[CENTRE]
    if not _has_secret(request, centre):
        return _refused(401, "a bearer token is needed: Authorization: Bearer …")
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        return _refused(400, 'the body must be JSON: {"sender": "…", "message": "…"}')
    except web.HTTPRequestEntityTooLarge:
        return _refused(413, "the body is larger than 4 MB")
    if not isinstance(body, dict):
        return _refused(400, 'the body must be an object: {"sender": "…", "message": "…"}')
    sender, message = body.get("sender"), body.get("message")
    if not isinstance(sender, str) or not sender.strip() or len(sender) > LONGEST_SENDER:
        return _refused(400, f'"sender": a text of 1 to {LONGEST_SENDER} characters is needed')
    if not isinstance(message, str):
        return _refused(400, '"message": a text is needed')
    name = clean(sender, LONGEST_SENDER).text
    if not name:
        return _refused(400, '"sender": visible characters are needed')
    metadata = body.get("metadata")
    wanted = body.get("language") or (isinstance(metadata, dict) and metadata.get("language"))
    if wanted and not isinstance(wanted, str):
        return _refused(400, '"language": a code such as "en" is needed')
    language = centre.settings.language_of(wanted) if wanted else None
    return web.json_response(await converse(centre, name, message, language))


async def converse(
    centre: Centre, sender: str, message: str, language: str | None = None
) -> list[dict[str, Any]]:
    """`language` None: the one spoken so far."""
    heard = await _hear(centre, sender, message, language)
    conversation_id, turn_id = heard[0], heard[1].turn_id
    if turn_id:
        patience = centre.settings.engine_patience_s + GRACE_S
        try:
            async with asyncio.timeout(patience):
                await centre.turns.finished(turn_id)
        except TimeoutError:
            log.error("a machine's message got no answer in time", sender=sender)
    events = await centre.log.since(conversation_id, max(0, heard[1].event.seq - LOOK_BACK))
    return [_message(sender, event) for event in _news(events, heard[1].event)]


async def _hear(
    centre: Centre, sender: str, message: str, language: str | None
) -> tuple[str, Heard]:
    """Stores the words in the sender's conversation; where that one just ended, in a new one."""
    for _ in range(2):
        conversation_id, leg_id = await _conversation(centre, sender, language)
        try:
            return conversation_id, await centre.listening.hear(
                conversation_id, Words(message, leg_id)
            )
        except ConversationEnded:
            continue
    raise web.HTTPServiceUnavailable(text="the conversation ended at this moment; try again")


async def _conversation(centre: Centre, sender: str, language: str | None) -> tuple[str, str]:
    """Conversation and leg; another language is another leg."""
    key = f"rest:{sender}"
    row = await centre.log.by_external_key(key)
    if row is None:
        try:
            first = language or centre.settings.language
            conversation_id, _ = await centre.log.begin(first, external_key=key)
        except IntegrityError:  # two first messages at once: the other one made it
            row = await centre.log.by_external_key(key)
            assert row is not None
            conversation_id = row.id
    else:
        conversation_id = row.id
    async with centre.log.opened(conversation_id) as opened:
        leg = await opened.session.scalar(
            select(Leg).where(Leg.conversation_id == conversation_id, Leg.ended_at.is_(None))
        )
        if leg is not None and language not in (None, leg.language):
            await opened.end_leg(leg.id)
            leg = None
        if leg is None:
            leg = await opened.begin_leg(Channel.REST, key, language=language)
    return conversation_id, leg.id


def _news(events: list[Event], said: Event) -> list[Event]:
    """What this request gets to read: the answer to its message, and what people wrote since the
    sender's message before it."""
    before = max((e.seq for e in events if e.said_by_customer and e.seq < said.seq), default=0)
    news = []
    for event in events:
        by_people = event.speaker in (Speaker.AGENT, Speaker.SYSTEM) and event.seq > before
        answers = event.turn_id == said.turn_id and event.speaker is Speaker.ASSISTANT
        unasked = event.speaker is Speaker.ASSISTANT and not event.turn_id and event.seq > before
        if event.kind is not Kind.MESSAGE or event.data.get("filler"):
            continue
        if by_people or (answers and said.turn_id) or unasked:
            news.append(event)
    return news


def _message(sender: str, event: Event) -> dict[str, Any]:
    message: dict[str, Any] = {"recipient_id": sender, "text": event.text}
    if buttons := event.data.get("buttons"):
        message["buttons"] = buttons
    if event.speaker is Speaker.AGENT:
        message["custom"] = {"agent": event.name}
    elif source := event.data.get("source"):
        message["custom"] = {"source": source}
    return message


def _has_secret(request: web.Request, centre: Centre) -> bool:
    wanted = centre.settings.rest_secret
    if wanted is None:
        return True
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and secrets.compare_digest(
        given.strip().encode(), wanted.get_secret_value().encode()
    )


def _refused(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"code": "refused", "message": message}}, status=status)
