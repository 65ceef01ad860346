"""What bench/ears.py plays to the recognisers, as it sounds on the telephone."""

from __future__ import annotations

import gzip
import json
import random
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speech import audio
from speech.audio import Sound

ROOT = Path(__file__).parent.parent
RECORDINGS = ROOT / "tests" / "recordings"
PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
"""Where Debian's asterisk-core-sounds-en-wav puts them; asterisk-core-sounds-en has the words."""
WORDS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
RATE_HZ = 8000
PEAK = 10 ** (-6 / 20)
DIGIT = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True)
class Spoken:
    name: str
    sound: Sound
    text: str
    digits: str = ""
    """The order number that is said, if it is one."""
    way: str = ""
    """How it is said."""


def on_the_telephone(sound: Sound, seed: int, snr_db: float | None = None) -> Sound:
    """8 kHz, mu-law, peak at -6 dBFS, 0.3 s of line before and 0.7 s after; with white noise so many
    dB below the speech (its mean power), if wanted."""
    speech = audio.to_float(audio.samples(audio.resample(sound, RATE_HZ).pcm))
    speech = speech * np.float32(PEAK / max(float(np.abs(speech).max()), 1e-9))
    around = (np.zeros(int(0.3 * RATE_HZ), np.float32), np.zeros(int(0.7 * RATE_HZ), np.float32))
    line = np.concatenate([around[0], speech, around[1]])
    if snr_db is not None:
        power = float(np.mean(speech**2)) / 10 ** (snr_db / 10)
        line = line + np.random.default_rng(seed).standard_normal(line.size) * np.sqrt(power)
    pcm = audio.from_float(line).tobytes()
    return Sound(RATE_HZ, audio.mulaw_decode(audio.mulaw_encode(pcm)))


def prompts(folder: Path, words: Path, count: int) -> list[Spoken]:
    """Human: sentences of two words and more out of Debian's Asterisk prompts."""
    told = []
    with gzip.open(words, "rt", encoding="utf-8") as lines:
        for line in lines:
            name, colon, text = line.partition(":")
            file = folder / f"{name.strip()}.wav"
            sayable = colon and not re.search(r"[\[\]()<>\d/]", text) and len(text.split()) > 1
            if sayable and not line.startswith(";") and file.is_file():
                told.append((file, text.strip()))
    chosen = random.Random(3).sample(told, min(count, len(told)))
    return [
        Spoken(file.stem, on_the_telephone(audio.read_wav(file), index), text)
        for index, (file, text) in enumerate(chosen)
    ]


def callers(folder: Path, snr_db: float) -> tuple[list[Spoken], list[Spoken]]:
    """Sentences and order numbers that bench/ears_corpus.py made."""
    listed = json.loads((folder / "callers.json").read_text())
    told = [
        Spoken(
            one["file"],
            on_the_telephone(audio.read_wav(folder / one["file"]), index, snr_db),
            one["text"],
            one.get("digits", ""),
            one.get("way", ""),
        )
        for index, one in enumerate(listed)
    ]
    return [one for one in told if not one.digits], [one for one in told if one.digits]


def recorded_numbers() -> list[Spoken]:
    """The order numbers of tests/recordings, as they are there."""
    listed = tomllib.loads((RECORDINGS / "recordings.toml").read_text())["recording"]
    return [
        Spoken(
            one["file"],
            audio.resample(audio.read_wav(RECORDINGS / one["file"]), RATE_HZ),
            one["text"],
            one["digits"],
            "recorded",
        )
        for one in listed
        if one.get("expects") == "order_number" and "digits" in one
    ]


def human_numbers(folder: Path, numbers: Sequence[str]) -> list[Spoken]:
    """Order numbers put together from the prompts' digits, in groups of three: one person's."""
    from tests.recordings.make import trimmed

    told = []
    for index, number in enumerate(numbers):
        parts = []
        for place, digit in enumerate(number):
            parts.append(trimmed(audio.read_wav(folder / "digits" / f"{digit}.wav")))
            pause_s = 0.4 if place == 2 else 0.1
            parts.append(Sound(RATE_HZ, bytes(2 * int(pause_s * RATE_HZ))))
        sound = Sound(RATE_HZ, b"".join(part.pcm for part in parts))
        words = " ".join(DIGIT[int(digit)] for digit in number)
        told.append(
            Spoken(number, on_the_telephone(sound, index, 25.0), words, number, "one person")
        )
    return told
