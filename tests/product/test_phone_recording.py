"""Recorded calls: after the notice, both sides apart, and not where the caller refuses. And calls that
are transferred to where people take them by telephone."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bench.callers_voice import says
from bench.phone_caller import calling_by_phone
from speech.audio import mulaw_decode, samples
from speech.catalogue import Catalogue
from speech.vosk_recogniser import VoskRecogniser
from tests.house import House, open_house
from tests.product.test_phone_calls import TOKEN, ended, log_with

pytestmark = [pytest.mark.engine, pytest.mark.speech, pytest.mark.realtime]

AGENTS = "+15550999"
HEADER_BYTES = 58
"""Of a mu-law WAV (bot/call/recording_file.py); a reader that only wants the sound may skip it."""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(
        tmp_path_factory.mktemp("recorded"),
        twilio_auth_token=TOKEN,
        record_calls="true",
        agents_number=AGENTS,
    ) as house:
        yield house


def recordings(house: House, conversation: str) -> list[Path]:
    path = house.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT file FROM recordings WHERE conversation_id = ?", (conversation,)
        )
        folder = house.settings.recordings_dir
        assert folder
        return [folder / row[0] for row in rows]


def sides(file: Path) -> tuple[bytes, bytes]:
    """PCM of the caller and of us."""
    raw = file.read_bytes()[HEADER_BYTES:]
    left, right = raw[0 : len(raw) // 2 * 2 : 2], raw[1::2]
    return mulaw_decode(left), mulaw_decode(right)


async def test_a_recorded_call(recorded: House) -> None:
    number = "+15550301"
    async with calling_by_phone(recorded.url, auth_token=TOKEN, caller=number) as caller:
        await log_with(recorded, number, "recorded")
        await caller.listen(quiet_s=1.5)
        await caller.play(says("What are your opening hours?"))
        await asyncio.sleep(0.5)
    log = await ended(recorded, number)
    [file] = recordings(recorded, log.conversation)
    caller_side, our_side = sides(file)
    ears = VoskRecogniser(Catalogue.load().path("recogniser"))

    def heard(pcm: bytes) -> str:
        stream = ears.stream(8_000)
        stream.feed(pcm)
        return stream.finish().text

    assert "opening hours" in heard(caller_side)
    ours = heard(our_side)
    assert "recorded" not in ours  # it begins after the notice
    assert len(ours.split()) > 4, ours
    # At the offset that the log gives, we begin to speak.
    started = [e for e in log.events if e["kind"] == "speech_started"][-1]["data"]["recording_ms"]
    loud = np.abs(samples(our_side).astype(np.int32)) > 1_000
    first = int(np.flatnonzero(loud[max(0, started - 300) * 8 :])[0]) / 8 - 300
    assert first < 1_000, f"{first:.0f} ms after the log's offset"


async def test_a_caller_who_refuses(recorded: House) -> None:
    number = "+15550302"
    async with calling_by_phone(recorded.url, auth_token=TOKEN, caller=number) as caller:
        await log_with(recorded, number, "recorded")
        await caller.listen(quiet_s=1.5)
        await caller.play(says("Please don't record this call."))
        log = await log_with(recorded, number, "isn't recorded")
    await ended(recorded, number)
    assert recordings(recorded, log.conversation) == []


async def test_a_caller_is_transferred(recorded: House) -> None:
    """To where people take calls by telephone: Twilio is told the number when we hang up."""
    number = "+15550303"
    async with calling_by_phone(recorded.url, auth_token=TOKEN, caller=number) as caller:
        await caller.until_spoken_to(0.5)
        await caller.press("0")
        await log_with(recorded, number, "connecting you")
        await asyncio.wait_for(caller.ended.wait(), 20)
        assert AGENTS in await caller.what_follows()
    log = await ended(recorded, number)
    [over] = [event for event in log.events if event["kind"] == "handoff_ended"]
    assert over["data"]["outcome"] == f"transferred to {AGENTS}"
