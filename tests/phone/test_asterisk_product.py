"""Telephone calls through Asterisk into the running product, judged by its log and by the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from actions.shop.listing import demo_orders
from speech.audio import Sound, write_wav
from tests.house import House, open_house
from tests.phone.asterisk_rig import CARRIER, SECRET, Asterisk, asterisk_is_here, open_asterisk
from tests.phone.baresip import Phone, phone
from tests.phone.sipp import silent_callers
from tests.phone.wire import Wire, loud_s, tapped_wire
from tests.product.call_log import CallLog, call_log
from tests.services import need

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.engine,
    pytest.mark.speech,
    pytest.mark.realtime,
]

LINES = 2
CALLER = "+15550201"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Asterisk, Wire]]:
    need("Asterisk (tools/asterisk_chroot.sh, baresip, sipp; as root)", asterisk_is_here())
    folder = tmp_path_factory.mktemp("asterisk-product")
    with (
        open_house(folder, asterisk_secret=SECRET, max_calls=str(LINES)) as house,
        open_asterisk(house.settings.port) as asterisk,
        tapped_wire() as wire,
    ):
        yield house, asterisk, wire


@pytest.fixture
def silence(tmp_path: Path) -> Path:
    write_wav(tmp_path / "silence.wav", Sound(8000, bytes(2 * 8000 * 120)))
    return tmp_path / "silence.wav"


async def log_with(house: House, words: str, within_s: float = 20.0) -> CallLog:
    """The call's log, once the assistant has said these words."""
    log: CallLog | None = None
    for _ in range(round(within_s / 0.2)):
        try:
            log = call_log(house, CALLER)
        except ValueError:  # no call yet
            log = None
        if log and any(words.lower() in said.lower() for said in log.said()):
            return log
        await asyncio.sleep(0.2)
    raise AssertionError(f"nobody said {words!r}: {log and log.said()}")


async def until_ended(house: House) -> CallLog:
    for _ in range(50):
        if (log := call_log(house, CALLER)).ended:
            return log
        await asyncio.sleep(0.1)
    raise AssertionError("the call's leg didn't end")


async def test_an_orders_status_by_keypad_alone(
    product: tuple[House, Asterisk, Wire], tmp_path: Path, silence: Path
) -> None:
    house, asterisk, wire = product
    orders = await demo_orders(house.settings.shop_database_url)
    order = next(order for order in orders if order["status"] == "shipped")

    async def answers(caller: Phone, keys: str, then: str) -> CallLog:
        await caller.press(keys)
        return await log_with(house, then)

    async with phone(tmp_path / "caller", silence, address=CARRIER, name=CALLER) as caller:
        await caller.call(asterisk.number("200"))
        await log_with(house, "assistant")
        await asyncio.sleep(1)
        await answers(caller, "1", "order number")
        await answers(caller, order["number"], "postcode")
        await answers(caller, order["postcode"], "on its way")
        await asyncio.sleep(1)
        assert loud_s(wire.sound(caller.rtp_ports)) > 5
        await caller.hang_up()
    log = await until_ended(house)
    keyed = [event["data"].get("keyed") for event in log.events if event["speaker"] == "customer"]
    assert keyed == [True, True, True]


async def test_the_call_beyond_the_lines_hears_so(
    product: tuple[House, Asterisk, Wire], tmp_path: Path, silence: Path
) -> None:
    _, asterisk, wire = product
    async with (
        silent_callers(asterisk, tmp_path, LINES),
        phone(tmp_path / "third", silence, address=CARRIER, name="+15550299") as third,
    ):
        await asyncio.sleep(1)
        await third.call(asterisk.number("200"))
        await third.happens("CALL_CLOSED")
        assert loud_s(wire.sound(third.rtp_ports)) > 3
        for channel in asterisk.channels():
            if channel.startswith("PJSIP/"):
                asterisk.console(f"channel request hangup {channel}")
    await asterisk.is_quiet()
