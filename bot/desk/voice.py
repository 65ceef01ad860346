"""An agent's microphone and headphones: WebSocket `/desk/voice/ws?conversation=ID`
(docs/protocol.md, "An agent's voice")."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import structlog
from aiohttp import WSMsgType, web

from bot import metrics
from bot.call.bridge import Bridge
from bot.call.engines import SPEECH
from bot.call.headsets import FRAME_S, Who
from bot.call.live import LIVE
from bot.call.session import Call
from bot.centre import CENTRE, Centre
from bot.channels.frames import (
    BadFrame,
    number_of,
    open_socket,
    read_frame,
    receive,
    send,
    send_error,
    storable,
)
from bot.channels.origin import is_own_page
from bot.conversation.log import NoSuchConversation
from bot.desk.guard import COOKIE
from bot.desk.signin import SignedIn
from bot.store.tables import Floor
from speech.audio import AudioError

log = structlog.get_logger()

START_WITHIN_S: Final = 15.0
SILENT_S: Final = 15.0
"""A microphone sends frames all the time, muted or not; none for so long and it is gone."""

SIGNED_IN_EVERY_S: Final = 5.0
"""How long after signing out elsewhere somebody may still be heard."""

FRAME_BYTES: Final = 64 * 1024
BAD_SOUND_FRAMES: Final = 5
BACKLOG_BYTES: Final = 8 * 1024
"""Sent and not taken by the network: a quarter of a second. More than this and sound waits in the
bridge's own queue, where the oldest is dropped."""


def desk_voice_routes() -> list[web.RouteDef]:
    """For an app with CENTRE, LIVE and SPEECH."""
    return [web.get("/desk/voice/ws", desk_voice_socket)]


async def desk_voice_socket(request: web.Request) -> web.WebSocketResponse:
    centre = request.app[CENTRE]
    socket = await open_socket(request, longest=FRAME_BYTES, heartbeat_s=10)
    if not is_own_page(request, centre.settings):
        await socket.close(code=4403, message=b"foreign origin")
        return socket
    cookie = request.cookies.get(COOKIE)
    who = await centre.sign_in.whose(cookie)
    if cookie is None or who is None or who.agent.must_change_password:
        await socket.close(code=4401, message=b"signed out")
        return socket
    conversation_id = request.query.get("conversation", "")
    if not await has_place(centre, who, conversation_id):
        await refuse(socket, "floor_lost", "You don't hold this contact (any more).")
        return socket
    call = request.app[LIVE].of(conversation_id)
    if call is None or call.company.over:
        await refuse(socket, "no_call", "Nobody is on the line: the caller has hung up.")
        return socket
    with (
        metrics.sockets.labels("desk_voice").track_inprogress(),
        structlog.contextvars.bound_contextvars(
            conversation=conversation_id, agent=who.agent.username
        ),
    ):
        await Headset(centre, request, socket, who, cookie, call).serve()
    return socket


async def has_place(centre: Centre, who: SignedIn, conversation_id: str) -> bool:
    """Whether the floor of the conversation is this agent's, or they were asked about it and came."""
    try:
        row = await centre.log.get(conversation_id if storable(conversation_id) else "")
    except NoSuchConversation:
        return False
    if row.floor is not Floor.HUMAN:
        return False
    agent_id = who.agent.id
    return row.floor_agent_id == agent_id or agent_id in await centre.colleagues.asked_in(row.id)


async def refuse(socket: web.WebSocketResponse, code: str, message: str) -> None:
    await send_error(socket, code, message)
    await send(socket, type="bye", reason=message)
    await socket.close(code=4409, message=code.encode())


class Headset:
    """One agent's browser on the line."""

    def __init__(
        self,
        centre: Centre,
        request: web.Request,
        socket: web.WebSocketResponse,
        who: SignedIn,
        cookie: str,
        call: Call,
    ) -> None:
        self._centre = centre
        self._engines = request.app[SPEECH].of(call.language)
        self._transport = request.transport
        self._socket = socket
        self._who = who
        self._cookie = cookie
        self._call = call
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue(64)

    async def serve(self) -> None:
        rate_hz = await self._start()
        if rate_hz is None:
            await self._socket.close(code=4400, message=b"say start first")
            return
        agent = self._who.agent
        try:
            bridge = Bridge(
                self._call, self._engines, Who(agent.id, agent.name), rate_hz, self._tell
            )
        except AudioError as error:
            await send_error(self._socket, "bad_rate", str(error))
            await self._socket.close(code=4400, message=b"unsupported rate")
            return
        await send(self._socket, type="ready", rate=rate_hz)
        try:
            reason = await self._talk(bridge)
            await send(self._socket, type="bye", reason=reason)
            await self._socket.close()
        except Exception:
            log.exception("an agent's line failed")
            await self._socket.close(code=1011, message=b"come back")
        finally:
            await bridge.finish()

    async def _talk(self, bridge: Bridge) -> str:
        """Until one of them ends it; why."""
        works = (
            bridge.run(),
            self._read(bridge),
            self._watch_sign_in(),
            self._send_sound(bridge),
            self._send_told(),
        )
        tasks = [asyncio.create_task(work) for work in works]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return next((why for task in done if (why := task.result())), "ended")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _tell(self, frame: dict[str, Any]) -> None:
        if self._told.full():
            self._told.get_nowait()  # nobody needs to see old partial speech
        self._told.put_nowait(frame)

    async def _send_told(self) -> str:
        while True:
            await send(self._socket, **await self._told.get())

    async def _send_sound(self, bridge: Bridge) -> str:
        while True:
            if self._backlog() > BACKLOG_BYTES:
                await asyncio.sleep(FRAME_S)
                continue
            pcm = await bridge.sound()
            try:
                await self._socket.send_bytes(pcm)
            except (ConnectionError, RuntimeError):
                return "the line was dropped"

    def _backlog(self) -> int:
        transport = self._transport
        if transport is None or transport.is_closing():
            return 0
        return int(transport.get_write_buffer_size())

    async def _watch_sign_in(self) -> str:
        while True:
            if await self._centre.sign_in.whose(self._cookie) is None:
                return "you are signed out"
            await asyncio.sleep(SIGNED_IN_EVERY_S)

    async def _start(self) -> int | None:
        try:
            frame = read_frame(await receive(self._socket, START_WITHIN_S))
            if frame["type"] == "start":
                return number_of(frame, "rate", 1, 1_000_000)
        except BadFrame as error:
            await send_error(self._socket, "bad_frame", str(error))
        except TimeoutError:
            pass
        return None

    async def _read(self, bridge: Bridge) -> str:
        bad = 0
        while True:
            try:
                message = await receive(self._socket, SILENT_S)
            except TimeoutError:
                return "no sound arrives from your microphone"
            if message.type is WSMsgType.BINARY:
                try:
                    bridge.speak(message.data)
                except AudioError as error:
                    bad += 1
                    await send_error(self._socket, "bad_sound", str(error))
                    if bad >= BAD_SOUND_FRAMES:
                        return "the sound can't be read"
                continue
            if message.type is not WSMsgType.TEXT:
                return "the line was dropped"
            try:
                if read_frame(message)["type"] == "stop":
                    return "you hung up"
            except BadFrame as error:
                await send_error(self._socket, "bad_frame", str(error))
