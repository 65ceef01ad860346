"""Piper as the mouth.

Piper is GPL-3.0. It is imported here and in `espeak.py`, nowhere else: without these files, and with
another `Synthesiser` in their place, nothing of it is left in the project.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import onnxruntime
from piper import PiperVoice
from piper.config import PiperConfig

from speech.audio import from_float
from speech.halves import CannotCut, Wave, halves, pieces
from speech.letters import for_espeak
from speech.onnx import open_session
from speech.sentences import split_sentences

PAUSE_SECONDS: Final = 0.18
"""Between two sentences of one `speak`; Piper ends each with little."""
LEVEL: Final = 0.09
"""RMS of full scale that the calibration sentence gets (-21 dBFS), as a telephone likes it."""
KNEE: Final = 0.7
"""Beyond this part of full scale peaks are bent, not cut."""
_CALIBRATION: Final = "Hello, and thank you for calling. One moment, please."
_NO_MODEL: Final = cast("onnxruntime.InferenceSession", None)

_logger = logging.getLogger(__name__)


class PiperSynthesiser:
    """Implements `Synthesiser`. A sentence comes in pieces, the first after the time it takes to read
    the sentence (25 ms for a second of speech) and to make half a second of sound."""

    def __init__(self, folder: Path) -> None:
        """`folder` is what the catalogue says for the role `voice`; it holds one voice."""
        configs = sorted(folder.glob("*.onnx.json"))
        if len(configs) != 1:
            raise FileNotFoundError(
                f"{folder} should hold one Piper voice (NAME.onnx, NAME.onnx.json), "
                f"but holds {len(configs)}."
            )
        self._config = PiperConfig.from_dict(json.loads(configs[0].read_text(encoding="utf-8")))
        # Piper's own object turns text into numbers; the model is run here, in pieces.
        self._text = PiperVoice(session=_NO_MODEL, config=self._config)
        self._reader, self._maker, self._between = _open(configs[0].with_suffix(""))
        self._gain = 1.0
        loud = np.concatenate(
            [wave for ids in self._ids(_CALIBRATION) for wave in self._waves(ids)]
        )
        self._gain = LEVEL / max(float(np.sqrt(np.mean(loud**2))), 1e-6)

    @property
    def rate_hz(self) -> int:
        return int(self._config.sample_rate)

    def speak(self, text: str) -> Iterator[bytes]:
        pause = b""
        for sentence in split_sentences(text):
            for ids in self._ids(sentence):
                for wave in self._waves(ids):
                    yield pause + from_float(_bent(wave * self._gain)).tobytes()
                    pause = b""
            pause = bytes(2 * int(self.rate_hz * PAUSE_SECONDS))

    def _ids(self, sentence: str) -> Iterator[list[int]]:
        for phonemes in self._text.phonemize(for_espeak(sentence)):
            if phonemes:
                yield self._text.phonemes_to_ids(phonemes)

    def _waves(self, ids: list[int]) -> Iterator[Wave]:
        config = self._config
        inputs: dict[str, Any] = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array(
                [config.noise_scale, config.length_scale, config.noise_w_scale], np.float32
            ),
        }
        if config.num_speakers > 1:
            inputs["sid"] = np.array([0], np.int64)
        if self._maker is None:
            yield _run(self._reader, inputs).ravel()
            return
        maker = self._maker
        yield from pieces(
            lambda frames: _run(maker, {self._between: frames}).ravel(), _run(self._reader, inputs)
        )


def _open(
    model: Path,
) -> tuple[onnxruntime.InferenceSession, onnxruntime.InferenceSession | None, str]:
    """The two halves; or, of a model that has none, the whole, whose sentences come in one piece."""
    try:
        reading, making, between = halves(model)
    except CannotCut as error:
        _logger.warning("%s speaks whole sentences only: %s", model.name, error)
        return open_session(model), None, ""
    return open_session(reading), open_session(making), between


def _run(session: onnxruntime.InferenceSession, inputs: Mapping[str, Any]) -> Wave:
    made: Wave = session.run(None, inputs)[0]
    return made


def _bent(wave: Wave) -> Wave:
    """Peaks brought below full scale, everything up to the knee as it is."""
    over = np.abs(wave) - KNEE
    bent = np.sign(wave) * (KNEE + (1 - KNEE) * np.tanh(over / (1 - KNEE)))
    return np.where(over > 0, bent, wave).astype(np.float32)
