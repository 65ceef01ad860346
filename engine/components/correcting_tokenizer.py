"""Words as they were meant: tokens whose lemma is the word without its typo.

Text and positions of a token stay what was written; only what featurizers look at (the lemma) changes.
"""

from __future__ import annotations

import json
from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.components.spelling import Spelling, english_words, shape
from engine.components.variations import COPY
from engine.numbers_spoken import find_numbers
from engine.sentences import MODEL_FOLDER, models_folder

UNKNOWN = "unknown"
"""A token's property: nobody knows this word, and it is no slip away from a known one."""

_FILE = "words.json"


def _english() -> list[str]:
    return english_words(models_folder() / MODEL_FOLDER / "tokenizer.json")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class CorrectingTokenizer(WhitespaceTokenizer):
    """Rasa's whitespace tokenizer; the spelling is learnt from the examples."""

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, spelling: Spelling
    ) -> None:
        super().__init__(config)
        self._storage = storage
        self._resource = resource
        self._spelling = spelling

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CorrectingTokenizer:
        return cls(config, model_storage, resource, Spelling({}, {}, []))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CorrectingTokenizer:
        with model_storage.read_from(resource) as folder:
            kept = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return cls(
            config, model_storage, resource, Spelling(kept["words"], kept["pairs"], _english())
        )

    def train(self, training_data: TrainingData) -> Resource:
        written = [one for one in training_data.intent_examples if not one.get(COPY)]
        texts = [str(one.get(TEXT)) for one in written if one.get(TEXT)]
        self._spelling = Spelling.learnt(texts, _english())
        with self._storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(self._spelling.to_dict()), encoding="utf-8")
        return self._resource

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        tokens = super().tokenize(message, attribute)
        if attribute != TEXT:
            return tokens
        numbers = find_numbers(str(message.get(TEXT)))
        words = ["", *(token.text for token in tokens), ""]
        for at, token in enumerate(tokens, start=1):
            meant = self._spelling.meant(words[at], words[at - 1], words[at + 1])
            token.lemma = shape(meant)
            known = all(self._spelling.knows(word) for word in meant.split())
            token.set(UNKNOWN, not known)
            for number in numbers:
                if number.start <= token.start < number.end:
                    # However it was said or grouped, a number is one word, and always the same.
                    token.lemma = shape(str(number.value)) if token.start == number.start else ""
        return tokens
