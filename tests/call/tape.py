"""A call on virtual time with its recording, and a reader of WAV files that isn't the writer."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.call.recording import TICK_S, Recording
from bot.call.recording_file import RecordingFile
from speech.audio import mulaw_decode

RATE_HZ = 8_000
FRAME_S = 0.02


def tone(hertz: float, seconds: float, rate_hz: int = RATE_HZ, level: int = 12_000) -> bytes:
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    return (np.sin(2 * np.pi * hertz * at) * level).astype("<i2").tobytes()


class Heard:
    """A recording's two channels."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        riff, size, wave = struct.unpack_from("<4sI4s", data)
        assert (riff, wave) == (b"RIFF", b"WAVE")
        self.said_bytes = size + 8
        self.bytes = len(data)
        chunks, at = dict[bytes, bytes](), 12
        while at < self.said_bytes:
            name, length = struct.unpack_from("<4sI", data, at)
            chunks[name] = data[at + 8 : at + 8 + length]
            at += 8 + length
        self.rate_hz: int
        code, channels, self.rate_hz, per_second, block, bits = struct.unpack_from(
            "<HHIIHH", chunks[b"fmt "]
        )
        assert (code, channels, block, bits, per_second) == (7, 2, 2, 8, 2 * self.rate_hz)
        sound = np.frombuffer(mulaw_decode(chunks[b"data"]), "<i2").reshape(-1, 2)
        assert struct.unpack("<I", chunks[b"fact"]) == (len(sound),)
        self.caller: NDArray[np.int16] = sound[:, 0]
        self.ours: NDArray[np.int16] = sound[:, 1]

    @property
    def seconds(self) -> float:
        return len(self.caller) / float(self.rate_hz)

    def spans(self, channel: NDArray[np.int16]) -> list[tuple[float, float]]:
        """Stretches with sound, in seconds; silences shorter than 15 ms don't part them."""
        loud = np.flatnonzero(np.abs(channel.astype(np.int32)) > 500)
        if not loud.size:
            return []
        parts = np.split(loud, np.flatnonzero(np.diff(loud) > 0.015 * self.rate_hz) + 1)
        return [(part[0] / self.rate_hz, (part[-1] + 1) / self.rate_hz) for part in parts]


def near(spans: list[tuple[float, float]], *wanted: tuple[float, float], by: float = 0.01) -> bool:
    """The same stretches, each edge within `by` seconds."""
    return len(spans) == len(wanted) and all(
        abs(one - other) <= by
        for span, want in zip(spans, wanted, strict=True)
        for one, other in zip(span, want, strict=True)
    )


class Tape:
    """A call, recorded while its time passes."""

    def __init__(self, path: Path, *, caller_hz: int = RATE_HZ, said_hz: int = RATE_HZ) -> None:
        self.now = 100.0
        self.path = path
        self.executor = ThreadPoolExecutor(1)
        self.caller_hz = caller_hz
        self.recording = Recording(
            RecordingFile.create(path, RATE_HZ),
            self.executor,
            caller_hz=caller_hz,
            said_hz=said_hz,
            clock=lambda: self.now,
        )
        self._began = self.now
        self._tick_at = self.now + TICK_S

    def until(self, seconds: float) -> None:
        """Time passes until so far into the call."""
        wanted = self._began + seconds
        while self._tick_at <= wanted:
            self.now = self._tick_at
            self._tick_at += TICK_S
            self.recording.tick()
            self.written()
        self.now = wanted

    def written(self) -> None:
        """The disk has taken what was handed to it: it is slow beside virtual time."""
        self.executor.submit(lambda: None).result()

    def caller_speaks(self, begins: float, ends: float, hertz: float = 440) -> None:
        """The line sends 20 ms at a time, as it is spoken."""
        sound = tone(hertz, ends - begins, self.caller_hz)
        size = round(self.caller_hz * FRAME_S) * 2
        for number, at in enumerate(range(0, len(sound), size)):
            self.until(begins + (number + 1) * FRAME_S)
            self.recording.caller(sound[at : at + size])

    async def hangs_up(self) -> Heard:
        await self.recording.close()
        self.executor.shutdown()
        return Heard(self.path)
