"""How callers ask for another language."""

from __future__ import annotations

import pytest

from bot.call.language_choice import LanguageChoice
from bot.conversation.sentences import Sentences


@pytest.fixture
def choice() -> LanguageChoice:
    return LanguageChoice(Sentences("en", assistant="Juniper", shop="Juniper"), ("en", "zh"), "en")


def test_the_other_language_offers_itself_in_its_own_words(choice: LanguageChoice) -> None:
    assert [(code, said.text) for code, said in choice.offers()] == [("zh", "中文服务，请按9。")]
    choice.now = "zh"
    assert [(code, said.text) for code, said in choice.offers()] == [
        ("en", "For English, press 8.")
    ]


@pytest.mark.parametrize("now", ["en", "zh"])
def test_each_language_has_one_key_and_those_of_the_menu_are_not_touched(
    choice: LanguageChoice, now: str
) -> None:
    choice.now = now
    assert {key: choice.keyed(key) for key in "0123789"} == {
        **dict.fromkeys("01237"), "9": "zh", "8": "en",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("now", "says", "language"),
    [
        ("en", "chinese please", "zh"),
        ("en", "do you speak mandarin", "zh"),
        ("en", "english", None),  # it is being spoken
        ("en", "and chinese please", "zh"),
        ("en", "do you sell chinese lanterns", None),
        ("en", "is that a chinese brand", None),
        ("en", "twelve mandarin court portland", None),
        ("en", "where is my order", None),
        ("zh", "请说英文", "en"),
        ("zh", "可以说英语吗", "en"),
        ("zh", "english please", "en"),
        ("zh", "你们网站只有英文的 我看不懂", None),
    ],
)
def test_words(choice: LanguageChoice, now: str, says: str, language: str | None) -> None:
    choice.now = now
    assert choice.asked_for(says) == language


def test_where_one_language_is_spoken_nothing_is_offered() -> None:
    alone = LanguageChoice(Sentences("en", assistant="Juniper", shop="Juniper"), ("en",), "en")
    assert list(alone.offers()) == []
    assert alone.keyed("9") is alone.asked_for("chinese please") is None
