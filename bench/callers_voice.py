"""What callers say in benchmarks: sentences of several synthetic voices as a telephone would carry
them, kept in var/bench so that a second run need not make them again.

    says("Where is my order?")                          # Piper's joe
    says("Um, [0.6] it's four eight two.", "emma")      # Kokoro's, with a pause of 0.6 s in it
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from speech.audio import (
    Sound,
    from_float,
    mulaw_decode,
    mulaw_encode,
    read_wav,
    resample,
    samples,
    to_float,
    write_wav,
)
from speech.catalogue import Catalogue
from speech.kokoro_synthesiser import KokoroSynthesiser
from speech.piper_synthesiser import PiperSynthesiser
from speech.synthesiser import Synthesiser

FOLDER = Path(__file__).resolve().parent.parent / "var" / "bench" / "callers"
RATE_HZ = 8_000
BEFORE_S = 0.2
PEAK = 0.5
QUIET = 0.01
"""Of full scale: the edges of a piece below it are cut where pieces are joined."""

JOE = "joe"
KOKORO = {
    "heart": "af_heart",
    "bella": "af_bella",
    "sarah": "af_sarah",
    "michael": "am_michael",
    "fenrir": "am_fenrir",
    "emma": "bf_emma",
    "george": "bm_george",
}
"""Callers beside joe, by the name of Kokoro's voice: a American, b British, f and m."""
VOICES = (JOE, *KOKORO)
CHINESE = {"yunxi": "zm_yunxi", "xiaobei": "zf_xiaobei"}
"""Callers who speak Chinese."""

_PAUSE = re.compile(r"\[(\d+(?:\.\d+)?)\]")


@lru_cache(maxsize=2)
def _voice(name: str) -> Synthesiser:
    if name == JOE:
        return PiperSynthesiser(Catalogue.load().path("voice"))
    return KokoroSynthesiser(Catalogue.load().path("voice-kokoro"), (KOKORO | CHINESE)[name])


def says(text: str, voice: str = JOE) -> Sound:
    """8 kHz, levelled to -6 dBFS, through mu-law; ends with the last word. "[0.6]" in the text is a
    pause of so many seconds. Raises ModelMissing where the voice's model isn't here."""
    parts = _PAUSE.split(text)
    if len(parts) == 1:
        return _piece(text, voice)
    joined = bytearray(2 * int(RATE_HZ * BEFORE_S))
    for at, part in enumerate(parts):
        if at % 2:
            joined += bytes(2 * int(RATE_HZ * float(part)))
        elif part.strip(" ,.?!"):
            joined += _bare(_piece(part.strip(), voice))
    return Sound(RATE_HZ, bytes(joined))


def is_kept(text: str, voice: str = JOE) -> bool:
    """Whether all its pieces have been made."""
    return all(_file(part.strip(), voice).is_file() for part in _PAUSE.split(text)[::2] if part)


def _file(text: str, voice: str) -> Path:
    key = text if voice == JOE else f"{voice}: {text}"
    return FOLDER / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.wav"


def _piece(text: str, voice: str) -> Sound:
    file = _file(text, voice)
    if file.is_file():
        return read_wav(file)
    engine = _voice(voice)
    made = resample(Sound(engine.rate_hz, b"".join(engine.speak(text))), RATE_HZ)
    values = to_float(samples(made.pcm)).astype(np.float64)
    loud = np.flatnonzero(np.abs(values) > QUIET)
    values = values[: loud[-1] + 1] * PEAK / np.abs(values).max()
    pcm = bytes(2 * int(RATE_HZ * BEFORE_S)) + from_float(values).tobytes()
    sound = Sound(RATE_HZ, mulaw_decode(mulaw_encode(pcm)))
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_wav(file, sound)
    return sound


def _bare(sound: Sound) -> bytes:
    values = samples(sound.pcm)
    loud = np.flatnonzero(np.abs(to_float(values)) > QUIET)
    return values[loud[0] : loud[-1] + 1].tobytes() if loud.size else b""


def with_noise(sound: Sound, snr_db: float, seed: int) -> Sound:
    """Under noise as of a room full of people: pink, against the speech's own level."""
    values = to_float(samples(sound.pcm)).astype(np.float64)
    noise = pink(len(values), seed) * speech_level(sound) / 10 ** (snr_db / 20)
    return Sound(sound.rate_hz, from_float(np.clip(values + noise, -1, 1)).tobytes())


def pink(count: int, seed: int) -> NDArray[np.float64]:
    """So many samples of pink noise whose RMS is 1."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    spectrum /= np.sqrt(np.maximum(1.0, np.arange(len(spectrum))))
    noise: NDArray[np.float64] = np.fft.irfft(spectrum, count)
    noise /= np.sqrt(np.mean(noise**2))
    return noise


def speech_level(sound: Sound) -> float:
    """RMS of what isn't pause, of full scale."""
    values = to_float(samples(sound.pcm)).astype(np.float64)
    loud = np.abs(values) > 0.02
    return float(np.sqrt(np.mean(values[loud] ** 2))) if loud.any() else 0.1


class Room:
    """Where a caller stands: noise of one level all through the call, under speech and between."""

    SECONDS = 30.0

    def __init__(self, sample: Sound, snr_db: float, seed: int) -> None:
        """`snr_db` against `sample`, something that the caller says."""
        level = speech_level(sample) / 10 ** (snr_db / 20)
        self._noise = pink(int(self.SECONDS * RATE_HZ), seed) * level
        self._at = 0

    def around(self, pcm: bytes) -> Sound:
        """The room with this in it; goes on where the noise was."""
        values = to_float(samples(pcm)).astype(np.float64)
        at = (self._at + np.arange(len(values))) % len(self._noise)
        self._at += len(values)
        return Sound(RATE_HZ, from_float(np.clip(values + self._noise[at], -1, 1)).tobytes())


def make(lines: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> int:
    """Makes what isn't kept yet of (voice, text), voice by voice; how many that was."""
    missing = sorted({(voice, text) for voice, text in lines if not is_kept(text, voice)})
    for voice, text in missing:
        says(text, voice)
    return len(missing)
