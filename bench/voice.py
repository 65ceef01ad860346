"""Voice-to-voice time on the browser's wire: from the last voiced 10 ms of the caller's audio to the
first non-silent sound of the answer arriving (a filler does not count), and where the time goes.

Each call asks for the state of a real order in a few recordings, played in real time by one process
on the same machine. Stages come from the server's `timing` frames; the total is taken here, by the
caller's clock."""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from bench.house import running
from bench.table import percentile, show
from bot.commands.caller import Exchange, calling
from speech.audio import Sound, read_wav, resample, samples

RECORDINGS = Path(__file__).resolve().parent.parent / "tests" / "recordings"
QUIET = 0.01
"""Of full scale (-40 dBFS): 10 ms whose peak stays below it are not voiced."""

WINDOW_S = 0.010
STAGES = ("endpoint_ms", "recogniser_ms", "dialogue_ms", "first_audio_ms", "total_ms")


def voiced_until(sound: Sound) -> float:
    """Seconds from the start to the end of the last voiced 10 ms."""
    pcm = np.abs(samples(sound.pcm).astype(np.int32)) / 32768
    step = int(sound.rate_hz * WINDOW_S)
    loud = [i for i in range(0, len(pcm), step) if pcm[i : i + step].max(initial=0) > QUIET]
    return (loud[-1] + step) / sound.rate_hz if loud else 0.0


def scripts() -> list[list[str]]:
    """Recordings of whole calls: a question, then number and postcode of one order."""
    listed = tomllib.loads((RECORDINGS / "recordings.toml").read_text())["recording"]
    questions = [r["file"] for r in listed if r.get("intent") and "order" not in r]
    orders: dict[int, dict[str, str]] = {}
    for recording in listed:
        if "order" in recording:
            orders.setdefault(recording["order"], {})[recording["expects"]] = recording["file"]
    tracking = [r["file"] for r in listed if r.get("intent") == "track_order"]
    calls = []
    for number, parts in enumerate(orders.values()):
        if {"order_number", "postcode"} <= parts.keys():
            opening = tracking[number % len(tracking)]
            closing = questions[number % len(questions)]
            calls.append([opening, parts["order_number"], parts["postcode"], closing])
    return calls


async def main(turns: int = 50) -> None:
    totals: list[float] = []
    stages: dict[str, list[float]] = {stage: [] for stage in STAGES}
    silent = played = 0
    with running() as url:
        calls = scripts()
        index = 0
        while played < turns:
            async with calling(url, 16_000) as caller:
                for file in calls[index % len(calls)]:
                    sound = read_wav(RECORDINGS / file)
                    if sound.rate_hz != 16_000:
                        sound = resample(sound, 16_000)
                    exchange = await caller.play(sound)
                    played += 1
                    measured = voice_to_voice(sound, exchange)
                    if measured is None:
                        silent += 1
                        continue
                    totals.append(measured)
                    for timing in exchange.timings[:1]:
                        _note(stages, timing)
            index += 1
    rows: list[tuple[Any, ...]] = [
        ("voice to voice, at the caller", len(totals), *both(totals)),
    ]
    rows += [(f"  {stage[:-3]}", len(v), *both(v)) for stage, v in stages.items() if v]
    show(f"Voice to voice, {played} turns, one call", ("ms", "turns", "p50", "p95"), rows)
    print(f"{silent} turns got no answer (not heard as speech, or no reply)")


def both(values: list[float]) -> tuple[float, float]:
    return percentile(values, 50), percentile(values, 95)


def voice_to_voice(sound: Sound, exchange: Exchange) -> float | None:
    """Milliseconds, by the caller's clock; None without an answer."""
    if not exchange.first_sound_at:
        return None
    seconds = len(sound.pcm) / 2 / sound.rate_hz
    last_voice_at = exchange.sound_ended_at - (seconds - voiced_until(sound))
    return (exchange.first_sound_at + lead_in(exchange) - last_voice_at) * 1000


def lead_in(exchange: Exchange, rate_hz: int = 22_050) -> float:
    """Seconds of silence at the reply's beginning: not an answer yet."""
    pcm = np.abs(samples(exchange.reply).astype(np.int32)) / 32768
    loud = np.flatnonzero(pcm > QUIET)
    return float(loud[0]) / rate_hz if len(loud) else 0.0


def _note(stages: dict[str, list[float]], timing: dict[str, Any]) -> None:
    for stage in STAGES:
        stages[stage].append(float(timing[stage]))


if __name__ == "__main__":
    asyncio.run(main())
