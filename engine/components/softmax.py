"""Softmax regression on sparse and dense features side by side, several times faster than that of
scikit-learn: in single precision, the dense features multiplied as such. No Rasa here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

Array = np.ndarray[Any, Any]

_REMEMBERED_STEPS = 8


class Fitted(NamedTuple):
    """`weights` is float32[features, classes], sparse features first."""

    classes: Array
    weights: Array
    intercept: Array


def fit(
    sparse: csr_matrix,
    dense: Array,
    labels: Sequence[str],
    *,
    inverse_strength: float,
    evenness: float,
    steps: int,
) -> Fitted:
    """Minimises `inverse_strength` times the log loss plus half the squared weights, with L-BFGS. A
    class with n examples of N in K classes weighs (N / K n) to the power of `evenness`: with 0 each
    example counts the same, with 1 each class."""
    classes, meant = np.unique(np.array(labels), return_inverse=True)
    count, width = len(labels), len(classes)
    frequency = np.bincount(meant)
    weigh = ((count / (width * frequency)) ** evenness)[meant].astype(np.float32)
    wanted = np.zeros((count, width), np.float32)
    wanted[np.arange(count), meant] = 1
    sparse = sparse.astype(np.float32)
    transposed = sparse.T.tocsr()
    dense = np.hstack([dense, np.ones((count, 1), np.float32)]).astype(np.float32)
    first_dense, features = sparse.shape[1], sparse.shape[1] + dense.shape[1]
    scale = 1 / (count * inverse_strength)

    def loss(flat: Array) -> tuple[float, Array]:
        weights = flat.reshape(features, width)
        single = weights.astype(np.float32)
        logits = sparse @ single[:first_dense] + dense @ single[first_dense:]
        logits -= logits.max(axis=1, keepdims=True)
        chances = np.exp(logits)
        sums = chances.sum(axis=1, keepdims=True)
        logits -= np.log(sums)
        misses = -(weigh * (wanted * logits).sum(axis=1)).sum(dtype=np.float64)
        chances /= sums
        error = (chances - wanted) * weigh[:, None]
        slope = np.empty((features, width))
        slope[:first_dense] = transposed @ error
        slope[first_dense:] = dense.T @ error
        slope *= inverse_strength
        slope[:-1] += weights[:-1]
        penalty = 0.5 * float((weights[:-1] ** 2).sum())
        return (inverse_strength * float(misses) + penalty) * scale, slope.ravel() * scale

    found = minimize(
        loss,
        np.zeros(features * width),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": steps, "maxcor": _REMEMBERED_STEPS, "gtol": 1e-6, "ftol": 1e-7},
    )
    weights = found.x.reshape(features, width).astype(np.float32)
    return Fitted(classes, weights[:-1], weights[-1])
