"""The contact centre's parts, wired together once and handed to every door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from aiohttp import web

from actions.backend import ShopBackend, load_backend
from bot.channels.identity import IdentityTokens
from bot.channels.limits import Limits
from bot.channels.tickets import Tickets
from bot.conversation.fanout import open_fanout
from bot.conversation.hub import Hub
from bot.conversation.log import Clock, ConversationLog
from bot.conversation.sentences import Sentences
from bot.desk.order_actions import OrderActions
from bot.desk.signin import SignIn
from bot.dialogue.engine import Engines
from bot.dialogue.listening import Listening
from bot.dialogue.turns import Patience, Turns
from bot.handoff.colleagues import Colleagues
from bot.handoff.contacts import Contacts
from bot.handoff.dialling import Dialling
from bot.handoff.hours import read_hours
from bot.handoff.offers import Offers
from bot.handoff.service import Handoffs
from bot.handoff.sweeper import Sweeper
from bot.handoff.waiting_room import WaitingRoom
from bot.settings import ROOT, Settings
from bot.store.database import Database

log = structlog.get_logger()


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Centre:
    settings: Settings
    clock: Clock
    database: Database
    hub: Hub
    log: ConversationLog
    backend: ShopBackend
    engines: Engines
    handoffs: Handoffs
    contacts: Contacts
    offers: Offers
    colleagues: Colleagues
    order_actions: OrderActions
    waiting_room: WaitingRoom
    dialling: Dialling
    turns: Turns
    listening: Listening
    sweeper: Sweeper
    sign_in: SignIn
    tickets: Tickets
    identities: IdentityTokens
    sentences: Sentences
    limits: Limits


HOURS = ROOT / "data" / "policy" / "hours.toml"

CENTRE = web.AppKey("centre", Centre)

DEMO_IDENTITY_SECRET = "demo mode only: anybody can read this key in the source"  # noqa: S105


@asynccontextmanager
async def open_centre(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Centre]:
    """Everything that opens here closes at the end, last opened first."""
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        backend = load_backend(settings.shop_backend, settings.shop_database_url)
        stack.push_async_callback(backend.close)
        ports = settings.engine_ports.items()
        engines = await stack.enter_async_context(
            Engines({language: f"http://127.0.0.1:{port}" for language, port in ports})
        )

        hub = Hub()
        if settings.redis_url:
            await stack.enter_async_context(open_fanout(hub, settings.redis_url))
        sentences = Sentences(
            settings.language, assistant=settings.assistant_name, shop=settings.shop_name
        )
        conversation_log = ConversationLog(database, hub, clock)
        handoffs = Handoffs(
            conversation_log,
            backend,
            sentences,
            presence_s=settings.presence_s,
            hours=read_hours(HOURS),
        )
        waiting_room = WaitingRoom(handoffs)
        contacts = Contacts(handoffs, wrap_up_s=settings.wrap_up_s)
        offers = Offers(conversation_log, lasts_s=settings.offer_s, presence_s=settings.presence_s)
        turns = Turns(
            conversation_log,
            engines,
            handoffs,
            sentences,
            Patience(settings.engine_slow_after_s, settings.engine_patience_s),
        )
        stack.push_async_callback(turns.stop)
        secret = settings.identity_secret
        identity_key = secret.get_secret_value() if secret else DEMO_IDENTITY_SECRET
        yield Centre(
            settings=settings,
            clock=clock,
            database=database,
            hub=hub,
            log=conversation_log,
            backend=backend,
            engines=engines,
            handoffs=handoffs,
            contacts=contacts,
            offers=offers,
            colleagues=Colleagues(contacts, offers),
            order_actions=OrderActions(conversation_log, backend),
            turns=turns,
            waiting_room=waiting_room,
            dialling=Dialling(handoffs),
            listening=Listening(
                conversation_log, turns, waiting_room, message_limit=settings.message_limit
            ),
            sweeper=Sweeper(
                contacts,
                return_after_s=settings.return_after_s,
                idle_hours=settings.idle_hours,
            ),
            sign_in=SignIn(database, clock, hours=settings.signin_hours),
            tickets=Tickets(database, clock),
            identities=IdentityTokens(identity_key, clock),
            sentences=sentences,
            limits=Limits(settings.messages_per_minute),
        )
