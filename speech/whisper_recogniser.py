"""Whisper as a second pass for languages that Moonshine lacks. Slow: about half as long as the
utterance on one core, so it is for a language that has nothing else. Needs faster-whisper (MIT), which
is installed with the extra `whisper`.
"""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any, Final

from speech.audio import Sound, resample, samples, to_float
from speech.moonshine_recogniser import asks, plain, trimmed
from speech.recogniser import Alternative, Transcript

MODEL_RATE_HZ: Final = 16_000
BEAM: Final = 1
"""Readings followed at once: 5, the maker's own, takes twice as long for one word in a hundred."""
NO_SPEECH: Final = 0.6
"""From this likelihood of silence on what it says is made up (the maker's own threshold)."""
PROMPTS: Final = {"zh": "以下是普通话的句子。"}
"""What is put before an utterance: without it Chinese comes in traditional characters more often than
not, which nothing here reads."""
MODEL_PARTS: Final = ("model.bin.part1", "model.bin.part2")
BESIDE: Final = ("config.json", "tokenizer.json", "vocabulary.json")


class WhisperTranscriber:
    """Implements `Transcriber` for one language."""

    def __init__(self, folder: Path, language: str) -> None:
        """`folder` is what the catalogue says for the role `transcriber`; `language` is ISO 639-1.
        Raises ModuleNotFoundError where faster-whisper isn't installed."""
        try:
            from faster_whisper import WhisperModel
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "Whisper needs faster-whisper: install the project with the extra `whisper`."
            ) from error
        self._language = language
        parts = [folder / name for name in MODEL_PARTS]
        if not all(part.is_file() for part in parts):
            raise FileNotFoundError(f"{folder} holds no Whisper model ({parts[0].name}).")
        files: dict[str, Any] = {name: (folder / name).read_bytes() for name in BESIDE}
        files["model.bin"] = io.BytesIO(b"".join(part.read_bytes() for part in parts))
        self._model = WhisperModel(
            "base", device="cpu", compute_type="int8", cpu_threads=1, files=files
        )

    def transcribe(self, pcm: bytes, rate_hz: int) -> Transcript:
        wave = trimmed(to_float(samples(resample(Sound(rate_hz, pcm), MODEL_RATE_HZ).pcm)))
        found, _ = self._model.transcribe(
            wave,
            language=self._language,
            beam_size=BEAM,
            condition_on_previous_text=False,
            without_timestamps=True,
            initial_prompt=PROMPTS.get(self._language),
        )
        segments = [segment for segment in found if segment.no_speech_prob < NO_SPEECH]
        written = " ".join(segment.text.strip() for segment in segments)
        text = plain(written)
        if not text.replace(
            plain(PROMPTS.get(self._language, "")), ""
        ).strip():  # nothing, or an echo
            return Transcript("", 0.0, (), ())
        confidence = math.exp(sum(s.avg_logprob for s in segments) / len(segments))
        return Transcript(text, min(1.0, confidence), (), (Alternative(text, 1.0),), asks(written))
