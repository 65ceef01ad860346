"""Callers that sipp plays: many at once, and ones that send keys as SIP INFO."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.house import free_ports
from tests.phone.asterisk_rig import CARRIER, HERE, WITH_US, Asterisk

SCENARIOS: Final = Path(__file__).parent / "sipp"
ENDS_WITHIN_S: Final = 10.0


@asynccontextmanager
async def silent_callers(asterisk: Asterisk, folder: Path, count: int) -> AsyncIterator[None]:
    """So many calls, which stay until the other side ends them."""
    async with _sipp(asterisk, folder, "stay.xml", calls=count):
        yield


@asynccontextmanager
async def caller_with_info_keys(asterisk: Asterisk, folder: Path, keys: str) -> AsyncIterator[None]:
    """One caller, who presses keys and hangs up."""
    info = (SCENARIOS / "info.xml").read_text()
    head, _, rest = info.partition("<!-- key -->\n")
    key, _, tail = rest.partition("<!-- end of key -->\n")
    scenario = folder / "info.xml"
    scenario.write_text(head + "".join(key.replace("KEY", each) for each in keys) + tail)
    async with _sipp(asterisk, folder, scenario, calls=1):
        yield


@asynccontextmanager
async def _sipp(
    asterisk: Asterisk, folder: Path, scenario: str | Path, *, calls: int
) -> AsyncIterator[None]:
    port, media_port = free_ports(2)
    with (folder / "sipp.said").open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *WITH_US,
            "sipp", f"{HERE}:{asterisk.sip_port}", "-sf", str(SCENARIOS / scenario),
            "-i", CARRIER, "-p", str(port), "-mi", CARRIER, "-mp", str(media_port),
            "-s", "200", "-m", str(calls), "-l", str(calls), "-r", "10",
            "-nostdin", "-trace_err", "-error_file", str(folder / "sipp.errors"),
            cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=said, stderr=said,
        )  # fmt: skip
    try:
        yield
        async with asyncio.timeout(ENDS_WITHIN_S):
            failed = await process.wait()
        assert not failed, (folder / "sipp.said").read_text(errors="replace")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
