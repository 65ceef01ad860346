"""A server that takes calls, in a thread of its own: real sockets, database, recogniser and voice. Only
the dialogue engine is left out; callers ask for a person by other means."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web
from sqlalchemy import select

from bot.app import create_app
from bot.call.engines import SPEECH, SpeechEngines
from bot.call.live import LIVE
from bot.call.recordings import RECORDINGS, Recordings
from bot.call.session import Call
from bot.centre import CENTRE, Centre
from bot.channels.frames import SOCKETS
from bot.conversation.events import Event
from bot.handoff.payload import Need
from bot.settings import load_settings
from bot.store.tables import Leg
from tests.house import free_ports

TOKEN = "a-test-token-of-no-account"
Result = TypeVar("Result")


class Switchboard:
    def __init__(self, folder: Path, **changes: str) -> None:
        [port] = free_ports(1)
        names = {
            "data_dir": str(folder),
            "port": str(port),
            "twilio_auth_token": TOKEN,
            "messages_per_minute": "10000",
        }
        self.settings = load_settings(**names | changes)
        self.url = self.settings.url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self.do(self._start(), within_s=120)

    def stop(self) -> None:
        self.do(self._runner.cleanup(), within_s=30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _start(self) -> None:
        self._app = create_app(self.settings)
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.settings.port).start()

    def do(self, work: Coroutine[Any, Any, Result], within_s: float = 20) -> Result:
        """Inside the server, from a thread that may wait."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(within_s)

    async def inside(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Inside the server, from another loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    @property
    def centre(self) -> Centre:
        return self._app[CENTRE]

    @property
    def recordings(self) -> Recordings:
        return self._app[RECORDINGS]

    @property
    def engines(self) -> SpeechEngines:
        return self._app[SPEECH]

    def call_of(self, conversation: str) -> Call | None:
        return self._app[LIVE].of(conversation)

    async def conversation_of(self, caller: str) -> str:
        """The conversation of who calls from this number."""
        async with self.centre.database.reading() as session:
            query = select(Leg.conversation_id).where(Leg.source == f"phone:{caller}")
            return (await session.scalars(query)).one()

    async def fetch_person(self, conversation: str) -> None:
        """The caller asks for a person, whatever the dialogue makes of it."""
        call = self.call_of(conversation)
        assert call
        evidence = await self.centre.handoffs.gather(conversation)
        async with self.centre.log.opened(conversation) as opened:
            await self.centre.handoffs.request(
                opened, Need("asked_for_person"), evidence, leg_id=call.leg_id
            )

    def open_sockets(self) -> list[tuple[web.WebSocketResponse, str]]:
        """With their paths."""
        found = [socket for socket in self._app[SOCKETS] if not socket.closed]
        return [(socket, socket._req.path) for socket in found if socket._req]

    async def events(self, conversation: str) -> list[Event]:
        return await self.centre.log.since(conversation)


@contextmanager
def open_switchboard(folder: Path, **changes: str) -> Iterator[Switchboard]:
    """With other settings where `changes` says so."""
    board = Switchboard(folder, **changes)
    board.start()
    try:
        yield board
    finally:
        board.stop()


async def until(true: Any, what: str, within_s: float = 15.0) -> Any:
    """What `true()` (or the coroutine it makes) comes to, once that is true."""
    deadline = time.monotonic() + within_s
    while True:
        value = true()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return value
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.05)
