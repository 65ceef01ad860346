"""Carries the hub's news between several server processes, through Redis (`WARMLINE_REDIS_URL`).

Redis keeps nothing of ours and may go away at any time: what counts is in the database, and every
watcher reads it when woken. So all are woken now and then anyway, often while Redis is away, and once
when it is back, here and in the other processes, which may have missed what we had to tell. Typing and
partial speech of that time are gone."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from bot import metrics
from bot.conversation.hub import Hub, Passing

log = structlog.get_logger()

LOOK_EVERY_S = 15.0
"""All watchers read the log so often: a process that was killed between writing and telling has told
nobody."""

LOOK_WHILE_AWAY_EVERY_S = 1.5
"""What an agent or customer of another process waits for news while Redis is away."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
"""Between tries to reach Redis; each pause is twice the one before."""

FRAMES_KEPT = 256
"""On their way to Redis; older ones are dropped, as nobody needs to see old typing."""


def pause_s(failures: int) -> float:
    """Before the next try, after so many in a row."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures - 1, 10))


class Fanout:
    """The hub's `Others`. Messages on the channel are JSON: `from` (a process), and `topic` with
    `frame` for what passes, `topic` for what changed, neither where anything may have changed."""

    def __init__(self, hub: Hub, url: str) -> None:
        self._hub = hub
        self._me = secrets.token_hex(8)
        # It raises at the first failure; trying again is ours.
        self._redis = Redis.from_url(url, retry=Retry(NoBackoff(), 0))
        number = self._redis.connection_pool.connection_kwargs.get("db", 0)
        self._channel = f"warmline:{number}"
        """Redis's databases share their channels: the URL's number tells installations apart."""
        self._anything = True
        """To be told: read everything."""
        self._changed: dict[str, None] = {}
        self._frames: deque[tuple[str, Passing]] = deque(maxlen=FRAMES_KEPT)
        self._told = asyncio.Event()
        self.there = asyncio.Event()
        """Set while the other processes are reached."""
        self._failures = 0

    # --- what the hub tells ----------------------------------------------------------------------

    def changed(self, topic: str) -> None:
        if not self._anything:
            self._changed[topic] = None
        self._told.set()

    def passing(self, topic: str, frame: Passing) -> None:
        if self.there.is_set():
            self._frames.append((topic, frame))
            self._told.set()

    # --- at work ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_now_and_then())
            group.create_task(self._stay_connected())

    async def close(self) -> None:
        await self._redis.aclose()

    async def _stay_connected(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(self._channel)
                    subscribed = asyncio.Event()
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._listen(channel, subscribed))
                        group.create_task(self._publish(subscribed))
            except* Exception as errors:
                # Also a fault of ours: screens must not be left deaf for it.
                self._lost(errors.exceptions[0])
            await asyncio.sleep(pause_s(self._failures))

    def _lost(self, error: BaseException) -> None:
        self.there.clear()
        self._anything = True
        self._changed.clear()
        self._frames.clear()
        self._failures += 1
        if self._failures == 1:  # said once, however often it is tried
            metrics.others_reached.set(0)
            log.warning("the other processes can't be reached", why=repr(error))

    def _found(self) -> None:
        """Whoever told something meanwhile wasn't heard here."""
        self.there.set()
        self._failures = 0
        metrics.others_reached.set(1)
        log.info("the other processes are reached")
        self._hub.wake_all()

    async def _listen(self, channel: PubSub, subscribed: asyncio.Event) -> None:
        async for message in channel.listen():
            if message["type"] == "subscribe":
                subscribed.set()
            elif message["type"] == "message":
                self._hear(message["data"])

    def _hear(self, data: bytes) -> None:
        try:
            told = json.loads(data)
            sender, topic, frame = told["from"], told.get("topic"), told.get("frame")
        except (ValueError, TypeError, KeyError, AttributeError):
            log.warning("what is no message of ours was told on Redis", channel=self._channel)
            return
        if sender == self._me:
            return
        if topic is None:
            self._hub.wake_all()
        elif frame is None:
            self._hub.wake(topic)
        else:
            self._hub.show(topic, frame)

    async def _publish(self, subscribed: asyncio.Event) -> None:
        """One round trip for all there is to tell."""
        await subscribed.wait()
        while True:
            async with self._redis.pipeline(transaction=False) as pipe:
                for message in self._messages():
                    pipe.publish(self._channel, json.dumps({"from": self._me, **message}))
                await pipe.execute()
            if not self.there.is_set():
                self._found()
            await self._told.wait()

    def _messages(self) -> list[Passing]:
        messages: list[Passing] = [{}] if self._anything else []
        messages += [{"topic": topic} for topic in self._changed]
        messages += [{"topic": topic, "frame": frame} for topic, frame in self._frames]
        self._anything = False
        self._changed.clear()
        self._frames.clear()
        self._told.clear()
        return messages

    async def _look_now_and_then(self) -> None:
        waited_s = 0.0
        while True:
            await asyncio.sleep(LOOK_WHILE_AWAY_EVERY_S)
            waited_s += LOOK_WHILE_AWAY_EVERY_S
            if waited_s >= LOOK_EVERY_S or not self.there.is_set():
                waited_s = 0.0
                self._hub.wake_all()


@asynccontextmanager
async def open_fanout(hub: Hub, url: str) -> AsyncIterator[Fanout]:
    """`hub` reaches the other processes while the block lasts."""
    fanout = Fanout(hub, url)
    running = asyncio.create_task(fanout.run(), name="fan-out")
    hub.others = fanout
    try:
        yield fanout
    finally:
        hub.others = None
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await fanout.close()
