"""Rasa's logistic regression, faster to train, with a choice of how strictly it is regularised."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.preprocessing import normalize

from engine.components.softmax import fit


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class EvenLogisticRegression(LogisticRegressionClassifier):
    """Differences to Rasa's: `C` (the inverse of the regularisation's strength) and `evenness` (how far
    rare intents are made up for, from 0 to 1) can be set, `max_iter` is all that ends the training
    early, and each sparse featurizer's counts are brought to length `sparse_scale`, so that a long
    sentence does not outweigh its meaning. Dense features are taken as they come."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            **LogisticRegressionClassifier.get_default_config(),
            "C": 20.0,
            "evenness": 1.0,
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

    def train(self, training_data: TrainingData) -> Resource:
        examples = [one for one in training_data.intent_examples if one.get(INTENT)]
        if not examples:
            return self._resource
        sparse, dense = self._blocks(examples)
        fitted = fit(
            sparse,
            dense,
            [str(one.get(INTENT)) for one in examples],
            inverse_strength=float(self.config["C"]),
            evenness=float(self.config["evenness"]),
            steps=int(self.config["max_iter"]),
        )
        # The rest of Rasa's component predicts, keeps and loads scikit-learn's classifier.
        self.clf.classes_ = fitted.classes
        self.clf.coef_ = fitted.weights.T.astype(np.float64)  # its confidences go into JSON
        self.clf.intercept_ = fitted.intercept
        self.clf.n_features_in_ = len(fitted.weights)
        self.persist()
        return self._resource

    def _create_X(self, messages: list[Message]) -> csr_matrix:
        sparse, dense = self._blocks(messages)
        return hstack([sparse, csr_matrix(dense)]).tocsr()

    def _blocks(self, messages: list[Message]) -> tuple[csr_matrix, Any]:
        """float[len(messages), features] of all sparse featurizers, and of all dense ones."""
        columns: dict[str, list[Any]] = {}
        for message in messages:
            for feature in message.features:
                if feature.attribute == TEXT and feature.type == FEATURE_TYPE_SENTENCE:
                    columns.setdefault(feature.origin, []).append(feature.features)
        sparse: list[csr_matrix] = [csr_matrix((len(messages), 0), dtype=np.float32)]
        dense: list[Any] = [np.zeros((len(messages), 0), np.float32)]
        for origin, rows in columns.items():
            if len(rows) != len(messages):
                raise ValueError(f"{origin} made {len(rows)} features for {len(messages)} messages")
            if hasattr(rows[0], "tocsr"):
                counts = normalize(vstack(rows).tocsr().astype(np.float32))
                sparse.append(counts * float(self.config["sparse_scale"]))
            else:
                dense.append(np.vstack(rows))
        return hstack(sparse).tocsr(), np.hstack(dense)
