"""What the assistant says: complete, in both forms, and never a link for the ear."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from actions.phrases import BadPhrase, Phrases
from actions.settings import ROOT
from actions.wording import Words

PHRASES = Phrases(ROOT / "data" / "en" / "phrases")
SAID = re.compile(
    r"(?:\bsay|phrase|phrases|_say|ask_yes_no|hand_over|confirm|finish|needs_decision)\(\s*\"([a-z_]+)\""
    r"|\.ask\(\s*\"\w+\",\s*\"([a-z_]+)\""
)


def test_each_phrase_that_is_said_in_the_code_is_there() -> None:
    said = {
        match[1] or match[2]
        for file in (ROOT / "actions").rglob("*.py")
        for match in SAID.finditer(file.read_text(encoding="utf-8"))
    }
    assert len(said) > 80, "the pattern above no longer finds them"
    assert said - set(PHRASES.keys()) == set()


@pytest.mark.parametrize("key", PHRASES.keys())
def test_both_forms_can_be_said(key: str) -> None:
    values = {name: Words(f"<{name}>", f"<{name}>") for name in PHRASES.names(key)}
    for nth in range(3):
        words = PHRASES(key, nth, **values)
        assert words.text
        assert not re.search(r"https?:|www\.|[*_`]|\n", words.spoken), "not for the ear"


def test_variants_take_turns_and_values_have_two_forms(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        '[hello]\nvariants = ["Hi {who}", {text = "Hello {who}", spoken = "Hello, {who}"}]\n'
    )
    say = Phrases(tmp_path)
    assert say("hello", 0, who=3) == Words("Hi 3", "Hi three")
    assert say("hello", 1, who=Words("A.", "Ana")) == Words("Hello A.", "Hello, Ana")
    assert say("hello", 2, who="x").text == "Hi x"
    with pytest.raises(KeyError, match="goodbye"):
        say("goodbye")


def test_a_changed_file_counts_and_a_broken_one_does_not(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('[hello]\ntext = "Hi"\n')
    say = Phrases(tmp_path)
    file.write_text('[hello]\ntext = "Hello"\n')
    os.utime(file, (1, 1))
    say.refresh()
    assert say("hello").text == "Hello"
    file.write_text("[hello]\ntext = ")
    os.utime(file, (2, 2))
    say.refresh()
    assert say("hello").text == "Hello"
    with pytest.raises(BadPhrase, match=r"a\.toml"):
        Phrases(tmp_path)
