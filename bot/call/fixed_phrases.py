"""What calls say in the same words again and again, to be rendered before it is needed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import yaml

from actions.help import articles_in, spoken_passage
from bot.conversation.sentences import Sentences
from bot.settings import ROOT, Settings
from speech.spoken import speakable


def fixed_phrases(settings: Settings, language: str) -> Iterator[str]:
    """Of a language other than the first one also what its dialogue and its help answer: the voices at
    hand for them take seconds for a sentence."""
    sentences = Sentences(language, assistant=settings.assistant_name, shop=settings.shop_name)
    for sentence in sentences.fixed():
        yield speakable(sentence.spoken or sentence.text, language=language)
    if language != settings.language:
        for text in (*_dialogue(language), *_help(language)):
            yield speakable(text, language=language)


def _dialogue(language: str) -> Iterator[str]:
    for file in sorted((ROOT / "data" / language / "domain").glob("*.yml")):
        responses = yaml.safe_load(file.read_text(encoding="utf-8")).get("responses", {})
        for variants in responses.values():
            yield from (variant["text"] for variant in variants if "{" not in variant["text"])
    for file in sorted((ROOT / "data" / language / "phrases").glob("*.toml")):
        for entry in tomllib.loads(file.read_text(encoding="utf-8")).values():
            for text in (*entry.get("variants", ()), entry.get("text", "")):
                if text and "{" not in text:
                    yield text


def _help(language: str) -> Iterator[str]:
    for article in articles_in(ROOT / "data" / "help" / language):
        yield from (spoken_passage(passage.text) for passage in article.passages)
