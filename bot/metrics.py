"""What `/metrics` tells Prometheus."""

from __future__ import annotations

import asyncio

from prometheus_client import Counter, Gauge, Histogram

turns = Counter("warmline_turns", "Turns answered by the assistant", ["intent"])
turn_errors = Counter("warmline_turn_errors", "Turns on which the engine or the server failed")
turn_seconds = Histogram(
    "warmline_turn_seconds",
    "Seconds from a turn's start to the engine's reply, waits for an absent engine included",
    buckets=(0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 5, 20, 60),
)
sockets = Gauge("warmline_sockets", "Open WebSockets", ["door"])
others_reached = Gauge(
    "warmline_others_reached", "1 while the server's other processes are reached through Redis"
)
waiting = Gauge("warmline_waiting", "Customers waiting for a person")
calls = Gauge("warmline_calls", "Calls in progress")
voice_failures = Counter(
    "warmline_voice_failures", "Times a voice failed and another one spoke", ["voice", "how"]
)
voice_to_voice_seconds = Histogram(
    "warmline_voice_to_voice_seconds",
    "Seconds from the caller's last voiced audio to the answer's first audio",
    buckets=(0.3, 0.5, 0.7, 0.9, 1.2, 1.8, 2.5, 4, 8),
)
loop_lag_seconds = Histogram(
    "warmline_event_loop_lag_seconds",
    "How late the event loop runs a timer",
    buckets=(0.001, 0.005, 0.02, 0.05, 0.1, 0.5, 2),
)
tasks = Gauge("warmline_tasks", "asyncio tasks of the server that aren't done")

LAG_EVERY_S = 0.5


async def watch_loop_lag() -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LAG_EVERY_S
        await asyncio.sleep(LAG_EVERY_S)
        loop_lag_seconds.observe(max(0.0, loop.time() - due))
        tasks.set(len(asyncio.all_tasks(loop)))
