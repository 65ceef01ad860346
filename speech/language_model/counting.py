"""A small language model from sentences: trigrams, smoothed as Witten and Bell do (1991).

p(w | h) = (c(h w) + T(h) p(w | h')) / (c(h) + T(h)), where T(h) is the number of different words seen
after the history h, and h' is h without its oldest word. It asks little of the counts, which suits
sentences that were written, not counted in the wild.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from speech.language_model.backoff import NONE, START, BackoffModel

ORDER = 3

History = tuple[int, ...]
"""Newest word last."""


def count(sentences: Iterable[Sequence[int | None]], end: int) -> Mapping[History, Counter[int]]:
    """What follows each history how often. None is a word that can't be heard: nothing is learnt
    across it, and the sentence goes on after it as if it were another one that has no beginning."""
    after: dict[History, Counter[int]] = defaultdict(Counter)
    for sentence in sentences:
        history: History = (START,)
        for word in (*sentence, end):
            if word is None:
                history = ()
                continue
            for begin in range(len(history) + 1):
                after[history[begin:]][word] += 1
            history = (*history, word)[-(ORDER - 1) :]
    return after


def estimate(sentences: Iterable[Sequence[int | None]], labels: int) -> BackoffModel:
    """`sentences` are ids below `labels` (None: unknown). Raises ValueError if there is no word."""
    after = count(sentences, labels)
    if not after:
        raise ValueError("There are no sentences to learn a language model from.")
    histories = sorted(after, key=lambda history: (len(history), history))
    number = {history: index for index, history in enumerate(histories)}
    likelihood: dict[tuple[History, int], float] = {}
    parent, oldest, backoff, arcs = [], [], [], []
    for history in histories:
        seen = after[history]
        kinds, total = len(seen), seen.total()
        for word, times in seen.items():
            shorter = likelihood[history[1:], word] if history else 1 / kinds
            share = (times + kinds * shorter) / (total + kinds)
            likelihood[history, word] = share
            arcs.append((number[history], word, -math.log(share)))
        parent.append(number[history[1:]])
        oldest.append(history[0] if history else NONE)
        backoff.append(-math.log(kinds / (total + kinds)) if history else 0.0)
    arcs.sort()
    state, word_ids, cost = zip(*arcs, strict=True)
    return BackoffModel(
        labels=labels,
        parent=np.array(parent, np.int64),
        oldest=np.array(oldest, np.int64),
        backoff=np.array(backoff, np.float64),
        state=np.array(state, np.int64),
        word=np.array(word_ids, np.int64),
        cost=np.array(cost, np.float64),
    )
