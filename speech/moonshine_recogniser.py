"""Moonshine as the second pass: hears a whole utterance of English better than the first pass did."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from speech.audio import Sound, resample, samples, to_float
from speech.onnx import open_session
from speech.recogniser import Alternative, Transcript

MODEL_RATE_HZ: Final = 16_000
SHORTEST_S: Final = 0.1
LONGEST_S: Final = 64.0
"""The model's own limits."""
TOKENS_A_SECOND: Final = 6.5
"""Nobody speaks faster; more tokens are a loop the model is caught in (the makers' own figure)."""
BEFORE_S: Final = 0.25
AFTER_S: Final = 0.15
"""Silence that stays around the speech. With more of it the model now and then hears nothing at all:
14 of 200 prompts with 0.3 s before and 0.7 s after."""
SILENCE_DB: Final = 34.0
"""Below the loudest 10 ms."""
START_TOKEN: Final = 1
END_TOKEN: Final = 2

_PUNCTUATION = re.compile(r"[^\w\s'@.$%&+-]|(?<!\w)'|'(?!\w)|(?<!\d)-|-(?!\d)|\.(?!\w)")

Array = NDArray[np.generic]


class MoonshineTranscriber:
    """Implements `Transcriber`."""

    def __init__(self, folder: Path) -> None:
        """`folder` is what the catalogue says for the role `second_pass`."""
        files = [folder / name for name in ("encoder_model.onnx", "decoder_model_merged.onnx")]
        if not all(file.is_file() for file in files):
            raise FileNotFoundError(f"{folder} holds no Moonshine model ({files[1].name}).")
        self._encoder, self._decoder = (open_session(file) for file in files)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._empty_memory = {
            given.name: np.zeros((0, given.shape[1], 1, given.shape[3]), np.float32)
            for given in self._decoder.get_inputs()
            if given.name.startswith("past_key_values")
        }

    def transcribe(self, pcm: bytes, rate_hz: int) -> Transcript:
        sound = resample(Sound(rate_hz, pcm), MODEL_RATE_HZ)
        wave = trimmed(to_float(samples(sound.pcm)))[: round(LONGEST_S * MODEL_RATE_HZ) - 1]
        if len(wave) <= SHORTEST_S * MODEL_RATE_HZ:
            return Transcript("", 0.0, (), ())
        tokens, confidence = self._decode(wave)
        written = self._tokenizer.decode(tokens, skip_special_tokens=True)
        text = plain(written)
        if not text:
            return Transcript("", 0.0, (), ())
        return Transcript(text, confidence, (), (Alternative(text, 1.0),), asks(written))

    def _decode(self, wave: NDArray[np.float32]) -> tuple[list[int], float]:
        """Tokens, and the mean of their likelihoods (geometric)."""
        (heard,) = self._encoder.run(None, {"input_values": wave[None]})
        memory: dict[str, Array] = dict(self._empty_memory)
        token, tokens, surprise = START_TOKEN, [], 0.0
        for step in range(math.ceil(len(wave) / MODEL_RATE_HZ * TOKENS_A_SECOND) + 1):
            given: dict[str, Any] = {
                "input_ids": np.array([[token]], np.int64),
                "encoder_hidden_states": heard,
                "use_cache_branch": np.array([step > 0]),
                **memory,
            }
            logits, *present = self._decoder.run(None, given)
            scores = logits[0, -1].astype(np.float64)
            token = int(scores.argmax())
            surprise += float(np.logaddexp.reduce(scores) - scores[token])
            if token == END_TOKEN:
                break
            tokens.append(token)
            for name, now in zip(memory, present, strict=True):
                if step == 0 or ".decoder." in name:  # what was heard stays the same
                    memory[name] = now
        return tokens, math.exp(-surprise / (len(tokens) + 1))


def trimmed(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without most of the silence before and after the speech; a noisy line has none."""
    frame = MODEL_RATE_HZ // 100
    frames = len(wave) // frame
    if not frames:
        return wave
    power = np.square(wave[: frames * frame]).reshape(frames, frame).mean(axis=1)
    loud = np.flatnonzero(power >= power.max() * 10 ** (-SILENCE_DB / 10))
    begin = max(0, loud[0] * frame - round(BEFORE_S * MODEL_RATE_HZ))
    return wave[begin : (loud[-1] + 1) * frame + round(AFTER_S * MODEL_RATE_HZ)]


def asks(written: str) -> bool:
    """Whether the last sentence is a question."""
    return written.rstrip(" \"'”’").endswith(("?", "？"))


def plain(text: str) -> str:
    """Lower case, without the punctuation of sentences."""
    return " ".join(_PUNCTUATION.sub(" ", text.replace("’", "'")).lower().split())
