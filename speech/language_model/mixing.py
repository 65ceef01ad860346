"""Two language models into one: each likelihood is their weighted mean, then back-off is fitted anew.

An n-gram that either has is in the mixture; its likelihood is `weight` times the special model's (which
may have had to back off) and the rest the general one's. What is left to words without an arc is
shared out as after the shorter history, so the likelihoods after each history add up to one again.
"""

from __future__ import annotations

import numpy as np

from speech.language_model.backoff import NONE, ROOT, BackoffModel, Costs, Ids

LEAST_LEFT = 1e-6
"""Of the likelihood after a history, for words without an arc: the sums of a general model's rounded
figures come out a hair above one now and then."""


def mix(general: BackoffModel, special: BackoffModel, weight: float) -> BackoffModel:
    """`weight` is the special model's share, between 0 and 1 (both excluded)."""
    if not 0 < weight < 1:
        raise ValueError(f"the shop's share must lie between 0 and 1, not be {weight}")
    if general.labels != special.labels:
        raise ValueError("the two models number their words differently")
    merged, of_special = _with_histories_of(general, special)
    in_special = _longest(merged, special)
    in_general = np.arange(merged.states)
    while (new := in_general >= general.states).any():
        in_general = np.where(new, merged.parent[in_general], in_general)

    keys = np.union1d(merged.arc_keys, merged.key(of_special[special.state], special.word))
    state, word = np.divmod(keys, merged.labels + 1)
    rare = special.costs(in_special[state], word)
    common = general.costs(in_general[state], word)
    cost = -np.logaddexp(np.log(weight) - rare, np.log1p(-weight) - common)
    return _fitted(merged, state, word, cost)


def _with_histories_of(general: BackoffModel, special: BackoffModel) -> tuple[BackoffModel, Ids]:
    """The general model with the special one's histories added (without arcs as yet), and where each
    of those is."""
    where = np.zeros(special.states, np.int64)
    parents: list[int] = []
    labels: list[int] = []
    for index in range(1, special.states):
        parent, label = where[special.parent[index]], special.oldest[index]
        found = NONE
        if parent < general.states:
            found = int(general.child(np.array([parent]), np.array([label]))[0])
        if found == NONE:
            found = general.states + len(parents)
            parents.append(parent)
            labels.append(label)
        where[index] = found
    merged = BackoffModel(
        labels=general.labels,
        parent=np.concatenate([general.parent, np.array(parents, np.int64)]),
        oldest=np.concatenate([general.oldest, np.array(labels, np.int64)]),
        backoff=np.concatenate([general.backoff, np.zeros(len(parents))]),
        state=general.state,
        word=general.word,
        cost=general.cost,
    )
    return merged, where


def _longest(model: BackoffModel, other: BackoffModel) -> Ids:
    """For each history of `model` the longest end of it that `other` has."""
    longest = np.zeros(model.states, np.int64)
    for depth in range(1, int(model.depth.max()) + 1):
        here = np.flatnonzero(model.depth == depth)
        shorter = longest[model.parent[here]]
        child = other.child(shorter, model.oldest[here])
        whole = (other.depth[shorter] == depth - 1) & (child != NONE)
        longest[here] = np.where(whole, child, shorter)
    return longest


def _fitted(model: BackoffModel, state: Ids, word: Ids, cost: Costs) -> BackoffModel:
    """With these arcs, and back-offs that make each history's likelihoods add up to one."""
    backoff = np.zeros(model.states)
    fitted = BackoffModel(model.labels, model.parent, model.oldest, backoff, state, word, cost)
    depth_of_arc = model.depth[state]
    for depth in range(1, int(model.depth.max()) + 1):
        arcs = np.flatnonzero(depth_of_arc == depth)
        shorter = fitted.costs(model.parent[state[arcs]], word[arcs])  # fitted already
        taken = np.bincount(state[arcs], np.exp(-cost[arcs]), model.states)
        taken_there = np.bincount(state[arcs], np.exp(-shorter), model.states)
        here = model.depth == depth
        left = np.maximum(1 - taken[here], LEAST_LEFT)
        left_there = np.maximum(1 - taken_there[here], LEAST_LEFT)
        backoff[here] = np.log(left_there) - np.log(left)
    backoff[ROOT] = 0.0
    return fitted
