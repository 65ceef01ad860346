"""AudioSocket with a real Asterisk 22: it calls, echoes what it hears, presses keys and hangs up.

The two ends of the call are joined inside Asterisk (a Local channel), so no telephone is needed."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from bot.channels.phone.audiosocket import audiosocket_server
from tests.phone.asterisk_rig import CHROOT, WITH_US, asterisk_is_here
from tests.phone.scene import Desk, Seen, Talk, listen_only, tone
from tests.services import need

pytestmark = [pytest.mark.asterisk, pytest.mark.realtime]

ID = "40325ec2-5efd-4bd3-805f-53576e581d13"
MODULES = (
    "pbx_config", "res_clioriginate", "res_timing_timerfd", "res_audiosocket", "app_audiosocket",
    "app_echo", "app_senddtmf",
)  # fmt: skip
DIALPLAN = f"""
[calls]
exten => _X.,1,Answer()
 same => n,AudioSocket({ID},127.0.0.1:${{EXTEN}})
 same => n,NoOp(the dialplan goes on)
 same => n,Hangup()
[callers]
exten => echo,1,Answer()
 same => n,Echo()
exten => keys,1,Answer()
 same => n,Wait(0.3)
 same => n,SendDTMF(4071*#)
 same => n,Wait(20)
exten => short,1,Answer()
 same => n,Wait(1)
 same => n,Hangup()
"""
BOOTS_WITHIN_S = 30

Console = Callable[[str], str]


@contextmanager
def asterisk(folder: Path) -> Iterator[Console]:
    """Gives its console; without a network, but for AudioSocket's connections to this machine."""
    inside = f"/{folder.relative_to(CHROOT)}"
    etc = folder / "etc"
    etc.mkdir(parents=True)
    modules = next(CHROOT.glob("usr/lib/*/asterisk/modules")).relative_to(CHROOT)
    (etc / "asterisk.conf").write_text(
        f"[directories]\nastetcdir => {inside}/etc\nastmoddir => /{modules}\n"
        "astdatadir => /usr/share/asterisk\n"
        + "".join(
            f"ast{name}dir => {inside}\n"
            for name in ("varlib", "db", "key", "agi", "spool", "run", "log")
        )
    )
    load = "".join(f"load = {name}.so\n" for name in MODULES)
    (etc / "modules.conf").write_text(f"[modules]\nautoload = no\n{load}")
    (etc / "extensions.conf").write_text(DIALPLAN)
    (etc / "logger.conf").write_text("[logfiles]\nconsole => notice,warning,error,verbose\n")
    program = [*WITH_US, "chroot", str(CHROOT), "asterisk", "-C", f"{inside}/etc/asterisk.conf"]

    def console(command: str) -> str:
        done = subprocess.run([*program, "-rx", command], capture_output=True, text=True)
        return done.stdout + done.stderr

    with (folder / "said").open("wb") as said:
        process = subprocess.Popen([*program, "-f", "-n", "-vvv"], stdout=said, stderr=said)
    try:
        deadline = time.monotonic() + BOOTS_WITHIN_S
        while "fully booted" not in console("core waitfullybooted"):
            assert time.monotonic() < deadline, (folder / "said").read_text(errors="replace")
            time.sleep(0.05)
        yield console
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    need("Asterisk (tools/asterisk_chroot.sh, baresip, sipp; as root)", asterisk_is_here())
    folder = CHROOT / "rig" / f"audiosocket-{os.getpid()}"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def console(folder: Path) -> Iterator[Console]:
    with asterisk(folder) as console:
        yield console


@asynccontextmanager
async def called_by(console: Console, caller: str, talk: Talk = listen_only) -> AsyncIterator[Seen]:
    desk = Desk(talk)
    async with audiosocket_server(desk, 0) as port:
        dial = f"channel originate Local/{port}@calls extension {caller}@callers"
        await asyncio.to_thread(console, dial)
        yield await desk.call()
    for _ in range(100):
        if "0 active channels" in await asyncio.to_thread(console, "core show channels"):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("a call without an end")


async def test_sound_goes_both_ways_and_silence_keeps_the_call(
    console: Console, folder: Path
) -> None:
    words = tone(1.0, 440), tone(0.5, 660)

    async def talk(seen: Seen) -> None:
        await seen.line.sound(words[0])
        await seen.line.mark(1, 1000)
        await seen.until(lambda seen: seen.marks)
        await asyncio.sleep(2.5)  # without frames from us Asterisk would drop the call after 2 s
        await seen.line.sound(words[1])
        await seen.until(lambda seen: words[1] in seen.heard)

    async with called_by(console, "echo", talk) as seen:
        assert seen.arrival.call_id == ID
        await seen.until(lambda seen: seen.why)
    assert seen.why == "we hung up"
    assert bytes(seen.heard).count(words[0]) == 1  # to the bit, without a gap
    assert seen.marks == [(1, 1000)]
    assert '"the dialplan goes on") in new stack' in (folder / "said").read_text(errors="replace")


async def test_keys(console: Console) -> None:
    async with called_by(console, "keys") as seen:
        await seen.until(lambda seen: seen.keys == "4071*#")


async def test_the_caller_hangs_up(console: Console) -> None:
    async with called_by(console, "short") as seen:
        await seen.until(lambda seen: seen.why)
    assert seen.why == "the line was dropped"


async def test_an_interruption_is_silent_at_once(console: Console) -> None:
    async def talk(seen: Seen) -> None:
        await seen.line.sound(tone(10))
        await seen.until(lambda seen: len(seen.heard.strip(b"\0")) > 8000)
        await seen.line.clear()
        cleared = len(seen.heard)
        await seen.until(lambda seen: len(seen.heard) > cleared + 16_000)
        loud = len(seen.heard[cleared:].rstrip(b"\0")) / 16_000
        seen.losses.append(loud)
        await listen_only(seen)

    async with called_by(console, "echo", talk) as seen:
        await seen.until(lambda seen: seen.losses)
        assert seen.losses[0] < 0.5  # seconds that were on their way, there and back
