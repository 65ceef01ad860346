"""Callers speak over the assistant: scenes on virtual time. What the log holds is what was played, to
the word.

The line plays in real time what it is sent and reports it in marks; the voice takes exactly half a
second a word, so that every scene can say which word is on the air when."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pytest

from bot.call.barge_in import BargeIn, Vocabulary
from bot.call.speaking import Saying, Speaking
from bot.call.talking_over import TalkingOver
from bot.conversation.events import Kind
from bot.store.tables import Speaker
from speech.mouth import SENTENCE_PAUSE_S, Spoken
from tests.virtual_time import in_virtual_time

RATE_HZ = 8_000
WORD_S = 0.5
TEXT = "Tall dogs like warm milk. They also like cold beef. Then they rest."
"""Words of four letters, so that each takes the same share of its sentence."""
SAID_OVER = tomllib.loads(
    (Path(__file__).parents[2] / "data" / "en" / "calls.toml").read_text(encoding="utf-8")
)["speaking_over"]
VOCABULARY = Vocabulary(
    *(frozenset(SAID_OVER[name]) for name in ("commands", "backchannel", "noises"))
)


class EvenVoice:
    """Half a second of sound for each word; making it takes no time, or `slow_s` before each chunk. (The
    quarter of a second between sentences is speech/mouth.py's.)"""

    rate_hz = RATE_HZ

    def say(self, text: str) -> Iterator[Spoken]:
        for _ in text.split():
            yield Spoken(0, text, b"\1\0" * int(RATE_HZ * WORD_S))


@dataclass
class Mouth:
    """The outermost edge: an executor without threads."""

    slow_s: float = 0.0
    synthesiser: EvenVoice = field(default_factory=EvenVoice)

    def of(self, language: str) -> Self:
        return self

    async def run(self, work: Callable[..., Any], *args: Any, **more: Any) -> Any:
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        return work(*args, **more)


class RealTimeLine:
    """Plays what it is sent at the pace of sound, and tells how far it got, as a carrier does."""

    rate_hz = RATE_HZ

    def __init__(self) -> None:
        self.clock = asyncio.get_running_loop().time
        self.speaking: Speaking | None = None
        self.played_s = 0.0
        self.cleared_at: list[float] = []
        self._until = self.clock()
        self._queued: list[tuple[float, float]] = []
        self._marks: list[asyncio.TimerHandle] = []

    async def sound(self, pcm: bytes) -> None:
        begin = max(self._until, self.clock())
        self._until = begin + len(pcm) / 2 / RATE_HZ
        self._queued.append((begin, self._until))

    async def mark(self, seq: int, ms: float) -> None:
        loop = asyncio.get_running_loop()
        assert self.speaking
        self._marks.append(loop.call_at(self._until, self.speaking.played, seq, ms))

    async def clear(self) -> None:
        now = self.clock()
        self.cleared_at.append(now)
        for mark in self._marks:
            mark.cancel()
        self._queued = [(begin, min(end, now)) for begin, end in self._queued if begin < now]
        self._until = now

    def heard_s(self) -> float:
        """Seconds of sound that were really played."""
        return sum(min(end, self.clock()) - begin for begin, end in self._queued)

    async def show(self, **frame: Any) -> None: ...

    async def transfer(self, number: str) -> None:
        raise NotImplementedError

    async def hang_up(self) -> None: ...


class Scene:
    """A message is said; the caller's turns are fed in as a recogniser would report them."""

    def __init__(self, slow_s: float = 0.0) -> None:
        self.line = RealTimeLine()
        self.noted: list[tuple[Kind, dict[str, Any]]] = []
        self.clock = asyncio.get_running_loop().time
        self.first_sound_at: float | None = None
        self.speaking = Speaking(
            self.line, Mouth(slow_s), self._note, self._first, clock=self.clock
        )
        self.line.speaking = self.speaking
        self.over = TalkingOver(self.speaking, BargeIn(VOCABULARY))
        self._saying: asyncio.Task[bool] | None = None

    async def _note(self, kind: Kind, data: dict[str, Any]) -> None:
        self.noted.append((kind, data))

    async def _first(self, saying: Saying, at: float) -> None:
        self.first_sound_at = at

    def says(self, text: str = TEXT) -> None:
        saying = Saying(7, datetime(2026, 5, 4, tzinfo=UTC), text, Speaker.ASSISTANT)
        self._saying = asyncio.create_task(self.speaking.say(saying))

    async def at(self, moment_s: float) -> None:
        await asyncio.sleep(moment_s - self.clock())

    async def caller(self, *partials: tuple[float, str], ends: str, end_s: float = 0.4) -> bool:
        """Partials as (seconds of voice, words so far); `ends`: the final text, `end_s` after the
        last of them. Whether it is a turn to be answered."""
        before = 0.0
        for voice_s, words in partials:
            await asyncio.sleep(voice_s - before)
            before = voice_s
            await self.over.goes_on(words, voice_s)
        await asyncio.sleep(end_s)
        return await self.over.ended(ends)

    async def over_with(self) -> dict[str, Any]:
        """What the log holds when it has been said or cut off."""
        assert self._saying
        await self._saying
        (started, of), (ended, data) = self.noted
        assert (started, ended) == (Kind.SPEECH_STARTED, Kind.SPEECH_ENDED)
        assert of == {"of": 7}
        return data


async def undisturbed() -> None:
    scene = Scene()
    scene.says()
    data = await scene.over_with()
    assert data == {"of": 7, "heard": TEXT, "interrupted": False}
    assert scene.line.heard_s() == pytest.approx(13 * WORD_S + 2 * SENTENCE_PAUSE_S, abs=0.01)


async def before_first_audio() -> None:
    """The caller goes on talking while the answer is still being made."""
    scene = Scene(slow_s=1.0)
    scene.says()
    await scene.at(0.1)
    assert await scene.caller((0.3, "and"), (0.7, "and another thing"), ends="and another thing")
    data = await scene.over_with()
    assert data == {"of": 7, "heard": "", "interrupted": True}
    assert scene.line.heard_s() == 0


async def mid_sentence() -> None:
    scene = Scene()
    scene.says()
    await scene.at(1.2)  # "like" is on the air
    await scene.caller((0.2, "but"), (0.4, "but where"), ends="but where is it")
    data = await scene.over_with()
    # At 1.6 s three words are over; the mark at 1.6 s has just come.
    assert data == {"of": 7, "heard": "Tall dogs like", "interrupted": True}
    assert scene.line.heard_s() == pytest.approx(1.6, abs=0.05)


async def in_the_second_sentence() -> None:
    scene = Scene()
    scene.says()
    await scene.at(3.6)  # "also" is on the air
    await scene.caller((0.2, "stop"), ends="stop")
    data = await scene.over_with()
    assert data["heard"] == "Tall dogs like warm milk. They also"
    assert data["interrupted"]


async def on_the_last_word() -> None:
    scene = Scene()
    scene.says()
    await scene.at(6.6)
    await scene.caller((0.15, "no"), ends="no")
    data = await scene.over_with()
    assert data["heard"] == TEXT.removesuffix(" rest.")
    assert data["interrupted"]


async def just_after_the_end() -> None:
    scene = Scene()
    scene.says()
    await scene.at(7.1)
    assert await scene.caller((0.3, "no"), ends="no")
    data = await scene.over_with()
    assert data == {"of": 7, "heard": TEXT, "interrupted": False}


async def backchannel() -> None:
    """ "Mhm" and "okay" stop nothing, however long they are drawn."""
    scene = Scene()
    scene.says()
    await scene.at(1.0)
    assert not await scene.caller((0.3, "mhm"), (0.8, "mhm okay"), ends="mhm okay")
    data = await scene.over_with()
    assert data == {"of": 7, "heard": TEXT, "interrupted": False}
    assert scene.line.cleared_at == []


async def a_cough() -> None:
    scene = Scene()
    scene.says()
    await scene.at(1.0)
    assert not await scene.caller((0.2, ""), (0.5, "the"), ends="")
    assert (await scene.over_with())["heard"] == TEXT
    assert scene.line.cleared_at == []


async def agent() -> None:
    """A command interrupts as soon as it is heard."""
    scene = Scene()
    scene.says()
    await scene.at(1.0)
    assert await scene.caller((0.25, "agent"), ends="agent please")
    await scene.over_with()
    assert scene.line.cleared_at == [pytest.approx(1.25)]


async def a_false_interruption_goes_on() -> None:
    """A long noise stops us; it was nothing, so the sentence is said again and the rest follows."""
    scene = Scene()
    scene.says()
    await scene.at(3.0)
    assert not await scene.caller((0.5, ""), (1.0, ""), ends="")
    paused_at = scene.line.cleared_at
    data = await scene.over_with()
    assert data == {"of": 7, "heard": TEXT, "interrupted": False}
    assert paused_at == [pytest.approx(4.0)]
    # 4.0 s played, then the second sentence again from its first word (2.75 s) to the end (7.0 s).
    assert scene.line.heard_s() == pytest.approx(4.0 + 4.25, abs=0.05)


async def interrupted_again_after_going_on() -> None:
    """What was heard the first time stays heard."""
    scene = Scene()
    scene.says()
    await scene.at(3.0)
    await scene.caller((1.4, ""), ends="")  # silence at 4.4: "They also like" is over
    await asyncio.sleep(0.3)
    assert await scene.caller((0.2, "wait"), ends="wait")
    data = await scene.over_with()
    assert data["heard"] == "Tall dogs like warm milk. They also like"
    assert data["interrupted"]


async def a_second_message_while_the_first_is_paused() -> None:
    """Nothing is said on top of a caller who speaks."""
    scene = Scene()
    scene.says()
    await scene.at(1.0)
    speaking = asyncio.create_task(
        scene.caller((0.6, "hold on a"), (3.0, "hold on a moment please"), ends="hold on a moment")
    )
    await scene.at(3.5)
    assert scene.speaking.paused
    assert not scene.speaking.playing
    assert await speaking
    assert (await scene.over_with())["interrupted"]


async def a_player_that_never_reports() -> None:
    """It is believed to have played in time."""
    scene = Scene()

    async def no_mark(seq: int, ms: float) -> None: ...

    scene.line.mark = no_mark  # type: ignore[method-assign]
    scene.says()
    data = await scene.over_with()
    assert data == {"of": 7, "heard": TEXT, "interrupted": False}


async def a_late_report_of_what_was_cleared() -> None:
    scene = Scene()
    scene.says()
    await scene.at(1.1)
    await scene.speaking.stop()
    scene.speaking.played(7, 6_500)
    data = await scene.over_with()
    assert data["heard"] == "Tall dogs"


SCENES = [
    undisturbed, before_first_audio, mid_sentence, in_the_second_sentence, on_the_last_word,
    just_after_the_end, backchannel, a_cough, agent, a_false_interruption_goes_on,
    interrupted_again_after_going_on, a_second_message_while_the_first_is_paused,
    a_player_that_never_reports, a_late_report_of_what_was_cleared,
]  # fmt: skip


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_scene(scene: Callable[[], Any]) -> None:
    in_virtual_time(scene())
