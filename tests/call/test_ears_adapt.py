"""What the recogniser is taught: the demo shop's own words, of its real database and data."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml

from bot.commands import adapt
from bot.commands.run import databases
from bot.settings import ROOT, load_settings
from engine.numbers_spoken import find_numbers
from speech.language_model.text import spoken_words


@pytest.fixture(scope="module")
async def said(tmp_path_factory: pytest.TempPathFactory) -> adapt.Said:
    settings = load_settings(data_dir=tmp_path_factory.mktemp("var"))
    await databases(settings)
    return await adapt.said_to_the_shop(settings)


def test_every_product_is_named(said: adapt.Said) -> None:
    catalogue = tomllib.loads((ROOT / "data" / "shop" / "catalogue.toml").read_text())
    models = {
        f"{model} {kind['name']}"
        for category in catalogue["category"]
        for kind in category["kinds"]
        for model in kind["models"]
    }
    assert models <= set(said.names)
    assert any("Kestrel" in sentence and "size" in sentence for sentence in said.sentences)


def test_help_and_numbers_are_learnt_and_what_measures_is_not(said: adapt.Said) -> None:
    sentences = {" ".join(spoken_words(sentence)) for sentence in said.sentences}
    assert "how do i return something" in sentences
    assert any(number.kind == "order_number" for s in said.sentences for number in find_numbers(s))
    tests = Path(ROOT, "tests", "dialogue")
    held_out = [
        " ".join(spoken_words(text))
        for texts in yaml.safe_load((tests / "heldout.yml").read_text()).values()
        for text in texts
    ]
    shared = [text for text in held_out if len(text.split()) > 3 and text in sentences]
    assert shared == []


def test_unrelated_talk_is_not_taught(said: adapt.Said) -> None:
    unrelated = yaml.safe_load((ROOT / "data" / "en" / "nlu" / "unrelated.yml").read_text())
    examples = {
        line.lstrip("- ").strip()
        for entry in unrelated["nlu"]
        if entry.get("intent") == "out_of_scope"
        for line in entry["examples"].splitlines()
    }
    assert examples
    assert examples.isdisjoint(said.sentences)
