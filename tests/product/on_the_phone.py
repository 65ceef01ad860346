"""A caller in a scene: speaks, waits for words in the log, and knows how long nobody said anything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.dead_air import Span, longest_silence
from bench.phone_caller import PhoneCaller, calling_by_phone
from speech.audio import Sound
from tests.house import House
from tests.product.call_log import CallLog, call_log

PATIENT_S = 4.0
"""Never longer without sound of ours (bot/call/turn_settings.py, DEAD_AIR_S)."""
MARGIN_S = 2.0
"""What a busy machine may add to it in a test."""


@dataclass
class Scene:
    house: House
    number: str
    phone: PhoneCaller
    began: float = field(default_factory=time.monotonic)
    spoken: list[Span] = field(default_factory=list)

    async def says(self, sound: Sound) -> None:
        began = time.monotonic()
        self.spoken.append((began, float("inf")))
        at = len(self.spoken) - 1
        try:
            await self.phone.say(sound)
        finally:
            self.spoken[at] = (began, time.monotonic())

    @property
    def log(self) -> CallLog:
        return call_log(self.house, self.number)

    async def hears(self, words: str, *, after: int = 0, within_s: float = 30.0) -> int:
        """Until the assistant has begun to say these words in an event after `after`: that event's
        number."""
        for _ in range(round(within_s / 0.1)):
            found = self.log.events
            begun = {e["data"]["of"] for e in found if e["kind"] == "speech_started"}
            for event in found:
                ours = event["speaker"] != "customer" and event["kind"] == "message"
                if (
                    ours
                    and after < event["seq"] in begun
                    and words.lower() in event["text"].lower()
                ):
                    return int(event["seq"])
            await asyncio.sleep(0.1)
        raise AssertionError(f"nobody said {words!r}: {self.story()}")

    async def heard_out(self, quiet_s: float = 0.4, within_s: float = 30.0) -> None:
        """Until nothing is being said any more. (Hold music may play.)"""
        said_until = time.monotonic()
        for _ in range(round(within_s / 0.1)):
            await asyncio.sleep(0.1)
            kinds = [event["kind"] for event in self.log.events]
            if kinds.count("speech_started") > kinds.count("speech_ended"):
                said_until = time.monotonic()
            elif time.monotonic() >= said_until + quiet_s:
                return
        raise AssertionError(f"it never fell silent: {self.story()}")

    async def happens(self, kind: str, within_s: float) -> None:
        """Until an event of this kind is in the log."""
        for _ in range(round(within_s / 0.2)):
            if kind in (event["kind"] for event in self.log.events):
                return
            await asyncio.sleep(0.2)
        raise AssertionError(f"no {kind}: {self.story()}")

    @property
    def last_seq(self) -> int:
        return max((event["seq"] for event in self.log.events), default=0)

    def story(self) -> str:
        return "\n".join(
            f"{e['seq']} {e['kind']} {e['speaker']}: {e['text']} {self._told(e)}"
            for e in self.log.events
        )

    @staticmethod
    def _told(event: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in event["data"].items() if k in ("of", "heard", "interrupted")}

    def longest_silence(self, since: float | None = None) -> float:
        """Seconds, up to now; printed with its place."""
        now = time.monotonic()
        since = self.began if since is None else since
        spoken = [(begins, min(ends, now)) for begins, ends in self.spoken]
        seconds, at = longest_silence(self.phone.playhead, spoken, since, now)
        print(f"longest silence {seconds:.2f} s, {at - self.began:.1f} s into the call")
        return seconds

    def assert_never_silent(self, since: float | None = None) -> None:
        assert self.longest_silence(since) <= PATIENT_S + MARGIN_S, self.story()


@asynccontextmanager
async def a_call(house: House, number: str, token: str) -> AsyncIterator[Scene]:
    """Greeted. At the end the call must have left a record: its leg ended, no event missing."""
    async with calling_by_phone(house.url, auth_token=token, caller=number) as phone:
        scene = Scene(house, number, phone)
        exchange = await phone.listen(quiet_s=0.3)
        assert exchange.first_sound_at, "no greeting"
        yield scene
    await leaves_a_record(house, number)


async def leaves_a_record(house: House, number: str, within_s: float = 15.0) -> None:
    for _ in range(round(within_s / 0.1)):
        log = call_log(house, number)
        if log.ended:
            break
        await asyncio.sleep(0.1)
    assert log.ended, "the leg never ended"
    assert [event["seq"] for event in log.events] == list(range(1, len(log.events) + 1))
    started = [event["data"]["of"] for event in log.events if event["kind"] == "speech_started"]
    over = [event["data"]["of"] for event in log.events if event["kind"] == "speech_ended"]
    assert started == over, "speech without an end"
