"""Kokoro as the mouth: 82 million parameters, 24 kHz, a finer voice than Piper's and a slower one.

English by espeak's phonemes, Chinese by those of `misaki`, which is asked for only then (the extra
`kokoro-chinese`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from speech.audio import from_float
from speech.onnx import open_session
from speech.sentences import split_sentences

RATE_HZ: Final = 24_000
STYLE: Final = (510, 1, 256)
"""float32 in a voice's file: a style vector for each number of phonemes. More can't be said at once."""
DEFAULT_VOICES: Final = {"en": "af_heart", "zh": "zf_xiaoxiao"}
PAUSE_SECONDS: Final = 0.1
"""Between two sentences of one `speak`; the model ends each with 0.45 s of silence, begins with 0.3."""


class KokoroSynthesiser:
    """Implements `Synthesiser`."""

    def __init__(
        self, folder: Path, voice: str = DEFAULT_VOICES["en"], *, speed: float = 1.0
    ) -> None:
        """`folder` holds the model (`*.onnx`), its alphabet (`tokenizer.json`) and `voices/NAME.bin`.
        A voice's first letter is its language: "a" American, "b" British, "z" Chinese. `speed`: 1 is
        the voice's own. Raises FileNotFoundError for a folder or a voice that isn't there, ValueError
        for a language that can't be spoken, ImportError where `misaki` is missing."""
        models = sorted(folder.glob("*.onnx"))
        style = folder / "voices" / f"{voice}.bin"
        if len(models) != 1 or not style.is_file() or not (folder / "tokenizer.json").is_file():
            there = ", ".join(sorted(path.stem for path in folder.glob("voices/*.bin"))) or "none"
            raise FileNotFoundError(
                f"{folder} should hold one Kokoro model (*.onnx), tokenizer.json and "
                f"voices/{voice}.bin; it holds {len(models)} models and the voices: {there}."
            )
        self._phonemes = _phonemiser(voice)
        tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        self._ids: Mapping[str, int] = tokenizer["model"]["vocab"]
        self._styles = np.fromfile(style, np.float32).reshape(STYLE)
        self._speed = np.array([speed], np.float32)
        self._session = open_session(models[0])

    @property
    def rate_hz(self) -> int:
        return RATE_HZ

    def speak(self, text: str) -> Iterator[bytes]:
        pause = b""
        for sentence in split_sentences(text):
            for ids in self._inputs(sentence):
                yield pause + from_float(self._wave(ids)).tobytes()
                pause = bytes(2 * int(RATE_HZ * PAUSE_SECONDS))

    def _inputs(self, sentence: str) -> Iterator[list[int]]:
        ids = [self._ids[sound] for sound in self._phonemes(sentence) if sound in self._ids]
        return cut(ids, self._ids[" "], STYLE[0] - 1)

    def _wave(self, ids: list[int]) -> NDArray[np.float32]:
        inputs = {
            "input_ids": np.array([[0, *ids, 0]], np.int64),  # 0 pads
            "style": self._styles[len(ids)],
            "speed": self._speed,
        }
        wave: NDArray[np.float32] = self._session.run(["waveform"], inputs)[0]
        return wave.ravel()


def cut(ids: list[int], space: int, longest: int) -> Iterator[list[int]]:
    """Pieces of at most so many phonemes, where possible between two words."""
    while len(ids) > longest:
        gaps = [at for at, one in enumerate(ids[:longest]) if one == space and at]
        end = gaps[-1] if gaps else longest
        yield ids[:end]
        ids = ids[end:]
    if ids:
        yield ids


_LATIN = re.compile(r"([A-Za-z][A-Za-z'&-]*(?: [A-Za-z][A-Za-z'&-]*)*)")
"""Words in a Chinese sentence that aren't: a shop's name."""


def _chinese_and_english() -> Callable[[str], str]:
    from misaki.zh import ZHG2P

    from speech.espeak import Espeak

    chinese, english = ZHG2P(), Espeak("en-us").phonemes

    def phonemes(text: str) -> str:
        parts = _LATIN.split(text)  # every second one is Latin
        return "".join(
            f" {english(part)} " if at % 2 else str(chinese(part)[0]) if part.strip() else ""
            for at, part in enumerate(parts)
        ).strip()

    return phonemes


def _phonemiser(voice: str) -> Callable[[str], str]:
    match voice[:1]:
        case "a" | "b":
            from speech.espeak import Espeak

            # The model's own alphabet has one letter for "eɪ" or "dʒ". With these put in espeak's
            # place a recogniser understood it less well (8 to 11 % of words wrong, not 2 to 5 %).
            return Espeak("en-us" if voice[0] == "a" else "en-gb-x-rp").phonemes
        case "z":
            return _chinese_and_english()
    raise ValueError(
        f"The voice {voice!r} is neither American (a...), British (b...) nor Chinese (z...)."
    )
