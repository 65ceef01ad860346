"""Rasa's logistic regression, faster to train, that also looks how near the nearest example is."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, diags, hstack, vstack
from scipy.special import softmax
from sklearn.preprocessing import normalize

from engine.components.likeness import Likeness
from engine.components.softmax import fit

_FILE = "examples.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class EvenLogisticRegression(LogisticRegressionClassifier):
    """Differences to Rasa's: `C` (the inverse of the regularisation's strength) and `evenness` (how far
    rare intents are made up for, from 0 to 1) can be set, and `max_iter` is all that ends the training
    early. A word or piece of a word counts by its `rarity`: 1 + ln(examples / examples that have it),
    to that power; with 0 all count the same. Each sparse featurizer's counts are brought to length
    `sparse_scale`, so that a long sentence does not outweigh its meaning; dense features are taken as
    they come. To each intent's logit comes `likeness` times the cosine between the dense features and
    those of the intent's nearest example: a sentence very like one that was learnt needs no vote of all
    the others."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            **LogisticRegressionClassifier.get_default_config(),
            "C": 20.0,
            "evenness": 1.0,
            "sparse_scale": 1.0,
            "rarity": 0.0,
            "likeness": 0.0,
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
        self._rarity: list[Any] = []
        self._likeness: Likeness | None = None

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> EvenLogisticRegression:
        loaded = super().load(config, model_storage, resource, execution_context, **kwargs)
        with model_storage.read_from(resource) as folder:
            if (folder / _FILE).is_file():  # not there if there was nothing to train on
                with np.load(folder / _FILE) as kept:
                    loaded._keep(dict(kept))
        return loaded

    def train(self, training_data: TrainingData) -> Resource:
        examples = [one for one in training_data.intent_examples if one.get(INTENT)]
        if not examples:
            return self._resource
        counts, dense = _features(examples)
        labels = [str(one.get(INTENT)) for one in examples]
        self._rarity = [_rarity(block, float(self.config["rarity"])) for block in counts]
        if self.config["likeness"] and dense.shape[1]:
            self._likeness = Likeness.learnt(dense, labels)
        fitted = fit(
            self._weighed(counts),
            dense,
            labels,
            inverse_strength=float(self.config["C"]),
            evenness=float(self.config["evenness"]),
            steps=int(self.config["max_iter"]),
        )
        # The rest of Rasa's component keeps and loads scikit-learn's classifier.
        self.clf.classes_ = fitted.classes
        self.clf.coef_ = fitted.weights.T.astype(np.float64)  # its confidences go into JSON
        self.clf.intercept_ = fitted.intercept
        self.clf.n_features_in_ = len(fitted.weights)
        self.persist()
        return self._resource

    def persist(self) -> None:
        super().persist()
        kept = {f"rarity{number}": weights for number, weights in enumerate(self._rarity)}
        if self._likeness is not None:
            kept |= {"vectors": self._likeness.vectors, "classes": self._likeness.classes}
        with self._model_storage.write_to(self._resource) as folder:
            np.savez(folder / _FILE, **kept)

    def _keep(self, kept: dict[str, Any]) -> None:
        if "vectors" in kept:
            self._likeness = Likeness(kept.pop("vectors"), kept.pop("classes"))
        self._rarity = [kept[f"rarity{number}"] for number in range(len(kept))]

    def process(self, messages: list[Message]) -> list[Message]:
        counts, dense = _features(messages)
        together = hstack([self._weighed(counts), csr_matrix(dense)]).tocsr()
        logits = self.clf.decision_function(together).reshape(len(messages), -1)
        if self._likeness is not None:
            logits = logits + float(self.config["likeness"]) * self._likeness.nearest(dense)
        longest = int(self.config["ranking_length"]) or None
        for message, chances in zip(messages, softmax(logits, axis=1), strict=True):
            ranking = [
                {"name": str(self.clf.classes_[at]), "confidence": float(chances[at])}
                for at in np.argsort(-chances, kind="stable")
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking[:longest], add_to_output=True)
        return messages

    def _weighed(self, counts: list[csr_matrix]) -> csr_matrix:
        scale = float(self.config["sparse_scale"])
        weighed = [
            normalize(block @ diags(weights)) * scale
            for block, weights in zip(counts, self._rarity, strict=True)
        ]
        rows = counts[0].shape[0] if counts else 0
        return hstack(weighed).tocsr() if weighed else csr_matrix((rows, 0), dtype=np.float32)


def _features(messages: list[Message]) -> tuple[list[csr_matrix], Any]:
    """float32[len(messages), features] of each sparse featurizer, and of all dense ones together."""
    columns: dict[str, list[Any]] = {}
    for message in messages:
        for feature in message.features:
            if feature.attribute == TEXT and feature.type == FEATURE_TYPE_SENTENCE:
                columns.setdefault(feature.origin, []).append(feature.features)
    sparse: list[csr_matrix] = []
    dense: list[Any] = [np.zeros((len(messages), 0), np.float32)]
    for origin, rows in columns.items():
        if len(rows) != len(messages):
            raise ValueError(f"{origin} made {len(rows)} features for {len(messages)} messages")
        if hasattr(rows[0], "tocsr"):
            sparse.append(vstack(rows).tocsr().astype(np.float32))
        else:
            dense.append(np.vstack(rows))
    return sparse, np.hstack(dense)


def _rarity(counts: csr_matrix, power: float) -> Any:
    """float32[features]."""
    examples, features = counts.shape
    having = np.bincount(counts.indices, minlength=features) + 1
    return ((1 + np.log(examples / having)) ** power).astype(np.float32)
