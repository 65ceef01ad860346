"""Two server processes, killed by turns under a conversation that is typed by both sides."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from sqlalchemy import func, select

from bot.centre import utc_now
from bot.conversation.events import Event
from bot.conversation.hub import Hub
from bot.conversation.log import ConversationLog
from bot.store.database import Database
from bot.store.desk_tables import Handoff, HandoffState
from bot.store.tables import Turn, TurnState
from tests.chat.peer import visitor
from tests.house import House
from tests.product.typists import Agent, Customer, Typist
from tests.servers import Server

REPAIRED_WITHIN_S = 30.0
"""What a crash left behind: here the answer it owed."""

SERVED_WITHIN_S = 60.0
QUESTION, ANSWER = "what is your return policy?", "60 days"


@dataclass(frozen=True)
class Kill:
    server: int
    both_lost: bool
    """The customer and the agent were connected to it."""
    customer_s: float
    """From the kill until a message of the customer's was stored again."""
    agent_s: float
    answer_s: float
    """Until another customer had the answer that the killed server owed."""
    started_s: float


@dataclass
class Killed:
    kills: list[Kill] = field(default_factory=list)
    messages: int = 0
    wrong: list[str] = field(default_factory=list)


async def kill_by_turns(
    house: House, servers: tuple[Server, Server], database_url: str, kills: int, seed: int
) -> Killed:
    """On the engine of `house`, which is held up while a server dies that owes an answer."""
    chance = random.Random(seed)
    made = Killed()
    urls = [server.url for server in servers]
    ana, maya = Customer(urls, "Ana", seed), Agent(urls[::-1], "Maya", seed + 1)
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
        talking(http, ana, maya),
    ):
        done = asyncio.Event()
        typing = [asyncio.create_task(typist.type(done)) for typist in (ana, maya)]
        for number in range(kills):
            await asyncio.sleep(chance.uniform(0.5, 1.5))
            if chance.random() < 0.5:
                await maya.move()
                await asyncio.sleep(chance.uniform(0.0, 0.5))
            made.kills.append(await kill(house, servers, number % 2, ana, maya, made.wrong))
        done.set()
        async with asyncio.timeout(SERVED_WITHIN_S):
            await asyncio.gather(*typing)
            log = await last_of(database_url, ana, maya)
    made.messages = len(ana.typed) + len(maya.typed)
    made.wrong += ana.wrong + maya.wrong + judge(log, ana, maya) + await left_over(database_url)
    return made


@asynccontextmanager
async def talking(http: aiohttp.ClientSession, ana: Customer, maya: Agent) -> AsyncIterator[None]:
    """Maya has Ana's contact."""
    await maya.sign_in(http, "maya")
    tasks = [asyncio.create_task(typist.stay_connected(http)) for typist in (ana, maya)]
    try:
        async with asyncio.timeout(SERVED_WITHIN_S):
            await ana.is_welcome()
            await maya.is_welcome()
            assert ana.conversation
            await maya.watch(ana.conversation)
            await ana.says("I want to talk to a person")
            handoff = (await maya.is_told("handoff_requested"))["data"]["handoff"]
            status, _ = await maya.post(http, f"/api/desk/handoffs/{handoff}/accept")
            assert status == 200
        tasks.append(asyncio.create_task(maya.deliver(http)))
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def kill(
    house: House,
    servers: tuple[Server, Server],
    number: int,
    ana: Typist,
    maya: Typist,
    wrong: list[str],
) -> Kill:
    """One of them dies and is started again; it owed Ben an answer."""
    victim, survivor = servers[number], servers[1 - number]
    async with visitor(victim.url) as ben:
        house.freeze("engine")
        try:
            ack = await ben.say(QUESTION)
            both = victim.url == ana.url == maya.url
            died = time.monotonic()
            await asyncio.to_thread(victim.kill)
        finally:
            house.thaw("engine")
    restarting = asyncio.create_task(asyncio.to_thread(restart, victim))
    known = {"conversation": ben.conversation, "token": ben.token, "since": 0}
    async with visitor(survivor.url, **known) as again:
        async with asyncio.timeout(SERVED_WITHIN_S):
            served = [asyncio.create_task(typist.is_served_after(died)) for typist in (ana, maya)]
            await again.reads("assistant", ANSWER, after=ack["seq"])
            answer_s = time.monotonic() - died
            customer_s, agent_s = await asyncio.gather(*served)
            alive = await restarting
        answers = [e for e in again.events if ANSWER in e["text"]]
    if len(answers) != 1:
        wrong.append(f"Ben has {len(answers)} answers")
    if answer_s > REPAIRED_WITHIN_S:
        wrong.append(f"Ben's answer came after {answer_s:.1f} s")
    return Kill(number, both, customer_s, agent_s, answer_s, alive - died)


def restart(server: Server) -> float:
    server.start()
    server.wait_until_alive()
    return time.monotonic()


async def last_of(database_url: str, ana: Typist, maya: Typist) -> list[Event]:
    """The whole log, once both have read it to its end."""
    database = Database(database_url)
    try:
        assert isinstance(ana, Customer)
        assert ana.conversation
        log = await ConversationLog(database, Hub(), utc_now).since(ana.conversation)
    finally:
        await database.close()
    await ana.has_read(max(event.seq for event in log if event.for_customer()))
    await maya.has_read(log[-1].seq)
    return log


def judge(log: Sequence[Event], ana: Typist, maya: Typist) -> list[str]:
    """Nothing acknowledged is lost, nothing is doubled, all is in order, for writers and readers."""
    wrong = []
    if [event.seq for event in log] != list(range(1, len(log) + 1)):
        wrong.append("the log has a gap")
    ids = {event.client_id: event.seq for event in log if event.client_id}
    for typist in (ana, maya):
        for id_, seq in typist.acknowledged.items():
            if ids.get(id_) != seq:
                wrong.append(
                    f"{typist.typed[id_]!r}: acknowledged as {seq}, stored as {ids.get(id_)}"
                )
        stored = [event.client_id for event in log if event.client_id in typist.typed]
        if stored != list(typist.typed):
            wrong.append(f"{typist.name}'s messages are not in the order typed, or not there once")
    read = [event["seq"] for event in ana.events]
    if read != [event.seq for event in log if event.for_customer()]:
        wrong.append("the customer's page has not what the log has")
    if [event["seq"] for event in maya.events] != [event.seq for event in log]:
        wrong.append("the desk has not what the log has")
    return wrong


async def left_over(database_url: str) -> list[str]:
    """Turns nobody answers, contacts nobody has."""
    database = Database(database_url)
    try:
        async with database.reading() as session:
            owed = await session.scalar(select(func.count()).where(Turn.state == TurnState.PENDING))
            handoffs = list(await session.scalars(select(Handoff.state)))
    finally:
        await database.close()
    wrong = [f"{owed} answers are still owed"] if owed else []
    return wrong + ([] if handoffs == [HandoffState.ACCEPTED] else [f"handoffs: {handoffs}"])
