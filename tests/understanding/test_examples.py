"""The examples the model learns from, and that it is tested on others."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from bench.nlu_sets import HELD_OUT, ROOT, UNRELATED, content, examples, folds, listed


def same(text: str) -> str:
    return " ".join(text.lower().split())


@pytest.mark.parametrize("file", [HELD_OUT, UNRELATED], ids=["held_out", "unrelated"])
def test_no_test_sentence_is_learnt(file: Path) -> None:
    learnt = {same(example.text) for example in examples()}
    assert [one.text for one in listed(file) if same(one.text) in learnt] == []


def test_no_sentence_means_two_things() -> None:
    meanings: dict[str, set[str]] = {}
    for example in examples():
        meanings.setdefault(same(example.text), set()).add(example.intent)
    assert {text: names for text, names in meanings.items() if len(names) > 1} == {}


def test_every_intent_is_known_to_the_domain_and_has_examples() -> None:
    domain = yaml.safe_load((ROOT / "data/en/domain/intents.yml").read_text())
    counts = Counter(example.intent for example in examples())
    assert set(counts) == set(domain["intents"]) - {"nlu_fallback"}
    assert min(counts.values()) >= 40


def test_paraphrases_of_one_template_share_a_fold() -> None:
    known = examples()
    where = {index: number for number, part in enumerate(folds(known, 5)) for index in part}
    assert sorted(where) == list(range(len(known)))
    fold_of: dict[tuple[str, str], set[int]] = {}
    for index, example in enumerate(known):
        fold_of.setdefault((example.intent, content(example.text)), set()).add(where[index])
    assert {words for words, parts in fold_of.items() if len(parts) > 1} == set()
