"""A recording on disk: a WAV file of two channels in mu-law, valid at every moment of its life.

Mu-law (ITU-T G.711) because that is what a telephone call is made of: what comes from a carrier is
kept bit for bit in half the space of 16 bits (at 8 kHz 16 kB a second, 58 MB an hour), every sample is
one byte, so that any stretch can be overwritten in place, and players and browsers read it.

Positions are frames (one sample of each channel) from the recording's beginning. Nothing here may be
called from the event loop: it writes.
"""

from __future__ import annotations

import enum
import os
import struct
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from speech.audio import mulaw_encode

CHANNELS: Final = 2
SILENCE: Final = 0xFF
"""Zero in mu-law."""

_HEADER: Final = struct.Struct("<4sI4s 4sIHHIIHHH 4sII 4sI")
"""RIFF; `fmt ` with the empty extension and `fact` that formats other than PCM must have (Microsoft's
"New Multimedia Data Types and Data Techniques", 1994); `data`."""
HEADER_BYTES: Final = _HEADER.size
_MULAW: Final = 7
"""WAVE_FORMAT_MULAW."""

MOST_FRAMES: Final = (2**32 - 1 - HEADER_BYTES) // CHANNELS
"""What a RIFF file's 32-bit sizes can say: 74 hours at 8 kHz. Sound after it is not kept."""

FOREVER: Final = 2**62
"""The end of a stretch that is still going on."""


class Side(enum.IntEnum):
    """The channel."""

    CALLER = 0
    """Left."""
    OURS = 1
    """Right: the assistant or the agent."""


class BrokenRecording(Exception):
    """The file is no recording of ours. The text says what is wrong with it."""


class RecordingFile:
    """All methods raise OSError where the disk doesn't take it. Not for two threads at once."""

    def __init__(self, path: Path, fd: int, rate_hz: int, frames: int) -> None:
        self.path = path
        self.rate_hz = rate_hz
        self.frames = frames
        """Written so far; silence counts."""
        self._fd = fd
        self._blanks: list[tuple[int, int]] = []

    @classmethod
    def create(cls, path: Path, rate_hz: int) -> RecordingFile:
        """A new file, for the server's user only. Raises FileExistsError: nothing is recorded over."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = cls(path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), rate_hz, 0)
        file.commit()
        return file

    @classmethod
    def open(cls, path: Path) -> RecordingFile:
        """One that is there, as `repair` leaves it. Raises BrokenRecording."""
        fd = os.open(path, os.O_RDWR)
        try:
            rate_hz = _rate_of(path, os.pread(fd, HEADER_BYTES, 0))
            frames = (os.fstat(fd).st_size - HEADER_BYTES) // CHANNELS
        except BaseException:
            os.close(fd)
            raise
        return cls(path, fd, rate_hz, frames)

    @property
    def ms(self) -> int:
        return round(self.frames * 1000 / self.rate_hz)

    def put(self, side: Side, at: int, pcm: bytes) -> None:
        """Sound (16-bit PCM at `rate_hz`) on one channel, over what was there; what lies before the
        beginning is left out, and what is blanked stays blank."""
        codes = np.frombuffer(mulaw_encode(pcm), np.uint8)[max(0, -at) :]
        at = max(0, at)
        self.extend(at)
        codes = codes[: max(0, MOST_FRAMES - at)]
        if not codes.size:
            return
        there = self._read(at, at + codes.size)
        region = np.full((codes.size, CHANNELS), SILENCE, np.uint8)
        region[: len(there)] = there
        region[:, side] = codes
        for begins, ends in self._blanks:
            region[max(0, begins - at) : max(0, ends - at)] = SILENCE
        self._write(at, region.tobytes())
        self.frames = max(self.frames, at + codes.size)

    def extend(self, frames: int) -> None:
        """Silence on both channels until the recording is so long; shorter it never gets."""
        missing = min(frames, MOST_FRAMES) - self.frames
        if missing > 0:
            self._write(self.frames, bytes([SILENCE]) * (CHANNELS * missing))
            self.frames += missing

    def blank(self, begins: int, ends: int) -> None:
        """Silence on both channels from `begins` up to `ends`, whatever was or will be put there."""
        begins = max(0, begins)
        self._blanks.append((begins, ends))
        written = min(ends, self.frames) - begins
        if written > 0:
            self._write(begins, bytes([SILENCE]) * (CHANNELS * written))

    def end_blank(self, begins: int, ends: int) -> None:
        """The stretch that was blanked from `begins` on for ever ends."""
        self._blanks[self._blanks.index((max(0, begins), FOREVER))] = (max(0, begins), ends)

    def commit(self, *, to_disk: bool = False) -> None:
        """The header says what is there. `to_disk`: a power cut doesn't take it back, either."""
        _write_all(self._fd, _header(self.rate_hz, self.frames), 0)
        if to_disk:
            os.fdatasync(self._fd)

    def close(self) -> None:
        """Commits, and closes the file in any case."""
        try:
            self.commit(to_disk=True)
        finally:
            os.close(self._fd)

    def _read(self, begins: int, ends: int) -> NDArray[np.uint8]:
        """uint8[n_frames, CHANNELS], as far as the file goes."""
        raw = os.pread(self._fd, CHANNELS * (ends - begins), HEADER_BYTES + CHANNELS * begins)
        whole = len(raw) // CHANNELS * CHANNELS
        return np.frombuffer(raw[:whole], np.uint8).reshape(-1, CHANNELS)

    def _write(self, at: int, codes: bytes) -> None:
        _write_all(self._fd, codes, HEADER_BYTES + CHANNELS * at)


def repair(path: Path) -> int:
    """Makes a file that a crash left as long as its sound; returns its milliseconds.

    Raises BrokenRecording, and OSError where it is gone."""
    file = RecordingFile.open(path)
    os.truncate(path, HEADER_BYTES + CHANNELS * file.frames)  # half a frame is none
    file.close()
    return file.ms


def blank_stretch(path: Path, from_ms: int, to_ms: int) -> None:
    """Silences a stretch of a recording that is over. Raises BrokenRecording, OSError."""
    file = RecordingFile.open(path)
    try:
        file.blank(from_ms * file.rate_hz // 1000, -(-to_ms * file.rate_hz // 1000))
    finally:
        file.close()


def _header(rate_hz: int, frames: int) -> bytes:
    data = frames * CHANNELS
    return _HEADER.pack(
        *(b"RIFF", HEADER_BYTES - 8 + data, b"WAVE"),
        *(b"fmt ", 18, _MULAW, CHANNELS, rate_hz, rate_hz * CHANNELS, CHANNELS, 8, 0),
        *(b"fact", 4, frames),
        *(b"data", data),
    )


def _rate_of(path: Path, header: bytes) -> int:
    if len(header) < HEADER_BYTES:
        raise BrokenRecording(f"{path.name} has {len(header)} bytes, less than a WAV's beginning")
    rate_hz = int(_HEADER.unpack(header)[7])
    if header[8:40] != _header(rate_hz, 0)[8:40] or not rate_hz:
        raise BrokenRecording(f"{path.name} doesn't begin like a stereo WAV in mu-law")
    return rate_hz


def _write_all(fd: int, data: bytes, at: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(fd, rest, at)
        rest, at = rest[written:], at + written
