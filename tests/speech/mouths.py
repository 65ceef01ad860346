"""Mouths for scenes: voices whose sound is known and whose troubles are to order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import numpy as np

from speech import audio
from speech.mouth import Mouth, Spoken
from speech.prompts import Prompts
from speech.watched import Failure, Voice

PROMPTS = Path(__file__).parents[2] / "data" / "en" / "prompts"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Whistle:
    """A voice whose sound is known: a tone for each word. Stands where a model would."""

    def __init__(self, hertz: float = 440.0, rate_hz: int = 16_000) -> None:
        self.hertz, self.rate_hz = hertz, rate_hz
        self.asked: list[str] = []
        self.trouble: Callable[[str], None] = lambda sentence: None
        """Called before each word's chunk; may raise, or not return."""

    def speak(self, text: str) -> Iterator[bytes]:
        self.asked.append(text)
        for word in text.split():
            self.trouble(text)
            yield self.tone(len(word))

    def tone(self, letters: int) -> bytes:
        time = np.arange(self.rate_hz // 20 * letters) / self.rate_hz
        return audio.from_float(0.3 * np.sin(2 * np.pi * self.hertz * time)).tobytes()


def prompts(rate_hz: int) -> Prompts:
    return Prompts.load(PROMPTS, rate_hz)


class Scene:
    """A mouth of two whistles, a clock that is turned by hand, and a list of what failed."""

    def __init__(self, folder: Path | None = None) -> None:
        self.chosen, self.other = Whistle(), Whistle(220.0, rate_hz=8_000)
        self.clock = Clock()
        self.failures: list[tuple[str, Failure]] = []
        self.hanging = threading.Event()
        self.go_on = threading.Event()
        self.folder = folder
        self.mouth = self.open()

    def open(self, digest: str = "1") -> Mouth:
        return Mouth(
            [Voice("chosen", self.chosen, digest), Voice("other", self.other, "2")],
            prompts,
            cache_folder=self.folder,
            pause_s=10.0,
            clock=self.clock,
            wait=self.wait,
            on_failure=lambda voice, failure: self.failures.append((voice, failure)),
        )

    def wait(self, future: Future[bytes | None], seconds: float) -> bool:
        """Until the chunk is there, or a voice hangs, in which case the seconds are over at once."""
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        while not done.wait(0.001):
            if self.hanging.is_set():
                self.clock.now += seconds
                return False
        return True

    def hang(self, _: str) -> None:
        self.hanging.set()
        assert self.go_on.wait(10)

    def say(self, text: str) -> list[Spoken]:
        return list(self.mouth.say(text))

    def said(self, text: str) -> list[str]:
        return list(dict.fromkeys(spoken.words for spoken in self.mouth.say(text)))


def broken(_: str) -> None:
    raise RuntimeError("the model's file is gone")
