"""Calls we make through Twilio (REST API, resource Calls)."""

from __future__ import annotations

import aiohttp

from bot.channels.phone.twilio_account import Account
from bot.channels.phone.twilio_webhook import ANSWER_PATH
from bot.channels.phone.twiml import RING_S, dialable

API = "https://api.twilio.com"
WITHIN_S = 10.0


class CannotCall(Exception):
    """Twilio doesn't make the call; the text says why."""


async def originate(
    http: aiohttp.ClientSession,
    account: Account,
    *,
    to: str,
    from_: str,
    language: str | None = None,
    api: str = API,
) -> str:
    """Calls `to` from our number `from_`. When somebody picks up, Twilio asks `/phone/twilio`, and
    the call is like one that came in, with `to` as the caller. Returns Twilio's id of the call.
    Raises CannotTransfer for what is no number, CannotCall where Twilio refuses or is away."""
    if account.sid is None or account.public_url is None:
        raise CannotCall("calling needs WARMLINE_TWILIO_ACCOUNT_SID and WARMLINE_PUBLIC_URL")
    webhook = account.public_url.rstrip("/") + ANSWER_PATH
    form = {
        "To": dialable(to),
        "From": dialable(from_),
        "Url": f"{webhook}?language={language}" if language else webhook,
        "Method": "POST",
        "Timeout": str(RING_S),
    }
    try:
        async with http.post(
            f"{api}/2010-04-01/Accounts/{account.sid}/Calls.json",
            data=form,
            headers={"Authorization": aiohttp.encode_basic_auth(account.sid, account.auth_token)},
            timeout=aiohttp.ClientTimeout(total=WITHIN_S),
        ) as response:
            told = await response.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise CannotCall(f"Twilio can't be asked: {error or 'no answer in time'}") from error
    if not isinstance(told, dict):
        told = {}
    if response.status >= 400 or not isinstance(told.get("sid"), str):
        reason = told.get("message", "no reason given")
        raise CannotCall(f"Twilio says {response.status}, {told.get('code', 'no code')}: {reason}")
    return str(told["sid"])
