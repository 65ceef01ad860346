"""Recorded prompts: what can be said when no synthesiser can, or before one is loaded.

A folder holds `prompts.toml` (name = "words") and a NAME.wav for each.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from speech.audio import AudioError, Sound, read_wav, resample

VOICE_TROUBLE: Final = "voice_trouble"
LINES_BUSY: Final = "lines_busy"
ONE_MOMENT: Final = "one_moment"
TO_A_PERSON: Final = "to_a_person"
GOODBYE: Final = "goodbye"
NAMES: Final = (VOICE_TROUBLE, LINES_BUSY, ONE_MOMENT, TO_A_PERSON, GOODBYE)


@dataclass(frozen=True, slots=True)
class Prompt:
    words: str
    pcm: bytes


class Prompts:
    def __init__(self, prompts: Mapping[str, tuple[str, Sound]], rate_hz: int) -> None:
        """Name -> words and sound, which is resampled to `rate_hz` here, once."""
        if missing := [name for name in NAMES if name not in prompts]:
            raise AudioError(f"These prompts were not recorded: {', '.join(missing)}.")
        self.rate_hz = rate_hz
        self._prompts = {
            name: Prompt(words, resample(sound, rate_hz).pcm)
            for name, (words, sound) in prompts.items()
        }
        self._by_words = {_plain(prompt.words): prompt for prompt in self._prompts.values()}

    @classmethod
    def load(cls, folder: Path, rate_hz: int) -> Prompts:
        """Raises AudioError or OSError where one is missing or broken: find out at start."""
        words = tomllib.loads((folder / "prompts.toml").read_text(encoding="utf-8"))
        return cls(
            {name: (said, read_wav(folder / f"{name}.wav")) for name, said in words.items()},
            rate_hz,
        )

    def __getitem__(self, name: str) -> Prompt:
        return self._prompts[name]

    def saying(self, words: str) -> Prompt | None:
        """The prompt of these words, if there is one."""
        return self._by_words.get(_plain(words))


def _plain(words: str) -> str:
    return " ".join("".join(c for c in words.lower() if c.isalnum() or c.isspace()).split())
