"""AudioSocket: what Asterisk says over TCP, and 20 ms of sound every 20 ms from us."""

from __future__ import annotations

import asyncio
import struct
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.call.line import CannotTransfer
from bot.channels.phone import audiosocket
from bot.channels.phone.audiosocket import FRAME_BYTES, Mark, Playout, audiosocket_server
from bot.channels.phone.taking import bad_frames
from tests.phone.scene import WITHIN_S, Desk, Seen, Talk, listen_only, tone

ID = uuid.UUID("40325ec2-5efd-4bd3-805f-53576e581d13")
SILENCE = bytes(320)


class Ticks:
    """A clock and a sleep that move when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._asleep = asyncio.Event()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, wake))
        self._asleep.set()
        await wake

    async def passes(self, seconds: float) -> None:
        until = self.now + seconds + 1e-9
        while True:
            async with asyncio.timeout(WITHIN_S):
                await self._asleep.wait()
            at, wake = min(self._sleepers)
            if at > until:
                break
            self.now = max(self.now, at)
            self._asleep.clear()
            self._sleepers.remove((at, wake))
            wake.set_result(None)
        self.now = until


class Asterisk:
    """Its end of the connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer

    def send(self, kind: int, payload: bytes = b"") -> None:
        self.writer.write(struct.pack(">BH", kind, len(payload)) + payload)

    async def frame(self) -> tuple[int, bytes]:
        async with asyncio.timeout(WITHIN_S):
            kind, length = struct.unpack(">BH", await self._reader.readexactly(3))
            return kind, await self._reader.readexactly(length)

    async def sound(self, frames: int) -> bytes:
        pcm = b""
        for _ in range(frames):
            kind, payload = await self.frame()
            assert (kind, len(payload)) == (0x10, 320)
            pcm += payload
        return pcm

    async def is_closed(self) -> None:
        async with asyncio.timeout(WITHIN_S):
            await self._reader.read()


@asynccontextmanager
async def asterisk_calls(talk: Talk = listen_only) -> AsyncIterator[tuple[Asterisk, Desk, Ticks]]:
    desk, ticks = Desk(talk), Ticks()
    async with audiosocket_server(desk, 0, clock=ticks, sleep=ticks.sleep) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield Asterisk(reader, writer), desk, ticks
        finally:
            writer.close()


async def test_a_call_comes_in_and_is_heard() -> None:
    async with asterisk_calls() as (asterisk, desk, _):
        asterisk.send(0x01, ID.bytes)
        asterisk.send(0x10, tone(0.5))
        for digit in "0123456789*#":
            asterisk.send(0x03, digit.encode())
        seen = await desk.call()
        assert (seen.arrival.carrier, seen.arrival.call_id) == ("audiosocket", str(ID))
        assert seen.arrival.caller is None
        assert seen.rate_hz == seen.line.rate_hz == 8000
        await seen.until(lambda seen: seen.keys == "0123456789*#")
        assert bytes(seen.heard) == tone(0.5)
        asterisk.send(0x00)
        await seen.until(lambda seen: seen.why)
        assert seen.why == "hung up"


async def test_sound_leaves_at_its_pace_with_silence_around() -> None:
    async def speak(seen: Seen) -> None:
        await seen.until(lambda seen: seen.heard)
        await seen.line.sound(tone(0.05))
        await seen.line.sound(tone(0.015))
        await seen.line.mark(3, 65)
        await asyncio.Event().wait()

    async with asterisk_calls(speak) as (asterisk, desk, ticks):
        asterisk.send(0x01, ID.bytes)
        seen = await desk.call()
        assert await asterisk.sound(1) == SILENCE
        await ticks.passes(0.1)
        assert await asterisk.sound(5) == SILENCE * 5
        asterisk.send(0x10, tone(0.02))
        await seen.until(lambda seen: seen.heard)
        await asyncio.sleep(0)  # the words are said
        await ticks.passes(0.06)
        assert await asterisk.sound(3) == (tone(0.05) + tone(0.015))[: 3 * 320]
        assert seen.marks == []
        await ticks.passes(0.04)
        last = await asterisk.sound(2)
        assert last == (tone(0.05) + tone(0.015))[3 * 320 :].ljust(640, b"\0")
        assert seen.marks == [(3, 65)]


async def test_an_interruption_drops_what_has_not_left() -> None:
    async def interrupted(seen: Seen) -> None:
        await seen.line.sound(tone(60))
        await seen.line.mark(1, 60_000)
        await seen.until(lambda seen: seen.keys)
        await seen.line.clear()
        await seen.line.sound(tone(0.02, 880))
        await seen.line.mark(2, 20)
        await asyncio.Event().wait()

    async with asterisk_calls(interrupted) as (asterisk, desk, ticks):
        asterisk.send(0x01, ID.bytes)
        seen = await desk.call()
        await ticks.passes(0.2)
        asterisk.send(0x03, b"5")
        await seen.until(lambda seen: seen.keys)
        await asyncio.sleep(0)
        await ticks.passes(0.1)
        heard = await asterisk.sound(16)
        before = heard[: 11 * 320]
        assert before.endswith(tone(60)[: 10 * 320])
        assert heard[11 * 320 :] == tone(0.02, 880) + SILENCE * 4
        assert seen.marks == [(2, 20)]


async def test_hanging_up_waits_until_the_last_word_has_left() -> None:
    async def goodbye(seen: Seen) -> None:
        await seen.line.sound(tone(0.1))

    async with asterisk_calls(goodbye) as (asterisk, desk, ticks):
        asterisk.send(0x01, ID.bytes)
        seen = await desk.call()
        await ticks.passes(0.1)
        pcm = b""
        while (frame := await asterisk.frame())[0] == 0x10:
            pcm += frame[1]
        assert tone(0.1) in pcm
        assert frame == (0x00, b"")
        await asterisk.is_closed()
        await seen.until(lambda seen: seen.why)
        assert seen.why == "we hung up"


async def test_a_process_that_was_held_up_makes_no_burst_of_it() -> None:
    async with asterisk_calls() as (asterisk, desk, ticks):
        asterisk.send(0x01, ID.bytes)
        await desk.call()
        await asterisk.sound(1)
        ticks.now += 5.0
        await ticks.passes(0)
        await ticks.passes(1.0)
        asterisk.send(0x00)
        frames = 0
        async with asyncio.timeout(WITHIN_S):
            while not asterisk._reader.at_eof():
                try:
                    await asterisk.sound(1)
                except asyncio.IncompleteReadError:
                    break
                frames += 1
        assert frames <= (1.0 + audiosocket.MOST_LATE_S) / 0.02 + 2


async def test_asterisk_vanishes_in_mid_word() -> None:
    async with asterisk_calls() as (asterisk, desk, _):
        asterisk.send(0x01, ID.bytes)
        asterisk.send(0x10, tone(0.02))
        seen = await desk.call()
        asterisk.writer.write(b"\x10\x01\x40half a frame")
        await asterisk.writer.drain()
        asterisk.writer.transport.abort()
        await seen.until(lambda seen: seen.why)
        assert seen.why == "the line was dropped"


async def test_frames_nobody_can_read_are_counted_and_nothing_else_is_lost() -> None:
    before = bad_frames.labels("audiosocket")._value.get()
    async with asterisk_calls() as (asterisk, desk, _):
        asterisk.send(0x01, ID.bytes)
        for kind, payload in [(0x42, b"new"), (0x03, b"12"), (0x03, b""), (0x01, ID.bytes)]:
            asterisk.send(0x10, tone(0.02))
            asterisk.send(kind, payload)
        asterisk.send(0x10, tone(0.02))
        seen = await desk.call()
        await seen.until(lambda seen: len(seen.heard) == 5 * 320)
        assert seen.keys == ""
        assert bad_frames.labels("audiosocket")._value.get() == before + 4


@pytest.mark.parametrize(
    ("kind", "payload", "why"),
    [
        (0x12, bytes(640), "the sound has a wrong rate"),
        (0xFF, b"\x02", "Asterisk reported an error"),
    ],
)
async def test_a_wrong_rate_and_an_error_end_the_call(kind: int, payload: bytes, why: str) -> None:
    async with asterisk_calls() as (asterisk, desk, _):
        asterisk.send(0x01, ID.bytes)
        asterisk.send(kind, payload)
        seen = await desk.call()
        await seen.until(lambda seen: seen.why)
        assert seen.why == why
        await asterisk.is_closed()


@pytest.mark.parametrize(("kind", "payload"), [(0x10, bytes(320)), (0x01, b"short"), (0x47, b"")])
async def test_what_is_no_asterisk_is_refused(kind: int, payload: bytes) -> None:
    async with asterisk_calls() as (asterisk, desk, _):
        asterisk.send(kind, payload)
        await asterisk.is_closed()
        assert desk.calls.empty()


async def test_a_transfer_is_refused_with_the_way_out() -> None:
    async def transferring(seen: Seen) -> None:
        with pytest.raises(CannotTransfer, match="WebSocket"):
            await seen.line.transfer("+15550100")
        await seen.line.sound(tone(0.02))

    async with asterisk_calls(transferring) as (asterisk, desk, ticks):
        asterisk.send(0x01, ID.bytes)
        await desk.call()
        await ticks.passes(0.02)
        await asterisk.is_closed()


# --- the queue itself ---

chunks = st.lists(st.integers(0, 900).map(lambda samples: 2 * samples), max_size=12)


@given(chunks)
def test_every_sample_leaves_once_and_marks_pass_when_it_has(lengths: list[int]) -> None:
    playout, sent = Playout(), b""
    ends = []
    for seq, length in enumerate(lengths):
        pcm = bytes([seq + 1]) * length
        playout.add(pcm)
        sent += pcm
        playout.mark(Mark(seq, len(sent)))
        ends.append(len(sent))
    left, passed = b"", []
    while not playout.empty.is_set():
        pcm, marks = playout.frame()
        assert len(pcm) == FRAME_BYTES
        left += pcm
        for mark in marks:
            assert len(left) - FRAME_BYTES - 1 <= mark.ms <= len(left)
        passed += [mark.seq for mark in marks]
    assert left.rstrip(b"\0") == sent.rstrip(b"\0")
    assert passed == list(range(len(lengths)))
    assert playout.frame() == (SILENCE, [])
