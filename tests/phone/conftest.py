"""One Asterisk for all tests of telephone calls, with telephones around it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.phone.asterisk_rig import AGENT, CARRIER, asterisk_is_here
from tests.phone.baresip import Phone, phone
from tests.phone.telephony import (
    AGENT_HZ,
    CALLER,
    CALLER_HZ,
    Telephony,
    agent_account,
    hum,
    open_telephony,
)
from tests.services import need


@pytest.fixture(scope="session")
async def running() -> AsyncIterator[Telephony]:
    need("Asterisk (tools/asterisk_chroot.sh, baresip, sipp; as root)", asterisk_is_here())
    async with open_telephony() as running:
        yield running


@pytest.fixture
async def telephony(running: Telephony) -> AsyncIterator[Telephony]:
    running.exchange.forget()
    yield running
    await running.asterisk.is_quiet()


@pytest.fixture
async def caller(telephony: Telephony, tmp_path: Path) -> AsyncIterator[Phone]:
    """A telephone at the carrier, whose user hums."""
    says = hum(tmp_path / "caller.wav", CALLER_HZ)
    async with phone(tmp_path / "caller", says, address=CARRIER, name=CALLER) as made:
        yield made


@pytest.fixture
async def agent(telephony: Telephony, tmp_path: Path) -> AsyncIterator[Phone]:
    """An agent's telephone, registered."""
    says = hum(tmp_path / "agent.wav", AGENT_HZ)
    account = agent_account(telephony.asterisk)
    async with phone(tmp_path / "agent", says, name=AGENT, account=account) as made:
        await made.registers()
        yield made
