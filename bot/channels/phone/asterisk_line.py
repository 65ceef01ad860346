"""A call's line through Asterisk's media WebSocket, chan_websocket: sound, marks and commands.

Sound is binary, raw mu-law at 8 kHz in frames of 20 ms; events and commands are JSON. Asterisk keeps a
queue of what it is sent and plays it at the pace of speech; FLUSH_MEDIA empties it, with its marks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aiohttp import WSMsgType, web

from bot.call.line import CannotTransfer, Ear
from bot.channels.frames import BadFrame
from bot.channels.phone.arrears import Arrears
from bot.channels.phone.asterisk_manager import Manager, ManagerError
from bot.channels.phone.taking import bad_frames
from speech.audio import SAMPLE_BYTES, Framer, mulaw_decode, mulaw_encode

log = structlog.get_logger()

RATE_HZ: Final = 8_000
FRAME_MS: Final = 20
FRAME_BYTES: Final = RATE_HZ * FRAME_MS // 1000
"""Of mu-law. Asterisk drops what is left over in a message that is no multiple of it."""

PIECE_MS: Final = 1000
"""Sound goes out in messages of at most this length. Asterisk takes one message at a time, in between
its frames: on a busy machine many short ones were still unread when their sound was due (gaps of 80 ms
with 200 ms a message, 20 calls and a load of 9 on 2 cores)."""

AHEAD_FRAMES: Final = 400
"""So much may wait in Asterisk (8 s). At 900 it says MEDIA_XOFF, and at 1,000 drops what comes: too
late for a sender that is quicker than the wire, so the line counts for itself, by marks."""

MARK_FRAMES: Final = 50
"""A mark of our own after so many frames tells how far Asterisk has played."""

QUIET_LIMIT_S: Final = 3600.0
"""Without sound for so long, a call on hold is a call that nobody ended (Asterisk's own
rtp_timeout_hold is shorter)."""

DRAIN_GRACE_S: Final = 2.0
EARLY_FRAMES: Final = 150
"""What the caller says while the call is being set up (3 s) is kept for the ear."""


@dataclass(frozen=True, slots=True)
class Mark:
    frames: int
    """Sent before it."""
    seq: int | None = None
    """Of the message that ends there; None for a mark of our own."""
    ms: float = 0.0


class AsteriskLine:
    """The line to one caller. `pump` reads the socket for as long as it lives, so that Asterisk's
    answers are heard even when nobody listens to the caller any more."""

    rate_hz = RATE_HZ

    def __init__(
        self,
        socket: web.WebSocketResponse,
        call_id: str,
        manager: Manager | None,
        transport: asyncio.Transport | None = None,
    ) -> None:
        """`transport`: under the socket, to break it."""
        self._socket = socket
        self._transport = transport
        self._call_id = call_id
        self._manager = manager
        self._framer = Framer.of_ms(FRAME_MS, RATE_HZ)
        self._sent = self._reached = self._marked = 0
        """Frames: sent; known to be played; sent when the last mark of our own was."""
        self._marks: dict[str, Mark] = {}
        self._names = 0
        self._clears = 0
        self._full = False
        self._room = asyncio.Event()
        self._room.set()
        self._drained = asyncio.Event()
        self._over = asyncio.Event()
        self._why = "hung up"
        self._ear: Ear | None = None
        self._early: deque[Callable[[Ear], None]] = deque(maxlen=EARLY_FRAMES)
        self._arrears = Arrears(asyncio.get_running_loop().time)

    # --- what the call says ---

    async def sound(self, pcm: bytes) -> None:
        clears = self._clears
        step = RATE_HZ * PIECE_MS // 1000 * SAMPLE_BYTES
        for at in range(0, len(pcm), step):
            await self._room.wait()
            if self._clears != clears or self._over.is_set():
                return
            await self._frames(self._framer.feed(pcm[at : at + step]))

    async def mark(self, seq: int, ms: float) -> None:
        await self._fill_up()
        await self._set_mark(Mark(self._sent, seq, ms))

    async def clear(self) -> None:
        self._clears += 1
        self._framer.finish()
        self._marks.clear()  # Asterisk forgets them, too
        self._reached = self._sent
        self._full = False
        self._look_for_room()
        await self._command("FLUSH_MEDIA")

    async def show(self, **frame: Any) -> None:
        return

    async def transfer(self, number: str) -> None:
        if self._manager is None:
            raise CannotTransfer(
                "no access to Asterisk's manager interface is set up (docs/telephone.md)"
            )
        await self._play_out()
        before, self._why = self._why, "transferred"  # the wire may end before Asterisk's answer
        try:
            await self._manager.transfer(self._call_id, number)
        except ManagerError as error:
            self._why = before
            raise CannotTransfer(str(error)) from error

    async def hang_up(self) -> None:
        await self._play_out()
        await self._command("HANGUP")

    async def close(self, **_: Any) -> None:
        """The server stops (`bot.app.hang_up`), or failed. A socket that is closed in order would end
        the call; one that breaks, and Asterisk's dialplan connects the caller again."""
        if self._transport is not None:
            self._transport.abort()

    # --- what Asterisk says ---

    async def read(self, ear: Ear) -> str:
        """Tells the ear what comes, and what came before it was there, until the wire ends."""
        for early in self._early:
            early(ear)
        self._early.clear()
        self._ear = ear
        try:
            await self._over.wait()
        finally:
            self._ear = None
        return self._why

    async def pump(self) -> None:
        try:
            while True:
                async with asyncio.timeout(QUIET_LIMIT_S):
                    message = await self._socket.receive()
                if message.type is WSMsgType.BINARY:
                    self._hear(message.data)
                elif message.type is WSMsgType.TEXT:
                    try:
                        self._event(read_event(message.data))
                    except BadFrame as error:
                        bad_frames.labels("asterisk").inc()
                        log.warning("a message of Asterisk's can't be read", why=str(error))
                else:
                    return
        except TimeoutError:
            self._why = "no sound arrives"
        except Exception:
            log.exception("a line failed")
            self._why = "the line failed"
        finally:
            for event in (self._over, self._room, self._drained):
                event.set()

    def _hear(self, coded: bytes) -> None:
        lost_s = self._arrears.came(len(coded) / RATE_HZ)
        if lost_s:
            self._tell(lambda ear: ear.lost(lost_s))
        pcm = mulaw_decode(coded)
        self._tell(lambda ear: ear.hear(pcm))

    def _event(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "DTMF_END":
                digit = str(event.get("digit", ""))
                self._tell(lambda ear: ear.key(digit))
            case "MEDIA_MARK_PROCESSED":
                self._passed(str(event.get("correlation_id", "")))
            case "MEDIA_XOFF":
                self._full = True
                self._look_for_room()
            case "MEDIA_XON":
                self._full = False
                self._look_for_room()
            case "QUEUE_DRAINED":
                self._drained.set()
            case "ERROR":
                log.warning("Asterisk refuses a command", why=event.get("error_text"))

    def _tell(self, what: Callable[[Ear], None]) -> None:
        if self._ear is not None:
            what(self._ear)
        elif not self._over.is_set():
            self._early.append(what)

    def _passed(self, name: str) -> None:
        mark = self._marks.pop(name, None)
        if mark is None:  # it was on its way when the line was cleared
            return
        self._reached = max(self._reached, mark.frames)
        self._look_for_room()
        if mark.seq is not None and self._ear is not None:
            self._ear.played(mark.seq, mark.ms)

    # --- Asterisk's queue ---

    def _look_for_room(self) -> None:
        ahead = self._sent - self._reached
        if self._over.is_set() or (not self._full and ahead < AHEAD_FRAMES):
            self._room.set()
        else:
            self._room.clear()

    async def _frames(self, frames: list[bytes]) -> None:
        if not frames:
            return
        self._sent += len(frames)
        self._look_for_room()
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self._socket.send_bytes(mulaw_encode(b"".join(frames)))
        if self._sent - self._marked >= MARK_FRAMES:
            self._marked = self._sent
            await self._set_mark(Mark(self._sent))

    async def _fill_up(self) -> None:
        """The last, short frame is filled up with silence: it can't wait for what comes next."""
        rest = self._framer.finish()
        await self._frames([rest] if rest else [])

    async def _set_mark(self, mark: Mark) -> None:
        self._names += 1
        name = f"{self._names:x}"
        self._marks[name] = mark
        await self._command("MARK_MEDIA", correlation_id=name)

    async def _play_out(self) -> None:
        """Waits until all that was sent has been played; for its length and a little, no longer."""
        if self._over.is_set():
            return
        await self._fill_up()
        self._drained.clear()
        await self._command("REPORT_QUEUE_DRAINED")
        limit_s = (self._sent - self._reached) * FRAME_MS / 1000 + DRAIN_GRACE_S
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._drained.wait()

    async def _command(self, command: str, **fields: str) -> None:
        """At most 128 bytes, or Asterisk ignores it: so names are short."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self._socket.send_str(json.dumps({"command": command, **fields}))


def read_event(text: str) -> dict[str, Any]:
    """Raises BadFrame."""
    try:
        event = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame("not JSON") from error
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        raise BadFrame('expected an object with an "event"')
    return event
