"""How like the examples of each intent a sentence is, by its vector. No Rasa here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.preprocessing import normalize

Array = np.ndarray[Any, Any]


class Likeness:
    """Remembers the examples' vectors, in half precision where they are kept: cosines are asked for to
    two decimals."""

    def __init__(self, vectors: Array, classes: Array) -> None:
        """`vectors` is float[examples, dimensions]; `classes` int[examples], ascending, is the number of
        each one's intent, from 0 and without a gap."""
        self.vectors = vectors.astype(np.float16)
        self.classes = classes
        self._columns = vectors.astype(np.float32).T
        self._starts = np.flatnonzero(np.diff(classes, prepend=-1))

    @classmethod
    def learnt(cls, vectors: Array, labels: Sequence[str]) -> Likeness:
        """Twins (a typo that was put right makes some) are kept once. Intents are numbered in the order
        of their names."""
        _, numbers = np.unique(np.array(labels), return_inverse=True)
        seen = {
            (number, row.tobytes()): at
            for at, (number, row) in enumerate(zip(numbers.tolist(), vectors, strict=True))
        }
        kept = sorted(seen.values(), key=lambda at: int(numbers[at]))
        return cls(normalize(vectors[kept]), numbers[kept])

    def nearest(self, vectors: Array) -> Array:
        """float32[len(vectors), intents]: the cosine to each intent's nearest example."""
        cosines = normalize(vectors.astype(np.float32)) @ self._columns
        return np.maximum.reduceat(cosines, self._starts, axis=1)
