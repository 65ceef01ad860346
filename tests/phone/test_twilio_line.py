"""Calls over Twilio's protocol in real time: with streamdouble, a double of Twilio that isn't ours, and
with the caller of our own benchmarks."""

from __future__ import annotations

import asyncio
import time as clocks
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from xml.etree import ElementTree as Xml

import pytest
from streamdouble.chaos import Impairments  # type: ignore[import-untyped]
from streamdouble.protocol import StreamIdentity  # type: ignore[import-untyped]
from streamdouble.scenario import Dtmf, Expect, Hangup, Say, Scenario, Step, Wait, WaitFor  # type: ignore[import-untyped]
from streamdouble.session import Session, SessionConfig, SessionResult  # type: ignore[import-untyped]

from bench.phone_caller import BadLine, CallFailed, calling_by_phone
from bench.playhead import Playhead, voiced
from speech.audio import Sound, mulaw_decode, mulaw_encode
from tests.conftest import Time
from tests.phone.scene import (
    ACCOUNT_SID,
    TOKEN,
    Seen,
    TwilioScene,
    every_code,
    listen_only,
    media_token,
    tone,
    twilio_doors,
)

GREETING = tone(0.3, 330)


# --- streamdouble ---


@asynccontextmanager
async def answered(scene: TwilioScene) -> AsyncIterator[tuple[StreamIdentity, str]]:
    """The webhook's part of a call: who it is, and its media token."""
    identity = StreamIdentity(account_sid=ACCOUNT_SID)
    told = await scene.post("/phone/twilio", CallSid=identity.call_sid, From="+15550100")
    yield identity, media_token(Xml.fromstring(told))


async def streamdouble_calls(
    scene: TwilioScene, *steps: Step, bad: Impairments | None = None
) -> SessionResult:
    async with answered(scene) as (identity, token):
        config = SessionConfig(
            custom_parameters={"token": token},
            response_timeout_s=3.0,
            quiet_period_s=0.3,
            max_call_s=20.0,
            impairments=bad or Impairments(),
        )
        url = scene.url.replace("http", "ws") + "/phone/twilio/media"
        script = Scenario("scene", list(steps))
        return await Session(url, scenario=script, config=config, identity=identity).run()


def say(mulaw: bytes) -> Say:
    return Say("-", [mulaw[at : at + 160] for at in range(0, len(mulaw), 160)])


@pytest.mark.realtime
async def test_a_call_with_a_double_of_twilio(time: Time) -> None:
    """Greeted, heard to the bit, answered; marks come back when the words have played."""

    async def talk(seen: Seen) -> None:
        await seen.line.sound(GREETING)
        await seen.line.mark(1, 300)
        await seen.until(lambda seen: seen.marks)
        await seen.until(lambda seen: bytes(seen.heard).count(mulaw_decode(every_code())) >= 20)
        await seen.line.sound(tone(0.2, 660))
        await seen.line.mark(2, 200)
        await seen.until(lambda seen: len(seen.marks) == 2)

    async with twilio_doors(time, talk) as scene:
        result = await streamdouble_calls(scene, WaitFor("mark"), say(every_code(20)), Wait(3.0))
        seen = await scene.desk.call()
    assert result.violations == []
    assert result.audio_received == mulaw_encode(GREETING + tone(0.2, 660))
    assert seen.marks == [(1, 300.0), (2, 200.0)]
    assert seen.losses == []
    assert mulaw_decode(every_code(20)) in bytes(seen.heard)
    assert result.closed_by == "agent"  # we hung up after our last word
    assert seen.why == "we hung up"


@pytest.mark.realtime
async def test_keys_pressed_at_a_double_of_twilio(time: Time) -> None:
    async with twilio_doors(time) as scene:
        await streamdouble_calls(scene, Dtmf("4071#"), Dtmf("*0"), Hangup())
        seen = await scene.desk.call()
        await seen.until(lambda seen: seen.why)
    assert seen.keys == "4071#*0"
    assert seen.why == "the line was dropped"


@pytest.mark.realtime
async def test_interrupting_at_a_double_of_twilio(time: Time) -> None:
    """A double that, unlike Twilio, keeps the marks a clear has overtaken."""

    async def talk(seen: Seen) -> None:
        await seen.line.sound(tone(6))
        await seen.line.mark(1, 6000)
        await seen.until(lambda seen: voiced(mulaw_encode(bytes(seen.heard))))
        await seen.line.clear()
        await seen.line.sound(GREETING)
        await seen.line.mark(2, 300)
        await seen.until(lambda seen: seen.marks)
        await listen_only(seen)

    async with twilio_doors(time, talk) as scene:
        result = await streamdouble_calls(
            scene, WaitFor("audio"), Wait(0.3), Expect("clear", negated=True),
            say(mulaw_encode(tone(0.3))), WaitFor("mark"), Expect("clear"),
        )  # fmt: skip
        seen = await scene.desk.call()
        await seen.until(lambda seen: seen.why)
    assert (result.violations, result.failed_expectations) == ([], [])
    assert result.clears_received == 1
    assert seen.marks == [(2, 300.0)]


@pytest.mark.realtime
async def test_a_bad_line(time: Time) -> None:
    """What is lost is said to the last packet; what is late comes in order."""
    words = b"".join(bytes([0x80 + frame % 96]) * 160 for frame in range(75))

    async with twilio_doors(time) as scene:
        result = await streamdouble_calls(
            scene, say(words), Hangup(), bad=Impairments(loss=0.15, jitter_ms=40)
        )
        seen = await scene.desk.call()
        await seen.until(lambda seen: seen.why)
    assert result.frames_dropped > 3
    heard = bytes(seen.heard)
    arrived = [heard[at : at + 320] for at in range(0, len(heard), 320)]
    sent = [mulaw_decode(words[at : at + 160]) for at in range(0, len(words), 160)]
    assert len(arrived) == 75 - result.frames_dropped
    positions = [sent.index(frame) for frame in arrived]
    assert positions == sorted(set(positions))
    between = positions[-1] - positions[0] + 1 - len(positions)  # lost before the last that came
    assert sum(seen.losses) == pytest.approx(between * 0.020)


async def test_a_double_without_our_token_gets_nowhere(time: Time) -> None:
    async with twilio_doors(time) as scene:
        url = scene.url.replace("http", "ws") + "/phone/twilio/media"
        for parameters in ({}, {"token": "guess"}):
            config = SessionConfig(custom_parameters=parameters, response_timeout_s=2.0)
            result = await Session(url, [b"\xff" * 160] * 10, config=config).run()
            assert (result.closed_by, result.closed_before_audio) == ("agent", True)
        assert scene.desk.calls.empty()


# --- the caller of the benchmarks ---


@pytest.mark.realtime
async def test_a_phone_caller_hears_out_what_is_said(time: Time) -> None:
    words = mulaw_decode(mulaw_encode(tone(0.4)))
    silence = bytes(3200)

    async def talk(seen: Seen) -> None:
        await seen.line.sound(GREETING)
        await seen.line.mark(1, 300)
        await seen.until(lambda seen: words in bytes(seen.heard))
        await seen.line.sound(silence + tone(0.3, 660))
        await seen.line.mark(2, 500)
        await listen_only(seen)

    async with (
        twilio_doors(time, talk) as scene,
        calling_by_phone(
            scene.url, auth_token=TOKEN, account_sid=ACCOUNT_SID, caller="+15550123"
        ) as phone,
    ):
        seen = await scene.desk.call()
        greeting = await phone.listen(quiet_s=0.2)
        assert greeting.heard == mulaw_encode(GREETING)
        began = clocks.monotonic()
        exchange = await phone.play(Sound(8000, words + bytes(8000)), quiet_s=0.2)
        assert began + 0.3 < exchange.said_at < clocks.monotonic() - 0.5
        assert exchange.voice_to_voice_s is not None
        assert exchange.first_heard_at is not None
        assert exchange.first_sound_at is not None
        assert exchange.first_heard_at - exchange.first_sound_at >= 0.19  # the silence before it
        assert mulaw_encode(tone(0.3, 660)) in exchange.heard
        await seen.until(lambda seen: len(seen.marks) == 2)
        assert (seen.arrival.caller, seen.losses) == ("+15550123", [])
        await phone.press("12#", every_s=0.02)
        await seen.until(lambda seen: seen.keys == "12#")
    assert seen.why == "hung up"


@pytest.mark.realtime
async def test_a_phone_caller_interrupts(time: Time) -> None:
    async def talk(seen: Seen) -> None:
        await seen.line.sound(tone(6))
        await seen.line.mark(1, 6000)
        await seen.until(lambda seen: voiced(mulaw_encode(bytes(seen.heard))))
        await seen.line.clear()
        await seen.until(lambda seen: seen.heard.endswith(bytes(320)))
        await seen.line.sound(GREETING)
        await seen.line.mark(2, 300)
        await seen.until(lambda seen: seen.marks)

    async with (
        twilio_doors(time, talk) as scene,
        calling_by_phone(scene.url, auth_token=TOKEN, account_sid=ACCOUNT_SID) as phone,
    ):
        seen = await scene.desk.call()
        await phone.until_spoken_to(0.3)
        exchange = await phone.play(Sound(8000, tone(0.3)), quiet_s=0.2)
        await asyncio.wait_for(phone.ended.wait(), 10)
        assert "<Hangup" in await phone.what_follows()
        await seen.until(lambda seen: seen.why)
    assert len(phone.clears) == 1
    first = b"".join(mulaw for _, mulaw in phone.playhead.segments[:-2])
    assert mulaw_encode(tone(6)).startswith(first)
    assert 0.3 < len(first) / 8000 < 6
    assert exchange.heard.endswith(mulaw_encode(GREETING))
    assert seen.marks == [(2, 300.0)]  # the first came back by the clear
    assert seen.why == "we hung up"


@pytest.mark.realtime
async def test_a_phone_caller_on_a_bad_line_that_breaks(time: Time) -> None:
    line = BadLine(loss=0.2, jitter_s=0.05)
    async with (
        twilio_doors(time) as scene,
        calling_by_phone(scene.url, auth_token=TOKEN, account_sid=ACCOUNT_SID, line=line) as phone,
    ):
        seen = await scene.desk.call()
        phone.stall(0.5)
        await phone.say(Sound(8000, tone(1.0)))
        await seen.until(lambda seen: len(seen.heard) > 8000)
        phone.cut()
        await seen.until(lambda seen: seen.why)
    assert seen.why == "the line was dropped"
    assert sum(seen.losses) > 0.1


async def test_a_phone_caller_without_the_accounts_token_is_refused(time: Time) -> None:
    async with twilio_doors(time) as scene:
        with pytest.raises(CallFailed, match="403"):
            async with calling_by_phone(scene.url, auth_token="somebody else's"):
                pass


def test_the_playhead_is_twilios() -> None:
    playhead = Playhead()
    assert playhead.add(b"a" * 8000, 10.0) == 10.0
    playhead.mark("one", 10.0)
    assert playhead.add(b"b" * 8000, 10.1) == 11.0
    playhead.mark("two", 10.1)
    assert playhead.passed(10.9) == []
    assert playhead.passed(11.0) == ["one"]
    assert playhead.heard(0, 11.5) == b"a" * 8000 + b"b" * 4000
    assert playhead.heard(11.25, 11.5) == b"b" * 2000
    playhead.add(b"c" * 800, 11.2)
    assert playhead.clear(11.5) == ["two"]
    assert playhead.passed(99) == []
    assert playhead.add(b"d" * 800, 11.6) == 11.6
    assert playhead.heard(0, 99) == b"a" * 8000 + b"b" * 4000 + b"d" * 800
    playhead.mark("three", 12.0)
    assert playhead.passed(12.0) == ["three"]
