"""Asking the engine until it answers: a message's parts, one after the other, through outages.

Each part is a turn of the engine's own under an id that follows from the message's, so that asking
again, also after a restart of the server, doubles nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import structlog

from bot.conversation.events import Event
from bot.conversation.log import ConversationLog
from bot.dialogue.asking import NEAR, answers_last, in_parts, make_request, unsent
from bot.dialogue.engine import Engine, EngineFailed, Engines, EngineUnavailable, Reply, TurnRequest
from bot.dialogue.splitting import Part, split
from bot.store.tables import Conversation, Floor, Leg, Turn

log = structlog.get_logger()

RETRY_S = (0.2, 0.5, 1.0, 2.0)
"""Pauses before a turn is sent to an absent engine again; the last one repeats."""

FAILURES = 2
"""Times a turn may make the engine fail before the assistant says that it can't."""


class End(StrEnum):
    ANSWERED = "answered"
    FAILED = "failed"
    """The engine can't make anything of the next part; trying again won't help."""
    GAVE_UP = "gave up"
    """Patience ran out."""
    NOT_OURS = "not ours"
    """Somebody took the floor meanwhile."""


@dataclass(slots=True)
class Asked:
    """What the engine said so far, a reply for each part in the order asked."""

    replies: list[Reply] = field(default_factory=list)
    end: End = End.ANSWERED


class Persisting:
    def __init__(
        self,
        conversation_log: ConversationLog,
        engines: Engines,
        give_up_after_s: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.log = conversation_log
        self.engines = engines
        self.give_up_after_s = give_up_after_s
        self._sleep = sleep
        self._opened_at = conversation_log.clock()

    async def ask(self, turn: Turn, conversation: Conversation, leg: Leg, event: Event) -> Asked:
        asked = Asked()
        engine = self.engines.of(leg.language)
        requests: list[TurnRequest] | None = None
        parts: list[Part] = []
        attempt = failures = 0
        while True:
            try:
                if conversation.outcome_due:
                    await self._tell_outcome(conversation, conversation.outcome_due)
                if requests is None:
                    parts = await self._parts(engine, event.text, conversation.expects)
                    requests = await self._requests(turn, conversation, leg, event, parts)
                for request in requests[len(asked.replies) :]:
                    reply = await engine.turn(request)
                    asked.replies.append(reply)
                    if reply.handoff:  # the rest is the person's
                        rest = unsent(parts, len(asked.replies))
                        asked.replies[-1] = reply.model_copy(update={"unsent": rest})
                        break
                return asked
            except EngineUnavailable as error:
                waited_s = self._waited_s(turn)
                log.warning("no answer from the engine", waited_s=waited_s, why=str(error))
                if waited_s > self.give_up_after_s:
                    asked.end = End.GAVE_UP
                    return asked
                if not await self._still_ours(turn):
                    asked.end = End.NOT_OURS
                    return asked
            except EngineFailed as error:
                failures += 1
                if failures >= FAILURES:
                    log.error("the engine failed on a turn", turn=turn.id, error=str(error))
                    asked.end = End.FAILED
                    return asked
            await self._sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
            attempt += 1

    async def _requests(
        self,
        turn: Turn,
        conversation: Conversation,
        leg: Leg,
        event: Event,
        parts: Sequence[Part],
    ) -> list[TurnRequest]:
        near = await self.log.since(turn.conversation_id, max(0, turn.seq - NEAR))
        request = make_request(
            turn,
            conversation,
            leg,
            event,
            now=self.log.clock(),
            to_last=answers_last(near, turn, leg),
            language=self.engines.spoken(leg.language),
        )
        return in_parts(request, parts)

    async def _parts(self, engine: Engine, text: str, expects: str) -> list[Part]:
        """Raises EngineUnavailable; where the engine can't parse, the message stays whole."""
        try:
            return await split(text, engine.understand, asked=expects != "free")
        except EngineFailed as error:
            log.warning("a message was not looked at for two requests", why=str(error))
            return []

    def _waited_s(self, turn: Turn) -> float:
        """From this process's start at the earliest: an engine that starts together with us gets its
        time, however long the words have been waiting."""
        since: datetime = max(turn.created_at, self._opened_at)
        return round((self.log.clock() - since).total_seconds(), 1)

    async def _tell_outcome(self, conversation: Conversation, told: dict[str, Any]) -> None:
        """Each engine that has a part in the conversation forgets what was open."""
        legs = await self.log.legs(conversation.id)
        for language in {self.engines.spoken(leg.language) for leg in legs}:
            await self.engines.of(language).outcome(conversation.id, **told)
        conversation.outcome_due = None
        async with self.log.opened(conversation.id) as opened:
            if opened.row.outcome_due == told:
                opened.row.outcome_due = None

    async def _still_ours(self, turn: Turn) -> bool:
        conversation = await self.log.get(turn.conversation_id)
        return conversation.floor is Floor.BOT and conversation.floor_epoch == turn.epoch
