"""An HTTP server that speaks the engine's turn protocol (docs/protocol.md) and answers when it is told
to, for scenes about when answers come. What it says isn't the thing under test.

The words decide: "0.2" in them makes it answer after 0.2 s, "person" ask for one; "hold" makes it wait
until the scene says `go_on`."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web


class SlowEngine:
    def __init__(self) -> None:
        self.port = 0
        self.asked: Counter[str] = Counter()
        """Times each turn was sent."""
        self.outcomes: list[str] = []
        """Conversations in which a person closed."""
        self._arrived = asyncio.Event()
        self._held: list[asyncio.Event] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def is_asked(self, times: int = 1) -> None:
        """Waits until so many requests for turns have come."""
        while self.asked.total() < times:
            self._arrived.clear()
            await self._arrived.wait()

    def go_on(self, *which: int) -> None:
        """Requests that are held are answered: all, or those with these places in the row."""
        for place, held in enumerate(self._held):
            if not which or place in which:
                held.set()

    async def turn(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        turn_id, text = body["turn_id"], body["text"]
        self.asked[turn_id] += 1
        held = asyncio.Event()
        if "hold" in text:
            self._held.append(held)
        else:
            held.set()
        self._arrived.set()
        await held.wait()
        if seconds := re.search(r"\d+\.\d+", text):
            await asyncio.sleep(float(seconds[0]))
        handoff = {"reason": "asked_for_person"} if "person" in text else None
        reply = {
            "turn_id": turn_id,
            "replayed": self.asked[turn_id] > 1,
            "intent": {"name": "standing_in", "confidence": 1.0},
            "messages": [{"text": f"You said: {text}"}],
            "handoff": handoff,
        }
        return web.json_response(reply)

    async def outcome(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.outcomes.append(body["conversation"])
        return web.json_response({})


@asynccontextmanager
async def slow_engine() -> AsyncIterator[SlowEngine]:
    made = SlowEngine()
    app = web.Application()
    app.router.add_post("/webhooks/warmline/turn", made.turn)
    app.router.add_post("/webhooks/warmline/outcome", made.outcome)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        made.port = runner.addresses[0][1]
        yield made
    finally:
        made.go_on()
        await runner.cleanup()
