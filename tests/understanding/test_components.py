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
    [(SOFTMAX, False), (VARIATIONS, False), (PIPELINE, True)],
    ids=["softmax", "variations", "pipeline"],
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
