"""Every way a call comes in, on one application: browsers, Twilio, Asterisk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from aiohttp import web

from bot.call.engines import SPEECH
from bot.call.live import LIVE, LiveCalls, forget_calls
from bot.call.recordings import RECORDINGS
from bot.centre import CENTRE
from bot.channels.phone.asterisk import asterisk_routes
from bot.channels.phone.asterisk_manager import Manager
from bot.channels.phone.audiosocket import audiosocket_server
from bot.channels.phone.dialling import AsteriskDialler, TwilioDialler
from bot.channels.phone.door import PhoneDoor
from bot.channels.phone.taking import TAKE_CALL
from bot.channels.phone.twilio import twilio_routes
from bot.channels.phone.twilio_account import TWILIO, Account, Twilio
from bot.channels.voice import voice_routes
from bot.settings import Settings


def call_routes(settings: Settings) -> list[web.RouteDef]:
    secret = settings.asterisk_secret
    return [
        *voice_routes(),
        *twilio_routes(),
        *asterisk_routes(
            secret.get_secret_value() if secret else None,
            manager(settings),
            behind_proxy=settings.behind_proxy,
        ),
    ]


def manager(settings: Settings) -> Manager | None:
    """For transfers over Asterisk. Raises ValueError for an address that is none."""
    secret = settings.asterisk_manager_secret
    return Manager.at(settings.asterisk_manager, secret.get_secret_value()) if secret else None


async def open_calls(app: web.Application) -> AsyncIterator[None]:
    """Needs CENTRE, SPEECH and RECORDINGS."""
    centre = app[CENTRE]
    settings = centre.settings
    centre.handoffs.by_telephone = bool(settings.agents_number)
    if not settings.redis_url:
        await forget_calls(centre)
    app[LIVE] = LiveCalls(settings.max_calls)
    take_call = app[TAKE_CALL] = PhoneDoor(centre, app[SPEECH], app[LIVE], app[RECORDINGS])
    if settings.twilio_auth_token:
        account = Account(
            settings.twilio_auth_token.get_secret_value(),
            settings.twilio_account_sid or None,
            str(settings.public_url) if settings.public_url else None,
        )
        app[TWILIO] = Twilio(account, centre.clock)
        if settings.twilio_number:
            centre.dialling.dialler = TwilioDialler(
                account, settings.twilio_number, str(settings.twilio_api_url).rstrip("/")
            )
    if asterisk := manager(settings):
        centre.dialling.dialler = AsteriskDialler(asterisk)
    async with AsyncExitStack() as stack:
        if settings.audiosocket_port:
            await stack.enter_async_context(
                audiosocket_server(take_call, settings.audiosocket_port)
            )
        yield
        await centre.dialling.close()
        await take_call.close()
