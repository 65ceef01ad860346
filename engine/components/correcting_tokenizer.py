"""Words as they were meant: tokens whose lemma is the word without its typo.

Text and positions of a token stay what was written; only what featurizers look at (the lemma) changes.
"""

from __future__ import annotations

import json
from collections import Counter
from difflib import SequenceMatcher
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
from tokenizers import Tokenizer as WordPieces

from engine.components.variations import COPY
from engine.sentences import MODEL_FOLDER, models_folder

UNKNOWN = "unknown"
"""A token's property: nobody knows this word, and it is no slip away from a known one."""

SHORTEST = 4
"""Letters; shorter words have too many neighbours."""
_SEEN_OFTEN = 2
"""A word of the examples is one to correct to if it occurs so often and is English …"""
_SEEN_VERY_OFTEN = 6
"""… or so often."""
_FILE = "words.json"


class Spelling:
    """Finds the word meant. English words are left alone, also those that the examples don't have:
    the sentence model's vocabulary holds the commonest 20,000."""

    def __init__(self, seen: dict[str, int]) -> None:
        """`seen`: the words of the examples, and how often each occurs there."""
        pieces = WordPieces.from_file(str(models_folder() / MODEL_FOLDER / "tokenizer.json"))
        self._english = {word for word in pieces.get_vocab() if word.isalpha()}
        self._seen = seen
        self._counts = {word: count for word, count in seen.items() if self._is_meant(word, count)}
        self._shortened: dict[str, list[str]] = {}
        for word in self._counts:
            for key in _shortened(word):
                self._shortened.setdefault(key, []).append(word)

    def _is_meant(self, word: str, count: int) -> bool:
        return count >= _SEEN_VERY_OFTEN or (count >= _SEEN_OFTEN and word in self._english)

    @classmethod
    def learnt(cls, texts: list[str]) -> Spelling:
        words = (word for text in texts for word in text.lower().split())
        return cls(
            Counter(
                word for word in words if len(word) >= SHORTEST and word.replace("'", "").isalpha()
            )
        )

    @property
    def seen(self) -> dict[str, int]:
        return self._seen

    def knows(self, word: str) -> bool:
        """Whether it is English or in the examples. Short words and numbers count as known."""
        word = word.lower()
        plain = word.isalpha() and len(word) >= SHORTEST
        return not plain or word in self._seen or word in self._english

    def meant(self, word: str) -> str:
        """`word` in lower case, corrected if it is no word and one near it is known."""
        word = word.lower()
        if len(word) < SHORTEST or not word.isalpha():
            return word
        if word in self._counts or word in self._english:
            return word
        near = {
            candidate
            for key in _shortened(word)
            for candidate in self._shortened.get(key, [])
            if candidate[0] == word[0]
        }
        if not near:
            return word
        return max(near, key=lambda known: (_likeness(word, known), self._counts[known]))


def _shortened(word: str) -> set[str]:
    """The word, and each way of leaving out one letter: words that share one are a slip apart."""
    return {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}


def _likeness(written: str, known: str) -> float:
    same_letters = sorted(written) == sorted(known)
    return SequenceMatcher(None, written, known).ratio() + (0.2 if same_letters else 0)


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
        return cls(config, model_storage, resource, Spelling({}))

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
            seen = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, Spelling(seen))

    def train(self, training_data: TrainingData) -> Resource:
        written = [one for one in training_data.intent_examples if not one.get(COPY)]
        texts = [str(one.get(TEXT)) for one in written if one.get(TEXT)]
        self._spelling = Spelling.learnt(texts)
        with self._storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(self._spelling.seen), encoding="utf-8")
        return self._resource

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        tokens = super().tokenize(message, attribute)
        if attribute == TEXT:
            for token in tokens:
                token.lemma = self._spelling.meant(token.text)
                token.set(UNKNOWN, not self._spelling.knows(token.lemma))
        return tokens
