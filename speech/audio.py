"""Sound as bytes: 16-bit little-endian PCM, mono, unless a name says otherwise.

Everything between the wires and the models speaks this one form; what comes in another is converted
here or refused with a reason, never passed on to be heard as noise.
"""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.int16]
"""int16[n_samples], mono."""

MIN_RATE_HZ: Final = 8_000
MAX_RATE_HZ: Final = 48_000
SAMPLE_BYTES: Final = 2
SILENCE_DBFS: Final = -96.0
"""What `level_dbfs` says of digital silence: the floor of 16 bits (20·log10(2⁻¹⁶))."""


class AudioError(ValueError):
    """Sound that isn't what it was said to be. The text says what is wrong with which value."""


@dataclass(frozen=True, slots=True)
class Sound:
    rate_hz: int
    pcm: bytes

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SAMPLE_BYTES / self.rate_hz


def check_rate(rate_hz: int) -> int:
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise AudioError(
            f"A sample rate of {rate_hz} Hz can't be used; "
            f"it must lie between {MIN_RATE_HZ} and {MAX_RATE_HZ} Hz."
        )
    return rate_hz


def samples(pcm: bytes) -> Samples:
    """The samples in the bytes, not copied. Raises AudioError where half a sample is left over."""
    if len(pcm) % SAMPLE_BYTES:
        raise AudioError(
            f"{len(pcm)} bytes are no whole number of 16-bit samples; "
            "is this 8-bit or compressed sound, or was a frame cut in the middle of a sample?"
        )
    return np.frombuffer(pcm, dtype="<i2")


def to_float(pcm: Samples) -> NDArray[np.float32]:
    """float32[n_samples] within [-1, 1)."""
    return pcm.astype(np.float32) / np.float32(32768)


def from_float(sound: NDArray[np.floating]) -> Samples:
    """Rounded and, beyond [-1, 1), clipped."""
    scaled: Samples = np.clip(np.rint(np.asarray(sound) * 32768), -32768, 32767).astype("<i2")
    return scaled


def level_dbfs(pcm: bytes) -> float:
    """The effective (RMS) level; a full-scale square wave has 0 dBFS, silence SILENCE_DBFS."""
    values = samples(pcm).astype(np.float64)
    mean_square = float(np.mean(values * values)) if values.size else 0.0
    if mean_square == 0.0:
        return SILENCE_DBFS
    return max(SILENCE_DBFS, 10 * float(np.log10(mean_square / 32768**2)))


# --- WAV files ---


def read_wav(path: Path) -> Sound:
    """Any uncompressed WAV of 8, 16, 24 or 32 bits; several channels are mixed into one.

    Raises AudioError for compressed or broken files.
    """
    try:
        with wave.open(str(path), "rb") as file:
            rate_hz, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            raw = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise AudioError(
            f"{path} is no WAV file with uncompressed PCM ({error or 'it ends too early'}); "
            "convert it first, for example with: sox IN -b 16 OUT.wav"
        ) from error
    check_rate(rate_hz)
    frames = _sixteen_bits(raw[: len(raw) - len(raw) % (width * channels)], width)
    if channels > 1:
        mixed = frames.reshape(-1, channels).astype(np.int32).mean(axis=1)
        frames = np.rint(mixed).astype("<i2")
    return Sound(rate_hz, frames.tobytes())


def write_wav(path: Path, sound: Sound) -> None:
    samples(sound.pcm)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(sound.rate_hz)
        file.writeframes(sound.pcm)


def _sixteen_bits(raw: bytes, width: int) -> Samples:
    match width:
        case 1:  # WAV's 8 bits are unsigned, all wider ones signed
            return ((np.frombuffer(raw, np.uint8).astype(np.int16) - 128) << 8).astype("<i2")
        case 2:
            return np.frombuffer(raw, dtype="<i2")
        case _:  # the two upper bytes of each little-endian sample
            upper = np.frombuffer(raw, np.uint8).reshape(-1, width)[:, width - 2 :]
            return np.ascontiguousarray(upper).view("<i2").reshape(-1)


# --- Rates ---


class Resampler:
    """A stream from one rate to another, band-limited so that nothing folds back.

    Holds back 15 to 66 ms (by the pair of rates), which `finish` returns.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._same = check_rate(from_hz) == check_rate(to_hz)
        # Fed with 20 ms at a time from 8 to 16 kHz, "MQ" holds back 26 ms where "HQ" holds 66, which
        # a caller would wait for at the end of each turn; both keep aliases below 16 bits.
        self._stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16", quality="MQ")

    def feed(self, pcm: bytes) -> bytes:
        heard = samples(pcm)  # also where nothing is to be done: half a sample is an error
        if self._same:
            return pcm
        return bytes(self._stream.resample_chunk(heard).tobytes())

    def finish(self) -> bytes:
        """What was held back. The stream is over after this."""
        if self._same:
            return b""
        return bytes(self._stream.resample_chunk(np.empty(0, np.int16), last=True).tobytes())


def resample(sound: Sound, to_hz: int) -> Sound:
    resampler = Resampler(sound.rate_hz, to_hz)
    return Sound(to_hz, resampler.feed(sound.pcm) + resampler.finish())


class DcBlocker:
    """Takes a constant offset out of a stream, as cheap adapters put in: it would pass for loudness.

    The offset is followed by an average of the frames' means."""

    SHARE: Final = 0.05
    """Of a frame's mean in the average: over frames of 32 ms, 0.6 s."""

    def __init__(self) -> None:
        self._offset: float | None = None

    def feed(self, pcm: bytes) -> bytes:
        values = samples(pcm)
        if not values.size:
            return pcm
        mean = float(values.mean())
        if self._offset is None:
            self._offset = mean
        self._offset += self.SHARE * (mean - self._offset)
        if abs(self._offset) < 1.0:
            return pcm
        centred = values.astype(np.int32) - round(self._offset)
        return np.clip(centred, -32768, 32767).astype("<i2").tobytes()


# --- mu-law, as telephones speak it (ITU-T G.711) ---

_BIAS: Final = 132
_CLIP: Final = 32_635


def _mulaw_table() -> Samples:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    exponent, mantissa = (code >> 4) & 7, code & 0x0F
    magnitude = (((mantissa << 3) + _BIAS) << exponent) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype("<i2")


_FROM_MULAW: Final = _mulaw_table()


def mulaw_decode(coded: bytes) -> bytes:
    """One byte a sample in, PCM out."""
    return _FROM_MULAW[np.frombuffer(coded, np.uint8)].tobytes()


def mulaw_encode(pcm: bytes) -> bytes:
    """PCM in, one byte a sample out."""
    values = samples(pcm).astype(np.int32)
    sign = np.where(values < 0, 0x80, 0)
    biased = np.minimum(np.abs(values), _CLIP) + _BIAS
    exponent = np.frexp(biased.astype(np.float64))[1] - 8  # the position of the highest bit
    mantissa = (biased >> (exponent + 3)) & 0x0F
    coded: NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return coded.tobytes()


# --- Frames ---


class Framer:
    """Cuts a stream of bytes, in whatever pieces it comes, into frames of one length."""

    def __init__(self, frame_bytes: int) -> None:
        if frame_bytes <= 0:
            raise AudioError(f"A frame can't have {frame_bytes} bytes.")
        self.frame_bytes = frame_bytes
        self._held = bytearray()

    @classmethod
    def of_ms(cls, milliseconds: int, rate_hz: int) -> Framer:
        """PCM frames of so many milliseconds."""
        return cls(check_rate(rate_hz) * milliseconds // 1000 * SAMPLE_BYTES)

    def feed(self, pcm: bytes) -> list[bytes]:
        """The frames that became whole."""
        self._held += pcm
        whole = len(self._held) // self.frame_bytes * self.frame_bytes
        ready, self._held = bytes(self._held[:whole]), self._held[whole:]
        return [ready[at : at + self.frame_bytes] for at in range(0, whole, self.frame_bytes)]

    def finish(self) -> bytes | None:
        """The last frame, filled up with silence; None if nothing is left."""
        if not self._held:
            return None
        frame = bytes(self._held).ljust(self.frame_bytes, b"\0")
        self._held.clear()
        return frame
