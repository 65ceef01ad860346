"""Sentences to vectors with MiniLM: nearness in meaning is the dot product of two vectors.

all-MiniLM-L6-v2 quantised to int8, run by onnxruntime. No Rasa here: the engine's featurizer and the
actions' search over help articles use the same encoder from their own environments.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

DIMENSIONS = 384
MODEL_FOLDER = "all-MiniLM-L6-v2-int8"
_LONGEST_TOKENS = 128
"""What the model was trained with; beyond it a text is cut."""
_BATCH = 32


class SentenceModelMissing(RuntimeError):
    """The model's files are not where they should be."""


def models_folder() -> Path:
    """Where fetched models live: WARMLINE_MODELS, or `models` beside this package."""
    return Path(
        os.environ.get("WARMLINE_MODELS") or Path(__file__).resolve().parent.parent / "models"
    )


class SentenceEncoder:
    """Loads once (about 0.3 s, 60 MB), then about 3 ms a short sentence on one core."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` holds `model.onnx` and `tokenizer.json`. Raises SentenceModelMissing."""
        folder = folder or models_folder() / MODEL_FOLDER
        model, tokenizer = folder / "model.onnx", folder / "tokenizer.json"
        for file in (model, tokenizer):
            if not file.is_file():
                raise SentenceModelMissing(
                    f"{file} is missing; fetch it with "
                    "`python -m speech models fetch --role sentences`"
                )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(_LONGEST_TOKENS)
        self._tokenizer.enable_padding()

    def encode(
        self, texts: Sequence[str], workers: int = 1
    ) -> np.ndarray[Any, np.dtype[np.float32]]:
        """float32[len(texts), 384], each row of length 1 (so `a @ b` is the cosine)."""
        if not texts:
            return np.zeros((0, DIMENSIONS), np.float32)
        batches = [texts[at : at + _BATCH] for at in range(0, len(texts), _BATCH)]
        if workers == 1 or len(batches) == 1:
            return np.concatenate([self._encode(batch) for batch in batches])
        with ThreadPoolExecutor(workers) as pool:
            return np.concatenate(list(pool.map(self._encode, batches)))

    def _encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        encodings = self._tokenizer.encode_batch([text.lower() or " " for text in texts])
        ids = np.array([encoding.ids for encoding in encodings], np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], np.int64)
        (states,) = self._session.run(
            ["last_hidden_state"],
            {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)},
        )
        weights = mask[:, :, None].astype(np.float32)
        mean = (states * weights).sum(axis=1) / weights.sum(axis=1)
        vectors: np.ndarray[Any, np.dtype[np.float32]] = mean / np.linalg.norm(
            mean, axis=1, keepdims=True
        )
        return vectors.astype(np.float32)
