"""A telephone: baresip without a screen, which plays a WAV file into its call. What it is sent stands on
the wire (tests/phone/wire.py)."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from tests.house import free_ports
from tests.phone.asterisk_rig import WITH_US

STARTS_WITHIN_S: Final = 10.0
HAPPENS_WITHIN_S: Final = 20.0
RTP_PORTS: Final = 20

_CONFIG = """\
poll_method epoll
sip_listen {address}:{sip_port}
net_interface {address}
audio_source aufile,{says}
audio_srate 8000
audio_channels 1
ausrc_format s16
auplay_format s16
auenc_format s16
audec_format s16
audio_buffer 40-200
call_local_timeout 120
call_max_calls 4
rtp_ports {rtp_port}-{rtp_end}
rtcp_mux no
jitter_buffer_type fixed
jitter_buffer_delay 2-10
rtp_stats no
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control_port}
"""


class Phone:
    """One telephone with at most one call."""

    def __init__(self, folder: Path, uri: str, rtp_ports: range) -> None:
        self._folder = folder
        self.uri = uri
        """Where it can be called directly."""
        self.rtp_ports = rtp_ports
        self.events: list[dict[str, Any]] = []
        self._changed = asyncio.Condition()

    async def dial(self, uri: str) -> None:
        await self.command("dial", uri)

    async def call(self, uri: str) -> None:
        """Dials, and waits for an answer."""
        await self.dial(uri)
        await self.happens("CALL_ESTABLISHED")

    async def answer(self) -> None:
        await self.happens("CALL_INCOMING")
        await self.command("accept")
        await self.happens("CALL_ESTABLISHED")

    async def press(self, keys: str) -> None:
        """Keys as RTP events (RFC 4733)."""
        for key in keys:
            await self.command("sndcode", key)
            await asyncio.sleep(0.15)  # as a finger does; baresip sends one at a time
            await self.command("sndcode", "\x04")
            await asyncio.sleep(0.1)

    async def hold(self) -> None:
        await self.command("hold")

    async def resume(self) -> None:
        await self.command("resume")

    async def hang_up(self) -> None:
        await self.command("hangup")

    async def command(self, command: str, params: str = "") -> str:
        token = f"t{random.randrange(10**9)}"
        message = json.dumps({"command": command, "params": params, "token": token}).encode()
        self._writer.write(b"%d:%s," % (len(message), message))
        await self._writer.drain()
        found = await self._wait_for(lambda event: event.get("token") == token, f"{command} done")
        if not found.get("ok"):
            raise AssertionError(f"baresip refuses {command} {params}: {found.get('data')}")
        return str(found.get("data", ""))

    async def happens(self, kind: str) -> dict[str, Any]:
        """Waits until baresip has reported an event of a kind, such as CALL_ESTABLISHED."""
        return await self._wait_for(lambda event: event.get("type") == kind, kind)

    async def registers(self) -> None:
        """Waits until the exchange knows where it is."""
        for _ in range(int(HAPPENS_WITHIN_S * 20)):
            if "OK" in await self.command("reginfo"):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"not registered; it said:\n{self.said()}")

    def said(self) -> str:
        return (self._folder / "said").read_text(errors="replace")

    async def _wait_for(self, fits: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            return next((event for event in self.events if fits(event)), None)

        try:
            async with asyncio.timeout(HAPPENS_WITHIN_S), self._changed:
                await self._changed.wait_for(lambda: found() is not None)
        except TimeoutError:
            kinds = [event.get("type") or event.get("data") for event in self.events]
            raise AssertionError(f"waited for {what}; {kinds}; it said:\n{self.said()}") from None
        event = found()
        assert event is not None
        return event

    async def connect(self, port: int) -> asyncio.Task[None]:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", port)

        async def listen() -> None:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    length = int((await reader.readuntil(b":"))[:-1])
                    message = await reader.readexactly(length + 1)  # and the comma
                    async with self._changed:
                        self.events.append(json.loads(message[:-1]))
                        self._changed.notify_all()

        return asyncio.create_task(listen())


@asynccontextmanager
async def phone(
    folder: Path,
    says: Path,
    *,
    address: str = "127.0.0.1",
    name: str = "caller",
    sip_port: int | None = None,
    account: str = "regint=0",
) -> AsyncIterator[Phone]:
    """`says`: a WAV file of 8 kHz, played once. `account`: baresip's parameters of it, such as
    `auth_user=6001;auth_pass=…;outbound="sip:127.0.0.1:5060"`. Give each phone a folder of its own."""
    control_port = free_ports(1)[0]
    sip_port = sip_port or free_ports(1)[0]
    rtp_ports = _next_rtp_ports()
    uri = f"sip:{name}@{address}:{sip_port}"
    config = _CONFIG.format(
        address=address,
        sip_port=sip_port,
        says=says,
        rtp_port=rtp_ports.start,
        rtp_end=rtp_ports.stop,
        control_port=control_port,
    )
    _write(folder, config, f"<{uri}>;{account}\n")
    with (folder / "said").open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *WITH_US,
            "baresip",
            "-f",
            str(folder),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    made = Phone(folder, uri, rtp_ports)
    listening: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(STARTS_WITHIN_S):
            while listening is None:
                try:
                    listening = await made.connect(control_port)
                except OSError as error:
                    if process.returncode is not None:
                        raise AssertionError(f"no baresip:\n{made.said()}") from error
                    await asyncio.sleep(0.05)
        yield made
    finally:
        if listening:
            listening.cancel()
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _write(folder: Path, config: str, accounts: str) -> None:
    folder.mkdir(parents=True)
    (folder / "config").write_text(config)
    (folder / "accounts").write_text(accounts)


def _next_rtp_ports() -> range:
    """No two phones of a run share them: what one was sent stays on the wire's record."""
    first = next(_rtp_ports)
    return range(first, first + RTP_PORTS)


_rtp_ports = itertools.cycle(range(40_000 + os.getpid() % 50 * 360, 58_360, RTP_PORTS))
