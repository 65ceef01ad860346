"""Where calls go besides the assistant, through a real Asterisk: to people, back, and out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.call.line import CannotTransfer
from tests.house import free_ports
from tests.phone.asterisk_rig import AGENT, CARRIER, MUSIC_HZ, open_asterisk
from tests.phone.baresip import Phone, phone
from tests.phone.telephony import (
    AGENT_HZ,
    BOT_HZ,
    CALLER,
    CALLER_HZ,
    Telephony,
    agent_account,
    hum,
)
from tests.phone.wire import pitch_hz, tone

pytestmark = [pytest.mark.asterisk, pytest.mark.realtime]


async def test_a_connection_that_breaks_brings_the_caller_back(
    telephony: Telephony, caller: Phone
) -> None:
    call = await telephony.call_from(caller)
    await call.ear.hears(0.3)
    await telephony.exchange.stops()
    again = await telephony.exchange.next_call()
    assert again.arrival == call.arrival
    await again.ear.hears(0.5)
    assert pitch_hz(again.ear.heard) == pytest.approx(CALLER_HZ, abs=5)
    await caller.hang_up()
    assert await again.ends() == "hung up"


async def test_a_warmline_that_is_down_leaves_callers_to_people(
    running: Telephony, tmp_path: Path
) -> None:
    says = hum(tmp_path / "hum.wav", CALLER_HZ)
    with open_asterisk(free_ports(1)[0]) as asterisk:
        account = agent_account(asterisk)
        async with (
            phone(tmp_path / "agent", says, name=AGENT, account=account) as agent,
            phone(tmp_path / "caller", says, address=CARRIER, name=CALLER) as caller,
        ):
            await agent.registers()
            await caller.dial(asterisk.number("200"))
            await agent.answer()
            await caller.happens("CALL_ESTABLISHED")
            await caller.hang_up()
            await agent.happens("CALL_CLOSED")


async def test_an_agents_telephone_calls_the_assistant(telephony: Telephony, agent: Phone) -> None:
    await agent.call(telephony.asterisk.number("200"))
    call = await telephony.exchange.next_call()
    assert (call.arrival.caller, call.arrival.called) == (AGENT, "200")
    await agent.hang_up()
    assert await call.ends() == "hung up"


async def test_a_transfer_to_an_agents_telephone(
    telephony: Telephony, caller: Phone, agent: Phone
) -> None:
    call = await telephony.call_from(caller)
    await call.line.sound(tone(BOT_HZ, 0.5))
    await call.line.transfer(AGENT)
    assert await call.ends() == "transferred"
    waits_from = len(telephony.heard_by(caller))
    await asyncio.sleep(0.6)
    music = telephony.heard_by(caller)[waits_from:]
    assert pitch_hz(music) == pytest.approx(MUSIC_HZ, abs=5)
    await agent.answer()
    await asyncio.sleep(0.3)
    talks_from = len(telephony.heard_by(caller))
    await asyncio.sleep(0.6)
    voice = telephony.heard_by(caller)[talks_from:]
    assert pitch_hz(voice) == pytest.approx(AGENT_HZ, abs=5)
    await agent.hold()
    await asyncio.sleep(0.3)
    held_from = len(telephony.heard_by(caller))
    await asyncio.sleep(0.6)
    music = telephony.heard_by(caller)[held_from:]
    assert pitch_hz(music) == pytest.approx(MUSIC_HZ, abs=5)
    await agent.hang_up()
    await caller.happens("CALL_CLOSED")


async def test_a_transfer_to_a_sip_address(
    telephony: Telephony, caller: Phone, tmp_path: Path
) -> None:
    call = await telephony.call_from(caller)
    says = hum(tmp_path / "elsewhere.wav", AGENT_HZ)
    async with phone(tmp_path / "elsewhere", says, name="anna") as elsewhere:
        await call.line.transfer(elsewhere.uri)
        await elsewhere.answer()
        assert await call.ends() == "transferred"
        await caller.hang_up()
        await elsewhere.happens("CALL_CLOSED")


async def test_a_transfer_that_nobody_answers_comes_back(
    telephony: Telephony, caller: Phone, agent: Phone
) -> None:
    call = await telephony.call_from(caller)
    await call.line.transfer(AGENT)
    await agent.happens("CALL_INCOMING")
    await agent.hang_up()  # declines
    again = await telephony.exchange.next_call()
    assert again.arrival == call.arrival
    await again.line.sound(tone(BOT_HZ, 0.5))
    await again.line.hang_up()
    await caller.happens("CALL_CLOSED")


@pytest.mark.parametrize("number", ["7777", "sip:anna", "6001\r\nAction: Logoff", "${SHELL(ls)}"])
async def test_a_transfer_to_nowhere_leaves_the_call_as_it_is(
    telephony: Telephony, caller: Phone, number: str
) -> None:
    call = await telephony.call_from(caller)
    with pytest.raises(CannotTransfer):
        await call.line.transfer(number)
    await call.line.sound(tone(BOT_HZ, 0.5))
    await call.line.mark(1, 500.0)
    await call.ear.was_told((1, 500.0))
    await caller.hang_up()
    assert await call.ends() == "hung up"


async def test_a_call_of_ours(telephony: Telephony, agent: Phone) -> None:
    calling = asyncio.create_task(telephony.asterisk.manager.originate(AGENT))
    await agent.answer()
    call_id = await calling
    call = await telephony.exchange.next_call()
    assert call.arrival.call_id == call_id
    assert call.arrival.caller == AGENT
    await call.ear.hears(1.0)
    assert pitch_hz(call.ear.heard[4000:]) == pytest.approx(AGENT_HZ, abs=5)
    await agent.hang_up()
    assert await call.ends() == "hung up"
