"""Who may open a media socket, and with what."""

from __future__ import annotations

import aiohttp
import pytest

from bot.channels.phone import twilio_frames
from bot.channels.phone.twilio import LONGEST_FRAME
from tests.conftest import Time
from tests.phone.scene import twilio_doors


async def test_a_token_is_for_one_call_once_for_a_minute(time: Time) -> None:
    async with twilio_doors(time) as scene:
        async with scene.calling(callSid="CA" + "9" * 32) as twilio:
            assert await twilio.is_closed() == 4401
        async with scene.calling() as twilio:
            await scene.desk.call()
            async with scene.http.ws_connect(scene.url + "/phone/twilio/media") as socket:
                twilio.socket = socket
                await twilio.start()
                assert await twilio.is_closed() == 4401
        assert scene.desk.calls.empty()


async def test_a_token_gets_old(time: Time) -> None:
    async with twilio_doors(time) as scene:
        async with scene.calling() as early:
            await scene.desk.call()
        async with scene.http.ws_connect(scene.url + "/phone/twilio/media") as socket:
            told = await scene.post("/phone/twilio", CallSid=early.call)
            early.socket, early.token = (
                socket,
                told.partition('name="token" value="')[2].split('"')[0],
            )
            time.passes(61)
            await early.start()
            assert await early.is_closed() == 4401


@pytest.mark.parametrize("forged", ["", "guess", "a.b.c", 5, None, {"token": 1}])
async def test_forged_tokens_are_refused(time: Time, forged: object) -> None:
    async with (
        twilio_doors(time) as scene,
        scene.calling(customParameters={"token": forged}) as twilio,
    ):
        assert await twilio.is_closed() in (4401, 1003)
        assert scene.desk.calls.empty()


@pytest.mark.parametrize(
    "sound",
    [
        {"encoding": "audio/x-alaw", "sampleRate": 8000, "channels": 1},
        {"encoding": "audio/x-mulaw", "sampleRate": 16000, "channels": 1},
        {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 2},
        {},
    ],
)
async def test_sound_of_another_kind_is_refused_loudly(
    time: Time, sound: dict[str, object]
) -> None:
    async with twilio_doors(time) as scene, scene.calling(mediaFormat=sound) as twilio:
        message = await twilio.socket.receive(timeout=10)
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert twilio.socket.close_code == 1003
        assert "audio/x-mulaw" in str(message.extra)
        assert scene.desk.calls.empty()


async def test_a_socket_that_says_nothing_is_closed(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_frames, "START_WITHIN_S", 0.01)
    async with (
        twilio_doors(time) as scene,
        scene.http.ws_connect(scene.url + "/phone/twilio/media") as socket,
    ):
        await socket.send_json({"event": "connected"})
        await socket.receive(timeout=10)
        assert socket.close_code == 4408


async def test_sound_before_the_start_is_refused(time: Time) -> None:
    async with (
        twilio_doors(time) as scene,
        scene.http.ws_connect(scene.url + "/phone/twilio/media") as socket,
    ):
        await socket.send_json({"event": "media", "media": {"payload": ""}})
        message = await socket.receive(timeout=10)
        assert (message.type, socket.close_code) == (aiohttp.WSMsgType.CLOSE, 1003)


async def test_a_frame_of_a_megabyte_ends_the_call(time: Time) -> None:
    async with twilio_doors(time) as scene, scene.calling() as twilio:
        seen = await scene.desk.call()
        assert LONGEST_FRAME < 2**20
        await twilio.send("media", media={"payload": "/" * 2**20})
        assert await twilio.is_closed() == 1009
        await seen.until(lambda seen: seen.why)
