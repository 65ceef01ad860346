"""A telephone caller whose media socket broke, brought back by the carrier as the same call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import aiohttp

from bench.phone_caller import BadLine, CallFailed, PhoneCaller


@asynccontextmanager
async def connected_again(url: str, before: PhoneCaller) -> AsyncIterator[PhoneCaller]:
    """The call goes on over a new socket, as the TwiML that follows says. `before` must still be in
    its `calling_by_phone`. Raises CallFailed where the server has given the call up."""
    told = Xml.fromstring(await before.what_follows())
    if (stream := told.find("Connect/Stream")) is None:
        raise CallFailed(f"no stream: {Xml.tostring(told, 'unicode')[:300]}")
    parameter = stream.find("Parameter")
    token = "" if parameter is None else parameter.get("value", "")
    media = "ws" + url.removeprefix("http").rstrip("/") + urlsplit(stream.get("url", "")).path
    async with aiohttp.ClientSession() as http, http.ws_connect(media, max_msg_size=0) as socket:
        phone = PhoneCaller(socket, before.call_sid, token, BadLine(), before.what_follows)
        running = asyncio.create_task(phone.run())
        try:
            yield phone
        finally:
            if not phone.ended.is_set():
                await phone.hang_up()
            phone.ended.set()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
