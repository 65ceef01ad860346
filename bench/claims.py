"""Whose contact is it: `python -m bench.claims [--contacts 1000] [--servers 2]`.

Agents at several server processes claim the same waiting customers all at once, what is offered to them
and what they pick from the queue; the database says who has whom. With more than one server it needs
PostgreSQL; one is measured on SQLite."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import asyncpg
from sqlalchemy import func, select

from bench.table import show
from bot.centre import utc_now
from bot.conversation.events import Kind, NewEvent
from bot.conversation.hub import Hub
from bot.conversation.log import ConversationLog
from bot.desk.signin import SignIn
from bot.handoff.payload import Evidence, Need, compose
from bot.settings import ROOT
from bot.store.database import Database
from bot.store.desk_tables import Handoff, HandoffState, Offer, Role
from bot.store.migrate import migrate
from bot.store.tables import Channel, EventRow, Floor, Speaker
from tests.house import free_ports
from tests.services import POSTGRES

PASSWORD = "four words in a row"
AGENTS = 8
PING_EVERY_S = 20.0
KINDS = (("postgres", 2), ("sqlite", 1))
"""Databases, each with its number of servers."""
AT_ONCE = 12
"""Claims that one agent has under way: more than anybody's fingers."""


@dataclass
class Claims:
    won: Counter[str] = field(default_factory=Counter)
    late: int = 0
    """Claims that came after somebody else's."""
    failed: list[str] = field(default_factory=list)


async def fill(database: Database, contacts: int) -> list[str]:
    """Customers who wait for a person; the handoffs' ids."""
    log = ConversationLog(database, Hub(), utc_now)
    made = []
    for number in range(contacts):
        conversation, _ = await log.begin("en")
        async with log.opened(conversation) as opened:
            leg = await opened.begin_leg(Channel.WEBCHAT, f"address:10.0.{number // 250}.9")
            said = await opened.append(
                NewEvent(Kind.MESSAGE, Speaker.CUSTOMER, "a person please", leg_id=leg.id)
            )
            need = Need("asked_for_person")
            payload = compose(
                opened.row, [leg], [said], need=need, evidence=Evidence(), now=opened.now
            )
            handoff = Handoff(
                conversation_id=conversation,
                state=HandoffState.WAITING,
                reason=need.reason,
                asked_at=opened.now,
                ranks_at=opened.now,
                payload=payload,
            )
            opened.session.add(handoff)
            await opened.session.flush()
            made.append(handoff.id)
            opened.give_floor(Floor.QUEUE)
    return made


async def claim(url: str, name: str, claims: Claims) -> None:
    """One agent, until nobody waits."""
    chance = random.Random(name)
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, cookie_jar=jar) as http:
        sign_in = {"username": name, "password": PASSWORD}
        async with http.post("/api/signin", json=sign_in, headers={"Origin": url}) as answer:
            csrf = (await answer.json())["csrf"]
        headers = {"Origin": url, "X-CSRF-Token": csrf}
        async with http.ws_connect("/desk/ws", headers={"Origin": url}) as socket:
            listening = asyncio.create_task(_listen(socket))
            while True:
                async with http.get("/api/desk/handoffs") as answer:
                    lists = await answer.json()
                offered = [f"/api/desk/offers/{one['id']}/accept" for one in lists["offers"]]
                waiting = [f"/api/desk/handoffs/{one['id']}/accept" for one in lists["waiting"]]
                if not waiting:
                    break
                paths = offered + chance.sample(waiting[:40], min(AT_ONCE, len(waiting[:40])))
                await asyncio.gather(*(_take(http, path, headers, claims) for path in paths))
            listening.cancel()


async def _listen(socket: aiohttp.ClientWebSocketResponse) -> None:
    """As an open page: who never pings is taken for gone, and whom they all left is told so."""
    while True:
        await socket.send_json({"type": "ping"})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PING_EVERY_S):
                async for _ in socket:
                    pass
                return


async def _take(
    http: aiohttp.ClientSession, path: str, headers: dict[str, str], claims: Claims
) -> None:
    async with http.post(path, json={}, headers=headers) as answer:
        told = await answer.json()
        if answer.status == 409:
            claims.late += 1
            return
        if answer.status != 200:
            claims.failed.append(f"{answer.status} {told}")
            return
    handoff = told["handoff"]["id"]
    claims.won[handoff] += 1
    wrap_up = {"disposition": "solved", "summary": ""}
    close = f"/api/desk/handoffs/{handoff}/close"
    async with http.post(close, json=wrap_up, headers=headers) as answer:
        if answer.status != 200:
            claims.failed.append(f"{answer.status} {await answer.text()}")


@asynccontextmanager
async def server(database_url: str, folder: Path) -> AsyncIterator[str]:
    [port] = free_ports(1)
    names = {
        "DATABASE_URL": database_url, "DATA_DIR": str(folder), "PORT": str(port), "SPEECH": "false",
        "SETTINGS": os.devnull, "LOG_LEVEL": "error",
    }  # fmt: skip
    env = os.environ | {f"WARMLINE_{name}": value for name, value in names.items()}
    with (folder / f"server-{port}.log").open("wb") as output:
        process = subprocess.Popen(  # noqa: ASYNC220  (it outlives this call)
            [sys.executable, "-m", "bot", "serve"],
            cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession(url) as http:
            until = time.monotonic() + 60
            while True:
                try:
                    async with http.get("/health/live"):
                        break
                except aiohttp.ClientError:
                    if process.poll() is not None or time.monotonic() > until:
                        raise
                    await asyncio.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


@asynccontextmanager
async def database_of(kind: str, folder: Path) -> AsyncIterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'centre.db'}"
        return
    name = f"warmline_claims_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(POSTGRES)
    await admin.execute(f'CREATE DATABASE "{name}"')
    try:
        yield POSTGRES.rpartition("/")[0] + f"/{name}"
    finally:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


@dataclass(frozen=True)
class Result:
    seconds: float
    late: int
    failed: Sequence[str]
    doubled: int
    lost: Sequence[str]
    """What became of each."""
    offers: int


async def race(kind: str, servers: int, contacts: int) -> Result:
    with tempfile.TemporaryDirectory(prefix="warmline-claims-") as name:
        folder = Path(name)
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(database_of(kind, folder))
            await migrate(url)
            database = Database(url)
            stack.push_async_callback(database.close)
            people = [f"agent{number}" for number in range(AGENTS)]
            door = SignIn(database, utc_now, hours=1)
            for person in people:
                await door.add_agent(person, person, Role.AGENT, PASSWORD, must_change=False)
            handoffs = await fill(database, contacts)
            urls = [await stack.enter_async_context(server(url, folder)) for _ in range(servers)]
            claims, began = Claims(), time.monotonic()
            await asyncio.gather(
                *(claim(urls[at % servers], person, claims) for at, person in enumerate(people))
            )
            took = time.monotonic() - began
            return await _judge(database, handoffs, claims, took)


async def _judge(
    database: Database, handoffs: Sequence[str], claims: Claims, took: float
) -> Result:
    """By the database, and by what the agents were told."""
    async with database.reading() as session:
        accepted = Counter(
            row.data["handoff"]
            for row in await session.scalars(
                select(EventRow).where(EventRow.kind == Kind.HANDOFF_ACCEPTED.value)
            )
        )
        states = {row.id: row for row in await session.scalars(select(Handoff))}
        offers = await session.scalar(select(func.count(Offer.id)))
    doubled = 0
    lost = []
    for one in handoffs:
        times, won, row = accepted[one], claims.won[one], states[one]
        if max(times, won) > 1:
            doubled += 1
        elif (times, won, row.state) != (1, 1, HandoffState.CLOSED):
            lost.append(
                f"{row.state.value} (disposition {row.disposition}), accepted {times} times in the "
                f"log, {won} times by an agent"
            )
    return Result(took, claims.late, claims.failed, doubled, lost, offers or 0)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.claims")
    parser.add_argument("--contacts", type=int, default=1000)
    parser.add_argument("--on", choices=[kind for kind, _ in KINDS], help="only this database")
    options = parser.parse_args(arguments)
    rows = []
    wrong = 0
    for kind, servers in KINDS:
        if options.on not in (None, kind):
            continue
        found = asyncio.run(race(kind, servers, options.contacts))
        wrong += found.doubled + len(found.lost) + len(found.failed)
        for problem in (*found.lost[:5], *found.failed[:5]):
            print(problem)
        rows.append(
            (
                f"{kind}, {servers} server{'s' if servers > 1 else ''}",
                str(options.contacts),
                f"{found.seconds:.1f}",
                str(found.offers),
                str(found.late),
                str(found.doubled),
                str(len(found.lost)),
                str(len(found.failed)),
            )
        )
    columns = ("", "contacts", "s", "offers", "too late", "double", "lost", "errors")
    show(f"{AGENTS} agents claim at once", columns, rows)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
