"""Writes a language model as the Gr.fst that Vosk reads: OpenFst's type `vector`.

Not with kaldifst: its copy of OpenFst and the one in Vosk's library lock each other out when both are
loaded by one process, and the second import never returns.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from speech.language_model.backoff import ROOT, START, BackoffModel
from speech.language_model.ngram_fst import MAGIC

EPSILON = 0
VERSION = 2
PROPERTIES = 0x3 | 0x1_0000 | 0x540_0000 | 0x5000_0000 | 0x1_0000_0000
"""Expanded and mutable, an acceptor, with epsilons, arcs sorted by both labels, weighted (OpenFst,
properties.h)."""

ARC = np.dtype([("input", "<i4"), ("output", "<i4"), ("cost", "<f4"), ("next", "<i4")])
STATE = np.dtype([("end_cost", "<f4"), ("arcs", "<i8")])


def write_fst(model: BackoffModel, path: Path) -> None:
    """States are histories; back-off is an epsilon arc, the end of a sentence a final weight. Arcs
    are sorted by their label, epsilon first, as Vosk's look-ahead composition wants them."""
    ends = model.word == model.end
    end_cost = np.full(model.states, np.inf)
    end_cost[model.state[ends]] = model.cost[ends]

    # Back-off arcs first: a stable sort by state leaves them there, and words in their order.
    backing = np.delete(np.arange(model.states), ROOT)
    said = np.flatnonzero(~ends)
    state = np.concatenate([backing, model.state[said]])
    order = np.argsort(state, kind="stable")
    arcs = np.zeros(len(state), ARC)
    label = np.concatenate([np.full(len(backing), EPSILON), model.word[said]])[order]
    arcs["input"] = arcs["output"] = label
    arcs["cost"] = np.concatenate([model.backoff[backing], model.cost[said]])[order]
    onward = model.after(model.state[said], model.word[said])
    arcs["next"] = np.concatenate([model.parent[backing], onward])[order]

    states = np.zeros(model.states, STATE)
    states["end_cost"] = end_cost
    states["arcs"] = np.bincount(state, minlength=model.states)
    before = np.cumsum(states["arcs"]) - states["arcs"]
    begins = np.arange(model.states) * STATE.itemsize + before * ARC.itemsize
    content = np.empty(states.nbytes + arcs.nbytes, np.uint8)
    is_arc = np.ones(len(content), bool)
    heads = (begins[:, None] + np.arange(STATE.itemsize)).ravel()
    is_arc[heads] = False
    content[heads] = states.view(np.uint8)
    content[is_arc] = arcs.view(np.uint8)

    start = int(model.child(np.array([ROOT]), np.array([START]))[0])
    with path.open("wb") as file:
        file.write(struct.pack("<i", MAGIC))
        for kind in (b"vector", b"standard"):
            file.write(struct.pack("<i", len(kind)) + kind)
        file.write(struct.pack("<iiQ", VERSION, 0, PROPERTIES))
        file.write(struct.pack("<qqq", max(start, ROOT), model.states, 0))
        file.write(content.tobytes())
