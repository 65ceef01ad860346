"""The desk's live socket: WebSocket `/desk/ws` (docs/protocol.md)."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import structlog
from aiohttp import WSMsgType, web

from bot import metrics
from bot.centre import CENTRE, Centre
from bot.channels.frames import (
    MOST_BAD_FRAMES,
    BadFrame,
    both,
    number_of,
    open_socket,
    read_frame,
    receive,
    send,
    send_error,
    send_text,
    text_of,
)
from bot.channels.origin import is_own_page
from bot.conversation.events import LAST_SEQ
from bot.conversation.hub import DESK, Watch
from bot.conversation.log import NoSuchConversation
from bot.conversation.words import clean
from bot.desk.board import BOARD, Board
from bot.desk.guard import COOKIE
from bot.desk.signin import SignedIn, signed_out
from bot.desk.views import agent_names, agent_view
from bot.handoff.team import choose_status
from bot.store.desk_tables import Agent, Status

log = structlog.get_logger()

SIGNED_IN_EVERY_S = 1.0
"""How long it may take until a desk whose account was removed elsewhere hears nothing any more. Who
signs out, or chooses another password, is told at once (`signed_out`)."""

MOST_WATCHED = 50
"""Conversations one desk follows at once: its own contacts and the one it looks at."""


async def desk_socket(request: web.Request) -> web.WebSocketResponse:
    centre = request.app[CENTRE]
    socket = await open_socket(request, longest=64 * 1024)
    if not is_own_page(request, centre.settings):
        await socket.close(code=4403, message=b"foreign origin")
        return socket
    who = await centre.sign_in.whose(request.cookies.get(COOKIE))
    if who is None or who.agent.must_change_password:
        await socket.close(code=4401, message=b"signed out")
        return socket
    with metrics.sockets.labels("desk").track_inprogress():
        await Desk(centre, request.app[BOARD], socket, who, request.cookies[COOKIE]).serve()
    return socket


class Desk:
    """One open desk page."""

    def __init__(
        self,
        centre: Centre,
        board: Board,
        socket: web.WebSocketResponse,
        who: SignedIn,
        cookie: str,
    ) -> None:
        self.centre = centre
        self.board = board
        self.socket = socket
        self.who = who
        self.cookie = cookie
        self.watched: dict[str, tuple[int, tuple[str, int] | None]] = {}
        """Conversation → last event sent, floor told."""
        self._asked_at = 0.0
        self.lists = ""
        """The frame with them, as it was sent last."""

    async def serve(self) -> None:
        agent = await self._seen()
        await send(self.socket, type="hello", agent=agent_view(agent), status=agent.status.value)
        with self.centre.hub.watching(DESK, signed_out(self.who.agent.id)) as watch:
            self.centre.hub.changed(DESK)  # somebody more is there to be offered contacts
            await self._tell_lists()
            await both(self.socket, self._listen(watch), self._tell(watch))

    async def _seen(self) -> Agent:
        """A sign of life."""
        async with self.centre.database.writing() as session:
            agent = await session.get_one(Agent, self.who.agent.id)
            now = self.centre.clock()
            lease = timedelta(seconds=self.centre.settings.presence_s)
            if agent.seen_at is None or agent.seen_at < now - lease:  # the page was just opened
                agent.idle_since = now
            agent.seen_at = now
        return agent

    async def _choose(self, frame: dict[str, Any]) -> None:
        if frame.get("status") not in [status.value for status in Status]:
            raise BadFrame(f'"status": {", ".join(Status)}')
        reason = frame.get("reason")
        if reason is not None and not (isinstance(reason, str) and 0 < len(reason) <= 60):
            raise BadFrame('"reason": up to 60 characters')
        async with self.centre.database.writing() as session:
            await choose_status(
                session,
                self.who.agent.id,
                Status(frame["status"]),
                clean(reason, 60).text if reason else None,
                self.centre.clock(),
            )
        self.centre.hub.changed(DESK)

    async def _tell(self, watch: Watch) -> None:
        while True:
            news = await watch.news()
            if not await self._still_signed_in(signed_out(self.who.agent.id) in news.changed):
                await self.socket.close(code=4401, message=b"signed out")
                return
            for frame in news.passing:
                await send(self.socket, **frame)
            for conversation_id in news.changed & self.watched.keys():
                await self._catch_up(conversation_id)
            if DESK in news.changed:
                await self._tell_lists()

    async def _still_signed_in(self, doubted: bool) -> bool:
        now = time.monotonic()
        if not doubted and now < self._asked_at + SIGNED_IN_EVERY_S:
            return True
        self._asked_at = now
        return await self.centre.sign_in.whose(self.cookie) is not None

    async def _tell_lists(self) -> None:
        lists = await self.board.frame(self.who.agent.id)
        if lists != self.lists:
            self.lists = lists
            await send_text(self.socket, lists)

    async def _catch_up(self, conversation_id: str) -> None:
        if conversation_id not in self.watched:  # not any more
            return
        seen, told = self.watched[conversation_id]
        events, row = await self.centre.log.news(conversation_id, seen)
        for event in events:
            seen = event.seq
            await send(
                self.socket, type="event", conversation=conversation_id, event=event.for_team()
            )
        floor = (row.floor.value, row.floor_epoch)
        if floor != told:
            names = await agent_names(self.centre)
            await send(
                self.socket,
                type="floor",
                conversation=conversation_id,
                floor=row.floor.value,
                agent=names.get(row.floor_agent_id) if row.floor_agent_id else None,
            )
        if conversation_id in self.watched:  # not unwatched meanwhile
            self.watched[conversation_id] = (seen, floor)

    async def _listen(self, watch: Watch) -> None:
        bad = 0
        while bad <= MOST_BAD_FRAMES:
            try:
                message = await receive(self.socket, self.centre.settings.presence_s)
            except TimeoutError:
                await self.socket.close(code=4408, message=b"nothing heard from you")
                return
            if message.type in (
                WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR,
            ):  # fmt: skip
                return
            if await self.centre.sign_in.whose(self.cookie) is None:
                await self.socket.close(code=4401, message=b"signed out")
                return
            try:
                await self._handle(read_frame(message), watch)
            except BadFrame as error:
                bad += 1
                await send_error(self.socket, "bad_frame", str(error))
            except NoSuchConversation:
                await send_error(self.socket, "unknown", "There is no such conversation.")
        await self.socket.close(code=4400, message=b"too many bad frames")

    async def _handle(self, frame: dict[str, Any], watch: Watch) -> None:
        kind = frame["type"]
        if kind == "ping":
            await self._seen()
            await send(self.socket, type="pong")
        elif kind == "watch":
            await self._watch(frame, watch)
        elif kind == "unwatch":
            conversation_id = text_of(frame, "conversation", 64)
            self.watched.pop(conversation_id, None)
            self.centre.hub.leave(conversation_id, watch)
        elif kind == "status":
            await self._choose(frame)
        elif kind == "typing":
            conversation_id = text_of(frame, "conversation", 64)
            if (await self.centre.log.get(conversation_id)).floor_agent_id == self.who.agent.id:
                typing = {"type": "typing", "from": "agent"}
                self.centre.hub.passing(conversation_id, typing, but=watch)
        else:
            raise BadFrame(f"no such type: {kind[:40]}")

    async def _watch(self, frame: dict[str, Any], watch: Watch) -> None:
        conversation_id = text_of(frame, "conversation", 64)
        since = number_of({"since": frame.get("since", 0)}, "since", 0, LAST_SEQ)
        await self.centre.log.get(conversation_id)
        if len(self.watched) >= MOST_WATCHED and conversation_id not in self.watched:
            raise BadFrame(f"at most {MOST_WATCHED} conversations can be watched at once")
        self.watched[conversation_id] = (since, None)
        self.centre.hub.join(conversation_id, watch)
        watch.wake(conversation_id)
