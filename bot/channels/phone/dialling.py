"""The carriers that make calls, as `bot.handoff.dialling.Dialler`."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp

from bot.call.line import CannotTransfer
from bot.channels.phone.asterisk_manager import Manager, ManagerError
from bot.channels.phone.twilio_account import Account
from bot.channels.phone.twilio_calls import API, CannotCall, originate
from bot.handoff.dialling import CannotDial


@dataclass(frozen=True, slots=True)
class AsteriskDialler:
    manager: Manager

    async def dial(self, number: str) -> None:
        try:
            await self.manager.originate(number)
        except ManagerError as error:
            raise CannotDial(str(error)) from error


@dataclass(frozen=True, slots=True)
class TwilioDialler:
    account: Account
    from_: str
    """Our own number, which the customer sees."""
    api: str = API

    async def dial(self, number: str) -> None:
        async with aiohttp.ClientSession() as http:
            try:
                await originate(http, self.account, to=number, from_=self.from_, api=self.api)
            except (CannotCall, CannotTransfer) as error:
                raise CannotDial(str(error)) from error
