"""The engine's components, in the engine's environment (they need Rasa or scikit-learn)."""

from __future__ import annotations

import subprocess
import textwrap

import pytest

from bench.nlu_sets import ROOT
from bot.commands.parts import ENGINE_PYTHON, engine_environment
from bot.settings import load_settings

SOFTMAX = """
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from engine.components.softmax import fit

chance = np.random.default_rng(1)
features = chance.normal(size=(300, 8))
labels = [str(row[:3].argmax()) for row in features]
ours = fit(csr_matrix(features[:, :5]), features[:, 5:], labels,
           inverse_strength=2.0, evenness=1.0, steps=300)
theirs = LogisticRegression(C=2.0, class_weight="balanced", max_iter=1000).fit(features, labels)
assert list(ours.classes) == list(theirs.classes_)
assert np.abs(ours.weights.T - theirs.coef_).max() < 0.02, np.abs(ours.weights.T - theirs.coef_)
none = fit(csr_matrix(features), np.zeros((300, 0)), labels,
           inverse_strength=2.0, evenness=1.0, steps=300)
assert np.abs(none.weights.T - theirs.coef_).max() < 0.02
"""

PIPELINE = """
import tempfile
from pathlib import Path
from engine.nlu_trial import Understanding, _Remembering

examples = [["where is my order", "track_order"], ["track my order 482915", "track_order"],
            ["where is order number 902177", "track_order"], ["cancel my order", "cancel_order"],
            ["please cancel order 115303", "cancel_order"], ["i want to cancel", "cancel_order"],
            ["thank you", "thank"], ["thanks a lot", "thank"], ["482915", "give_number"],
            ["it's 771230", "give_number"]] * 3
with tempfile.TemporaryDirectory() as folder:
    reads = Understanding(examples, Path(folder), _Remembering())
    said = reads.read(["wher is my ordr", "cancel order #123456", "cancel order ORD-55120",
                       "four eight two nine one five", "", "!!!", "thakns", "日本"])
names = [name for name, _ in said]
assert names[:4] == ["track_order", "cancel_order", "cancel_order", "give_number"], said
assert names[6] == "thank", said
assert names[4] == "nlu_fallback", said
"""

KEPT = """
import tempfile
from pathlib import Path
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from engine.components.intent_classifier import EvenLogisticRegression
from engine.nlu_trial import Understanding, _Remembering

examples = [["where is my order", "track_order"], ["track my parcel", "track_order"],
            ["is my package on its way", "track_order"], ["cancel my order", "cancel_order"],
            ["call the order off", "cancel_order"], ["thank you", "thank"], ["thanks", "thank"]] * 3
with tempfile.TemporaryDirectory() as folder:
    reads = Understanding(examples, Path(folder), _Remembering())
    *before, classifier, _ = reads._components
    message = Message({TEXT: "where has the parcel got to"})
    for component in before:
        [message] = component.process([message])
    again = EvenLogisticRegression.load(
        classifier.config, classifier._model_storage, classifier._resource,
        ExecutionContext(GraphSchema({}), "again"))
    rankings = [one.process([message])[0].get("intent_ranking") for one in (classifier, again)]
first, second = rankings
assert first[0]["name"] == "track_order" and len(first) == 3, first
assert abs(sum(one["confidence"] for one in first) - 1) < 1e-6, first
for one, other in zip(first, second):  # kept in half precision
    assert one["name"] == other["name"], rankings
    assert abs(one["confidence"] - other["confidence"]) < 2e-3, rankings
"""

LIKENESS = """
import numpy as np
from engine.components.likeness import Likeness

vectors = np.array([[3, 0], [0, 3], [0, 3], [0, -3], [3, 3]], np.float32)
likeness = Likeness.learnt(vectors, ["north", "east", "east", "west", "east"])
assert len(likeness.vectors) == 4, "the twin is kept once"
asked = np.array([[9, 0], [0, 1], [1, 1]], np.float32)
half = 0.5 ** 0.5
wanted = [[half, 1, 0], [1, 0, -1], [1, half, -half]]  # east, north, west
assert np.abs(likeness.nearest(asked) - wanted).max() < 1e-3, likeness.nearest(asked)
"""

VARIATIONS = """
from engine.components.variations import Variations, in_keywords

assert in_keywords("could you please help me track my order?") == "track order"
assert in_keywords("is it") == "is it"
config = {**Variations.get_default_config(), "misspelt": 0.5, "keywords": 1.0}
examples = [("i want to track my order", "track_order"), ("cancel my order", "cancel_order")]
copies = Variations(config).varied(examples)
assert copies == Variations(config).varied(examples)
assert ("track order", "track_order") in copies and ("cancel order", "cancel_order") in copies
"""


@pytest.mark.parametrize(
    ("code", "needs_model"),
    [
        (SOFTMAX, False),
        (LIKENESS, False),
        (VARIATIONS, False),
        (PIPELINE, True),
        (KEPT, True),
    ],
    ids=["softmax", "likeness", "variations", "pipeline", "kept"],
)
def test_in_the_engines_environment(code: str, needs_model: bool) -> None:
    if not ENGINE_PYTHON.exists():
        pytest.skip("the engine's environment is not set up")
    if needs_model and not (load_settings().models_dir / "all-MiniLM-L6-v2-int8").is_dir():
        pytest.skip("the sentence model is not fetched")
    done = subprocess.run(
        [str(ENGINE_PYTHON), "-W", "ignore", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=engine_environment(load_settings(), "en"),
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
