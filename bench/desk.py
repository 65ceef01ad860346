"""Desks: `python -m bench.desk`: from a customer's message to the agent's screen on a busy shift.

So many web chats are open and so many desks connected; nearly all chats are held by an agent, whose desk
watches them, a few wait. Customers write, agents answer, now and then a contact is closed and its
customer asks for a person again. Time runs from the `say` frame at the customer's socket to the event's
frame at the desk's, by one clock: the load generator's, which is a process of its own on the same
cores. The last row is saturation: every customer writes again as soon as the message before was on the
screen."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.desk_load import Arrivals, Customer, Desk, every
from bench.house import own_house
from bench.table import percentile, show
from bot.centre import utc_now
from bot.desk.signin import SignIn
from bot.settings import Settings
from bot.store.database import Database
from bot.store.desk_tables import Role
from tests.house import House

PASSWORD = "bench-desk-of-no-account"
AGENT_WRITES_EVERY_S = 10.0
CONTACT_LASTS_S = 400.0
"""On average, until it is closed and its customer asks again."""
SETTLES_S = 3.0
STEPS = (20, 50, 100, 200)
"""Customers' messages a second, all together."""


@dataclass
class Shift:
    house: House
    customers: list[Customer] = field(default_factory=list)
    desks: list[Desk] = field(default_factory=list)
    arrivals: Arrivals = field(default_factory=Arrivals)

    @property
    def held(self) -> list[Customer]:
        return [one for one in self.customers if one.floor == "human"]

    # --- begins --------------------------------------------------------------------------------

    async def begin(self, stack: AsyncExitStack, chats: int, desks: int, waiting: int) -> None:
        await accounts(self.house.settings, desks)
        for number in range(desks):
            self.desks.append(await self._desk(stack, number))
        http = await stack.enter_async_context(self._http())
        for _ in range(chats):
            self.customers.append(await self._customer(stack, http))
        for number, customer in enumerate(self.customers):
            await customer.asks_for_person()
            if number < chats - waiting:
                await self._is_taken(customer, self.desks[number % desks])

    def _http(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            self.house.url,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            connector=aiohttp.TCPConnector(limit=0),
        )

    async def _customer(self, stack: AsyncExitStack, http: aiohttp.ClientSession) -> Customer:
        customer = Customer(await http.ws_connect("/chat/ws"), self.arrivals)
        stack.push_async_callback(customer.close)
        await customer.send(type="hello", conversation=None, token=None, since=0, locale="en-US")
        await customer.welcomed.wait()
        return customer

    async def _desk(self, stack: AsyncExitStack, number: int) -> Desk:
        http = await stack.enter_async_context(self._http())
        body = {"username": f"agent{number}", "password": PASSWORD}
        async with http.post("/api/signin", json=body) as answer:
            answer.raise_for_status()
            csrf = (await answer.json())["csrf"]
        desk = Desk(await http.ws_connect("/desk/ws"), http, csrf, self.arrivals)
        stack.push_async_callback(desk.close)
        await desk.ready.wait()
        await desk.get("/api/desk/messages-taken")
        return desk

    async def _is_taken(self, customer: Customer, desk: Desk) -> None:
        lists = await desk.get("/api/desk/handoffs")
        handoff = next(h for h in lists["waiting"] if h["conversation"] == customer.conversation)
        await desk.accepts(handoff["id"])
        await customer.until("human")

    # --- goes on -------------------------------------------------------------------------------

    async def one_goes_round(self) -> None:
        """A contact is closed, its customer asks for a person again, and the same desk takes it."""
        desk = random.choice([one for one in self.desks if one.mine])
        conversation = random.choice(list(desk.mine))
        customer = next(one for one in self.customers if one.conversation == conversation)
        await desk.closes(conversation)
        await customer.until("bot")
        await customer.asks_for_person()
        await self._is_taken(customer, desk)

    async def row(
        self, name: str, seconds: float, messages_per_s: float | None
    ) -> Sequence[object]:
        """None: as fast as it goes."""
        held = self.held
        tasks = [asyncio.create_task(self._goes_round_now_and_then(len(held)))]
        tasks += [
            asyncio.create_task(every(AGENT_WRITES_EVERY_S, one.writes)) for one in self.desks
        ]
        if messages_per_s:
            gap_s = len(held) / messages_per_s
            tasks += [asyncio.create_task(every(gap_s, one.writes)) for one in held]
        else:
            tasks.append(asyncio.create_task(self._as_fast_as_it_goes(held)))
        await asyncio.sleep(SETTLES_S)
        self.arrivals.start_anew()
        before = Clocks.now(self.house)
        await asyncio.sleep(seconds)
        used = Clocks.now(self.house).since(before)
        ms = list(self.arrivals.ms)
        lists = self.arrivals.lists
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended
        self.arrivals.on_seen = lambda conversation: None
        await asyncio.sleep(SETTLES_S)
        for page in (*self.customers, *self.desks):
            page.check()
        return (
            name,
            f"{len(ms) / used.wall_s:.0f}",
            percentile(ms, 50),
            percentile(ms, 95),
            max(ms, default=float("nan")),
            f"{lists / used.wall_s:.0f}",
            f"{100 * used.server_s / used.wall_s:.0f}",
            f"{100 * used.load_s / used.wall_s:.0f}",
        )

    async def _goes_round_now_and_then(self, held: int) -> None:
        await every(CONTACT_LASTS_S / held, self.one_goes_round)

    async def _as_fast_as_it_goes(self, held: list[Customer]) -> None:
        free: asyncio.Queue[str] = asyncio.Queue()
        by_id = {one.conversation: one for one in held}
        self.arrivals.on_seen = free.put_nowait
        for one in held:
            free.put_nowait(one.conversation)
        while True:
            customer = by_id[await free.get()]
            if customer.floor == "human":
                await customer.writes(types=False)


@dataclass(frozen=True)
class Clocks:
    """Seconds: of the wall, of the server's CPU, of the load generator's."""

    wall_s: float
    server_s: float
    load_s: float

    @classmethod
    def now(cls, house: House) -> Clocks:
        stat = Path(f"/proc/{house.pid('server')}/stat").read_text().rpartition(")")[2].split()
        ticks = int(stat[11]) + int(stat[12])
        return cls(time.perf_counter(), ticks / os.sysconf("SC_CLK_TCK"), time.process_time())

    def since(self, before: Clocks) -> Clocks:
        return Clocks(
            self.wall_s - before.wall_s,
            self.server_s - before.server_s,
            self.load_s - before.load_s,
        )


async def accounts(settings: Settings, desks: int) -> None:
    database = Database(settings.database_url)
    sign_in = SignIn(database, utc_now, hours=1)
    for number in range(desks):
        await sign_in.add_agent(
            f"agent{number}", f"Agent {number}", Role.AGENT, PASSWORD, must_change=False
        )
    await database.close()


async def measure(options: argparse.Namespace) -> list[Sequence[object]]:
    changes: dict[str, str] = {"speech": "false"}
    if options.database:
        changes["database_url"] = options.database
    rows: list[Sequence[object]] = []
    with own_house(**changes) as house:
        async with AsyncExitStack() as stack:
            shift = Shift(house)
            await shift.begin(stack, options.chats, options.desks, options.waiting)
            for step in options.steps:
                rows.append(await shift.row(f"{step} messages/s", options.seconds, step))
            rows.append(await shift.row("as fast as it goes", options.seconds, None))
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.desk")
    parser.add_argument("--chats", type=int, default=200, help="open web chats (default 200)")
    parser.add_argument("--desks", type=int, default=50, help="connected desks (default 50)")
    parser.add_argument("--waiting", type=int, default=10, help="chats nobody takes (default 10)")
    parser.add_argument("--seconds", type=float, default=30, help="of each row (default 30)")
    parser.add_argument("--steps", type=int, nargs="*", default=STEPS, help="messages a second")
    parser.add_argument("--database", help="of the centre (default: SQLite)")
    options = parser.parse_args(arguments)
    rows: Any = asyncio.run(measure(options))
    show(
        f"Desk: {options.chats} chats, {options.desks} desks, {options.waiting} waiting",
        ("customers write", "seen/s", "p50 ms", "p95 ms", "most ms", "lists/s", "server CPU %",
         "load CPU %"),
        rows,
    )  # fmt: skip


if __name__ == "__main__":
    main()
