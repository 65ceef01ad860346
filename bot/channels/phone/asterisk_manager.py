"""What a call can't ask Asterisk for on its own WebSocket: to be connected elsewhere, and to be made.

Asterisk's manager interface (AMI) over TCP: lines of `Name: value`, an empty line ends a message. One
connection an action, because there are few; so nothing has to be kept alive, and an Asterisk that was
restarted is found again. It isn't encrypted: keep it on loopback (deploy/asterisk/manager.conf).
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

USER: Final = "warmline"
"""The section of manager.conf."""

TRANSFERS: Final = "warmline-transfer"
CALLS: Final = "warmline-call"
"""Contexts of deploy/asterisk/extensions.conf: what can be reached is said there, not here."""

ASSISTANT: Final = ("warmline", "bot", "1")
"""Context, extension and priority that connect a channel with the assistant."""

ANSWERS_WITHIN_S: Final = 5.0
RINGS_S: Final = 30.0

_NUMBER: Final = re.compile(r"\+?[0-9*#]{1,40}")
_ADDRESS: Final = re.compile(r"sips?:[0-9A-Za-z+._~-]{1,64}@[0-9A-Za-z.:\[\]-]{1,120}")
"""Nothing in either has a meaning for the dialplan or for the manager's lines."""


class ManagerError(Exception):
    """Asterisk can't or won't. The text says what, for the log."""


@dataclass(frozen=True, slots=True)
class Manager:
    host: str
    port: int
    secret: str

    @classmethod
    def at(cls, address: str, secret: str) -> Manager:
        """`address`: host:port. Raises ValueError for what is none."""
        host, colon, port = address.rpartition(":")
        if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"an address such as 127.0.0.1:5038 is needed, not {address!r}")
        return cls(host.strip("[]"), int(port), secret)

    async def transfer(self, call_id: str, number: str) -> None:
        """Takes the channel away from whom it talks to and connects it with a telephone number, an
        extension or a SIP address. Raises ManagerError, and then the call stays as it is."""
        if _ADDRESS.fullmatch(number):
            extension = "address"
        elif _NUMBER.fullmatch(number):
            extension = number
        else:
            raise ManagerError(
                f"{number!r} is neither a telephone number nor a SIP address (sip:anna@example.com)"
            )
        async with _within(ANSWERS_WITHIN_S), _Session(self) as session:
            await session.must_be_listed(TRANSFERS, extension)
            if extension == "address":
                await session.act(
                    "Setvar", Channel=call_id, Variable="WARMLINE_ADDRESS", Value=number
                )
            await session.act(
                "Redirect", Channel=call_id, Context=TRANSFERS, Exten=extension, Priority="1"
            )

    async def originate(self, number: str) -> str:
        """Calls a number and connects it with the assistant once it is answered: a call then arrives
        at `/phone/asterisk` whose id is what this returns. Raises ManagerError where nobody answers
        within RINGS_S seconds, or the number isn't listed for calls."""
        if not _NUMBER.fullmatch(number):
            raise ManagerError(f"{number!r} is no telephone number")
        call_id = f"warmline-{secrets.token_hex(8)}"
        context, extension, priority = ASSISTANT
        async with _within(RINGS_S + ANSWERS_WITHIN_S), _Session(self) as session:
            await session.must_be_listed(CALLS, number)
            await session.act(
                "Originate",
                # /n: the Local channel stays in between, under the id we gave it, for a transfer
                Channel=f"Local/{number}@{CALLS}/n",
                ChannelId=call_id,
                OtherChannelId=f"{call_id}-2",
                Context=context,
                Exten=extension,
                Priority=priority,
                CallerID=f"<{number}>",
                Timeout=str(int(RINGS_S * 1000)),
            )
        return call_id


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise ManagerError(f"Asterisk didn't answer within {seconds:g} s") from error


class _Session:
    """One connection, signed in."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager

    async def __aenter__(self) -> _Session:
        where = f"{self._manager.host}:{self._manager.port}"
        try:
            self._reader, self._writer = await asyncio.open_connection(
                self._manager.host, self._manager.port
            )
        except OSError as error:
            raise ManagerError(
                f"Asterisk's manager interface doesn't answer at {where} ({error}); "
                "is it enabled in manager.conf?"
            ) from error
        try:
            await self._reader.readline()  # "Asterisk Call Manager/…"
            await self.act("Login", Username=USER, Secret=self._manager.secret, Events="off")
        except BaseException:
            self._writer.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def act(self, action: str, **fields: str) -> dict[str, str]:
        """The response's fields, names in lower case. Raises ManagerError for "Error"."""
        mine = secrets.token_hex(4)
        lines = [f"{name}: {value}" for name, value in fields.items()]
        if any("\r" in line or "\n" in line for line in lines):
            raise ManagerError(f"a field of {action} has a line break in it")
        message = "\r\n".join([f"Action: {action}", f"ActionID: {mine}", *lines, "", ""])
        try:
            self._writer.write(message.encode())
            await self._writer.drain()
            response = await self._message()
            while response.get("actionid") != mine:  # events that came before
                response = await self._message()
        except (OSError, asyncio.IncompleteReadError) as error:
            raise ManagerError(f"Asterisk closed the connection during {action}") from error
        if response.get("response") != "Success":
            why = response.get("message", "without a reason")
            raise ManagerError(f"Asterisk refuses {action}: {why}")
        return response

    async def must_be_listed(self, context: str, extension: str) -> None:
        """Redirecting a caller to a number that isn't there would end the call."""
        found = await self.act("Getvar", Variable=f"DIALPLAN_EXISTS({context},{extension},1)")
        if found.get("value") != "1":
            raise ManagerError(f"{extension} isn't listed in [{context}] of extensions.conf")

    async def _message(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        while True:
            line = await self._reader.readuntil(b"\n")
            name, colon, value = line.decode(errors="replace").rstrip("\r\n").partition(":")
            if colon:
                fields[name.lower()] = value.strip()
            elif fields:
                return fields
