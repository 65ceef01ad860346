"""A back-off n-gram model as flat arrays, so that two million n-grams are handled in seconds.

A history is a state: the words that came before, newest last. Leaving out its oldest word leads to
its parent, down to the root, which remembers nothing; parents have smaller numbers than children. The
likelihood of a word after a history is that of its arc; where there is none, the back-off of the
history times the likelihood after the parent. Everything is a cost: minus the natural logarithm.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Costs = NDArray[np.float64]

ROOT = 0
START = 0
"""The label of "the sentence begins here" in a history: no word has the id 0 (it is epsilon)."""
NONE = -1


@dataclass(frozen=True)
class BackoffModel:
    labels: int
    """Words have ids from 1 to `labels` - 1; the end of a sentence is the label `labels`."""
    parent: Ids
    """Of each state; the root is its own."""
    oldest: Ids
    """The oldest word of each state's history, which its parent lacks; NONE for the root."""
    backoff: Costs
    """Of each state; 0 for the root."""
    state: Ids
    """Of each arc; arcs are sorted by state, then word."""
    word: Ids
    cost: Costs

    @property
    def end(self) -> int:
        return self.labels

    @property
    def states(self) -> int:
        return len(self.parent)

    @cached_property
    def depth(self) -> Ids:
        """How many words each history has."""
        depth = np.zeros(self.states, np.int64)
        at = np.arange(self.states)
        while (above := self.parent[at] != at).any():
            depth += above
            at = self.parent[at]
        return depth

    @cached_property
    def arc_keys(self) -> Ids:
        return self.key(self.state, self.word)

    @cached_property
    def _children(self) -> tuple[Ids, Ids]:
        keys = self.key(self.parent[1:], self.oldest[1:])
        order = np.argsort(keys)
        return keys[order], order + 1

    def key(self, states: Ids, words: Ids) -> Ids:
        return states * (self.labels + 1) + words

    def child(self, states: Ids, words: Ids) -> Ids:
        """The states that remember one word more; NONE where there is none."""
        keys, children = self._children
        at = _find(keys, self.key(states, words))
        return np.where((at == NONE) | (states == NONE), NONE, children[at])

    def arc(self, states: Ids, words: Ids) -> Ids:
        """Positions of arcs; NONE where there is none."""
        return _find(self.arc_keys, self.key(states, words))

    def costs(self, states: Ids, words: Ids) -> Costs:
        """Of each word after its history, with back-off; infinite for a word the model lacks."""
        states = states.copy()
        total = np.zeros(len(states))
        open_ = np.arange(len(states))
        while open_.size:
            at = self.arc(states[open_], words[open_])
            found = at != NONE
            total[open_[found]] += self.cost[at[found]]
            open_ = open_[~found]
            lost = states[open_] == ROOT
            total[open_[lost]] = np.inf
            open_ = open_[~lost]
            total[open_] += self.backoff[states[open_]]
            states[open_] = self.parent[states[open_]]
        return total

    def after(self, states: Ids, words: Ids) -> Ids:
        """The longest history there is once each word has been said."""
        line = [states]  # from the whole history to its newest word
        while (self.depth[line[-1]] > 1).any():
            last = line[-1]
            line.append(np.where(self.depth[last] > 1, self.parent[last], last))
        exact = self.child(np.full(len(states), ROOT), words)
        reached = np.where(exact == NONE, ROOT, exact)
        for length, ancestors in enumerate(reversed(line), 1):
            deep = (self.depth[ancestors] == length) & (exact != NONE)
            exact = np.where(deep, self.child(exact, self.oldest[ancestors]), NONE)
            reached = np.where(exact == NONE, reached, exact)
        return reached


def _find(keys: Ids, wanted: Ids) -> Ids:
    if not len(keys):
        return np.full(len(wanted), NONE)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, at, NONE)
