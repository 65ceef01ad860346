"""A desk with its furniture, for who comes over the API: the real server (without engine and speech),
people who work there, customers who wait, a message that was left and a call that was recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import select

from actions.shop import migrate as migrate_shop
from actions.shop import seed
from bot.conversation.events import Kind, NewEvent
from bot.desk.order_actions import Action
from bot.desk.signin import DEMO_PASSWORD
from bot.handoff.dialling import CannotDial
from bot.handoff.payload import Need
from bot.store.desk_tables import Agent, Role, Task
from bot.store.tables import Channel, Speaker
from tests.call.tape import RATE_HZ, tone
from tests.desk.described import ReadsAlong
from tests.desk.switchboard import Switchboard, open_switchboard

PASSWORD = "a password for tests"
CUSTOMER = 1
"""Of the demo shop."""


REQUEST = "the-request-of-maya"


class NobodyPicksUp:
    """The telephone network."""

    async def dial(self, number: str) -> None:
        raise CannotDial("Nobody picks up.")


@dataclass
class Peer:
    """Somebody signed in, whose client reads along."""

    http: aiohttp.ClientSession
    csrf: str

    @asynccontextmanager
    async def at_the_desk(self) -> AsyncIterator[None]:
        """With an open page."""
        async with self.http.ws_connect("/desk/ws") as socket:
            await socket.receive()
            yield

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        async with self.http.get(path, headers=headers) as answer:
            return answer.status, await _content(answer)

    async def post(self, path: str, **body: Any) -> tuple[int, Any]:
        headers = {"X-CSRF-Token": self.csrf}
        async with self.http.post(path, json=body, headers=headers) as answer:
            return answer.status, await _content(answer)


async def _content(answer: aiohttp.ClientResponse) -> Any:
    return await answer.json() if answer.content_type == "application/json" else None


class ApiDesk:
    def __init__(self, board: Switchboard) -> None:
        self.board = board
        self.url = board.url
        self.reads_along = ReadsAlong()

    async def furnish(self) -> None:
        """In the server's own loop."""
        centre = self.board.centre
        shop = centre.settings.shop_database_url
        await migrate_shop(shop)
        await seed(shop)
        centre.dialling.dialler = NobodyPicksUp()
        for name, role in (("ada", Role.ADMINISTRATOR), ("nils", Role.AGENT)):
            await centre.sign_in.add_agent(
                name, name.capitalize(), role, PASSWORD, must_change=name == "nils"
            )
        self.left = await self.customer("my tent has a hole")
        await self.leaves_message(self.left, "please call me about my tent")
        async with centre.database.writing() as session:
            maya = await session.scalar(select(Agent).where(Agent.username == "maya"))
            assert maya
            maya.seen_at = centre.clock()  # an open desk's page
        await self.settles(await self.customer("my refund, please"), maya)
        self.waits = await self.customer("a person please")
        await self.records(self.waits)
        await self.asks_for_person(self.waits)
        self.too = await self.customer("me too")
        await self.asks_for_person(self.too)

    async def settles(self, conversation: str, agent: Agent) -> None:
        """A contact of theirs, in which they ask a senior and promise something."""
        centre = self.board.centre
        await self.asks_for_person(conversation)
        [handoff] = await centre.handoffs.waiting()
        await centre.contacts.accept(handoff.id, agent)
        order = max(await centre.backend.orders_of(CUSTOMER), key=lambda one: one.total_cents)
        above = Action("refund", order.number, amount_cents=5001)
        await centre.order_actions.act(conversation, agent, above, "it is torn", REQUEST)
        await centre.contacts.close(
            handoff.id,
            agent,
            disposition="follow_up",
            summary="A refund is asked for.",
            next_step=("Call Ana about the refund.", centre.clock()),
        )

    async def customer(self, words: str) -> str:
        """An identified one, who has said something in a call; the conversation."""
        centre = self.board.centre
        conversation, _ = await centre.log.begin("en")
        async with centre.log.opened(conversation) as opened:
            leg = await opened.begin_leg(Channel.PHONE, "phone:+15550100")
            await opened.append(NewEvent(Kind.SPEECH, Speaker.CUSTOMER, words, leg_id=leg.id))
            await opened.note_identity(leg.id, CUSTOMER, "Ana Reyes", how="order number")
            promise = NewEvent(Kind.PROMISE, Speaker.ASSISTANT, "We call back.", data={"due": None})
            await opened.append(promise)
            self.leg = leg.id
        return conversation

    async def asks_for_person(self, conversation: str) -> None:
        handoffs = self.board.centre.handoffs
        evidence = await handoffs.gather(conversation)
        async with self.board.centre.log.opened(conversation) as opened:
            need = Need("needs_decision", 1, "Refund outside the return window?")
            await handoffs.request(opened, need, evidence, leg_id=None)

    async def leaves_message(self, conversation: str, words: str) -> None:
        """Where nobody is there."""
        handoffs = self.board.centre.handoffs
        await self.asks_for_person(conversation)
        evidence = await handoffs.gather(conversation)
        async with self.board.centre.log.opened(conversation) as opened:
            event = await opened.append(NewEvent(Kind.MESSAGE, Speaker.CUSTOMER, words))
            await handoffs.take_message(opened, event, evidence)

    async def records(self, conversation: str) -> None:
        """One call of this conversation that is over, and one that lasts."""
        recordings = self.board.recordings
        for over in (True, False):
            recording = await recordings.begin(
                conversation, self.leg, caller_hz=RATE_HZ, said_hz=RATE_HZ
            )
            recording.caller(tone(440, 0.2))
            recording.blank(50, 100)
            if over:
                await recordings.finish(recording)

    async def ids(self) -> dict[str, str]:
        """Of something of each kind."""
        handoffs = self.board.centre.handoffs
        [*_, waiting] = await handoffs.waiting()
        [message] = await handoffs.messages_taken()
        recording = (await self.board.recordings.of(self.waits))[0]
        async with self.board.centre.database.reading() as session:
            [task] = await session.scalars(select(Task.id))
        return {
            "request": REQUEST,
            "task": task,
            "conversation": self.waits,
            "handoff": waiting.id,
            "message": message.id,
            "recording": recording.id,
        }

    @asynccontextmanager
    async def peer(self, username: str, password: str = PASSWORD) -> AsyncIterator[Peer]:
        async with self.stranger() as http:
            account = {"username": username, "password": password}
            async with http.post("/api/signin", json=account) as answer:
                assert answer.status == 200, await answer.text()
                csrf = (await answer.json())["csrf"]
            yield Peer(http, csrf)

    def maya(self) -> Any:
        return self.peer("maya", DEMO_PASSWORD)

    def stranger(self) -> aiohttp.ClientSession:
        jar = aiohttp.CookieJar(unsafe=True)
        trace = [self.reads_along.trace]
        return aiohttp.ClientSession(self.url, cookie_jar=jar, trace_configs=trace)


@contextmanager
def open_api_desk(folder: Path, **changes: str) -> Iterator[ApiDesk]:
    with open_switchboard(folder, speech="false", **changes) as board:
        desk = ApiDesk(board)
        board.do(desk.furnish(), within_s=60)
        yield desk
