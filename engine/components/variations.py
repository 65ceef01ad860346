"""More of what the examples say: misspelt and in keywords, made anew at each training."""

from __future__ import annotations

import random
import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

LETTERS_PER_SLIP = 30
"""One slip for each thirty letters, and at least one."""

_SHORT_WORD = 7
"""Letters."""

COPY = "copy"
"""Marks a message that no person wrote."""

_SLIP_LETTERS = "aeiorstnl"
_SMALL_WORDS = frozenset(
    """
    a able an and any am are as assist assistance be been being but by can could did do does for
    from gotta had has have hello help hey hi i if i'd i'm i've in is it it's its just kindly know
    let like may me might my need of on or our please pls possible should so some tell that the
    there this to u us want wanna was we were will with would you your
    """.split()  # noqa: SIM905
)
"""What a customer leaves out who writes as for a search engine. Question words and "not" stay."""


def misspelt(text: str, chance: random.Random) -> str:
    """`text` with slips inside words of four letters or more: a letter left out, doubled, swapped
    with the next, or another one; unchanged if it has no such word, or is a short word alone ("survey"
    would become another one, "sure")."""
    words = text.split()
    long_ones = [at for at, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    if not long_ones or (len(words) == 1 and len(text) <= _SHORT_WORD):
        return text
    for _ in range(max(1, len(text) // LETTERS_PER_SLIP)):
        at = chance.choice(long_ones)
        words[at] = _slip(words[at], chance)
    return " ".join(words)


def _slip(word: str, chance: random.Random) -> str:
    if len(word) < 4:  # an earlier slip has shortened it
        return word
    at = chance.randrange(1, len(word) - 1)
    match chance.randrange(4):
        case 0:
            return word[:at] + word[at + 1 :]
        case 1:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case 2:
            return word[:at] + word[at] + word[at:]
        case _:
            return word[:at] + chance.choice(_SLIP_LETTERS) + word[at + 1 :]


def in_keywords(text: str) -> str:
    """The words that carry the meaning, in their order; `text` itself if none would be left."""
    words = re.sub(r"[.,!?;:\"]", " ", text.lower()).split()
    kept = [word for word in words if word not in _SMALL_WORDS]
    return " ".join(kept) if kept else text


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class Variations(GraphComponent):
    """Stands first in the pipeline and does nothing to a customer's message. In training it adds,
    for `misspelt` and `keywords` of the examples (shares between 0 and 1), a varied copy. The same
    examples give the same copies (`seed`)."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._misspelt = float(config["misspelt"])
        self._keywords = float(config["keywords"])
        self._seed = int(config["seed"])

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"misspelt": 0.6, "keywords": 0.4, "seed": 7}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Variations:
        return cls(config)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        for share in ("misspelt", "keywords"):
            if not 0 <= float(config.get(share, 0)) <= 1:
                raise ValueError(f"Variations: {share} is a share from 0 to 1, not {config[share]}")

    def process(self, messages: list[Message]) -> list[Message]:
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        examples = [(one.get(TEXT), one.get(INTENT)) for one in training_data.intent_examples]
        copies = self.varied([(text, intent) for text, intent in examples if text and intent])
        return training_data.merge(
            TrainingData(
                [Message({TEXT: text, INTENT: intent, COPY: True}) for text, intent in copies]
            )
        )

    def varied(self, examples: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The copies (text, intent) to be learned beside `examples`; none that is one of them."""
        chance = random.Random(self._seed)  # noqa: S311
        known = {text for text, _ in examples}
        copies: dict[str, str] = {}
        for text, intent in examples:
            if chance.random() < self._misspelt:
                copies.setdefault(misspelt(text, chance), intent)
            if chance.random() < self._keywords:
                copies.setdefault(in_keywords(text), intent)
        return [(text, intent) for text, intent in copies.items() if text not in known]
