"""Twilio's media socket, frame by frame. No clock runs in these scenes."""

from __future__ import annotations

import asyncio
import base64

import pytest

from bot.channels.phone.taking import bad_frames
from speech.audio import mulaw_encode
from tests.conftest import Time
from tests.phone.scene import Seen, echo, every_code, same_sound, tone, twilio_doors


async def test_a_call_comes_in_and_is_heard_to_the_bit(time: Time) -> None:
    async with twilio_doors(time, echo) as scene, scene.calling() as twilio:
        await twilio.says(every_code(10))
        seen = await scene.desk.call()
        assert seen.rate_hz == 8000
        assert seen.arrival.carrier == "twilio"
        assert seen.arrival.call_id == twilio.call
        assert seen.arrival.caller == "+15550100"
        assert await twilio.hears_sound(1600) == every_code(10)
        assert same_sound(every_code(10), bytes(seen.heard))
        assert seen.losses == []
        await twilio.send("stop", stop={"callSid": twilio.call})
        await seen.until(lambda seen: seen.why)
        assert seen.why == "hung up"


async def test_sound_goes_out_in_order_and_whole_whatever_its_length(time: Time) -> None:
    pcm = tone(1.2345)

    async def speak(seen: Seen) -> None:
        for at in range(0, len(pcm), 3334):
            await seen.line.sound(pcm[at : at + 3334])
        await seen.line.mark(4, 1234.5)
        await seen.until(lambda seen: seen.marks)

    async with twilio_doors(time, speak) as scene, scene.calling() as twilio:
        assert await twilio.hears_sound(len(pcm) // 2) == mulaw_encode(pcm)
        mark = await twilio.hears("mark")
        await twilio.returns_mark(mark["mark"]["name"])
        seen = await scene.desk.call()
        await seen.until(lambda seen: seen.marks == [(4, 1234.5)])


async def test_keys(time: Time) -> None:
    async with twilio_doors(time) as scene, scene.calling() as twilio:
        for digit in "0123456789*#":
            await twilio.send("dtmf", dtmf={"track": "inbound_track", "digit": digit})
        seen = await scene.desk.call()
        await seen.until(lambda seen: seen.keys == "0123456789*#")


async def test_marks_that_a_clear_sends_back_count_for_nothing(time: Time) -> None:
    async def interrupted(seen: Seen) -> None:
        await seen.line.sound(tone(0.1))
        await seen.line.mark(7, 100)
        await seen.line.clear()
        await seen.line.sound(tone(0.1))
        await seen.line.mark(8, 100)
        await asyncio.Event().wait()

    async with twilio_doors(time, interrupted) as scene, scene.calling() as twilio:
        await twilio.hears_sound(800)
        dropped = await twilio.hears("mark")
        await twilio.hears("clear")
        await twilio.hears_sound(800)
        later = await twilio.hears("mark")
        await twilio.returns_mark(dropped["mark"]["name"])
        await twilio.returns_mark(later["mark"]["name"])
        seen = await scene.desk.call()
        await seen.until(lambda seen: seen.marks)
        assert seen.marks == [(8, 100.0)]


async def test_a_clear_ends_sound_that_waits_for_a_stalled_network(time: Time) -> None:
    given_up = asyncio.Event()

    async def interrupted(seen: Seen) -> None:
        speaking = asyncio.ensure_future(seen.line.sound(tone(1200)))  # more than any buffer holds
        await seen.until(lambda seen: seen.keys)
        assert not speaking.done()
        await seen.line.clear()
        await speaking
        given_up.set()

    async with twilio_doors(time, interrupted) as scene, scene.calling() as twilio:
        await twilio.hears("media")
        await twilio.send("dtmf", dtmf={"digit": "1"})
        await asyncio.wait_for(given_up.wait(), 10)  # nothing more has been read here
        heard = 0
        while (message := await twilio.socket.receive_json(timeout=10))["event"] == "media":
            heard += len(base64.b64decode(message["media"]["payload"]))
        assert heard < 1200 * 8000
        assert message["event"] == "clear"
        assert (await twilio.hears("mark"))["mark"]["name"].startswith("1:end")  # no sound after it


@pytest.mark.parametrize(
    ("chunk", "at_ms"), [(3, 40), (6, 100)], ids=["before Twilio", "on the way"]
)
async def test_lost_packets_are_noticed(time: Time, chunk: int, at_ms: int) -> None:
    async with twilio_doors(time) as scene, scene.calling() as twilio:
        await twilio.says(every_code(2))
        twilio.chunk, twilio.at_ms = chunk - 1, 100
        await twilio.says(every_code(2))
        seen = await scene.desk.call()
        await seen.until(lambda seen: len(seen.heard) == 4 * 320)
        assert seen.losses == [pytest.approx(0.060)]


async def test_frames_nobody_can_read_are_counted_and_nothing_else_is_lost(time: Time) -> None:
    before = bad_frames.labels("twilio")._value.get()
    nonsense = [
        "", "{", "[]", "null", '{"event": 3}', '{"event": "media"}', '{"event": "media", "media": 1}',
        '{"event": "media", "media": {"payload": "%%%"}}', '{"event": "media", "media": {}}',
        '{"event": "dtmf"}', '{"event": "dtmf", "dtmf": {"digit": "12"}}', '{"event": "mark"}',
        '{"event": "mark", "mark": {"name": "0:x:y"}}', '{"event": "unheard-of"}',
        '{"event": "start"}', "[" * 10_000,
    ]  # fmt: skip
    async with twilio_doors(time) as scene, scene.calling() as twilio:
        for text in nonsense:
            await twilio.says(every_code())
            await twilio.socket.send_str(text)
        await twilio.socket.send_bytes(b"\xff" * 160)
        await twilio.says(every_code())
        seen = await scene.desk.call()
        await seen.until(lambda seen: len(seen.heard) == (len(nonsense) + 1) * 320)
        assert seen.losses == []
        assert bad_frames.labels("twilio")._value.get() == before + len(nonsense) + 1


async def test_our_own_voice_is_not_heard(time: Time) -> None:
    async with twilio_doors(time) as scene, scene.calling() as twilio:
        own = base64.b64encode(tone(0.02)).decode()
        await twilio.send("media", media={"track": "outbound", "payload": own})
        await twilio.says(every_code())
        seen = await scene.desk.call()
        await seen.until(lambda seen: seen.heard)
        assert same_sound(every_code(), bytes(seen.heard))
