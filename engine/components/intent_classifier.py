"""Rasa's logistic regression with a choice of how strictly it is regularised, on even features."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.message import Message
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.preprocessing import normalize


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class EvenLogisticRegression(LogisticRegressionClassifier):
    """Two differences to Rasa's: `C` (the inverse of the regularisation's strength) can be set, and
    each sparse featurizer's counts are brought to length `sparse_scale`, so that a long sentence
    does not outweigh its meaning. Dense features are taken as they come."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            **LogisticRegressionClassifier.get_default_config(),
            "C": 20.0,
            "sparse_scale": 1.0,
        }

    def __init__(
        self,
        config: dict[str, Any],
        name: str,
        model_storage: ModelStorage,
        resource: Resource,
    ) -> None:
        super().__init__(config, name, model_storage, resource)
        self.clf.set_params(C=float(self.config["C"]))

    def _create_X(self, messages: list[Message]) -> csr_matrix:
        """float[len(messages), features], the featurizers side by side in the pipeline's order."""
        columns: dict[str, list[Any]] = {}
        for message in messages:
            for feature in message.features:
                if feature.attribute == TEXT and feature.type == FEATURE_TYPE_SENTENCE:
                    columns.setdefault(feature.origin, []).append(feature.features)
        blocks = []
        for origin, rows in columns.items():
            if len(rows) != len(messages):
                raise ValueError(f"{origin} made {len(rows)} features for {len(messages)} messages")
            block = vstack([csr_matrix(row) for row in rows])
            dense = not hasattr(rows[0], "tocsr")
            blocks.append(block if dense else normalize(block) * self.config["sparse_scale"])
        return hstack(blocks).tocsr()
