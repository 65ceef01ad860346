"""A real Asterisk 22 with the configuration of deploy/asterisk/, on loopback and free ports.

It runs in the folder that tools/asterisk_chroot.sh makes. Only what is an address, a port, a password
or a path in deploy/asterisk/ is changed; each change must find its line, so the files can't drift apart.

Carriers' phones live at 127.0.0.2 (pjsip.conf knows the trunk by its address), agents' at 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bot.channels.phone.asterisk_manager import Manager
from bot.settings import ROOT
from speech.audio import Sound, from_float, write_wav
from tests.house import free_ports

CHROOT: Final = Path(os.environ.get("TEST_ASTERISK", ROOT / "var" / "asterisk"))
CONFIGURATION: Final = ROOT / "deploy" / "asterisk"

HERE: Final = "127.0.0.1"
CARRIER: Final = "127.0.0.2"
AGENT: Final = "6001"
AGENT_PASSWORD: Final = "rig-agent"
SECRET: Final = "rig-shared-secret"
MANAGER_SECRET: Final = "rig-manager"

MUSIC_HZ: Final = 1250
WITH_US: Final = ("setpriv", "--pdeathsig", "KILL")
"""Put before a command: it ends when the tests do, even if they are killed."""

BOOTS_WITHIN_S: Final = 30
QUIET_WITHIN_S: Final = 10


def asterisk_is_here() -> bool:
    """Root, the chroot, and the callers' programs."""
    programs = all(shutil.which(name) for name in ("baresip", "sipp"))
    return os.geteuid() == 0 and (CHROOT / ".made-from").is_file() and programs


@dataclass
class Asterisk:
    folder: Path
    """Of this instance, seen from outside of the chroot."""
    sip_port: int
    trunk_port: int
    """Where the carrier's phone is called at, on CARRIER."""
    manager_port: int
    process: subprocess.Popen[bytes]

    @property
    def manager(self) -> Manager:
        return Manager(HERE, self.manager_port, MANAGER_SECRET)

    def number(self, extension: str) -> str:
        """As a phone dials it."""
        return f"sip:{extension}@{HERE}:{self.sip_port}"

    def console(self, command: str) -> str:
        """What `asterisk -rx` answers."""
        done = subprocess.run(
            [*_program(self.folder), "-rx", command], capture_output=True, text=True, timeout=20
        )
        return done.stdout + done.stderr

    def said(self) -> str:
        return (self.folder / "said").read_text(errors="replace")

    async def is_quiet(self) -> None:
        """Waits until no channel is left: one that stays would be a call without an end."""
        for _ in range(QUIET_WITHIN_S * 10):
            if not self.channels():
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"calls without an end: {self.channels()}")

    def channels(self) -> list[str]:
        """Names of the channels there are."""
        lines = self.console("core show channels concise").splitlines()
        return [line.partition("!")[0] for line in lines if "!" in line]


@contextmanager
def open_asterisk(bot_port: int, manager_port: int | None = None) -> Iterator[Asterisk]:
    """Brings its calls to a Warmline on `bot_port` whose asterisk_secret is SECRET; its manager
    interface is at `manager_port` with MANAGER_SECRET."""
    sip_port, trunk_port = free_ports(2)
    manager_port = manager_port or free_ports(1)[0]
    folder = CHROOT / "rig" / f"{os.getpid()}-{sip_port}"
    rtp_port = random.randrange(30_000, 39_000, 2)
    inside = "/" + str(folder.relative_to(CHROOT))
    for name in ("etc", "run", "log", "spool", "db", "moh"):
        (folder / name).mkdir(parents=True)
    _music(folder / "moh" / "music.wav")
    _configure(
        folder / "etc",
        {
            "pjsip.conf": {
                "bind = 0.0.0.0:5060": f"bind = {HERE}:{sip_port}",
                "contact = sip:203.0.113.10:5060": f"contact = sip:{CARRIER}:{trunk_port}",
                "match = 203.0.113.10": f"match = {CARRIER}",
                "change-this-agent-password": AGENT_PASSWORD,
            },
            "websocket_client.conf": {
                "ws://127.0.0.1:8080/": f"ws://{HERE}:{bot_port}/",
                "change-this-shared-secret": SECRET,
            },
            "manager.conf": {
                "port = 5038": f"port = {manager_port}",
                "change-this-manager-secret": MANAGER_SECRET,
            },
            "musiconhold.conf": {"directory = moh": f"directory = {inside}/moh"},
            "rtp.conf": {
                "rtpstart = 10000": f"rtpstart = {rtp_port}",
                "rtpend = 20000": f"rtpend = {rtp_port + 999}",
            },
            "extensions.conf": {},
            "modules.conf": {},
        },
    )
    modules = next(CHROOT.glob("usr/lib/*/asterisk/modules")).relative_to(CHROOT)
    (folder / "etc" / "asterisk.conf").write_text(
        f"[directories]\nastetcdir => {inside}/etc\nastmoddir => /{modules}\n"
        f"astvarlibdir => {inside}\nastdbdir => {inside}/db\nastkeydir => {inside}\n"
        f"astdatadir => /usr/share/asterisk\nastagidir => {inside}\n"
        f"astspooldir => {inside}/spool\nastrundir => {inside}/run\nastlogdir => {inside}/log\n"
    )
    (folder / "etc" / "logger.conf").write_text(
        "[logfiles]\nconsole => notice,warning,error,verbose\n"
    )
    try:
        with (folder / "said").open("wb") as said:
            process = subprocess.Popen(
                [*_program(folder), "-f", "-n", "-vvv"], stdout=said, stderr=said
            )
        asterisk = Asterisk(folder, sip_port, trunk_port, manager_port, process)
        try:
            _wait_until_booted(asterisk)
            yield asterisk
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program(folder: Path) -> list[str]:
    inside = folder.relative_to(CHROOT)
    return [
        *WITH_US,
        "chroot",
        str(CHROOT),
        "/usr/sbin/asterisk",
        "-C",
        f"/{inside}/etc/asterisk.conf",
    ]


def _configure(folder: Path, changes: dict[str, dict[str, str]]) -> None:
    assert {path.name for path in CONFIGURATION.glob("*.conf")} == set(changes)
    for name, lines in changes.items():
        text = (CONFIGURATION / name).read_text()
        for old, new in lines.items():
            assert text.count(old) == 1, f"{name}: {old!r} is there {text.count(old)} times"
            text = text.replace(old, new)
        (folder / name).write_text(text)


def _wait_until_booted(asterisk: Asterisk) -> None:
    deadline = time.monotonic() + BOOTS_WITHIN_S
    while "fully booted" not in asterisk.console("core waitfullybooted"):
        if asterisk.process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"Asterisk didn't start; it said:\n{asterisk.said()}")
        time.sleep(0.05)


def _music(path: Path) -> None:
    """A tone, which nobody takes for anything else."""
    seconds = np.arange(8_000 * 5) / 8_000
    tone = from_float(0.3 * np.sin(2 * np.pi * MUSIC_HZ * seconds))
    write_wav(path, Sound(8_000, tone.tobytes()))
