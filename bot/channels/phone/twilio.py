"""Twilio's bidirectional Media Streams: WebSocket `/phone/twilio/media`.

One socket is one call: JSON in text frames, sound as base64 mu-law at 8 kHz. Twilio buffers what we
send and plays it in real time; a mark comes back when the sound before it has played, or at once when
a clear has dropped that sound. So each mark's name carries an epoch that grows at every clear.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

import structlog
from aiohttp import WSMessage, WSMsgType, web

from bot import metrics
from bot.call.line import CannotTransfer, Ear
from bot.channels.frames import BadFrame, open_socket, receive
from bot.channels.phone import twilio_webhook as webhook
from bot.channels.phone.coding import RATE_HZ, Gaps, from_wire, pieces, to_wire
from bot.channels.phone.taking import TAKE_CALL, Deaf, bad_frames
from bot.channels.phone.twilio_account import BadToken, ConnectAgain, Goodbye, Sequels, Transfer
from bot.channels.phone.twilio_frames import (
    Start,
    WrongFormat,
    count,
    parse,
    part,
    read_start,
    text,
)
from bot.channels.phone.twiml import dialable
from speech.audio import SAMPLE_BYTES, AudioError

log = structlog.get_logger()

SILENT_LINE_S = 30.0
"""Sound comes all the time; nothing for so long and the line is dead."""

LATE_MARK_S = 3.0
"""How long after its time a mark may come back before we hang up without it."""

LONGEST_FRAME = 64 * 1024
"""Twilio's own are below 2 kB. aiohttp closes the socket on a longer one (code 1009)."""

PIECE_MS = 200
"""Sound goes out in frames of this length, so that a clear is never far behind."""

MOST_LOGGED = 10
"""Unreadable frames of a call that are logged one by one; all are counted."""


BROKEN = "the line was dropped"
SILENT = "no sound arrives"


def twilio_routes() -> list[web.RouteDef]:
    return [
        web.post(webhook.ANSWER_PATH, webhook.answer),
        web.post(webhook.NEXT_PATH, webhook.after_media),
        web.get(webhook.MEDIA_PATH, media_socket),
    ]


async def media_socket(request: web.Request) -> web.WebSocketResponse:
    twilio = webhook.ready(request)
    socket = await open_socket(request, longest=LONGEST_FRAME)
    try:
        start = await read_start(socket)
        arrival = twilio.tokens.redeem(start.token, start.call_sid)
    except TimeoutError:
        await refuse(socket, 4408, "no start in time")
        return socket
    except BadToken as error:
        await refuse(socket, 4401, f"the token is {error}")
        return socket
    except (BadFrame, WrongFormat) as error:
        bad_frames.labels("twilio").inc()
        await refuse(socket, 1003, str(error))
        return socket
    # Holds as long as neither side has ended the call: if the socket breaks, even if only Twilio
    # notices, the caller is connected again.
    twilio.sequels.put(start.call_sid, ConnectAgain())
    line = TwilioLine(socket, start, twilio.sequels)
    with (
        metrics.sockets.labels("twilio").track_inprogress(),
        structlog.contextvars.bound_contextvars(call=start.call_sid),
    ):
        try:
            await request.app[TAKE_CALL](line, arrival, rate_hz=RATE_HZ, read=line.read)
        finally:
            await socket.close()
    return socket


async def refuse(socket: web.WebSocketResponse, code: int, why: str) -> None:
    log.error("a media socket is refused", carrier="twilio", why=why)
    await socket.close(code=code, message=why.encode("ascii", "replace")[:120])


class TwilioLine:
    rate_hz = RATE_HZ

    def __init__(
        self,
        socket: web.WebSocketResponse,
        start: Start,
        sequels: Sequels,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._socket = socket
        self._start = start
        self._sequels = sequels
        self._clock = clock
        self._gaps = Gaps()
        self._epoch = 0
        self._cleared = asyncio.get_running_loop().create_future()
        """Done at the next clear."""
        self._writing: set[asyncio.Task[None]] = set()
        self._plays_until = 0.0
        """By the clock: when what was sent will have played."""
        self._ends = 0
        self._returned: str | None = None
        """The last mark that came back."""
        self._reading = False
        self._news = asyncio.Event()
        self._why: str | None = None
        """Set once the call is over, by us or by them."""
        self._bad = 0

    # --- out -----------------------------------------------------------------------------------

    async def sound(self, pcm: bytes) -> None:
        cleared = self._cleared
        for piece in pieces(pcm, PIECE_MS):
            seconds = len(piece) / SAMPLE_BYTES / RATE_HZ
            self._plays_until = max(self._plays_until, self._clock()) + seconds
            sending = self._send("media", media={"payload": to_wire(piece)})
            await asyncio.wait({sending, cleared}, return_when=asyncio.FIRST_COMPLETED)
            if cleared.done():
                return

    async def mark(self, seq: int, ms: float) -> None:
        self._send("mark", mark={"name": f"{self._epoch}:{seq}:{ms:.1f}"})

    async def clear(self) -> None:
        self._epoch += 1
        self._plays_until = 0.0
        self._cleared.set_result(None)
        self._cleared = asyncio.get_running_loop().create_future()
        self._send("clear")

    async def show(self, **frame: Any) -> None:
        """A telephone has no screen."""

    async def transfer(self, number: str) -> None:
        target = dialable(number)
        if self._over:
            raise CannotTransfer(f"the call is over ({self._why or 'the socket is closed'})")
        await self._finish("transferred", Transfer(target))

    async def hang_up(self) -> None:
        if not self._over:
            await self._finish("we hung up", Goodbye())

    async def _finish(self, why: str, sequel: Transfer | Goodbye) -> None:
        await self._play_out()
        if self._why is None:
            self._why = why
            # Before the socket closes: Twilio asks what follows as soon as it has.
            self._sequels.put(self._start.call_sid, sequel)
        await self._socket.close()

    async def _play_out(self) -> None:
        """Until what was sent has played, or should have long since, or the line is gone."""
        self._ends += 1
        last = f"{self._epoch}:end:{self._ends}"
        left_s = max(0.0, self._plays_until - self._clock()) + LATE_MARK_S
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left_s):
                self._send("mark", mark={"name": last})
                while self._returned != last and not self._over:
                    if self._reading:
                        self._news.clear()
                        await self._news.wait()
                    else:  # nobody reads any more: the mark must be looked for here
                        self._take(await self._socket.receive(), Deaf())

    def _send(self, event: str, **content: Any) -> asyncio.Task[None]:
        """In order. The task is done when there is room for more; it can't be cancelled midway:
        aiohttp lets all that wait for room wait for one future."""
        frame = {"event": event, "streamSid": self._start.stream_sid, **content}
        task = asyncio.create_task(self._write(json.dumps(frame)))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return task

    async def _write(self, frame: str) -> None:
        if not self._over:
            with contextlib.suppress(ConnectionError, RuntimeError):  # the reader will notice
                await self._socket.send_str(frame)

    @property
    def _over(self) -> bool:
        return self._why is not None or self._socket.closed

    # --- in ------------------------------------------------------------------------------------

    async def read(self, ear: Ear) -> str:
        self._reading = True
        try:
            while self._why is None:
                try:
                    self._take(await receive(self._socket, SILENT_LINE_S), ear)
                except TimeoutError:
                    self._why = SILENT
            return self._why
        finally:
            self._reading = False
            self._news.set()

    def _take(self, message: WSMessage, ear: Ear) -> None:
        if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
            self._why = self._why or BROKEN
            return
        try:
            self._understand(parse(message), ear)
        except (BadFrame, AudioError) as error:
            self._bad += 1
            bad_frames.labels("twilio").inc()
            if self._bad <= MOST_LOGGED:
                log.error("a frame can't be read", why=str(error), so_far=self._bad)

    def _understand(self, frame: dict[str, Any], ear: Ear) -> None:
        match frame["event"]:
            case "media":
                self._hear(part(frame, "media"), ear)
            case "dtmf":
                ear.key(text(part(frame, "dtmf"), "digit", longest=1))
            case "mark":
                self._played(text(part(frame, "mark"), "name"), ear)
            case "stop":
                self._why = self._why or "hung up"
                self._sequels.take(self._start.call_sid)
            case "connected" | "start":
                raise BadFrame(f"a second {frame['event']!r}")
            case other:
                raise BadFrame(f"unknown event {other[:40]!r}")

    def _hear(self, media: dict[str, Any], ear: Ear) -> None:
        if media.get("track", "inbound") != "inbound":
            return  # our own voice
        pcm = from_wire(media.get("payload"))
        stamp = count(media, "timestamp")
        lost_s = self._gaps.before(
            count(media, "chunk"),
            None if stamp is None else stamp / 1000,
            len(pcm) / SAMPLE_BYTES / RATE_HZ,
        )
        if lost_s:
            ear.lost(lost_s)
        ear.hear(pcm)

    def _played(self, name: str, ear: Ear) -> None:
        self._returned = name
        self._news.set()
        epoch, _, rest = name.partition(":")
        seq, _, ms = rest.partition(":")
        if seq == "end" or epoch != str(self._epoch):
            return
        try:
            ear.played(int(seq), float(ms))
        except ValueError as error:
            raise BadFrame(f"no mark of ours: {name!r}") from error
