"""AudioSocket, for Asterisk without chan_websocket: a TCP server, one connection a call.

A frame is a type (1 byte), the payload's length (2 bytes, big-endian) and the payload:

    00  hang up              both ways
    01  the call's UUID      to us, first
    03  a key, ASCII         to us
    10  sound                both ways: 16-bit little-endian PCM, mono, 8 kHz
    ff  error, a code        to us

Asterisk buffers nothing: what we send is played at once, so the pace is ours, 20 ms of sound every
20 ms, silence included (without frames it drops the call after 2 s). Therefore what hasn't played lies
here, a clear drops it here, and a mark is passed when the sound before it has left.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog

from bot.call.line import Arrival, CannotTransfer, Ear
from bot.channels.phone.coding import RATE_HZ
from bot.channels.phone.taking import TakeCall, bad_frames
from speech.audio import SAMPLE_BYTES, AudioError

log = structlog.get_logger()

HANG_UP, ID, KEY, SOUND, ERROR = 0x00, 0x01, 0x03, 0x10, 0xFF
OTHER_RATES = range(0x11, 0x19)
"""Sound at 12 to 192 kHz, from Asterisk's channel driver with another codec."""

FRAME_S: Final = 0.020
FRAME_BYTES: Final = round(RATE_HZ * FRAME_S) * SAMPLE_BYTES
SILENCE: Final = bytes(FRAME_BYTES)

START_WITHIN_S = 10.0
SILENT_LINE_S = 30.0
MOST_LATE_S = 0.2
"""If this process was held up longer, what it is behind with isn't made up for in a burst."""

MOST_LOGGED = 10

Sleep = Callable[[float], Awaitable[None]]


class BadConnection(Exception):
    """Not what Asterisk sends; the text says why."""


@dataclass(frozen=True, slots=True)
class Mark:
    seq: int
    ms: float


class Playout:
    """What waits to be played, frame by frame. Pure."""

    def __init__(self) -> None:
        self._waiting: deque[bytes | Mark] = deque()
        self.empty = asyncio.Event()
        self.empty.set()

    def add(self, pcm: bytes) -> None:
        if pcm:
            self._waiting.append(pcm)
            self.empty.clear()

    def mark(self, mark: Mark) -> None:
        self._waiting.append(mark)
        self.empty.clear()

    def clear(self) -> None:
        self._waiting.clear()
        self.empty.set()

    def frame(self) -> tuple[bytes, list[Mark]]:
        """The next 20 ms, filled up with silence, and the marks that have passed when they have."""
        pcm, passed = bytearray(), []
        while self._waiting:
            first = self._waiting[0]
            if isinstance(first, Mark):
                passed.append(first)
                self._waiting.popleft()
            elif room := FRAME_BYTES - len(pcm):
                pcm += first[:room]
                if rest := first[room:]:
                    self._waiting[0] = rest
                else:
                    self._waiting.popleft()
            else:
                break
        if not self._waiting:
            self.empty.set()
        return bytes(pcm).ljust(FRAME_BYTES, b"\0"), passed


class AudioSocketLine:
    rate_hz = RATE_HZ

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        clock: Callable[[], float],
        sleep: Sleep,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._clock, self._sleep = clock, sleep
        self._playout = Playout()
        self._ear: Ear | None = None
        self._why: str | None = None
        self._over = asyncio.Event()
        self._bad = 0

    # --- out -----------------------------------------------------------------------------------

    async def sound(self, pcm: bytes) -> None:
        if self._why is None:
            self._playout.add(pcm)

    async def mark(self, seq: int, ms: float) -> None:
        self._playout.mark(Mark(seq, ms))

    async def clear(self) -> None:
        self._playout.clear()

    async def show(self, **frame: Any) -> None:
        """A telephone has no screen."""

    async def transfer(self, number: str) -> None:
        raise CannotTransfer(
            "AudioSocket can't pass a call on; connect Asterisk by its WebSocket (chan_websocket)"
        )

    async def hang_up(self) -> None:
        """Waits for `pace`, which runs as long as the connection."""
        waits = [asyncio.ensure_future(e.wait()) for e in (self._playout.empty, self._over)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if self._why is None:
            self._end("we hung up")
            self._send(HANG_UP)
        self._writer.close()

    async def pace(self) -> None:
        """Sends a frame every 20 ms until the call is over."""
        due = self._clock()
        while not self._over.is_set():
            pcm, passed = self._playout.frame()
            self._send(SOUND, pcm)
            for mark in passed:
                if self._ear:
                    self._ear.played(mark.seq, mark.ms)
            due = max(due + FRAME_S, self._clock() - MOST_LATE_S)
            await self._sleep(max(0.0, due - self._clock()))

    def _send(self, kind: int, payload: bytes = b"") -> None:
        if not self._writer.is_closing():
            self._writer.write(struct.pack(">BH", kind, len(payload)) + payload)

    def _end(self, why: str) -> None:
        self._why = self._why or why
        self._over.set()

    # --- in ------------------------------------------------------------------------------------

    async def call_id(self) -> str:
        """Raises BadConnection, TimeoutError and EOFError."""
        async with asyncio.timeout(START_WITHIN_S):
            kind, payload = await self._frame()
        if kind != ID or len(payload) != 16:
            raise BadConnection(
                f"a call begins with its UUID (type 01, 16 bytes), not with type {kind:02x}, "
                f"{len(payload)} bytes"
            )
        return str(uuid.UUID(bytes=payload))

    async def read(self, ear: Ear) -> str:
        self._ear = ear
        while self._why is None:
            try:
                async with asyncio.timeout(SILENT_LINE_S):
                    kind, payload = await self._frame()
                self._understand(kind, payload, ear)
            except (EOFError, ConnectionError):
                self._end("the line was dropped")
            except TimeoutError:
                self._end("no sound arrives")
            except AudioError as error:
                self._note_bad(str(error))
        return self._why

    async def _frame(self) -> tuple[int, bytes]:
        kind, length = struct.unpack(">BH", await self._reader.readexactly(3))
        return kind, await self._reader.readexactly(length)

    def _understand(self, kind: int, payload: bytes, ear: Ear) -> None:
        if kind == SOUND:
            ear.hear(payload)
        elif kind == KEY:
            if len(payload) == 1:
                ear.key(payload.decode("latin-1"))
            else:
                self._note_bad(f"a key of {len(payload)} bytes")
        elif kind == HANG_UP:
            self._end("hung up")
        elif kind == ERROR:
            log.error("Asterisk reports an error", code=payload.hex() or None)
            self._end("Asterisk reported an error")
        elif kind in OTHER_RATES:
            log.error(
                "AudioSocket carries sound of another rate than 8 kHz; use slin in the dialplan",
                type=f"{kind:02x}",
            )
            self._end("the sound has a wrong rate")
            self._writer.close()
        else:
            self._note_bad(f"unknown type {kind:02x}")

    def _note_bad(self, why: str) -> None:
        self._bad += 1
        bad_frames.labels("audiosocket").inc()
        if self._bad <= MOST_LOGGED:
            log.error("a frame can't be read", why=why, so_far=self._bad)


@asynccontextmanager
async def audiosocket_server(
    take: TakeCall,
    port: int,
    host: str = "127.0.0.1",
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Sleep = asyncio.sleep,
) -> AsyncIterator[int]:
    """Takes calls while it is open; gives the port (chosen, where `port` is 0). Whoever can connect
    can call: Asterisk says no password, so the host stays loopback or a network of one's own."""
    open_lines: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _serve(take, AudioSocketLine(reader, writer, clock, sleep))
        except Exception:
            log.exception("a call failed", carrier="audiosocket")
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        open_lines.add(task)
        task.add_done_callback(open_lines.discard)

    server = await asyncio.start_server(connected, host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in open_lines:
            task.cancel()
        await asyncio.gather(*open_lines, return_exceptions=True)


async def _serve(take: TakeCall, line: AudioSocketLine) -> None:
    try:
        call_id = await line.call_id()
    except (BadConnection, TimeoutError, EOFError, ConnectionError) as error:
        bad_frames.labels("audiosocket").inc()
        log.error("a connection is refused", carrier="audiosocket", why=str(error) or repr(error))
        return
    pacing = asyncio.create_task(line.pace())
    try:
        with structlog.contextvars.bound_contextvars(call=call_id):
            await take(line, Arrival("audiosocket", call_id), rate_hz=RATE_HZ, read=line.read)
    finally:
        pacing.cancel()
        await asyncio.gather(pacing, return_exceptions=True)
