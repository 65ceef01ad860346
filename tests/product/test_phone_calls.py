"""Telephone calls over Twilio's protocol into the running product, in real time, judged by the log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from actions.shop.listing import demo_orders
from bench.callers_voice import says
from bench.phone_caller import PhoneCaller, calling_by_phone
from speech.audio import Sound, read_wav
from speech.spoken import digits
from tests.house import House, open_house
from tests.product.call_log import CallLog, call_log
from tests.product.test_calls import FOLDER

pytestmark = [pytest.mark.engine, pytest.mark.speech, pytest.mark.realtime]

TOKEN = "a-test-token-of-no-account"


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(
        tmp_path_factory.mktemp("phones"), twilio_auth_token=TOKEN, max_calls="2"
    ) as house:
        yield house


def sound(file: str) -> Sound:
    return read_wav(FOLDER / f"{file}.wav")


async def log_with(
    house: House, caller: str, words: str, within_s: float = 20.0, times: int = 1
) -> CallLog:
    """The call's log, once the assistant has said these words (so many times)."""
    for _ in range(round(within_s / 0.2)):
        found = call_log(house, caller)
        if sum(words.lower() in said.lower() for said in found.said()) >= times:
            return found
        await asyncio.sleep(0.2)
    raise AssertionError(f"nobody said {words!r}: {found.said()}")


async def ended(house: House, caller: str, within_s: float = 10.0) -> CallLog:
    """The call's log, once its leg has ended."""
    for _ in range(round(within_s / 0.1)):
        if (found := call_log(house, caller)).ended:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("the leg never ended")


async def keys(caller: PhoneCaller, house: House, number: str, pressed: str, then: str) -> CallLog:
    await caller.press(pressed, every_s=0.1)
    return await log_with(house, number, then)


async def test_an_orders_status_by_keypad_alone(phones: House) -> None:
    orders = await demo_orders(phones.settings.shop_database_url)
    order = next(order for order in orders if order["status"] == "shipped")
    number = "+15550101"
    async with calling_by_phone(phones.url, auth_token=TOKEN, caller=number) as caller:
        await caller.listen()
        await keys(caller, phones, number, "1", "order number")
        await keys(caller, phones, number, order["number"], "postcode")
        log = await keys(caller, phones, number, order["postcode"], "on its way")
    assert [event["data"].get("keyed") for event in log.events if event["speaker"] == "customer"] == [
        True, True, True,
    ]  # fmt: skip


async def test_a_number_half_said_and_half_keyed(phones: House) -> None:
    orders = await demo_orders(phones.settings.shop_database_url)
    order = next(order for order in orders if order["status"] == "shipped")
    number = "+15550109"
    async with calling_by_phone(phones.url, auth_token=TOKEN, caller=number) as caller:
        await caller.listen()
        await keys(caller, phones, number, "1", "order number")
        await caller.listen()
        await caller.say(says(digits(order["number"][:3])))
        await keys(caller, phones, number, order["number"][3:], "was that")
        await caller.listen()
        await caller.say(sound("yes-eric-8k"))
        await log_with(phones, number, "postcode")
        await caller.listen()
        await caller.press(order["postcode"][:2], every_s=0.1)
        await caller.say(says(digits(order["postcode"][2:])))
        await log_with(phones, number, f"was that {digits(order['postcode'])}")
        await log_with(phones, number, f"I heard {digits(order['postcode'])}")  # no word came
        await keys(caller, phones, number, "1#", "on its way")


async def test_the_keypad_is_offered_once_a_number_was_asked_for_twice_in_vain(
    phones: House,
) -> None:
    number = "+15550108"
    async with calling_by_phone(phones.url, auth_token=TOKEN, caller=number) as caller:
        await caller.listen()
        await keys(caller, phones, number, "1", "order number")
        for times in (1, 2):
            await caller.listen()
            assert "keypad" not in " ".join(call_log(phones, number).said())
            await caller.say(says("four eight two nine."))
            await asked_for_it(phones, number, times + 1)
        await log_with(phones, number, "type it on your keypad")


async def asked_for_it(house: House, caller: str, times: int) -> None:
    """Waits until the order number has been asked for so often."""
    for _ in range(100):
        events = call_log(house, caller).events
        if sum(event["data"].get("asks") == "order_number" for event in events) >= times:
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"not {times} times: {[event['text'] for event in events]}")


async def test_zero_asks_for_a_person(phones: House) -> None:
    number = "+15550102"
    async with calling_by_phone(phones.url, auth_token=TOKEN, caller=number) as caller:
        await caller.until_spoken_to(0.5)
        await keys(caller, phones, number, "0", "team")


async def test_a_spoken_call(phones: House) -> None:
    number = "+15550103"
    async with calling_by_phone(phones.url, auth_token=TOKEN, caller=number) as caller:
        greeting = await caller.listen()
        assert greeting.first_sound_at
        await caller.play(sound("track-an-order-emma-16k"))
        await caller.play(sound("order-0-heart-16k"))
        await caller.play(sound("postcode-0-heart-16k"))
        log = call_log(phones, number)
        assert not log.ended
    said = " ".join(log.said())
    assert "273 383" in said, said
    log = await ended(phones, number)
    assert [event["seq"] for event in log.events] == list(range(1, len(log.events) + 1))


@pytest.mark.slow  # tests/call/test_quiet.py tells the same on virtual time
async def test_silence_is_asked_and_then_ended(phones: House) -> None:
    number = "+15550104"
    async with calling_by_phone(phones.url, auth_token=TOKEN, caller=number) as caller:
        await asyncio.wait_for(caller.ended.wait(), 90)
    log = await ended(phones, number)
    assert log.said()[1].startswith("Are you still there?")
    assert "keypad" in log.said()[2]
    assert "person" in log.said()[3]
    assert "Goodbye" in log.said()[4]


async def test_the_call_beyond_the_lines_hears_so(phones: House) -> None:
    async with (
        calling_by_phone(phones.url, auth_token=TOKEN, caller="+15550105") as first,
        calling_by_phone(phones.url, auth_token=TOKEN, caller="+15550106") as second,
    ):
        await asyncio.gather(first.until_spoken_to(0.5), second.until_spoken_to(0.5))
        async with calling_by_phone(phones.url, auth_token=TOKEN, caller="+15550107") as third:
            heard = await third.listen()
            await asyncio.wait_for(third.ended.wait(), 30)
    assert len(heard.heard) > 3 * 8_000
    assert call_log(phones, "+15550107").events == []
