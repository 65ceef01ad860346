"""Rasa's fallback, and one more case: words that nobody knows."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.fallback_classifier import FallbackClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from engine.components.correcting_tokenizer import UNKNOWN


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class NonsenseFallback(FallbackClassifier):
    """A sentence with a word that is neither English nor in the examples, nor a slip away from one, was
    perhaps just not understood: acting on it, or declining it (`out_of_scope`), takes more confidence
    (`unknown_word_threshold`). An empty one says nothing at all."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**FallbackClassifier.get_default_config(), "unknown_word_threshold": 0.65}

    def _should_fallback(self, message: Message) -> bool:
        if super()._should_fallback(message) or not str(message.get(TEXT) or "").strip():
            return True
        if not any(token.get(UNKNOWN) for token in message.get(TOKENS_NAMES[TEXT]) or []):
            return False
        confidence = message.get(INTENT)["confidence"]
        return bool(confidence < self.component_config["unknown_word_threshold"])
