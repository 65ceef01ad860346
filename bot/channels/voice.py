"""Browser voice: WebSocket `/voice/ws` (docs/protocol.md)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import structlog
from aiohttp import WSMsgType, web

from bot import metrics
from bot.call.engines import SPEECH
from bot.call.line import CannotTransfer
from bot.call.live import LIVE, AllLinesBusy, InACallAlready, held
from bot.call.recordings import RECORDINGS
from bot.call.session import Call
from bot.call.taping import Taping
from bot.centre import CENTRE, Centre
from bot.channels.frames import (
    BadFrame,
    number_of,
    open_socket,
    read_frame,
    receive,
    send,
    send_error,
)
from bot.channels.origin import may_carry_chat
from bot.channels.tickets import BadTicket
from bot.conversation.log import SIGNED_TOKEN, ConversationEnded
from bot.store.tables import Channel, Leg, Ticket
from speech.audio import AudioError

log = structlog.get_logger()

START_WITHIN_S = 15.0
SILENT_LINE_S = 30.0
"""A microphone sends frames all the time; none for so long and the line is dead."""

FRAME_BYTES = 256 * 1024
FRAME_MS = 60
"""Sound goes out in pieces of this length, so that a frame never is large."""

BAD_SOUND_FRAMES = 5


def voice_routes() -> list[web.RouteDef]:
    return [web.get("/voice/ws", voice_socket)]


class SocketLine:
    """A browser's side of a call: it plays what it gets, and reports how far it has played."""

    def __init__(self, socket: web.WebSocketResponse, rate_hz: int) -> None:
        self._socket = socket
        self.rate_hz = rate_hz
        self._piece = rate_hz * FRAME_MS // 1000 * 2
        self._cleared = 0

    async def sound(self, pcm: bytes) -> None:
        cleared = self._cleared
        for start in range(0, len(pcm), self._piece):
            if self._cleared != cleared:
                return  # what follows would be heard after the silence
            with contextlib.suppress(ConnectionError, RuntimeError):
                await self._socket.send_bytes(pcm[start : start + self._piece])

    async def mark(self, seq: int, ms: float) -> None:
        """Its player reports by itself."""

    async def clear(self) -> None:
        self._cleared += 1
        await send(self._socket, type="clear")

    async def show(self, **frame: Any) -> None:
        await send(self._socket, **frame)

    async def transfer(self, number: str) -> None:
        raise CannotTransfer("a browser can't be connected to a telephone number")

    async def hang_up(self) -> None:
        await self._socket.close()


async def voice_socket(request: web.Request) -> web.WebSocketResponse:
    centre = request.app[CENTRE]
    socket = await open_socket(request, longest=FRAME_BYTES, heartbeat_s=20)
    if not may_carry_chat(request, centre.settings):
        await socket.close(code=4403, message=b"this site may not carry the chat")
        return socket
    try:
        ticket = await centre.tickets.redeem(request.query.get("ticket", ""))
    except BadTicket:
        await send_error(socket, "bad_ticket", "This ticket was used or is too old. Try again.")
        await socket.close(code=4401, message=b"no valid ticket")
        return socket
    try:
        with (
            request.app[LIVE].place(ticket.conversation_id),
            metrics.sockets.labels("voice").track_inprogress(),
            structlog.contextvars.bound_contextvars(conversation=ticket.conversation_id),
        ):
            await VoiceDoor(centre, request, socket, ticket).serve()
    except InACallAlready:
        await refuse(
            socket, "You are in a call already, perhaps in another window.", "in a call already"
        )
    except AllLinesBusy:
        message = "All lines are busy. Please write to me here, or try again in a few minutes."
        await refuse(socket, message, "all lines are busy")
    return socket


async def refuse(socket: web.WebSocketResponse, message: str, reason: str) -> None:
    await send_error(socket, "busy", message)
    await send(socket, type="bye", reason=reason)
    await socket.close()


class VoiceDoor:
    def __init__(
        self,
        centre: Centre,
        request: web.Request,
        socket: web.WebSocketResponse,
        ticket: Ticket,
    ) -> None:
        self.centre = centre
        self.engines = request.app[SPEECH]
        self.live = request.app[LIVE]
        self.recordings = request.app[RECORDINGS]
        self.socket = socket
        self.ticket = ticket

    async def serve(self) -> None:
        rate_hz = await self._start()
        if rate_hz is None:
            await self.socket.close(code=4400, message=b"say start first")
            return
        try:
            leg, since, fresh = await self._begin_leg()
        except ConversationEnded:
            await send_error(self.socket, "ended", "This conversation is over.")
            await self.socket.close()
            return
        async with held(self.centre, self.ticket.conversation_id, leg.id):
            await self._talk(rate_hz, leg.id, leg.language, since, fresh=fresh)
        await self.socket.close()

    async def _talk(
        self, rate_hz: int, leg_id: str, language: str, since: int, *, fresh: bool
    ) -> None:
        line = SocketLine(self.socket, self.engines.synthesiser.rate_hz)
        try:
            call = Call(
                self.centre,
                self.engines,
                line,
                conversation_id=self.ticket.conversation_id,
                leg_id=leg_id,
                language=language,
                rate_hz=rate_hz,
                since=since,
                taping=Taping(
                    self.recordings,
                    self.ticket.conversation_id,
                    leg_id,
                    caller_hz=rate_hz,
                    said_hz=line.rate_hz,
                )
                if self.centre.settings.record_calls
                else None,
            )
        except AudioError as error:
            await send_error(self.socket, "bad_rate", str(error))
            await self.socket.close(code=4400, message=b"unsupported rate")
            return
        self.live.began(call)
        await send(self.socket, type="ready", rate=line.rate_hz)
        talking = asyncio.create_task(call.run())
        reading = asyncio.create_task(self._read(call))
        try:
            if fresh:
                await call.greet()
            done, _ = await asyncio.wait({talking, reading}, return_when=asyncio.FIRST_COMPLETED)
            reason = next(iter(done)).result()
            await send(self.socket, type="bye", reason=reason)
            log.info("call ended", why=reason)
        finally:
            for task in (talking, reading):
                task.cancel()
            await asyncio.gather(talking, reading, return_exceptions=True)

    async def _start(self) -> int | None:
        for _ in range(3):
            try:
                message = await receive(self.socket, START_WITHIN_S)
                frame = read_frame(message)
                if frame["type"] == "start":
                    return number_of(frame, "rate", 1, 1_000_000)
                await send_error(self.socket, "bad_frame", "say start first")
            except BadFrame as error:
                if self.socket.closed:
                    return None
                await send_error(self.socket, "bad_frame", str(error))
            except TimeoutError:
                return None
        return None

    async def _begin_leg(self) -> tuple[Leg, int, bool]:
        """The call's leg, which inherits the chat's signed identity; the last event so far; and
        whether nothing was said yet (then the caller is greeted). Raises InACallAlready."""
        async with self.centre.log.opened(self.ticket.conversation_id) as opened:
            if any(
                leg.lease_until and leg.lease_until > opened.now for leg in await opened.live_legs()
            ):
                raise InACallAlready  # on a line of another process
            chat = await opened.session.get_one(Leg, self.ticket.leg_id)
            before = opened.row.last_seq
            leg = await opened.begin_leg(
                Channel.VOICE,
                chat.source,
                language=self.engines.of(chat.language).language,
                device=chat.device,
                page=chat.page,
                locale=chat.locale,
            )
            if chat.verified_how == SIGNED_TOKEN:
                leg.customer_id, leg.customer_name = chat.customer_id, chat.customer_name
                leg.verified_how, leg.verified_until = chat.verified_how, chat.verified_until
            since = opened.row.last_seq
        said = await self.centre.log.since(self.ticket.conversation_id)
        return leg, since, not any(e.said_by_customer for e in said if e.seq <= before)

    async def _read(self, call: Call) -> str:
        bad = 0
        while True:
            try:
                message = await receive(self.socket, SILENT_LINE_S)
            except TimeoutError:
                return "no sound arrives"
            if message.type is WSMsgType.BINARY:
                try:
                    call.hear(message.data)
                except AudioError as error:
                    bad += 1
                    await send_error(self.socket, "bad_sound", str(error))
                    if bad >= BAD_SOUND_FRAMES:
                        return "the sound can't be read"
                continue
            if message.type is not WSMsgType.TEXT:
                return "hung up"
            try:
                frame = read_frame(message)
                if frame["type"] == "stop":
                    return "hung up"
                if frame["type"] == "played":
                    ms = number_of(frame, "ms", 0, 10_000_000)
                    call.played(number_of(frame, "of", 1, 2**31), ms)
            except BadFrame as error:
                await send_error(self.socket, "bad_frame", str(error))
