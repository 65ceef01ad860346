"""Hold music: it goes on where it stopped, and ends when it is told to."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.call.hold_music import PIECE_S, HoldMusic, compose
from speech.audio import Sound, resample

RATE_HZ = 8_000
PIECE = int(RATE_HZ * PIECE_S) * 2


class Line:
    """Keeps what it is sent."""

    rate_hz = RATE_HZ

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.cleared = 0
        self._more = asyncio.Event()

    async def sound(self, pcm: bytes) -> None:
        self.heard.append(pcm)
        self._more.set()

    async def until(self, pieces: int) -> None:
        while len(self.heard) < pieces:
            self._more.clear()
            await self._more.wait()

    async def clear(self) -> None:
        self.cleared += 1

    async def mark(self, seq: int, ms: float) -> None: ...

    async def show(self, **frame: Any) -> None: ...

    async def transfer(self, number: str) -> None: ...

    async def hang_up(self) -> None: ...


async def test_after_words_the_music_goes_on_where_it_stopped() -> None:
    music = compose()
    tune = resample(music, RATE_HZ).pcm
    line = Line()
    hold = HoldMusic(line, music)
    hold.play()
    hold.play()  # it plays already
    await line.until(2)
    await hold.stop()
    before = len(line.heard)
    hold.play()
    await line.until(before + 1)
    await hold.stop()
    played = b"".join(line.heard)
    assert played == tune[: len(played)]
    assert line.cleared == 2


async def test_it_goes_round_and_round() -> None:
    line = Line()
    short = Sound(RATE_HZ, compose(RATE_HZ).pcm[: PIECE + PIECE // 2])
    hold = HoldMusic(line, short)
    hold.play()
    await line.until(3)
    await hold.stop()
    played = b"".join(line.heard[:3])
    assert played == short.pcm + short.pcm, "without a gap where it begins again"


async def test_stopped_music_leaves_no_task_behind() -> None:
    here = asyncio.all_tasks()
    hold = HoldMusic(Line(), compose())
    await hold.stop()  # never played: nothing to clear
    hold.play()
    await hold.stop()
    assert asyncio.all_tasks() == here
