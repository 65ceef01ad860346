"""Articles found by meaning, and read anew when a file changes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from actions.help import BadArticle, HelpIndex, parse_article, spoken_passage
from engine.sentences import SentenceEncoder

ARTICLE = """---
title: {title}
slug: {slug}
keywords: {keywords}
---
{body}
"""


@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("how many days does shipping take", "delivery-times"),
        ("can i get stuff sent to a p.o. box", "delivery-options"),
        ("my card was declined what now", "payment-problems"),
        ("the zipper of my tent broke after a year", "warranty-and-repairs"),
        ("do you offer a student discount", "sale-and-codes"),
        ("when do my points expire", "trail-club"),
        ("are you open on sundays", "opening-hours"),
        ("how do i unsubscribe from your emails", "newsletter"),
    ],
)
def test_the_right_article(help_index: HelpIndex, question: str, slug: str) -> None:
    best = help_index.search(question)[0]
    assert best.article.slug == slug
    assert best.sure
    assert best.source["url"] == f"/help/{slug}"


@pytest.mark.parametrize(
    "question",
    [
        "what is the capital of france",
        "how do i boil an egg",
        "who won the game last night",
        "translate good morning into spanish",
        "asdf qwertz",
    ],
)
def test_unrelated_questions_stay_unanswered(help_index: HelpIndex, question: str) -> None:
    assert not help_index.search(question)[0].sure


def test_every_article_is_readable(help_index: HelpIndex) -> None:
    help_index.search("anything")
    assert help_index.problems == []


def test_a_file_counts_from_the_next_question_on(tmp_path: Path, encoder: SentenceEncoder) -> None:
    index = HelpIndex(tmp_path, encoder.encode)
    assert index.search("do you rent out kayaks") == []
    file = tmp_path / "kayaks.md"
    file.write_text(
        ARTICLE.format(
            title="Kayak hire", slug="kayaks", keywords="rent a kayak", body="From $40 a day."
        )
    )
    assert index.search("do you rent out kayaks")[0].passage == "From $40 a day."
    file.write_text(
        ARTICLE.format(
            title="Kayak hire", slug="kayaks", keywords="rent a kayak", body="From $50 a day."
        )
    )
    os.utime(file, (1, 1))
    assert index.search("do you rent out kayaks")[0].passage == "From $50 a day."
    file.unlink()
    assert index.search("do you rent out kayaks") == []


def test_a_broken_file_is_named_and_the_others_go_on(
    tmp_path: Path, encoder: SentenceEncoder
) -> None:
    (tmp_path / "broken.md").write_text("# no front matter")
    (tmp_path / "good.md").write_text(
        ARTICLE.format(title="Dogs", slug="dogs", keywords="bring my dog", body="Dogs are welcome.")
    )
    index = HelpIndex(tmp_path, encoder.encode)
    assert index.search("may i bring my dog")[0].article.slug == "dogs"
    assert index.problems == ["broken.md: begins with front matter between two lines of ---"]


def test_what_an_article_must_have() -> None:
    with pytest.raises(BadArticle, match="lacks `keywords"):
        parse_article("---\ntitle: A\nslug: a\n---\nText.", "a.md")


def test_spoken_without_marks_and_addresses() -> None:
    passage = "See [our page](https://example.com/x) **now**. It `helps`. A third sentence."
    assert spoken_passage(passage) == "See our page now. It helps."
