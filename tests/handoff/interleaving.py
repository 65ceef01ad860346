"""A customer, a call, agents and a slow engine, all at once in one conversation, on two server processes
and a third one here: who says what when is drawn by a seed, how it falls out is up to the machine.

The servers, the database, Redis, the sockets and the desk's API are real, as is the third process's
share (bot/centre.py), which takes a call's part without its sound. The engine stands in for Rasa."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import select, update

from bot.call.prompts import Prompts
from bot.centre import Centre, open_centre
from bot.conversation.log import ConversationEnded
from bot.dialogue.listening import Words
from bot.handoff.lists import OPEN_STATES
from bot.settings import load_settings
from bot.store.desk_tables import Handoff, Role
from bot.store.tables import Channel, Floor, Turn, TurnState
from tests.chat.peer import Frame, visitor
from tests.dialogue.slow_engine import SlowEngine, slow_engine
from tests.handoff.judge import RETURNED, Verdict, judge
from tests.servers import Server, open_servers

SETTLED_WITHIN_S = 150.0
PING_EVERY_S = 15.0
BACK_WITHIN_S = 1.5
PAUSES_S = (0.0, 0.0, 0.005, 0.02, 0.05, 0.1, 0.2)
DELAYS_S = (0.001, 0.03, 0.1, 0.2, 0.4)
SLOW_AFTER_S = 0.06
"""The engine's delays reach beyond it, so that "one moment" races with the rest, too."""

PASSWORD = "a password of three words"


class AtTheDesk:
    """An agent, signed in at all processes (the session is in the database)."""

    def __init__(self, http: aiohttp.ClientSession, session: dict[str, Any]) -> None:
        self._http = http
        self._csrf = session["csrf"]
        self.id: int = session["agent"]["id"]
        self.watching: dict[str, asyncio.Queue[Frame]] = {}

    async def post(self, url: str, path: str, **body: Any) -> int:
        headers = {"X-CSRF-Token": self._csrf}
        async with self._http.post(url + path, json=body, headers=headers) as answer:
            return answer.status

    @asynccontextmanager
    async def at(self, url: str) -> AsyncIterator[None]:
        """Has the desk open at one of the processes."""
        socket = await self._http.ws_connect(f"{url}/desk/ws")
        self._socket = socket
        tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._ping())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await socket.close()

    @asynccontextmanager
    async def watch(self, conversation: str) -> AsyncIterator[asyncio.Queue[Frame]]:
        events = self.watching[conversation] = asyncio.Queue()
        await self._say(type="watch", conversation=conversation, since=0)
        try:
            yield events
        finally:
            await self._say(type="unwatch", conversation=conversation)
            del self.watching[conversation]

    async def _say(self, **frame: Any) -> None:
        await self._socket.send_str(json.dumps(frame))

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_EVERY_S)
            await self._say(type="ping")

    async def _read(self) -> None:
        async for message in self._socket:
            frame = json.loads(message.data)
            if frame["type"] == "event" and (queue := self.watching.get(frame["conversation"])):
                queue.put_nowait(frame["event"])


@dataclass
class World:
    servers: tuple[Server, Server]
    engine: SlowEngine
    third: Centre
    agents: dict[str, AtTheDesk]
    """Maya's desk is open at the one process, Sam's at the other. Vera's is open nowhere: what she
    accepts is taken from her."""


@asynccontextmanager
async def open_world(folder: Path, database_url: str, redis_url: str) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(slow_engine())
        names = {
            "database_url": database_url,
            "redis_url": redis_url,
            "shop_database_url": f"sqlite:///{folder / 'shop.db'}",
            "engine_port": str(engine.port),
            "engine_slow_after_s": str(SLOW_AFTER_S),
        }
        servers = await asyncio.to_thread(stack.enter_context, open_servers(folder, **names))
        settings = load_settings(data_dir=str(folder), speech="false", **names)
        third = await stack.enter_async_context(open_centre(settings))
        with contextlib.suppress(Exception):
            await third.sign_in.add_agent("vera", "Vera", Role.AGENT, PASSWORD, must_change=False)
        agents = {}
        for name, password in (("maya", None), ("sam", None), ("vera", PASSWORD)):
            agents[name] = await stack.enter_async_context(
                signed_in(servers[0].url, name, password or "juniper-demo")
            )
        await stack.enter_async_context(agents["maya"].at(servers[0].url))
        await stack.enter_async_context(agents["sam"].at(servers[1].url))
        yield World(servers, engine, third, agents)


@asynccontextmanager
async def signed_in(url: str, username: str, password: str) -> AsyncIterator[AtTheDesk]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        body = {"username": username, "password": password}
        async with http.post(f"{url}/api/signin", json=body) as answer:
            yield AtTheDesk(http, await answer.json())


@dataclass
class Scene:
    world: World
    seed: int
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.conversation = ""
        self.read: list[int] = []
        """Numbers of the events the customer's page got."""

    async def play(self) -> Verdict:
        self.cast = ["maya", "sam"]
        if self.random.random() < 0.15:
            self.cast.append("vera")
        desk = self.world.agents[self.random.choice(("maya", "sam"))]
        async with visitor(self.any_url()) as ana:
            self.conversation, self.key = ana.conversation, ana.token
        async with desk.watch(self.conversation) as events, asyncio.TaskGroup() as group:
            following = group.create_task(self.follow(events, group))
            await asyncio.gather(self.customer(), self.call())
            left = await self.settle()
            following.cancel()
        log = await self.world.third.log.since(self.conversation)
        verdict = judge(log)
        verdict.breaches += left
        seen = [event.seq for event in log if event.for_customer()]
        if self.read != seen[: len(self.read)]:
            verdict.breaches.append(f"the customer read {self.read}, not {seen}")
        verdict.counts.update(self.counts)
        return verdict

    def any_url(self) -> str:
        return self.random.choice(self.world.servers).url

    async def pause(self) -> None:
        await asyncio.sleep(self.random.choice(PAUSES_S))

    async def moment(self) -> None:
        """When the customer or the call does the next thing: often once the assistant is back."""
        if self.random.random() < 0.6:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BACK_WITHIN_S):
                    log = self.world.third.log
                    while (await log.get(self.conversation)).floor is not Floor.BOT:  # noqa: ASYNC110
                        await asyncio.sleep(0.02)
        await self.pause()

    # --- the customer ------------------------------------------------------------------------------

    async def customer(self) -> None:
        left = self.random.randint(3, 7)
        while left:
            since = self.read[-1] if self.read else 0
            known = {"conversation": self.conversation, "token": self.key, "since": since}
            async with visitor(self.any_url(), **known) as ana:
                for _ in range(self.random.randint(1, left)):  # then comes back somewhere else
                    await self.moment()
                    left -= 1
                    told = await ana.say(self.words())
                    if told["type"] == "error":  # the call has ended the conversation
                        left = 0
                        break
                self.read += [event["seq"] for event in ana.events]
                if not left and self.random.random() < 0.2:
                    await self.pause()
                    await ana.send(type="end")
                    await ana.until(
                        lambda f: f.get("event", {}).get("kind") == "conversation_ended"
                    )

    def words(self) -> str:
        """The engine answers after so many seconds; sometimes with a person."""
        person = " person" if self.random.random() < 0.3 else ""
        return f"{self.random.choice(DELAYS_S)}{person}"

    # --- a call in the same conversation, at the third process ----------------------------------------

    async def call(self) -> None:
        if self.random.random() < 0.2:
            return
        third = self.world.third
        with contextlib.suppress(ConversationEnded):
            await self.pause()
            async with third.log.opened(self.conversation) as opened:
                leg = await opened.begin_leg(Channel.VOICE, "address:127.0.0.1")
            prompts = Prompts(third, self.conversation, leg.id, third.sentences, keypad=False)
            for _ in range(self.random.randint(1, 4)):
                await self.moment()
                match self.random.choice(
                    ("says", "isn't understood", "isn't understood", "is silent")
                ):
                    case "says":
                        said = Words(self.words(), leg.id, confidence=0.9)
                        await third.listening.hear(self.conversation, said)
                    case "isn't understood":
                        self.counts["asked for by the call"] += await prompts.fetch_person(
                            "not_understood"
                        )
                    case "is silent":
                        await prompts.tell(third.sentences("call_moment"))
            async with third.log.opened(self.conversation) as opened:
                await opened.end_leg(leg.id)

    # --- agents -------------------------------------------------------------------------------------

    async def follow(self, events: asyncio.Queue[Frame], group: asyncio.TaskGroup) -> None:
        """Whenever the customer begins to wait, or waits again, all reach for the contact at once."""
        handoff = ""
        while True:
            event = await events.get()
            if event["kind"] == "handoff_requested":
                handoff = event["data"]["handoff"]
            again = event["kind"] == "transfer" or event["text"].startswith(RETURNED)
            if event["kind"] == "handoff_requested" or again:
                for name in self.cast:
                    if not (again and name == "vera"):
                        group.create_task(self.agent(name, handoff))

    async def agent(self, name: str, handoff: str) -> None:
        await self.pause()
        if await self.post(name, f"/api/desk/handoffs/{handoff}/accept") != 200:
            self.counts["came too late"] += 1
            return
        for _ in range(self.random.randint(0, 3)):
            await self.pause()
            await self.write(name)
        path = f"/api/desk/handoffs/{handoff}"
        await self.pause()
        if name == "vera":
            await self.vanish(handoff)
        elif not await self.hand_on(name, path):
            if self.random.random() < 0.3:
                await self.post(name, f"{path}/end")  # and wraps up later
                await self.pause()
            await self.post(name, f"{path}/close", disposition="solved", summary="done")
        for _ in range(2):  # as a page would that hasn't heard yet
            await self.write(name)

    async def hand_on(self, name: str, path: str) -> bool:
        """Sometimes, and not where the customer has ended the conversation."""
        if self.random.random() < 0.7:
            return False
        other = self.world.agents["sam" if name == "maya" else "maya"]
        body = {"agent": other.id, "note": "yours, I think"}
        return await self.post(name, f"{path}/transfer", **body) == 200

    async def vanish(self, handoff: str) -> None:
        """As if she had been away for long; then she writes on until she is told that it isn't hers."""
        async with self.world.third.database.writing() as session:
            long_ago = self.world.third.clock() - timedelta(hours=1)
            await session.execute(
                update(Handoff).where(Handoff.id == handoff).values(accepted_at=long_ago)
            )
        async with asyncio.timeout(SETTLED_WITHIN_S):
            while await self.write("vera") == 200:  # noqa: ASYNC110
                await asyncio.sleep(0.2)

    async def write(self, name: str) -> int:
        path = f"/api/conversations/{self.conversation}/messages"
        status = await self.post(name, path, id=str(uuid.uuid4()), text=f"{name} here")
        assert status in (200, 409), status
        self.counts["agents' words refused"] += status == 409
        return status

    async def post(self, name: str, path: str, **body: Any) -> int:
        return await self.world.agents[name].post(self.any_url(), path, **body)

    # --- the end --------------------------------------------------------------------------------------

    async def settle(self) -> list[str]:
        """Waits until nothing is owed any more: every turn has ended, every handoff is closed. Returns
        what still is after a while."""
        owed = ["?"]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLED_WITHIN_S):
                while owed:
                    await asyncio.sleep(0.05)
                    owed = await self.owed()
        return owed

    async def owed(self) -> list[str]:
        turns = select(Turn).where(Turn.conversation_id == self.conversation)
        handoffs = select(Handoff.state).where(
            Handoff.conversation_id == self.conversation, Handoff.state.in_(OPEN_STATES)
        )
        async with self.world.third.database.reading() as session:
            states = {turn.id: turn.state for turn in await session.scalars(turns)}
            still_open = list(await session.scalars(handoffs))
        too_late = [id_ for id_, state in states.items() if state is TurnState.SUPERSEDED]
        self.counts["turns too late"] = len(too_late)
        asked = self.world.engine.asked
        self.counts["the engine's answers dropped"] = sum(id_ in asked for id_ in too_late)
        pending = list(states.values()).count(TurnState.PENDING)
        return [f"{pending} turns are not answered"] * bool(pending) + [
            f"a handoff is still {state}" for state in still_open
        ]


async def play(world: World, seeds: range, at_once: int) -> tuple[list[str], Counter[str]]:
    """What was breached, each with its seed, and what happened in all scenes together."""
    places = asyncio.Semaphore(at_once)
    breaches: list[str] = []
    counts: Counter[str] = Counter()

    async def one(seed: int) -> None:
        async with places:
            verdict = await Scene(world, seed).play()
        breaches.extend(f"seed {seed}: {breach}" for breach in verdict.breaches)
        counts.update(verdict.counts)

    async with asyncio.TaskGroup() as group:
        for seed in seeds:
            group.create_task(one(seed))
    asked = [turn for turn, times in world.engine.asked.items() if times > 1]
    counts["turns asked"] = len(world.engine.asked)
    counts["turns asked twice"] = len(asked)
    return breaches, counts
