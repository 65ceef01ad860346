"""Trains the understanding of config.yml on some sentences and reads others with it, for bench/nlu.py.

    {"folds": [{"train": [[text, intent], …], "read": [text, …]}, …]}  →  [[[intent, confidence], …], …]

by standard input and output. The components are the pipeline's own, run one after the other as Rasa's
graph would; only the sentence vectors are remembered between the folds.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.components.sentence_featurizer import MiniLMFeaturizer
from engine.sentences import SentenceEncoder

CONFIG = Path(__file__).resolve().parent.parent / "config.yml"


class _Remembering:
    def __init__(self) -> None:
        self._encoder = SentenceEncoder()
        self._vectors: dict[str, Any] = {}

    def encode(self, texts: list[str], workers: int = 1) -> Any:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        self._vectors.update(zip(new, self._encoder.encode(new, workers), strict=True))
        return np.array([self._vectors[text] for text in texts])


class Understanding:
    """The pipeline, trained on `examples` (text, intent)."""

    def __init__(self, examples: list[list[str]], folder: Path, encoder: _Remembering) -> None:
        data = TrainingData([Message({TEXT: text, INTENT: name}) for text, name in examples])
        storage = LocalModelStorage.create(folder)
        context = ExecutionContext(GraphSchema({}), "trial")
        self._components: list[Any] = []
        for number, entry in enumerate(yaml.safe_load(CONFIG.read_text())["pipeline"]):
            settings = dict(entry)
            known = DefaultV1Recipe._from_registry(settings.pop("name"))
            node = f"{known.clazz.__name__}{number}"
            context.node_name = node
            config = {**known.clazz.get_default_config(), **settings}
            component = known.clazz.create(config, storage, Resource(node), context)
            if isinstance(component, MiniLMFeaturizer):
                component._encoder = encoder
            if known.is_trainable:
                component.train(data)
            last = DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER in known.types
            if not last and hasattr(component, "process_training_data"):
                data = component.process_training_data(data)
            self._components.append(component)

    def read(self, texts: list[str]) -> list[tuple[str, float]]:
        """Of each text the intent that /model/parse would name, and its confidence."""
        messages = [Message({TEXT: text}) for text in texts]
        for component in self._components:
            messages = component.process(messages)
        return [(one.get(INTENT)["name"], float(one.get(INTENT)["confidence"])) for one in messages]


def _in_pieces(understanding: Understanding, texts: list[str]) -> list[tuple[str, float]]:
    return [
        result
        for at in range(0, len(texts), 500)
        for result in understanding.read(texts[at : at + 500])
    ]


def main() -> None:
    asked = json.load(sys.stdin)
    encoder = _Remembering()
    answers = []
    for number, fold in enumerate(asked["folds"]):
        with tempfile.TemporaryDirectory() as folder:
            understanding = Understanding(fold["train"], Path(folder), encoder)
            answers.append(_in_pieces(understanding, fold["read"]))
        print(f"  {number + 1} of {len(asked['folds'])} trained and read", file=sys.stderr)  # noqa: T201
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
