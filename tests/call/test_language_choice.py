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
        ("en", "For English, press 9.")
    ]


def test_one_key_is_the_other_language_and_those_of_the_menu_are_not(
    choice: LanguageChoice,
) -> None:
    assert [choice.keyed(key) for key in "1238"] == [None] * 4
    assert choice.keyed("9") == "zh"
    choice.now = "zh"
    assert choice.keyed("9") == "en"


@pytest.mark.parametrize(
    ("now", "says", "language"),
    [
        ("en", "chinese please", "zh"),
        ("en", "do you speak mandarin", "zh"),
        ("en", "english", None),  # it is being spoken
        ("en", "i want to give back the chinese lantern", None),
        ("en", "where is my order", None),
        ("zh", "请说英文", "en"),
        ("zh", "english please", "en"),
    ],
)
def test_words(choice: LanguageChoice, now: str, says: str, language: str | None) -> None:
    choice.now = now
    assert choice.asked_for(says) == language


def test_where_one_language_is_spoken_nothing_is_offered() -> None:
    alone = LanguageChoice(Sentences("en", assistant="Juniper", shop="Juniper"), ("en",), "en")
    assert list(alone.offers()) == []
    assert alone.keyed("9") is alone.asked_for("chinese please") is None
