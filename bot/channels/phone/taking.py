"""What a carrier asks of the centre: take this call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web
from prometheus_client import Counter

from bot.call.line import Arrival, Ear, Line


class TakeCall(Protocol):
    async def __call__(
        self,
        line: Line,
        arrival: Arrival,
        *,
        rate_hz: int,
        read: Callable[[Ear], Awaitable[str]],
    ) -> None:
        """Runs the call until it is over and hangs up. `rate_hz` is that of the sound `Ear.hear` gets;
        `read` tells the ear what comes in until the wire ends, and returns why it did."""
        ...


TAKE_CALL: web.AppKey[TakeCall] = web.AppKey("take_call")

bad_frames = Counter(
    "warmline_phone_bad_frames", "Frames of a carrier that couldn't be read", ["carrier"]
)


class Deaf:
    """An ear for a call nobody listens to: one that isn't taken, or is over."""

    def hear(self, pcm: bytes) -> None: ...

    def lost(self, seconds: float) -> None: ...

    def played(self, seq: int, ms: float) -> None: ...

    def key(self, digit: str) -> None: ...
