"""Vectors of the help articles' texts, remembered from one start to the next."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

logger = logging.getLogger(__name__)

Vectors = np.ndarray[Any, np.dtype[np.float32]]
Encode = Callable[[Sequence[str]], Vectors]
"""Texts to unit vectors, one row each."""

_PROBE = "Which encoder made these vectors?"
_SAME = 0.999


class RememberedVectors:
    """Encodes each text once. With a file, once for all starts: 98 articles take an encoder about
    six seconds, and reading the file a twentieth of one."""

    def __init__(self, encode: Encode, file: Path | None) -> None:
        """A file that is missing, damaged or of another encoder is made anew."""
        self._encode = encode
        self._file = file
        self._known: dict[bytes, Vectors] | None = None

    def of_question(self, text: str) -> Vectors:
        """float32[dimensions]; not remembered."""
        vector: Vectors = self._encode([text])[0]
        return vector

    def of_texts(self, texts: Sequence[str]) -> Vectors:
        """float32[texts, dimensions]."""
        if not texts:
            return np.zeros((0, 1), np.float32)
        if self._known is None:
            self._known = self._load()
        digests = [_digest(text) for text in texts]
        new = {d: text for d, text in zip(digests, texts, strict=True) if d not in self._known}
        if new:
            in_order = sorted(new, key=lambda d: len(new[d]))  # batches of texts of one length
            vectors = self._encode([new[digest] for digest in in_order])
            self._known.update(zip(in_order, vectors, strict=True))
            self._save({digest: self._known[digest] for digest in digests})
        return np.stack([self._known[digest] for digest in digests])

    def _load(self) -> dict[bytes, Vectors]:
        if self._file is None or not self._file.is_file():
            return {}
        try:
            with np.load(self._file, allow_pickle=False) as stored:
                probe, digests = stored["probe"], stored["digests"].tobytes()
                vectors = stored["vectors"].astype(np.float32)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            logger.warning("%s can't be read and is made anew: %s", self._file, error)
            return {}
        mine = self._encode([_PROBE])[0]
        if probe.shape != mine.shape or float(probe @ mine) < _SAME:
            return {}
        size = len(_digest(""))
        keys = [digests[at : at + size] for at in range(0, len(digests), size)]
        return dict(zip(keys, vectors, strict=True)) if len(keys) == len(vectors) else {}

    def _save(self, vectors: dict[bytes, Vectors]) -> None:
        if self._file is None:
            return
        part = self._file.with_name(f"{self._file.name}.part")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                np.savez(
                    file,
                    probe=self._encode([_PROBE])[0],
                    digests=np.frombuffer(b"".join(vectors), np.uint8),
                    vectors=np.stack(list(vectors.values())),
                )
            part.replace(self._file)
        except OSError as error:  # the next start takes longer, that is all
            logger.warning("vectors of help articles are not kept in %s: %s", self._file, error)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
