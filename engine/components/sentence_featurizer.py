"""MiniLM sentence vectors as dense features for Rasa's classifiers."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.sentences import SentenceEncoder


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class MiniLMFeaturizer(DenseFeaturizer, GraphComponent):
    """Adds one sentence feature of 384 numbers (none per token)."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["onnxruntime", "tokenizers"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            **DenseFeaturizer.get_default_config(),
            # Vectors have length 1. Beside n-gram counts, a regularised classifier would hardly look
            # at numbers that small; they are multiplied with this.
            "scale": 3.0,
        }

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._scale = float(config["scale"])
        self._encoder = SentenceEncoder()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MiniLMFeaturizer:
        return cls(config, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        if float(config.get("scale", 1)) <= 0:
            raise ValueError(f"MiniLMFeaturizer: scale must be above 0, not {config['scale']}")

    def process(self, messages: list[Message]) -> list[Message]:
        self._featurize(messages)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self._featurize(training_data.training_examples, workers=os.cpu_count() or 1)
        return training_data

    def _featurize(self, messages: list[Message], workers: int = 1) -> None:
        words = {
            id(message): _words(message) for message in messages if message.get(TEXT) is not None
        }
        # Each sentence once (a typo put right makes twins), and in order of length, so that little of
        # a batch is padding.
        sentences = sorted(set(words.values()), key=len)
        vectors = self._encoder.encode(sentences, workers) * self._scale
        rows = {sentence: row for row, sentence in enumerate(sentences)}
        for message in messages:
            if id(message) in words:
                sentence = np.expand_dims(vectors[rows[words[id(message)]]], 0)
                self.add_features_to_message(
                    sequence=None, sentence=sentence, attribute=TEXT, message=message
                )


def _words(message: Message) -> str:
    """The tokens' lemmas: the text without its punctuation and, with a tokenizer that corrects, without
    its typos."""
    tokens = message.get(TOKENS_NAMES[TEXT]) or []
    return " ".join(token.lemma for token in tokens if token.lemma) or str(message.get(TEXT))
