"""The centre's side of a call, played by a test: it takes each call, and the test speaks and listens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakSet

from bot.call.line import Arrival, Ear, Line
from speech.audio import Samples, samples

HAPPENS_WITHIN_S = 20.0


class Notes:
    """An ear that writes down what it is told."""

    def __init__(self) -> None:
        self.pcm = bytearray()
        self.keys = ""
        self.plays: list[tuple[int, float]] = []
        self.lost_s = 0.0
        self._news = asyncio.Event()

    def hear(self, pcm: bytes) -> None:
        self.pcm += pcm
        self._news.set()

    def lost(self, seconds: float) -> None:
        self.lost_s += seconds
        self._news.set()

    def played(self, seq: int, ms: float) -> None:
        self.plays.append((seq, ms))
        self._news.set()

    def key(self, digit: str) -> None:
        self.keys += digit
        self._news.set()

    @property
    def heard(self) -> Samples:
        """At 8 kHz."""
        return samples(bytes(self.pcm))

    async def until(self, holds: Callable[[], bool]) -> None:
        """Returns once it holds; looked at whenever something is heard."""
        async with asyncio.timeout(HAPPENS_WITHIN_S):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def was_told(self, *plays: tuple[int, float]) -> None:
        """Until exactly these have been reported as played."""
        await self.until(lambda: self.plays == list(plays))

    async def hears(self, seconds: float) -> None:
        """So much more sound."""
        enough = len(self.pcm) + int(seconds * 8000) * 2
        await self.until(lambda: len(self.pcm) >= enough)


class TakenCall:
    def __init__(self, line: Line, arrival: Arrival) -> None:
        self.line = line
        self.arrival = arrival
        self.ear = Notes()
        self.over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Why it ended."""

    async def ends(self) -> str:
        async with asyncio.timeout(HAPPENS_WITHIN_S):
            return await asyncio.shield(self.over)


class Exchange:
    """A TakeCall. Calls wait in `next_call` for the test; or `behaviour` deals with each."""

    def __init__(self) -> None:
        self.calls: list[TakenCall] = []
        self.behaviour: Callable[[TakenCall], Awaitable[None]] | None = None
        self.sockets: WeakSet[Any] = WeakSet()
        """For the app's SOCKETS: what it would close when it stops."""
        self._coming: asyncio.Queue[TakenCall] = asyncio.Queue()

    async def __call__(
        self,
        line: Line,
        arrival: Arrival,
        *,
        rate_hz: int,
        read: Callable[[Ear], Awaitable[str]],
    ) -> None:
        assert rate_hz == line.rate_hz == 8000
        call = TakenCall(line, arrival)
        self.calls.append(call)
        self._coming.put_nowait(call)
        behaving = asyncio.ensure_future(self.behaviour(call)) if self.behaviour else None
        try:
            call.over.set_result(await read(call.ear))
        finally:
            if behaving:
                behaving.cancel()
                await asyncio.gather(behaving, return_exceptions=True)

    async def next_call(self) -> TakenCall:
        async with asyncio.timeout(HAPPENS_WITHIN_S):
            return await self._coming.get()

    async def stops(self) -> None:
        """As `bot.app.hang_up` does when the server stops."""
        for each in list(self.sockets):
            await each.close(code=1012, message=b"the server restarts")

    def forget(self) -> None:
        """Between two scenes."""
        self.calls.clear()
        self.behaviour = None
        while not self._coming.empty():
            self._coming.get_nowait()
