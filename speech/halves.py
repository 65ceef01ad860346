"""A VITS voice in two halves, so that its sound can be made in pieces.

The first half reads a whole sentence and says how it will sound, frame by frame; the second makes the
waveform, which is seven tenths of the work and depends at each place on a few frames around it. Voices
exported for Piper are one graph; it is cut at the second half's only input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

_CUT_BEFORE: Final = "/dec/conv_pre/Conv"
"""The first node of the second half, as VITS names it and Piper's export keeps it."""


FIRST_FRAMES: Final = 40
"""Of the first piece of a sentence: 0.46 s at 86 frames a second, made in 35 ms on a core. Each piece
is twice as long as the one before, so that the next is always ready in time."""
LAST_FRAMES: Final = 24
"""Fewer than these are not left over for a piece of their own."""
AROUND_FRAMES: Final = 10
"""What a frame's sound depends on, on each side: with 8 the pieces differ from the whole by 1e-3 of
full scale, with 10 and more by 1e-6."""
Wave = NDArray[np.float32]


class CannotCut(Exception):
    """Not a graph of this kind. The text says why."""


def halves(model: Path) -> tuple[bytes, bytes, str]:
    """Both halves, and the name of what goes from the first to the second: float32[1, channels,
    frames]. Takes half a second. Raises CannotCut."""
    whole = onnx.load(str(model))
    first = next((node for node in whole.graph.node if node.name == _CUT_BEFORE), None)
    if first is None:
        raise CannotCut(f"{model.name} has no node {_CUT_BEFORE}")
    frames = helper.make_tensor_value_info(
        first.input[0], onnx.TensorProto.FLOAT, [1, "channels", "frames"]
    )
    reading = _part(whole, list(whole.graph.input), [frames])
    making = _part(whole, [frames], list(whole.graph.output))
    return reading, making, frames.name


def pieces(make: Callable[[Wave], Wave], frames: Wave) -> Iterator[Wave]:
    """The waveform of all frames, float32[1, channels, frames], in pieces, each as if all had been made
    at once. `make` is the second half: frames in, a fixed number of samples for each out."""
    count = frames.shape[2]
    begin, size = 0, FIRST_FRAMES
    while begin < count:
        end = begin + size if count - begin - size >= LAST_FRAMES else count
        first, last = max(0, begin - AROUND_FRAMES), min(count, end + AROUND_FRAMES)
        wave = make(np.ascontiguousarray(frames[:, :, first:last]))
        hop = len(wave) // (last - first)
        yield wave[(begin - first) * hop : (end - first) * hop]
        begin, size = end, 2 * size


def _part(
    whole: onnx.ModelProto,
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
) -> bytes:
    """The nodes that lead from these inputs to these outputs, and their weights."""
    made_by = {name: number for number, n in enumerate(whole.graph.node) for name in n.output}
    weights = {weight.name: weight for weight in whole.graph.initializer}
    given = {one.name for one in inputs}
    needed: set[int] = set()
    seen: set[str] = set()
    waiting = [one.name for one in outputs]
    while waiting:
        name = waiting.pop()
        if not name or name in given or name in seen:
            continue
        seen.add(name)
        if name in weights:
            continue
        if name not in made_by:
            raise CannotCut(f"the second half also needs {name}")
        needed.add(made_by[name])
        waiting += whole.graph.node[made_by[name]].input
    graph = helper.make_graph(
        [whole.graph.node[number] for number in sorted(needed)],
        "half",
        inputs,
        outputs,
        [weight for name, weight in weights.items() if name in seen],
    )
    half = helper.make_model(graph, opset_imports=whole.opset_import, ir_version=whole.ir_version)
    return bytes(half.SerializeToString())
