"""Calls we make through Twilio, against its REST API as documented, on a port of this machine."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.call.line import CannotTransfer
from bot.channels.phone.twilio_account import Account
from bot.channels.phone.twilio_calls import CannotCall, originate
from tests.phone.scene import ACCOUNT_SID, TOKEN

ACCOUNT = Account(TOKEN, ACCOUNT_SID, "https://help.example.com/")


class Api:
    def __init__(self) -> None:
        self.url = ""
        self.asked: list[dict[str, Any]] = []
        self.answer = web.json_response({"sid": "CA1", "status": "queued"}, status=201)

    async def calls(self, request: web.Request) -> web.Response:
        kind, _, login = request.headers["Authorization"].partition(" ")
        assert (kind, base64.b64decode(login).decode()) == ("Basic", f"{ACCOUNT_SID}:{TOKEN}")
        assert request.match_info["sid"] == ACCOUNT_SID
        self.asked.append(dict(await request.post()))
        return self.answer


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    made = Api()
    app = web.Application()
    app.router.add_post("/2010-04-01/Accounts/{sid}/Calls.json", made.calls)
    async with TestServer(app) as server:
        made.url = f"http://127.0.0.1:{server.port}"
        yield made


async def test_a_call_is_made(api: Api) -> None:
    async with aiohttp.ClientSession() as http:
        sid = await originate(
            http, ACCOUNT, to="+1 555 0100", from_="+15550199", language="de", api=api.url
        )
    assert sid == "CA1"
    assert api.asked == [{
        "To": "+15550100", "From": "+15550199", "Method": "POST", "Timeout": "25",
        "Url": "https://help.example.com/phone/twilio?language=de",
    }]  # fmt: skip


async def test_twilios_reason_is_passed_on(api: Api) -> None:
    api.answer = web.json_response(
        {"code": 21211, "message": "The 'To' number is not valid.", "status": 400}, status=400
    )
    async with aiohttp.ClientSession() as http:
        with pytest.raises(CannotCall, match=r"400, 21211: The 'To' number is not valid\."):
            await originate(http, ACCOUNT, to="+15550100", from_="+15550199", api=api.url)


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", ""])
async def test_nonsense_is_no_call(api: Api, body: str) -> None:
    api.answer = web.Response(text=body)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(CannotCall):
            await originate(http, ACCOUNT, to="+15550100", from_="+15550199", api=api.url)


async def test_nobody_there_and_nobody_named() -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(CannotCall, match="can't be asked"):
            await originate(
                http, ACCOUNT, to="+15550100", from_="+15550199", api="http://127.0.0.1:9"
            )
        with pytest.raises(CannotTransfer):
            await originate(http, ACCOUNT, to="anna", from_="+15550199")
        with pytest.raises(CannotCall, match="WARMLINE_PUBLIC_URL"):
            await originate(http, Account(TOKEN), to="+15550100", from_="+15550199")
