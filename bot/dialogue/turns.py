"""The assistant at work: it answers the turns it owes, one at a time per conversation.

A turn is a row in the database from the moment the customer's words are stored. So an engine that is
away makes the customer wait (and read that it takes a moment), a turn of a killed server is taken up by
another one or at the next start, and a turn that can't be answered goes to a person. The engine returns
the same reply to the same turn id, and the reply is stored in one transaction with the turn's end, by
the process that holds it (bot/dialogue/leases.py): an answer is neither lost nor given twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from bot import metrics
from bot.conversation.events import Event, Kind, NewEvent
from bot.conversation.log import Claim, ConversationEnded, ConversationLog, FloorLost
from bot.conversation.sentences import Sentence, Sentences
from bot.dialogue.engine import Engines, Reply
from bot.dialogue.leases import LeaseLost, Leases
from bot.dialogue.persisting import RETRY_S, End, Persisting
from bot.dialogue.replies import could_not, identified_by, in_our_words, store_replies
from bot.handoff.payload import Evidence, Need
from bot.handoff.service import Handoffs
from bot.store.tables import SPOKEN, Conversation, EventRow, Floor, Leg, Speaker, Turn, TurnState

log = structlog.get_logger()

AT_ONCE = 8
"""Turns in the engine at the same time: it computes on one core, more would only wait there."""

OTHERS_LOOKED_AFTER_S = 3.0
"""How often it is looked whether a process that answers a turn is alive."""

STILL_AT_IT_S = 20.0
"""After this long the customer is told a second time."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds; see bot/settings.py."""

    slow_after: float
    give_up_after: float


class Turns:
    def __init__(
        self,
        conversation_log: ConversationLog,
        engines: Engines,
        handoffs: Handoffs,
        sentences: Sentences,
        patience: Patience,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.log = conversation_log
        self.handoffs = handoffs
        self.say = sentences
        self.patience = patience
        self.leases = Leases(conversation_log.database, conversation_log.clock)
        self._sleep = sleep
        self._persisting = Persisting(
            conversation_log, engines, patience.give_up_after, sleep=sleep
        )
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._woken: set[str] = set()
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def resume(self, *, alone: bool = False) -> int:
        """Take up what is owed and nobody works on: of a process that died, or after a failure of the
        database. `alone`: there is no other process, whatever leases say. Returns the number of
        conversations."""
        if alone:
            await self.leases.forget()
        query = (
            select(Turn.conversation_id)
            .where(
                Turn.state == TurnState.PENDING,
                or_(Turn.lease_until.is_(None), Turn.lease_until <= self.log.clock()),
            )
            .distinct()
        )
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
        """Waits until a turn is answered, superseded or handed over, by whichever process."""
        with self.log.hub.watching(turn_id) as watch:
            while True:
                async with self.log.database.reading() as session:
                    turn = await session.get_one(Turn, turn_id)
                if turn.state is not TurnState.PENDING:
                    return
                await watch.news()

    async def stop(self) -> None:
        """Leaves unanswered turns to another process, or to the next start."""
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        try:
            await self.leases.give_back()
        except (SQLAlchemyError, OSError) as error:
            log.warning("leases run out by themselves", why=repr(error))

    async def _work(self, conversation_id: str) -> None:
        with structlog.contextvars.bound_contextvars(conversation=conversation_id):
            try:
                while conversation_id in self._woken:
                    self._woken.discard(conversation_id)
                    while turn := await self._oldest(conversation_id):
                        await self._answer_or_wait(turn)
            except Exception:
                # It stays owed; `resume`, which the server calls now and then, takes it up again.
                log.exception("a turn could not be finished")
            finally:
                del self._workers[conversation_id]

    async def _answer_or_wait(self, turn: Turn) -> None:
        with self.log.hub.watching(turn.id) as watch:
            if not await self.leases.take(turn):
                # Another process is at it: we are told when it has finished, and look if it has died.
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(watch.news(), OTHERS_LOOKED_AFTER_S)
                return
        async with self.leases.kept(turn):
            await self._answer_or_apologise(turn)
        self.log.hub.changed(turn.id)

    async def _answer_or_apologise(self, turn: Turn) -> None:
        for pause in RETRY_S:
            try:
                await self._answer(turn)
                return
            except LeaseLost as lost:
                log.warning("a turn went to another process meanwhile", turn=turn.id, why=str(lost))
                return
            except Exception:  # a fault of ours or of the database: say so rather than fall silent
                log.exception("a turn could not be worked on", turn=turn.id)
                metrics.turn_errors.inc()
                await self._sleep(pause)
        with contextlib.suppress(LeaseLost):
            await self._store(turn, [could_not(turn, self.say)], None)

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
        event, say = Event.of(row), self.say.of(leg.language)
        if conversation.floor is not Floor.BOT or conversation.floor_epoch != turn.epoch:
            await self._finish(turn, TurnState.SUPERSEDED)
            return
        offer = conversation.message_offer
        if offer is not None and event.seq > offer:  # words from before it are no answer to it
            if not say.is_never_mind(event.text):
                await self._take_message(turn, event)
                return
            await self._say_and_finish(turn, say("message_dropped"))
            return
        if not event.text:
            await self._say_and_finish(turn, say("empty"))
            return
        if event.data.get("truncated"):
            words = say("too_long", limit=len(event.text))
            await self._say_and_finish(turn, words)
            return
        await self._ask_engine(turn, conversation, leg, event)

    async def _ask_engine(
        self, turn: Turn, conversation: Conversation, leg: Leg, event: Event
    ) -> None:
        say = self.say.of(leg.language)
        self.log.hub.passing(
            turn.conversation_id, {"type": "typing", "from": Speaker.ASSISTANT.value}
        )
        waiting = asyncio.create_task(self._tell_when_slow(turn, leg, say))
        try:
            async with self._at_once:
                with metrics.turn_seconds.time():
                    asked = await self._persisting.ask(turn, conversation, leg, event)
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        replies = asked.replies
        if asked.end is End.FAILED:
            metrics.turn_errors.inc()
            replies = [*replies, could_not(turn, say)]
        elif asked.end is End.GAVE_UP:
            if not replies:
                await self._give_up(turn, say)
                return
            replies = [*replies, in_our_words(turn, say("engine_gave_up"), to_person=True)]
        evidence = None
        if any(reply.handoff for reply in replies):
            evidence = await self.handoffs.gather(turn.conversation_id, identified_by(replies))
        await self._store(turn, replies, evidence)

    async def _tell_when_slow(self, turn: Turn, leg: Leg, say: Sentences) -> None:
        """The customer reads that it takes a moment, and once more if it takes long. A call says so
        by itself, and sooner (bot/call/quiet.py)."""
        if leg.channel in SPOKEN:
            return
        for pause, key in (
            (self.patience.slow_after, "moment"),
            (STILL_AT_IT_S, "still_at_it"),
        ):
            await self._sleep(pause)
            sentence = say(key)
            data: dict[str, Any] = {"filler": True, "spoken": sentence.spoken}
            words = self._words(turn, sentence, data)
            try:
                async with self.log.opened(turn.conversation_id) as opened:
                    await self.leases.check(opened.session, turn)
                    await opened.append(words, Claim(Floor.BOT, turn.epoch))
            except (FloorLost, ConversationEnded, LeaseLost):
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

    async def _store(self, turn: Turn, replies: Sequence[Reply], evidence: Evidence | None) -> None:
        try:
            async with self.log.opened(turn.conversation_id) as opened:
                row = await self.leases.check(opened.session, turn)
                opened.check(Claim(Floor.BOT, turn.epoch))
                if turn.seq > (opened.row.message_offer or 0):
                    opened.row.message_offer = None
                await store_replies(opened, turn, replies, self.say.assistant)
                handoff = replies[-1].handoff if replies else None
                if handoff and evidence is not None:
                    await self.handoffs.request(
                        opened,
                        Need(handoff.reason, handoff.priority, handoff.decision),
                        evidence,
                        leg_id=turn.leg_id,
                        turn_id=turn.id,
                    )
                self._end(row, TurnState.ANSWERED)
        except (FloorLost, ConversationEnded):
            await self._finish(turn, TurnState.SUPERSEDED)
            return
        for reply in replies:
            metrics.turns.labels(reply.intent.name or "none").inc()

    async def _say_and_finish(self, turn: Turn, sentence: Sentence) -> None:
        await self._store(turn, [in_our_words(turn, sentence)], None)

    async def _give_up(self, turn: Turn, say: Sentences) -> None:
        """The engine stayed away: a person takes it, or a message is kept."""
        evidence = await self.handoffs.gather(turn.conversation_id)
        words = self._words(turn, say("engine_gave_up"), {})
        try:
            async with self.log.opened(turn.conversation_id) as opened:
                self._end(await self.leases.check(opened.session, turn), TurnState.HANDED_OVER)
                if opened.row.message_offer:  # said already, for the words before these
                    return
                await opened.append(words, Claim(Floor.BOT, turn.epoch))
                await self.handoffs.request(
                    opened, Need("tool_failed"), evidence, leg_id=turn.leg_id, turn_id=turn.id
                )
        except (FloorLost, ConversationEnded):
            await self._finish(turn, TurnState.SUPERSEDED)

    async def _take_message(self, turn: Turn, event: Event) -> None:
        evidence = await self.handoffs.gather(turn.conversation_id)
        try:
            async with self.log.opened(turn.conversation_id) as opened:
                self._end(await self.leases.check(opened.session, turn), TurnState.HANDED_OVER)
                opened.check(Claim(Floor.BOT, turn.epoch))
                await self.handoffs.take_message(opened, event, evidence)
        except (FloorLost, ConversationEnded):
            await self._finish(turn, TurnState.SUPERSEDED)

    async def _finish(self, turn: Turn, state: TurnState) -> None:
        async with self.log.database.writing() as session:
            self._end(await self.leases.check(session, turn), state)

    def _end(self, row: Turn, state: TurnState) -> None:
        row.state = state
        row.finished_at = self.log.clock()
