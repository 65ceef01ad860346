"""Several processes owe answers to one conversation: each turn is answered by one of them, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from actions.shop import SqlShop
from actions.shop import migrate as migrate_shop
from bot.conversation.events import Event, Kind
from bot.conversation.fanout import open_fanout
from bot.conversation.hub import Hub
from bot.conversation.log import ConversationLog
from bot.conversation.sentences import Sentences
from bot.dialogue.engine import Engines
from bot.dialogue.leases import LEASE, Leases
from bot.dialogue.listening import Listening, Words
from bot.dialogue.turns import Patience, Turns
from bot.handoff.service import Handoffs
from bot.handoff.waiting_room import WaitingRoom
from bot.store.database import Database
from bot.store.tables import Channel, Speaker
from tests.conftest import Time
from tests.dialogue.slow_engine import SlowEngine, slow_engine

pytestmark = pytest.mark.redis

WITHIN_S = 60.0


class Process:
    """A server process's share of the dialogue, with a database connection and a hub of its own."""

    def __init__(
        self, database: Database, hub: Hub, shop: SqlShop, engines: Engines, time: Time
    ) -> None:
        self.log = ConversationLog(database, hub, time)
        say = Sentences("en", assistant="Juniper", shop="Juniper Outdoor")
        handoffs = Handoffs(self.log, shop, say, presence_s=60)
        self.turns = Turns(self.log, engines, handoffs, say, Patience(1000, 1000))
        self.room = WaitingRoom(handoffs)
        self.listening = Listening(self.log, self.turns, self.room, message_limit=4000)
        self.conversation = self.leg = ""

    async def begins(self) -> None:
        self.conversation, _ = await self.log.begin("en")
        async with self.log.opened(self.conversation) as opened:
            leg = await opened.begin_leg(Channel.WEBCHAT, "address:127.0.0.1")
            self.leg = leg.id

    async def hears(self, text: str) -> str:
        """The turn's id."""
        heard = await self.listening.hear(self.conversation, Words(text, self.leg))
        assert heard.turn_id
        return heard.turn_id

    async def answered(self, turn_id: str) -> None:
        async with asyncio.timeout(WITHIN_S):
            await self.turns.finished(turn_id)

    async def answers(self) -> list[str]:
        events = await self.log.since(self.conversation)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        return [e.text for e in events if said_by_assistant(e)]


def said_by_assistant(event: Event) -> bool:
    return event.kind is Kind.MESSAGE and event.speaker is Speaker.ASSISTANT


@pytest.fixture
async def engine() -> AsyncIterator[SlowEngine]:
    async with slow_engine() as made:
        yield made


@pytest.fixture
async def processes(
    database_url: str, redis_url: str, engine: SlowEngine, tmp_path: Path, time: Time
) -> AsyncIterator[tuple[Process, Process]]:
    """Two, in which the same conversation goes on."""
    shop_url = f"sqlite:///{tmp_path / 'shop.db'}"
    await migrate_shop(shop_url)
    made: list[Process] = []
    async with AsyncExitStack() as stack:
        for _ in range(2):
            database, shop, hub = Database(database_url), SqlShop(shop_url), Hub()
            stack.push_async_callback(database.close)
            stack.push_async_callback(shop.close)
            fanout = await stack.enter_async_context(open_fanout(hub, redis_url))
            async with asyncio.timeout(WITHIN_S):
                await fanout.there.wait()
            engines = await stack.enter_async_context(Engines({"en": engine.url}))
            process = Process(database, hub, shop, engines, time)
            stack.push_async_callback(process.turns.stop)
            made.append(process)
        one, other = made
        await one.begins()
        other.conversation, other.leg = one.conversation, one.leg
        yield one, other


async def left_by_a_dead_process(process: Process, time: Time, text: str) -> str:
    """Words stored by a process that was killed at once: nobody works on the turn it holds."""
    dead = Listening(process.log, Dead(process, time), process.room, message_limit=4000)
    heard = await dead.hear(process.conversation, Words(text, process.leg))
    assert heard.turn_id
    return heard.turn_id


class Dead(Turns):
    """Turns of a process that was killed: they hold leases and do nothing."""

    def __init__(self, process: Process, time: Time) -> None:
        self.leases = Leases(process.log.database, time)

    def wake(self, conversation_id: str) -> None: ...


async def test_a_turn_that_a_living_process_answers_is_left_to_it(
    processes: tuple[Process, Process], engine: SlowEngine
) -> None:
    one, other = processes
    turn = await one.hears("hold this")
    await engine.is_asked()
    assert await other.turns.resume() == 0
    other.turns.wake(other.conversation)
    waiting = asyncio.create_task(
        other.answered(turn)
    )  # it is told when the other one has finished
    await asyncio.sleep(0)
    engine.go_on()
    await asyncio.gather(one.answered(turn), waiting)
    assert await one.answers() == ["You said: hold this"]
    assert engine.asked == {turn: 1}


async def test_a_turn_of_a_killed_process_is_taken_up_once_its_lease_has_run_out(
    processes: tuple[Process, Process], engine: SlowEngine, time: Time
) -> None:
    one, other = processes
    turn = await left_by_a_dead_process(one, time, "hello?")
    assert (await one.turns.resume(), await other.turns.resume()) == (0, 0)
    time.passes(LEASE.total_seconds())
    await asyncio.gather(one.turns.resume(), other.turns.resume())
    await asyncio.gather(one.answered(turn), other.answered(turn))
    assert await one.answers() == ["You said: hello?"]
    assert engine.asked == {turn: 1}


async def test_where_there_is_one_process_it_takes_up_at_its_start_what_is_owed(
    processes: tuple[Process, Process], engine: SlowEngine, time: Time
) -> None:
    one, _ = processes
    turn = await left_by_a_dead_process(one, time, "hello?")
    assert await one.turns.resume(alone=True) == 1
    await one.answered(turn)
    assert await one.answers() == ["You said: hello?"]


async def test_a_process_that_stops_in_order_leaves_its_turns_to_the_other_at_once(
    processes: tuple[Process, Process], engine: SlowEngine
) -> None:
    one, other = processes
    turn = await one.hears("hold this")
    await engine.is_asked()
    await one.turns.stop()
    assert await other.turns.resume() == 1
    await engine.is_asked(2)
    engine.go_on()
    await other.answered(turn)
    assert await other.answers() == ["You said: hold this"]


@pytest.mark.parametrize("answer", ["comes before the other's", "comes after the other's"])
async def test_a_process_that_was_stopped_for_too_long_does_not_answer_a_second_time(
    processes: tuple[Process, Process], engine: SlowEngine, time: Time, answer: str
) -> None:
    one, other = processes
    turn = await one.hears("hold this")
    await engine.is_asked()
    time.passes(LEASE.total_seconds())  # in one breath: it could not renew
    assert await other.turns.resume() == 1
    await engine.is_asked(2)
    with capture_logs() as logs:
        if answer == "comes before the other's":
            engine.go_on(0)
            await dropped(logs)
            assert await one.answers() == []
            engine.go_on(1)
            await other.answered(turn)
        else:
            engine.go_on(1)
            await other.answered(turn)
            engine.go_on(0)
            await dropped(logs)
    assert await one.answers() == ["You said: hold this"]


async def dropped(logs: list[Any]) -> None:
    """Waits until an answer has been thrown away."""
    async with asyncio.timeout(WITHIN_S):
        while "a turn went to another process meanwhile" not in [line["event"] for line in logs]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_words_said_to_two_processes_are_answered_in_their_order(
    processes: tuple[Process, Process], engine: SlowEngine, time: Time
) -> None:
    one, other = processes
    turns = [await left_by_a_dead_process(one, time, "first")]
    turns += [await one.hears("second 0.05"), await other.hears("third"), await one.hears("fourth")]
    time.passes(LEASE.total_seconds())
    await asyncio.gather(*(one.answered(turn) for turn in turns))
    assert await one.answers() == [
        f"You said: {text}" for text in ("first", "second 0.05", "third", "fourth")
    ]
    assert set(engine.asked.values()) == {1}


async def test_sixty_turns_in_two_processes_have_sixty_answers(
    processes: tuple[Process, Process], engine: SlowEngine, time: Time
) -> None:
    one, other = processes
    turns = await asyncio.gather(
        *((one, other)[number % 2].hears(f"number {number}") for number in range(60))
    )
    await asyncio.gather(*(one.answered(turn) for turn in turns))
    answers = await one.answers()
    assert sorted(answers) == sorted(f"You said: number {number}" for number in range(60))
    assert engine.asked == dict.fromkeys(turns, 1)
