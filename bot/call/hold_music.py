"""Music while a caller waits for a person, in real time: what is sent can be cut off within a second."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Final

import numpy as np

from bot.call.line import Line
from speech.audio import Sound, from_float, read_wav, resample

AHEAD_S: Final = 0.6
PIECE_S: Final = 0.2


class HoldMusic:
    def __init__(self, line: Line, music: Sound) -> None:
        self._line = line
        self._music = music
        self._at = 0
        """How far it has played, in bytes: after words it goes on there."""
        self._task: asyncio.Task[None] | None = None

    def play(self) -> None:
        """From where it stopped, round and round."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Silence at once."""
        task, self._task = self._task, None
        if task:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._line.clear()

    async def _run(self) -> None:
        rate_hz = self._line.rate_hz
        pcm = await asyncio.to_thread(lambda: resample(self._music, rate_hz).pcm)
        step = int(rate_hz * PIECE_S) * 2
        length = len(pcm)
        pcm += (pcm * (1 + step // max(length, 1)))[:step]  # a piece goes on at the beginning
        due = time.monotonic()
        while True:
            piece = pcm[self._at : self._at + step]
            self._at = (self._at + step) % max(length, 1)
            await self._line.sound(piece)
            due = max(due, time.monotonic() - PIECE_S) + PIECE_S
            await asyncio.sleep(max(0.0, due - AHEAD_S - time.monotonic()))


def music_of(file: Path | None) -> Sound:
    """A WAV file of the shop's, or a quiet tune of our own. Raises AudioError, OSError."""
    return read_wav(file) if file else compose()


CHORDS: Final = ((261.63, 329.63, 392.00, 493.88), (220.00, 261.63, 329.63, 392.00),
                 (174.61, 220.00, 261.63, 349.23), (196.00, 246.94, 293.66, 392.00))  # fmt: skip
"""C major seventh, A minor seventh, F major, G major: hertz of their tones."""
NOTE_S: Final = 0.5
FADE_S: Final = 0.9
"""A plucked string dies away within about this time."""


def compose(rate_hz: int = 16_000) -> Sound:
    """Broken chords, softly plucked, 32 s that join at their ends."""
    length = int(rate_hz * NOTE_S)
    notes = [
        tone * (2 if turn % 2 and place == 2 else 1)
        for turn in range(4)
        for chord in CHORDS
        for place, tone in enumerate(chord)
    ]
    sound = np.zeros(length * len(notes))
    ring = np.arange(4 * length) / rate_hz
    for place, hertz in enumerate(notes):
        fade = np.exp(-ring / FADE_S * 3) * np.minimum(1.0, ring / 0.01)
        tone = np.sin(2 * np.pi * hertz * ring) + 0.3 * np.sin(4 * np.pi * hertz * ring)
        where = (place * length + np.arange(len(ring))) % len(sound)
        np.add.at(sound, where, 0.09 * fade * tone)
    return Sound(rate_hz, from_float(sound).tobytes())
