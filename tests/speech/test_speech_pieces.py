"""A sentence's sound in pieces is the sound of the whole."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from speech.catalogue import Catalogue, ModelMissing
from speech.halves import AROUND_FRAMES, FIRST_FRAMES, CannotCut, Wave, halves, pieces
from speech.onnx import open_session

HOP = 4


def blur(frames: Wave) -> Wave:
    """A second half whose sound depends on all the frames it may depend on, and no others."""
    kernel = np.ones(2 * AROUND_FRAMES + 1, np.float32)
    return np.repeat(np.convolve(frames[0, 0], kernel, "same"), HOP).astype(np.float32)


@pytest.mark.parametrize("count", [21, 23, 40, 63, 64, 65, 120, 121, 900])
def test_pieces_are_the_whole(count: int) -> None:
    frames = np.random.default_rng(count).standard_normal((1, 3, count)).astype(np.float32)
    made = list(pieces(blur, frames))
    assert np.concatenate(made) == pytest.approx(blur(frames), abs=1e-4)
    lengths = [len(piece) // HOP for piece in made]
    assert sum(lengths) == count
    assert lengths[0] == FIRST_FRAMES or len(lengths) == 1


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    one = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in "ab"]
    graph = helper.make_graph([helper.make_node("Relu", ["a"], ["b"])], "g", one[:1], one[1:])
    onnx.save(helper.make_model(graph), tmp_path / "relu.onnx")
    with pytest.raises(CannotCut, match="has no node"):
        halves(tmp_path / "relu.onnx")


@pytest.mark.speech
def test_the_real_voice_in_pieces_is_the_real_voice() -> None:
    try:
        folder = Catalogue.load().path("voice", "en")
    except ModelMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    (model,) = folder.glob("*.onnx")
    reading, making, between = halves(model)
    maker = open_session(making)
    frames = open_session(reading).run(
        None,
        {
            "input": np.array([[1, *[0, 20, 0, 61, 0, 24] * 8, 0, 2]], np.int64),
            "input_lengths": np.array([51], np.int64),
            "scales": np.array([0.667, 1.0, 0.8], np.float32),
        },
    )[0]
    assert frames.shape[2] > 2 * FIRST_FRAMES

    def make(some: Wave) -> Wave:
        wave: Wave = maker.run(None, {between: some})[0]
        return wave.ravel()

    assert np.concatenate(list(pieces(make, frames))) == pytest.approx(make(frames), abs=1e-4)
