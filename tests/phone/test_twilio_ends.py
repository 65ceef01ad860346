"""How a call over Twilio ends, and what Twilio does with the caller then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.call.line import Arrival, CannotTransfer, Ear, Line
from bot.channels.phone import twilio as twilio_door
from bot.channels.phone.twilio_account import TWILIO
from tests.conftest import Time
from tests.phone.scene import Seen, every_code, tone, twilio_doors


async def test_hanging_up_waits_until_the_last_word_has_played(time: Time) -> None:
    async def goodbye(seen: Seen) -> None:
        await seen.line.sound(tone(0.5))

    async with twilio_doors(time, goodbye) as scene, scene.calling() as twilio:
        await twilio.hears_sound(4000)
        last = await twilio.hears("mark")
        with pytest.raises(asyncio.TimeoutError):
            await twilio.socket.receive(timeout=0.05)
        await twilio.returns_mark(last["mark"]["name"])
        assert await twilio.is_closed() == 1000
        assert (await twilio.asks_next()).find("Hangup") is not None
        assert (await scene.desk.call()).why == "we hung up"


async def test_hanging_up_looks_for_the_last_mark_where_nobody_reads_any_more(time: Time) -> None:
    async def goodbye(
        line: Line, arrival: Arrival, *, rate_hz: int, read: Callable[[Ear], Awaitable[str]]
    ) -> None:
        reading = asyncio.ensure_future(read(Seen(line, arrival, rate_hz)))
        await line.sound(tone(0.5))
        reading.cancel()
        await line.hang_up()

    async with twilio_doors(time, take=goodbye) as scene, scene.calling() as twilio:
        await twilio.hears_sound(4000)
        await twilio.says(every_code(20))
        await twilio.returns_mark((await twilio.hears("mark"))["mark"]["name"])
        assert await twilio.is_closed() == 1000
        assert (await twilio.asks_next()).find("Hangup") is not None


async def test_a_transfer_goes_on_where_the_stream_ended(time: Time) -> None:
    async def to_a_person(seen: Seen) -> None:
        for nonsense in ["anna", "", "911; drop", "sip:", "+" + "1" * 20, "sip:a@b/<Say/>"]:
            with pytest.raises(CannotTransfer):
                await seen.line.transfer(nonsense)
        await seen.line.transfer("+1 (555) 010-0142")

    async with twilio_doors(time, to_a_person) as scene, scene.calling() as twilio:
        await twilio.returns_mark((await twilio.hears("mark"))["mark"]["name"])
        await twilio.is_closed()
        told = await twilio.asks_next()
        assert told.findtext("Dial/Number") == "+15550100142"
        seen = await scene.desk.call()
        await seen.until(lambda seen: seen.why)
        assert seen.why == "transferred"
        # Nobody picks up: the caller comes back to us instead of being dropped.
        dial = told.find("Dial")
        assert dial is not None
        after = dial.get("action", "").removeprefix(scene.url)
        back = await scene.post(after, CallSid=twilio.call, DialCallStatus="no-answer")
        assert "<Stream" in back
        over = await scene.post(after, CallSid=twilio.call, DialCallStatus="completed")
        assert "<Hangup" in over


async def test_a_transfer_to_a_sip_telephone(time: Time) -> None:
    async def to_a_person(seen: Seen) -> None:
        await seen.line.transfer("sip:anna@desk.example.com:5061;transport=tls")

    async with twilio_doors(time, to_a_person) as scene, scene.calling() as twilio:
        await twilio.returns_mark((await twilio.hears("mark"))["mark"]["name"])
        await twilio.is_closed()
        told = await twilio.asks_next()
        assert told.findtext("Dial/Sip") == "sip:anna@desk.example.com:5061;transport=tls"


async def test_a_socket_dropped_in_mid_word(time: Time) -> None:
    """The call is over for us, with everything heard; the caller, whom Twilio still has, is connected
    again; a third time is the last."""
    async with twilio_doors(time) as scene:
        async with scene.calling() as twilio:
            await twilio.says(every_code())
            seen = await scene.desk.call()
            await seen.until(lambda seen: seen.heard)
            response = twilio.socket._response
            assert response.connection
            assert response.connection.transport
            response.connection.transport.abort()
            await seen.until(lambda seen: seen.why)
            assert seen.why == "the line was dropped"
            again = await scene.post("/phone/twilio/next?again=0", CallSid=twilio.call)
            assert "<Stream" in again
            assert "again=1" in again
        async with scene.calling() as twilio:
            await scene.desk.call()
            # Only Twilio has noticed that the socket is gone:
            last = await scene.post("/phone/twilio/next?again=2", CallSid=twilio.call)
            assert "<Say>Sorry" in last


async def test_a_line_on_which_nothing_comes_is_given_up(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_door, "SILENT_LINE_S", 0.01)
    async with twilio_doors(time) as scene, scene.calling() as twilio:
        seen = await scene.desk.call()
        await seen.until(lambda seen: seen.why)
        assert seen.why == "no sound arrives"
        assert await twilio.is_closed() == 1000
        assert (await twilio.asks_next()).find("Connect/Stream") is not None


async def test_a_mark_that_never_comes_back_does_not_hold_the_line(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def goodbye(seen: Seen) -> None:
        await seen.line.sound(tone(0.02))

    monkeypatch.setattr(twilio_door, "LATE_MARK_S", 0.01)
    async with twilio_doors(time, goodbye) as scene, scene.calling() as twilio:
        assert await twilio.is_closed() == 1000
        assert (await scene.desk.call()).why == "we hung up"


async def test_after_the_caller_has_hung_up_nothing_follows(time: Time) -> None:
    async with twilio_doors(time) as scene, scene.calling() as twilio:
        seen = await scene.desk.call()
        await twilio.send("stop", stop={"accountSid": "AC", "callSid": twilio.call})
        await seen.until(lambda seen: seen.why)
        assert scene.app[TWILIO].sequels.take(twilio.call) is None
        await seen.line.sound(tone(1))  # taken, and dropped
        await seen.line.mark(1, 1000)
        await seen.line.clear()
        await seen.line.hang_up()
        with pytest.raises(CannotTransfer, match="over"):
            await seen.line.transfer("+15550100")


async def test_a_call_the_server_knows_nothing_of_ends_with_words(time: Time) -> None:
    async with twilio_doors(time) as scene:
        assert "<Say>Sorry" in await scene.post("/phone/twilio/next?again=0")


async def test_after_a_fault_of_ours_the_caller_is_connected_again(time: Time) -> None:
    async def faulty(
        line: Line, arrival: Arrival, *, rate_hz: int, read: Callable[[Ear], Awaitable[str]]
    ) -> None:
        raise RuntimeError("on purpose")

    async with twilio_doors(time, take=faulty) as scene, scene.calling() as twilio:
        assert await twilio.is_closed() is not None
        assert (await twilio.asks_next()).find("Connect/Stream") is not None
