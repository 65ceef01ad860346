"""Piper as the mouth.

Piper is GPL-3.0. It is imported here and nowhere else: without this file, and with another
`Synthesiser` in its place, nothing of it is left in the project.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from piper import PiperVoice
from piper.config import PiperConfig

from speech.onnx import open_session
from speech.sentences import split_sentences

PAUSE_SECONDS = 0.18
"""Between two sentences; Piper ends each without any."""


class PiperSynthesiser:
    """Implements `Synthesiser`."""

    def __init__(self, folder: Path) -> None:
        """`folder` is what the catalogue says for the role `voice`; it holds one voice."""
        configs = sorted(folder.glob("*.onnx.json"))
        if len(configs) != 1:
            raise FileNotFoundError(
                f"{folder} should hold one Piper voice (NAME.onnx, NAME.onnx.json), "
                f"but holds {len(configs)}."
            )
        # PiperVoice.load takes no session options, so the session is opened as all others are.
        self._voice = PiperVoice(
            session=open_session(configs[0].with_suffix("")),
            config=PiperConfig.from_dict(json.loads(configs[0].read_text(encoding="utf-8"))),
        )

    @property
    def rate_hz(self) -> int:
        return int(self._voice.config.sample_rate)

    def speak(self, text: str) -> Iterator[bytes]:
        pause = bytes(2 * int(self.rate_hz * PAUSE_SECONDS))
        first = True
        for sentence in split_sentences(text):
            for chunk in self._voice.synthesize(sentence):
                yield chunk.audio_int16_bytes if first else pause + chunk.audio_int16_bytes
                first = False
