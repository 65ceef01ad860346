"""Telephone calls through a real Asterisk: baresip and sipp call, a test answers for the centre."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from tests.phone.asterisk_rig import CARRIER
from tests.phone.baresip import Phone, phone
from tests.phone.exchange import TakenCall
from tests.phone.sipp import caller_with_info_keys, silent_callers
from tests.phone.telephony import (
    BOT_HZ,
    CALLER,
    CALLER_HZ,
    GAP_S,
    Telephony,
    hum,
)
from tests.phone.wire import longest_gap_s, loud_parts, loud_s, pitch_hz, tone

pytestmark = [pytest.mark.asterisk, pytest.mark.realtime]


async def test_a_call_is_answered_and_says_who_is_calling(
    telephony: Telephony, caller: Phone
) -> None:
    call = await telephony.call_from(caller)
    assert call.arrival.carrier == "asterisk"
    assert call.arrival.caller == CALLER
    assert call.arrival.called == "200"
    assert call.arrival.language is None
    assert call.arrival.call_id
    await caller.hang_up()
    assert await call.ends() == "hung up"


async def test_sound_goes_both_ways_without_gaps(telephony: Telephony, caller: Phone) -> None:
    call = await telephony.call_from(caller)
    for part in range(1, 11):  # ten seconds, more than may lie in Asterisk's queue
        await call.line.sound(tone(BOT_HZ, 1.0))
        await call.line.mark(part, 1000.0)
    await call.ear.until(lambda: len(call.ear.plays) == 10)
    await caller.hang_up()
    await call.ends()
    heard = telephony.heard_by(caller)
    assert longest_gap_s(heard) <= GAP_S
    assert loud_s(heard) == pytest.approx(10.0, abs=0.05)
    assert pitch_hz(heard) == pytest.approx(BOT_HZ, abs=5)
    assert call.ear.plays == [(part, 1000.0) for part in range(1, 11)]
    said = call.ear.heard
    assert longest_gap_s(said) <= GAP_S
    assert loud_s(said) > 9
    assert pitch_hz(said) == pytest.approx(CALLER_HZ, abs=5)
    assert call.ear.lost_s == 0


async def test_a_caller_who_speaks_another_codec(telephony: Telephony, tmp_path: Path) -> None:
    says = hum(tmp_path / "hum.wav", CALLER_HZ)
    a_law = "regint=0;audio_codecs=PCMA"
    async with phone(tmp_path / "a", says, address=CARRIER, name=CALLER, account=a_law) as caller:
        call = await telephony.call_from(caller)
        await call.ear.hears(1.0)
        await caller.hang_up()
        await call.ends()
    assert pitch_hz(call.ear.heard[4000:]) == pytest.approx(CALLER_HZ, abs=5)


async def test_keys_as_rtp_events(telephony: Telephony, caller: Phone) -> None:
    call = await telephony.call_from(caller)
    await call.ear.hears(0.2)
    await caller.press("149*0#")
    await call.ear.until(lambda: call.ear.keys == "149*0#")
    await caller.hang_up()
    await call.ends()


async def test_keys_by_sip_info(telephony: Telephony, tmp_path: Path) -> None:
    async with caller_with_info_keys(telephony.asterisk, tmp_path, "52#"):
        call = await telephony.exchange.next_call()
        await call.ear.until(lambda: call.ear.keys == "52#")
        assert await call.ends() == "hung up"


async def test_hold_and_resume(telephony: Telephony, caller: Phone) -> None:
    call = await telephony.call_from(caller)
    await call.ear.hears(0.5)
    await caller.hold()
    await call.line.sound(tone(BOT_HZ, 1.0))
    await call.line.mark(1, 1000.0)
    await call.ear.until(lambda: len(call.ear.plays) == 1)  # the pace goes on
    before = len(call.ear.heard)
    await asyncio.sleep(1.5)
    assert len(call.ear.heard) == before  # above all no music
    await caller.resume()
    before = len(call.ear.heard)
    await call.ear.hears(1.0)
    assert pitch_hz(call.ear.heard[before + 4000 :]) == pytest.approx(CALLER_HZ, abs=5)
    assert call.ear.lost_s > 1  # and the call knows that it heard nothing
    sent = len(telephony.heard_by(caller))
    await call.line.sound(tone(BOT_HZ, 1.0))
    await call.line.mark(2, 1000.0)
    await call.ear.until(lambda: len(call.ear.plays) == 2)
    await asyncio.sleep(0.2)
    heard = telephony.heard_by(caller)[sent:]
    assert loud_s(heard) == pytest.approx(1.0, abs=0.05)
    assert longest_gap_s(heard) <= GAP_S
    await caller.hang_up()
    assert await call.ends() == "hung up"


async def test_clear_is_silence_within_200_ms(telephony: Telephony, caller: Phone) -> None:
    call = await telephony.call_from(caller)
    await call.line.sound(tone(BOT_HZ, 1.0))
    await call.line.mark(1, 1000.0)
    await call.line.sound(tone(BOT_HZ, 2.0))
    await call.line.mark(2, 2000.0)
    talking = asyncio.create_task(call.line.sound(tone(BOT_HZ, 60.0)))  # waits for room
    await call.ear.was_told((1, 1000.0))  # a second has played
    await call.line.clear()
    await talking
    await call.line.mark(3, 0.0)
    await call.ear.until(lambda: (3, 0.0) in call.ear.plays)
    assert call.ear.plays == [(1, 1000.0), (3, 0.0)]  # of what was cleared nothing is reported
    await call.line.sound(tone(0, 0.2) + tone(BOT_HZ * 2, 1.0))
    await call.line.mark(4, 1200.0)
    await call.ear.until(lambda: (4, 1200.0) in call.ear.plays)
    await caller.hang_up()
    await call.ends()
    heard = telephony.heard_by(caller)
    first, second = loud_parts(heard)
    assert 1.0 <= first[1] - first[0] <= 1.2
    assert pitch_hz(heard[int(second[0] * 8000) :]) == pytest.approx(BOT_HZ * 2, abs=5)


async def test_a_hang_up_of_ours_comes_after_the_last_word(
    telephony: Telephony, caller: Phone
) -> None:
    call = await telephony.call_from(caller)
    await call.line.sound(tone(BOT_HZ, 1.51))  # half a frame at the end
    await call.line.hang_up()
    await caller.happens("CALL_CLOSED")
    assert await call.ends() == "hung up"
    assert loud_s(telephony.heard_by(caller)) == pytest.approx(1.51, abs=0.05)


async def test_a_line_whose_caller_has_gone_takes_everything(
    telephony: Telephony, caller: Phone
) -> None:
    call = await telephony.call_from(caller)
    waiting = asyncio.create_task(call.line.sound(tone(BOT_HZ, 60.0)))
    await call.ear.hears(0.3)
    await caller.hang_up()
    await call.ends()
    await waiting
    await call.line.sound(tone(BOT_HZ, 60.0))
    await call.line.mark(1, 5.0)
    await call.line.clear()
    await call.line.hang_up()


async def test_twenty_calls_at_once_of_which_four_talk(
    telephony: Telephony, tmp_path: Path
) -> None:
    """Each of the four hears its own answer, whole, and is heard."""
    exchange = telephony.exchange

    async def answer(call: TakenCall) -> None:
        """With a tone as high as the caller's number."""
        await call.line.sound(tone(int(call.arrival.caller or ""), 3.0))
        await call.line.mark(1, 3000.0)

    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(silent_callers(telephony.asterisk, tmp_path, 16))
        silent = [await exchange.next_call() for _ in range(16)]
        phones: dict[int, Phone] = {}
        for hz in (600, 900, 1300, 1700):
            says = hum(tmp_path / f"{hz}.wav", hz / 2)
            phones[hz] = await stack.enter_async_context(
                phone(tmp_path / str(hz), says, address=CARRIER, name=str(hz))
            )
        exchange.behaviour = answer
        number = telephony.asterisk.number("200")
        await asyncio.gather(*(each.call(number) for each in phones.values()))
        talking = [await exchange.next_call() for _ in phones]
        for call in talking:
            await call.ear.was_told((1, 3000.0))
        assert len({call.arrival.call_id for call in exchange.calls}) == 20
        assert not any(call.over.done() for call in exchange.calls)
        for each in phones.values():
            await each.hang_up()
        await asyncio.gather(*(call.line.hang_up() for call in silent))
        assert {await call.ends() for call in exchange.calls} == {"hung up"}
    by_caller = {call.arrival.caller: call for call in talking}
    for hz, each in phones.items():
        heard = telephony.heard_by(each)
        assert longest_gap_s(heard) <= GAP_S
        assert loud_s(heard) == pytest.approx(3.0, abs=0.05)
        assert pitch_hz(heard) == pytest.approx(hz, abs=5)
        said = by_caller[str(hz)].ear.heard
        assert longest_gap_s(said) <= GAP_S
        assert pitch_hz(said) == pytest.approx(hz / 2, abs=5)
