"""The web chat's door: WebSocket `/chat/ws` (docs/protocol.md)."""

from __future__ import annotations

from typing import Any

import structlog
from aiohttp import WSMsgType, web
from sqlalchemy import select

from bot import metrics
from bot.centre import CENTRE, Centre
from bot.channels.frames import (
    MOST_BAD_FRAMES,
    BadFrame,
    both,
    number_of,
    open_socket,
    optional_text,
    read_frame,
    receive,
    send,
    send_error,
    text_of,
)
from bot.channels.identity import BadIdentity
from bot.channels.origin import address, may_carry_chat
from bot.conversation.events import LAST_SEQ, Kind, NewEvent
from bot.conversation.hub import Watch
from bot.conversation.log import ConversationEnded, NoSuchConversation, VerifiedIdentity
from bot.conversation.words import clean
from bot.dialogue.listening import Words
from bot.handoff.sweeper import end_conversation
from bot.store.desk_tables import Agent
from bot.store.tables import Channel, Conversation, Leg, Speaker

log = structlog.get_logger()

FRAME_BYTES = 1024 * 1024
"""A larger frame ends the connection (aiohttp says 1009); a chat message has a few kilobytes."""

HELLO_WITHIN_S = 15.0
SILENCE_S = 90.0
"""Clients ping every 30 s or so; after this long the other side is gone."""


async def chat_socket(request: web.Request) -> web.WebSocketResponse:
    centre = request.app[CENTRE]
    socket = await open_socket(request, longest=FRAME_BYTES)
    if not may_carry_chat(request, centre.settings):
        log.warning("chat refused: site not allowed", site=request.headers.get("Origin"))
        await socket.close(code=4403, message=b"this site may not carry the chat")
        return socket
    source = f"address:{address(request, centre.settings)}"
    with metrics.sockets.labels("webchat").track_inprogress():
        await Visitor(centre, socket, source).serve()
    return socket


class Visitor:
    """One open chat window."""

    def __init__(self, centre: Centre, socket: web.WebSocketResponse, source: str) -> None:
        self.centre = centre
        self.socket = socket
        self.source = source
        self.token: str | None = None
        """The signed identity token the page gave last."""
        self.identity: VerifiedIdentity | None = None
        """What that token was worth when it was last looked at: at each message."""
        self.seen = 0
        self.floor: tuple[str, int] | None = None

    async def serve(self) -> None:
        hello = await self._hello()
        if hello is None:
            await self.socket.close(code=4400, message=b"say hello first")
            return
        conversation, leg, key = hello
        self.conversation_id, self.leg_id = conversation.id, leg.id
        with (
            structlog.contextvars.bound_contextvars(conversation=conversation.id),
            self.centre.hub.watching(conversation.id) as watch,
        ):
            await self._welcome(conversation, key)
            await both(self.socket, self._listen(watch), self._tell(watch))

    # --- hello -------------------------------------------------------------------------------

    async def _hello(self) -> tuple[Conversation, Leg, str | None] | None:
        """Conversation, leg and, for a new conversation, its key; None if none can be had."""
        for _ in range(3):
            try:
                message = await receive(self.socket, HELLO_WITHIN_S)
            except TimeoutError:
                return None
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED):
                return None
            try:
                frame = read_frame(message)
                if frame["type"] != "hello":
                    raise BadFrame("say hello first")
                return await self._begin(frame)
            except BadFrame as error:
                await send_error(self.socket, "bad_frame", str(error))
            except (NoSuchConversation, ConversationEnded):
                await send_error(
                    self.socket, "unknown_conversation", "This conversation isn't known here."
                )
        return None

    async def _begin(self, frame: dict[str, Any]) -> tuple[Conversation, Leg, str | None]:
        known = optional_text(frame, "conversation", 64)
        key = optional_text(frame, "token", 128)
        self.seen = number_of({"since": frame.get("since", 0)}, "since", 0, LAST_SEQ)
        where = {
            "device": optional_text(frame, "device", 200),
            "page": optional_text(frame, "page", 4000),
            "locale": optional_text(frame, "locale", 200),
        }
        where = {name: clean(text, 500).text if text else None for name, text in where.items()}
        chat = self.centre.log
        language = self.centre.settings.language_of(where["locale"])
        new_key = None
        if known is None:
            if not self.centre.limits.take(f"new {self.source}"):
                raise BadFrame("too many new conversations from this address; wait a minute")
            known, new_key = await chat.begin(language)
            self.seen = 0
        else:
            await chat.check_token(known, key or "")
        async with chat.opened(known) as opened:
            leg = await opened.session.scalar(
                select(Leg)
                .where(
                    Leg.conversation_id == known,
                    Leg.channel == Channel.WEBCHAT,
                    Leg.ended_at.is_(None),
                )
                .order_by(Leg.started_at.desc())
                .limit(1)
            )
            if leg is None and not opened.row.ended_at:
                leg = await opened.begin_leg(
                    Channel.WEBCHAT, self.source, language=language, **where
                )
            elif leg is None:  # over, but it may be read and rated
                leg = await opened.session.scalar(
                    select(Leg).where(Leg.conversation_id == known).limit(1)
                )
                assert leg is not None
            else:
                leg.source = self.source[:200]
                leg.page = where["page"] or leg.page
                if where["locale"]:  # a page in another language, or another window
                    leg.locale, leg.language = where["locale"][:40], language
        self.conversation_id, self.leg_id = known, leg.id
        # Also without a token: who comes back signed out is not who was here before.
        token = frame.get("identity")
        await self._identify(token, tell=token is not None)
        return await chat.get(known), leg, new_key

    async def _welcome(self, conversation: Conversation, key: str | None) -> None:
        settings = self.centre.settings
        frame: dict[str, Any] = {
            "conversation": conversation.id,
            "last": conversation.last_seq,
            "floor": conversation.floor.value,
            "agent": await self._agent_name(conversation.floor_agent_id),
            "ended": conversation.ended_at is not None,
            "shop": settings.shop_name,
            "assistant": settings.assistant_name,
            "voice": settings.speech,
            "identified": conversation.customer_name if self.token else None,
        }
        if key:
            frame["token"] = key
        self.floor = (conversation.floor.value, conversation.floor_epoch)
        await send(self.socket, type="welcome", **frame)
        await self._catch_up()

    # --- to the visitor ----------------------------------------------------------------------

    async def _tell(self, watch: Watch) -> None:
        while True:
            news = await watch.news()
            for frame in news.passing:
                if frame.get("from") != "customer" and frame["type"] != "partial":
                    await send(self.socket, **frame)
            if news.changed:
                await self._tell_floor(await self._catch_up())

    async def _catch_up(self) -> Conversation:
        events, row = await self.centre.log.news(self.conversation_id, self.seen)
        for event in events:
            self.seen = event.seq
            if seen := event.for_customer():
                await send(self.socket, type="event", event=seen)
        return row

    async def _tell_floor(self, row: Conversation) -> None:
        floor = (row.floor.value, row.floor_epoch)
        if floor != self.floor:
            self.floor = floor
            name = await self._agent_name(row.floor_agent_id)
            await send(self.socket, type="floor", floor=row.floor.value, agent=name)

    async def _agent_name(self, agent_id: int | None) -> str | None:
        if agent_id is None:
            return None
        async with self.centre.database.reading() as session:
            agent = await session.get(Agent, agent_id)
            return agent.name if agent else None

    # --- from the visitor --------------------------------------------------------------------

    async def _listen(self, watch: Watch) -> None:
        bad = 0
        while bad <= MOST_BAD_FRAMES:
            try:
                message = await receive(self.socket, SILENCE_S)
            except TimeoutError:
                await self.socket.close(code=4408, message=b"nothing heard from you")
                return
            if message.type in (
                WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR,
            ):  # fmt: skip
                return
            frame: dict[str, Any] = {}
            try:
                frame = read_frame(message)
                await self._handle(frame, watch)
            except BadFrame as error:
                bad += 1
                client_id = frame.get("id")
                await send_error(
                    self.socket,
                    "bad_frame",
                    str(error),
                    client_id if isinstance(client_id, str) else None,
                )
            except ConversationEnded:
                await send_error(
                    self.socket, "ended", "This conversation is over.", frame.get("id")
                )
        await self.socket.close(code=4400, message=b"too many bad frames")

    async def _handle(self, frame: dict[str, Any], watch: Watch) -> None:
        kind = frame["type"]
        if kind == "say":
            await self._said(frame)
        elif kind == "ping":
            await send(self.socket, type="pong")
        elif kind == "typing":
            frame = {"type": "typing", "from": "customer"}
            self.centre.hub.passing(self.conversation_id, frame, but=watch)
        elif kind == "identity":
            await self._identify(frame.get("token"))
        elif kind == "rate":
            await self._rated(frame)
        elif kind == "voice":
            await self._voice()
        elif kind == "end":
            async with self.centre.log.opened(self.conversation_id) as opened:
                await end_conversation(opened, self.centre.handoffs)
        else:
            raise BadFrame(f"no such type: {kind[:40]}")

    async def _said(self, frame: dict[str, Any]) -> None:
        client_id = text_of(frame, "id", 64, least=8)
        text = frame.get("text")
        if not isinstance(text, str) or not text.strip():
            raise BadFrame('"text": some text is needed')
        limit = self.centre.settings.message_limit
        if len(text) > limit:
            await send_error(
                self.socket,
                "too_long",
                f"That's {len(text):,} characters; {limit:,} fit into one message.",
                client_id,
            )
            return
        if not self.centre.limits.take(self.conversation_id):
            await send_error(
                self.socket, "too_fast", "That's faster than I can read. One moment.", client_id
            )
            return
        if self.token is not None:
            await self._identify(self.token, tell=False)
        heard = await self.centre.listening.hear(
            self.conversation_id, Words(text, self.leg_id, client_id, identity=self.identity)
        )
        await send(self.socket, type="ack", id=client_id, seq=heard.event.seq)

    async def _identify(self, token: object, *, tell: bool = True) -> None:
        """At hello, at `identity`, and again at every message."""
        identity, problem = None, None
        if token is not None:
            try:
                identity = self.centre.identities.verify(token)
            except BadIdentity as error:
                problem = str(error)
                log.info("identity token refused", why=problem)
        self.token = token if identity and isinstance(token, str) else None
        self.identity = identity
        await self.centre.listening.identify(self.conversation_id, self.leg_id, identity)
        if tell or problem:
            name = identity.name if identity else None
            await send(self.socket, type="identity", identified=name, problem=problem)

    async def _rated(self, frame: dict[str, Any]) -> None:
        client_id = text_of(frame, "id", 64, least=8)
        stars = number_of(frame, "stars", 1, 5)
        comment = clean(optional_text(frame, "comment", 4000) or "", 1000).text
        data = {"stars": stars, "comment": comment}
        async with self.centre.log.opened(self.conversation_id) as opened:
            event = await opened.append(
                NewEvent(
                    Kind.RATING,
                    Speaker.CUSTOMER,
                    leg_id=self.leg_id,
                    client_id=client_id,
                    data=data,
                )
            )
        await send(self.socket, type="ack", id=client_id, seq=event.seq)

    async def _voice(self) -> None:
        if not self.centre.settings.speech:
            await send_error(self.socket, "no_voice", "Voice is switched off here.")
            return
        if (await self.centre.log.get(self.conversation_id)).ended_at:
            raise ConversationEnded
        ticket = await self.centre.tickets.issue(self.conversation_id, self.leg_id)
        await send(self.socket, type="voice", ticket=ticket, path="/voice/ws")
