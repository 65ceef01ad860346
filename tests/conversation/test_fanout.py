"""Two processes' hubs, on a real Redis that may go away."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from bot.conversation.events import Kind, NewEvent
from bot.conversation.fanout import Fanout, open_fanout, pause_s
from bot.conversation.hub import DESK, Hub, Watch
from bot.conversation.log import ConversationLog
from bot.store.database import Database
from bot.store.tables import Speaker
from tests.conftest import Time
from tests.conversation.redis_server import RedisServer, own_redis

pytestmark = pytest.mark.redis

WITHIN_S = 60.0


@dataclass
class Process:
    """As much of a server process as wakes screens."""

    hub: Hub
    fanout: Fanout

    async def connected(self) -> None:
        async with asyncio.timeout(WITHIN_S):
            await self.fanout.there.wait()

    async def cut_off(self) -> None:
        async with asyncio.timeout(WITHIN_S):
            while self.fanout.there.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@asynccontextmanager
async def process_on(url: str) -> AsyncIterator[Process]:
    hub = Hub()
    async with open_fanout(hub, url) as fanout:
        yield Process(hub, fanout)


async def changes(watch: Watch, topic: str) -> None:
    """Waits until the watch is told that something is new there."""
    async with asyncio.timeout(WITHIN_S):
        while topic not in (await watch.news()).changed:
            pass


async def shown(watch: Watch, word: str) -> list[str]:
    """The frames' words up to `word`."""
    words: list[str] = []
    async with asyncio.timeout(WITHIN_S):
        while word not in words:
            words += [frame["word"] for frame in (await watch.news()).passing if "word" in frame]
    return words


@pytest.fixture
async def one(redis_url: str) -> AsyncIterator[Process]:
    async with process_on(redis_url) as made:
        await made.connected()
        yield made


@pytest.fixture
async def other(redis_url: str) -> AsyncIterator[Process]:
    async with process_on(redis_url) as made:
        await made.connected()
        yield made


async def test_what_is_written_in_one_process_is_read_in_the_other(
    one: Process, other: Process, database_url: str, time: Time
) -> None:
    databases = [Database(database_url), Database(database_url)]
    log, their_log = (
        ConversationLog(database, process.hub, time)
        for database, process in zip(databases, (one, other), strict=True)
    )
    conversation, _ = await log.begin("en")
    read: list[str] = []

    async def screen() -> None:
        with other.hub.watching(conversation) as watch:
            while len(read) < 30:
                await watch.news()
                read.extend(e.text for e in await their_log.since(conversation, len(read)))

    reading = asyncio.create_task(screen())
    for number in range(30):
        async with log.opened(conversation) as opened:
            await opened.append(NewEvent(Kind.MESSAGE, Speaker.CUSTOMER, str(number)))
    async with asyncio.timeout(WITHIN_S):
        await reading
    assert read == [str(number) for number in range(30)]
    for database in databases:
        await database.close()


async def test_a_desk_hears_of_the_queue_from_the_other_process(
    one: Process, other: Process
) -> None:
    with other.hub.watching(DESK) as desk, other.hub.watching("another") as another:
        one.hub.passing("another", {"word": "settled"})  # what connecting woke is behind us now
        await shown(another, "settled")
        desk.show({})
        await desk.news()
        one.hub.changed(DESK)
        one.hub.passing("another", {"word": "later"})
        assert (await desk.news()).changed == {DESK}
        assert await shown(another, "later") == ["later"]


async def test_typing_is_seen_over_there_and_nothing_is_seen_twice_here(
    one: Process, other: Process
) -> None:
    with (
        one.hub.watching("c") as mine,
        one.hub.watching("c") as my_colleagues,
        other.hub.watching("c") as theirs,
    ):
        for word in ("one", "two"):
            one.hub.passing("c", {"word": word}, but=mine)
        assert await shown(theirs, "two") == ["one", "two"]
        other.hub.passing("c", {"word": "end"})  # Redis has told everybody of "two" before it
        assert await shown(my_colleagues, "end") == ["one", "two", "end"]
        assert await shown(mine, "end") == ["end"]


async def test_installations_on_one_redis_are_told_apart_by_their_number(
    redis_url: str, one: Process, other: Process
) -> None:
    async with process_on(redis_url.rpartition("/")[0] + "/9") as foreign:
        await foreign.connected()
        with foreign.hub.watching("c") as watch, other.hub.watching("c") as theirs:
            one.hub.passing("c", {"word": "ours"})
            await shown(theirs, "ours")
            async with Redis.from_url(redis_url) as redis:
                told = '{"from": "another", "topic": "c", "frame": {"word": "theirs"}}'
                await redis.publish("warmline:9", told)
            assert await shown(watch, "theirs") == ["theirs"]


async def test_what_is_no_message_harms_nothing(
    redis_url: str, one: Process, other: Process
) -> None:
    channel = f"warmline:{redis_url.rpartition('/')[2]}"
    with other.hub.watching("c") as watch:
        async with Redis.from_url(redis_url) as redis:
            for junk in ("no JSON", "[]", "7", "{}", '"from"', b"\xff\xfe"):
                await redis.publish(channel, junk)
        one.hub.passing("c", {"word": "still there"})
        assert await shown(watch, "still there") == ["still there"]


def test_a_long_outage_is_tried_again_every_few_seconds() -> None:
    assert [pause_s(failures) for failures in (1, 2, 3, 7, 100_000)] == [0.1, 0.2, 0.4, 5.0, 5.0]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RedisServer]:
    with own_redis(tmp_path) as made:
        yield made


@pytest.mark.realtime
async def test_redis_is_killed_and_comes_back(own: RedisServer) -> None:
    own.start()
    with capture_logs() as logs:
        async with process_on(own.url) as one, process_on(own.url) as other:
            await asyncio.gather(one.connected(), other.connected())
            with one.hub.watching("c") as here, other.hub.watching("c") as there:
                one.hub.passing("c", {"word": "before"})
                assert await shown(there, "before") == ["before"]
                own.kill()
                await asyncio.gather(one.cut_off(), other.cut_off())
                for _ in range(3):  # nobody waits for Redis: both look by themselves
                    one.hub.changed("c")
                    one.hub.passing("c", {"word": "lost"})
                    await asyncio.gather(changes(here, "c"), changes(there, "c"))
                await asyncio.to_thread(own.start)
                await asyncio.gather(one.connected(), other.connected())
                await asyncio.gather(changes(here, "c"), changes(there, "c"))
                one.hub.passing("c", {"word": "after"})
                assert await shown(there, "after") == ["after"]
    lost = [line for line in logs if line["event"] == "the other processes can't be reached"]
    assert len(lost) == 2, logs  # once for each process, however often it was tried


@pytest.mark.realtime
async def test_redis_hangs_and_goes_on(own: RedisServer) -> None:
    own.start()
    async with process_on(own.url) as one, process_on(own.url) as other:
        await asyncio.gather(one.connected(), other.connected())
        own.signal(signal.SIGSTOP)
        for process in (one, other):
            process.hub.changed("c")
        await asyncio.gather(one.cut_off(), other.cut_off())
        with other.hub.watching("c") as there:
            await changes(there, "c")
            own.signal(signal.SIGCONT)
            await asyncio.gather(one.connected(), other.connected())
            one.hub.passing("c", {"word": "after"})
            assert await shown(there, "after") == ["after"]


@pytest.mark.realtime
async def test_a_server_starts_and_works_without_its_redis(own: RedisServer) -> None:
    async with process_on(own.url) as process:
        with process.hub.watching("c") as watch:
            process.hub.changed("c")
            await changes(watch, "c")
            assert not process.fanout.there.is_set()
            own.start()
            await process.connected()
