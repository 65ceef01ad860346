"""Reads the language model of a Vosk model: OpenFst's `ngram` type, which kaldifst can't.

The format packs the tree of histories into bits (LOUDS: a one for each child, a zero after the last;
states are numbered breadth first) and the words that may follow into others; see OpenFst's
extensions/ngram. Root is state 0, the beginning of a sentence is state 1.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from speech.language_model.backoff import NONE, BackoffModel, Ids

MAGIC = 2125659606


class NotReadable(ValueError):
    """The file holds no language model that can be mixed with. The text says why."""


def read_words(path: Path) -> dict[str, int]:
    """`words.txt`: word -> id."""
    pairs = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {word: int(number) for word, number in pairs}


def read_ngrams(path: Path, translation: Sequence[int], labels: int) -> BackoffModel:
    """`translation` maps the file's word ids to those wanted (below `labels`), or to NONE for words
    that are to be left out, with all n-grams they are in. Raises NotReadable."""
    raw = path.read_bytes()
    try:
        kind, at = _text(raw, 4)
        arcs, at = _text(raw, at)
        _, flags = struct.unpack_from("<ii", raw, at)
        if struct.unpack_from("<i", raw)[0] != MAGIC or (kind, arcs) != ("ngram", "standard"):
            raise NotReadable(f"{path} is of the type {kind!r}; only 'ngram' can be mixed with")
        if flags & 3:
            raise NotReadable(f"{path} has a symbol table inside, which is not understood")
        return _decoded(raw, at + 40, np.asarray(translation, np.int64), labels)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise NotReadable(f"{path} is no language model: {error}") from error


def _text(raw: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<i", raw, at)
    if not 0 <= length <= 64:
        raise NotReadable("it does not begin as an OpenFst file does")
    return raw[at + 4 : at + 4 + length].decode(), at + 4 + length


def _decoded(raw: bytes, at: int, translation: Ids, labels: int) -> BackoffModel:
    states, futures, finals = struct.unpack_from("<QQQ", raw, at)
    at += 24

    def bits(count: int) -> NDArray[np.bool_]:
        nonlocal at
        words = (count + 63) // 64
        taken = np.frombuffer(raw, np.uint8, words * 8, at)
        at += words * 8
        return np.unpackbits(taken, bitorder="little")[:count].astype(bool)

    def numbers(kind: str, count: int) -> NDArray[np.generic]:
        nonlocal at
        taken = np.frombuffer(raw, kind, count, at)
        at += count * 4
        return taken

    tree, following, final = bits(2 * states + 1), bits(futures + states + 1), bits(states)
    oldest = numbers("<i4", states + 1)[:states].astype(np.int64)
    word = numbers("<i4", futures).astype(np.int64)
    backoff = numbers("<f4", states + 1)[:states].astype(np.float64)
    end_cost = numbers("<f4", finals).astype(np.float64)
    cost = numbers("<f4", futures).astype(np.float64)

    ones = np.flatnonzero(tree)  # the n-th one is state n
    parent = ones - np.arange(states) - 1  # zeros before it: one each for the states above
    parent[0] = 0
    state = np.cumsum(~following)[following] - 1
    oldest[0], backoff[0] = NONE, 0.0

    translation = np.append(translation, NONE)  # index NONE stays NONE
    oldest[2:] = translation[oldest[2:]]  # state 1 is the beginning of a sentence: its label is 0
    known = np.ones(states, bool)
    known[2:] = oldest[2:] != NONE
    for index in np.flatnonzero(parent >= 0)[2:]:  # breadth first: parents are settled before
        known[index] &= known[parent[index]]
    renumbered = np.cumsum(known) - 1

    word = translation[word]
    ends = np.flatnonzero(final)
    state = np.concatenate([state, ends])
    word = np.concatenate([word, np.full(len(ends), labels)])
    cost = np.concatenate([cost, end_cost])
    kept = (word != NONE) & known[state]
    state, word, cost = renumbered[state[kept]], word[kept], cost[kept]
    order = np.lexsort((word, state))
    return BackoffModel(
        labels=labels,
        parent=renumbered[parent[known]],
        oldest=oldest[known],
        backoff=backoff[known],
        state=state[order],
        word=word[order],
        cost=cost[order],
    )
