"""Asterisk, the door it brings its calls to, and the wire that telephones are on, together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from bot.channels.frames import SOCKETS
from bot.channels.phone.asterisk import asterisk_routes
from bot.channels.phone.taking import TAKE_CALL
from speech.audio import Samples, Sound, write_wav
from tests.house import free_ports
from tests.phone.asterisk_rig import AGENT, AGENT_PASSWORD, HERE, SECRET, Asterisk, open_asterisk
from tests.phone.baresip import Phone
from tests.phone.exchange import Exchange, TakenCall
from tests.phone.wire import Wire, tapped_wire, tone

CALLER: Final = "+4930123456"

CALLER_HZ: Final = 440
BOT_HZ: Final = 1000
AGENT_HZ: Final = 700
"""Everybody hums in a pitch of their own, so that who is heard can be told."""

GAP_S: Final = 0.040
"""A silence longer than two frames is heard as a gap."""


@dataclass
class Telephony:
    asterisk: Asterisk
    exchange: Exchange
    wire: Wire

    def heard_by(self, phone: Phone) -> Samples:
        return self.wire.sound(phone.rtp_ports)

    async def call_from(self, phone: Phone) -> TakenCall:
        """Dials the assistant and waits until both sides have the call."""
        await phone.call(self.asterisk.number("200"))
        return await self.exchange.next_call()


@asynccontextmanager
async def open_telephony() -> AsyncIterator[Telephony]:
    """Its calls are taken by an Exchange, that is, by the test."""
    [bot_port] = free_ports(1)
    exchange = Exchange()
    with tapped_wire() as wire, open_asterisk(bot_port) as asterisk:
        app = web.Application()
        app[TAKE_CALL] = exchange
        app[SOCKETS] = exchange.sockets
        app.router.add_routes(asterisk_routes(SECRET, asterisk.manager))
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, HERE, bot_port).start()
        try:
            yield Telephony(asterisk, exchange, wire)
        finally:
            await runner.cleanup()


def hum(file: Path, hz: float) -> Path:
    """A minute of one tone, for a telephone to say."""
    write_wav(file, Sound(8000, tone(hz, 60)))
    return file


def agent_account(asterisk: Asterisk) -> str:
    """An agent's telephone signs in with it."""
    signed = f"auth_user={AGENT};auth_pass={AGENT_PASSWORD}"
    return f'regint=60;{signed};outbound="sip:{HERE}:{asterisk.sip_port}"'
