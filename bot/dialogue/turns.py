"""The assistant at work: it answers the turns it owes, one at a time per conversation.

A turn is a row in the database from the moment the customer's words are stored. So an engine that is
away makes the customer wait (and read that it takes a moment), a killed server takes the turn up
again at the next start, and a turn that can't be answered goes to a person. The engine returns the
same reply to the same turn id, and the reply is stored in one transaction with the turn's end: an
answer is neither lost nor given twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import select

from bot import metrics
from bot.conversation.events import Event, Kind, NewEvent
from bot.conversation.log import Claim, ConversationEnded, ConversationLog, FloorLost
from bot.conversation.sentences import Sentence, Sentences
from bot.dialogue.asking import NEAR, answers_last, make_request
from bot.dialogue.engine import (
    Button,
    Engine,
    EngineFailed,
    EngineUnavailable,
    Reply,
    ReplyMessage,
)
from bot.dialogue.replies import store_reply
from bot.handoff.payload import Evidence
from bot.handoff.service import Handoffs
from bot.store.tables import Conversation, EventRow, Floor, Leg, Speaker, Turn, TurnState

log = structlog.get_logger()

AT_ONCE = 8
"""Turns in the engine at the same time: it computes on one core, more would only wait there."""

RETRY_S = (0.2, 0.5, 1.0, 2.0)
"""Pauses before a turn is sent to an absent engine again; the last one repeats."""

FAILURES = 2
"""Times a turn may make the engine fail before the assistant says that it can't."""

STILL_AT_IT_S = 20.0
"""After this long the customer is told a second time."""


A_PERSON = (Button(title="Talk to a person", payload="I'd like to talk to a person"),)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds; see bot/settings.py."""

    slow_after: float
    give_up_after: float


class Turns:
    def __init__(
        self,
        conversation_log: ConversationLog,
        engine: Engine,
        handoffs: Handoffs,
        sentences: Sentences,
        patience: Patience,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.log = conversation_log
        self.engine = engine
        self.handoffs = handoffs
        self.say = sentences
        self.patience = patience
        self._sleep = sleep
        self._opened_at = conversation_log.clock()
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._woken: set[str] = set()
        self._finished: dict[str, asyncio.Event] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def resume(self) -> int:
        """Take up what is owed and nobody works on: by a former process, or after a failure of the
        database. Returns the number of conversations."""
        query = select(Turn.conversation_id).where(Turn.state == TurnState.PENDING).distinct()
        async with self.log.database.reading() as session:
            owed = list(await session.scalars(query))
        idle = [conversation_id for conversation_id in owed if conversation_id not in self._workers]
        for conversation_id in idle:
            self.wake(conversation_id)
        return len(idle)

    def wake(self, conversation_id: str) -> None:
        """There is something to answer in this conversation."""
        self._woken.add(conversation_id)
        if conversation_id not in self._workers:
            task = asyncio.create_task(self._work(conversation_id), name=f"turns {conversation_id}")
            self._workers[conversation_id] = task

    async def finished(self, turn_id: str) -> None:
        """Waits until a turn is answered, superseded or handed over."""
        event = self._finished.setdefault(turn_id, asyncio.Event())
        try:
            async with self.log.database.reading() as session:
                turn = await session.get_one(Turn, turn_id)
            if turn.state is TurnState.PENDING:
                await event.wait()
        finally:
            self._finished.pop(turn_id, None)

    async def stop(self) -> None:
        """Leaves unanswered turns to the next start."""
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, conversation_id: str) -> None:
        with structlog.contextvars.bound_contextvars(conversation=conversation_id):
            try:
                while conversation_id in self._woken:
                    self._woken.discard(conversation_id)
                    while turn := await self._oldest(conversation_id):
                        await self._answer_or_apologise(turn)
                        if done := self._finished.get(turn.id):
                            done.set()
            except Exception:
                # It stays owed; `resume`, which the server calls now and then, takes it up again.
                log.exception("a turn could not be finished")
            finally:
                del self._workers[conversation_id]

    async def _answer_or_apologise(self, turn: Turn) -> None:
        for pause in RETRY_S:
            try:
                await self._answer(turn)
                return
            except Exception:  # a fault of ours or of the database: say so rather than fall silent
                log.exception("a turn could not be worked on", turn=turn.id)
                metrics.turn_errors.inc()
                await self._sleep(pause)
        await self._say_and_finish(turn, self.say("turn_failed"), A_PERSON)

    async def _oldest(self, conversation_id: str) -> Turn | None:
        query = (
            select(Turn)
            .where(Turn.conversation_id == conversation_id, Turn.state == TurnState.PENDING)
            .order_by(Turn.seq)
            .limit(1)
        )
        async with self.log.database.reading() as session:
            found: Turn | None = await session.scalar(query)
            return found

    async def _answer(self, turn: Turn) -> None:
        async with self.log.database.reading() as session:
            conversation = await session.get_one(Conversation, turn.conversation_id)
            leg = await session.get_one(Leg, turn.leg_id)
            row = await session.get_one(EventRow, (turn.conversation_id, turn.seq))
        event = Event.of(row)
        if conversation.floor is not Floor.BOT or conversation.floor_epoch != turn.epoch:
            await self._finish(turn, TurnState.SUPERSEDED)
            return
        offer = conversation.message_offer
        if offer is not None and event.seq > offer:  # words from before it are no answer to it
            if not self.say.is_never_mind(event.text):
                await self._take_message(turn, event)
                return
            await self._say_and_finish(turn, self.say("message_dropped"))
            return
        if not event.text:
            await self._say_and_finish(turn, self.say("empty"))
            return
        if event.data.get("truncated"):
            words = self.say("too_long", limit=len(event.text))
            await self._say_and_finish(turn, words)
            return
        await self._ask_engine(turn, conversation, leg, event)

    async def _ask_engine(
        self, turn: Turn, conversation: Conversation, leg: Leg, event: Event
    ) -> None:
        self.log.hub.passing(
            turn.conversation_id, {"type": "typing", "from": Speaker.ASSISTANT.value}
        )
        waiting = asyncio.create_task(self._tell_when_slow(turn))
        try:
            async with self._at_once:
                with metrics.turn_seconds.time():
                    reply = await self._persist(turn, conversation, leg, event)
        except EngineFailed as error:
            log.error("the engine failed on a turn", turn=turn.id, error=str(error))
            metrics.turn_errors.inc()
            await self._say_and_finish(turn, self.say("turn_failed"), A_PERSON)
            return
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        if reply is None:
            await self._give_up(turn)
            return
        evidence = None
        if reply.handoff:
            evidence = await self.handoffs.gather(turn.conversation_id)
        await self._store(turn, reply, evidence)

    async def _persist(
        self, turn: Turn, conversation: Conversation, leg: Leg, event: Event
    ) -> Reply | None:
        """Ask until the engine answers; None when patience ran out."""
        near = await self.log.since(turn.conversation_id, max(0, turn.seq - NEAR))
        request = make_request(
            turn,
            conversation,
            leg,
            event,
            now=self.log.clock(),
            to_last=answers_last(near, turn, leg),
        )
        attempt = failures = 0
        while True:
            try:
                if conversation.outcome_due:
                    await self.engine.outcome(conversation.id, **conversation.outcome_due)
                    await self._outcome_told(conversation)
                return await self.engine.turn(request)
            except EngineUnavailable as error:
                # From this process's start at the earliest: an engine that starts together with us
                # gets its time, however long the words have been waiting.
                since = max(turn.created_at, self._opened_at)
                waited = (self.log.clock() - since).total_seconds()
                log.warning("no answer from the engine", waited_s=round(waited, 1), why=str(error))
                if waited > self.patience.give_up_after:
                    return None
                if not await self._still_ours(turn):
                    return Reply(turn_id=turn.id)  # dropped by the floor check below
            except EngineFailed:
                failures += 1
                if failures >= FAILURES:
                    raise
            await self._sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
            attempt += 1

    async def _outcome_told(self, conversation: Conversation) -> None:
        told, conversation.outcome_due = conversation.outcome_due, None
        async with self.log.opened(conversation.id) as opened:
            if opened.row.outcome_due == told:
                opened.row.outcome_due = None

    async def _still_ours(self, turn: Turn) -> bool:
        conversation = await self.log.get(turn.conversation_id)
        return conversation.floor is Floor.BOT and conversation.floor_epoch == turn.epoch

    async def _tell_when_slow(self, turn: Turn) -> None:
        """The customer reads that it takes a moment, and once more if it takes long."""
        for pause, key in (
            (self.patience.slow_after, "moment"),
            (STILL_AT_IT_S, "still_at_it"),
        ):
            await self._sleep(pause)
            sentence = self.say(key)
            data: dict[str, Any] = {"filler": True, "spoken": sentence.spoken}
            words = self._words(turn, sentence, data)
            try:
                async with self.log.opened(turn.conversation_id) as opened:
                    await opened.append(words, Claim(Floor.BOT, turn.epoch))
            except (FloorLost, ConversationEnded):
                return

    def _words(self, turn: Turn, sentence: Sentence, data: dict[str, Any]) -> NewEvent:
        return NewEvent(
            Kind.MESSAGE,
            Speaker.ASSISTANT,
            sentence.text,
            name=self.say.assistant,
            leg_id=turn.leg_id,
            turn_id=turn.id,
            data=data,
        )

    # --- ends of a turn ----------------------------------------------------------------------

    async def _store(self, turn: Turn, reply: Reply, evidence: Evidence | None) -> None:
        try:
            async with self.log.opened(turn.conversation_id) as opened:
                opened.check(Claim(Floor.BOT, turn.epoch))
                if turn.seq > (opened.row.message_offer or 0):
                    opened.row.message_offer = None
                await store_reply(opened, turn, reply, self.say.assistant)
                if reply.handoff and evidence is not None:
                    await self.handoffs.request(
                        opened,
                        reply.handoff.reason,
                        evidence,
                        leg_id=turn.leg_id,
                        slots=reply.slots,
                        turn_id=turn.id,
                    )
                await self._mark(opened.session, turn, TurnState.ANSWERED)
        except (FloorLost, ConversationEnded):
            await self._finish(turn, TurnState.SUPERSEDED)
            return
        metrics.turns.labels(reply.intent.name or "none").inc()

    async def _say_and_finish(
        self, turn: Turn, sentence: Sentence, buttons: Sequence[Button] = ()
    ) -> None:
        message = ReplyMessage(text=sentence.text, spoken=sentence.spoken, buttons=list(buttons))
        await self._store(turn, Reply(turn_id=turn.id, messages=[message]), None)

    async def _give_up(self, turn: Turn) -> None:
        """The engine stayed away: a person takes it, or a message is kept."""
        evidence = await self.handoffs.gather(turn.conversation_id)
        words = self._words(turn, self.say("engine_gave_up"), {})
        try:
            async with self.log.opened(turn.conversation_id) as opened:
                if opened.row.message_offer:  # said already, for the words before these
                    await self._mark(opened.session, turn, TurnState.HANDED_OVER)
                    return
                await opened.append(words, Claim(Floor.BOT, turn.epoch))
                await self.handoffs.request(
                    opened, "tool_failed", evidence, leg_id=turn.leg_id, turn_id=turn.id
                )
                await self._mark(opened.session, turn, TurnState.HANDED_OVER)
        except (FloorLost, ConversationEnded):
            await self._finish(turn, TurnState.SUPERSEDED)

    async def _take_message(self, turn: Turn, event: Event) -> None:
        evidence = await self.handoffs.gather(turn.conversation_id)
        try:
            async with self.log.opened(turn.conversation_id) as opened:
                opened.check(Claim(Floor.BOT, turn.epoch))
                await self.handoffs.take_message(opened, event, evidence)
                await self._mark(opened.session, turn, TurnState.HANDED_OVER)
        except (FloorLost, ConversationEnded):
            await self._finish(turn, TurnState.SUPERSEDED)

    async def _finish(self, turn: Turn, state: TurnState) -> None:
        async with self.log.database.writing() as session:
            await self._mark(session, turn, state)

    async def _mark(self, session: Any, turn: Turn, state: TurnState) -> None:
        row = await session.get_one(Turn, turn.id)
        row.state = state
        row.finished_at = self.log.clock()
