"""Help articles, found by meaning.

Markdown files in `data/help/<language>/`. A file that is added, changed or removed counts from the
next question on; nothing is trained. The front matter: `title`, `slug` (of the page), `keywords`
(comma-separated words and questions it answers), `intents` (contact reasons it is about),
`offer: person` where only a person can do what the article describes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Encode = Callable[[Sequence[str]], np.ndarray[Any, np.dtype[np.float32]]]
"""Texts to unit vectors, one row each."""

SURE = 0.5
"""From this nearness an answer is given. Measured in tests/dialogue/test_help.py: unrelated
questions stay below 0.4, most that an article answers lie between 0.55 and 0.8."""
INTENT_BONUS = 0.25
"""For articles that name the intent the question was understood as."""
_CLEARLY_NEARER = 0.08
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_MARKS = re.compile(r"[*_`#>]+")


class BadArticle(Exception):
    """A file that can't be read as an article: which, and why."""


@dataclass(frozen=True, slots=True)
class Article:
    title: str
    slug: str
    keywords: Sequence[str]
    intents: frozenset[str]
    offers_person: bool
    passages: Sequence[str]
    """Markdown, in order; each begins with its heading's words if it has a heading."""


@dataclass(frozen=True, slots=True)
class Found:
    article: Article
    passage: str
    score: float

    @property
    def sure(self) -> bool:
        return self.score >= SURE

    @property
    def source(self) -> dict[str, str]:
        return {"title": self.article.title, "url": f"/help/{self.article.slug}"}


def parse_article(text: str, name: str) -> Article:
    """Raises BadArticle."""
    match = re.match(r"---\n(.*?)\n---\n(.*)", text.replace("\r\n", "\n"), re.DOTALL)
    if not match:
        raise BadArticle(f"{name}: begins with front matter between two lines of ---")
    fields = {}
    for line in match[1].splitlines():
        key, colon, value = line.partition(":")
        if colon:
            fields[key.strip()] = value.strip()
    for needed in ("title", "slug", "keywords"):
        if not fields.get(needed):
            raise BadArticle(f"{name}: the front matter lacks `{needed}: …`")
    passages = list(_passages(match[2]))
    if not passages:
        raise BadArticle(f"{name}: has no text")
    return Article(
        title=fields["title"],
        slug=fields["slug"],
        keywords=_commas(fields["keywords"]),
        intents=frozenset(_commas(fields.get("intents", ""))),
        offers_person=fields.get("offer") == "person",
        passages=passages,
    )


def plain(markdown: str) -> str:
    """For the ear: without marks, links and lists."""
    text = _MARKS.sub("", _LINK.sub(r"\1", markdown))
    return " ".join(re.sub(r"^\s*[-+]\s+", "", line) for line in text.split("\n")).strip()


def spoken_passage(passage: str, sentences: int = 2) -> str:
    """The first sentences, as a voice says them."""
    parts = re.split(r"(?<=[.!?])\s+", plain(passage))
    return " ".join(parts[:sentences])


def _commas(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _passages(body: str) -> Iterator[str]:
    """A passage per paragraph or list; a list belongs to the paragraph above it."""
    current = ""
    for block in re.split(r"\n\s*\n", body.strip()):
        if block.startswith("#"):
            continue
        if block.startswith(("- ", "* ", "1.")) and current:
            current += "\n" + block
            continue
        if current:
            yield current
        current = block.strip()
    if current:
        yield current


class HelpIndex:
    """Articles of one language in memory, with the vectors of what they say."""

    def __init__(self, folder: Path, encode: Encode) -> None:
        """Reads nothing yet; the first search does. A missing folder is an index without articles."""
        self._folder = folder
        self._encode = encode
        self._known: dict[Path, tuple[float, list[_Entry]]] = {}
        self._entries: list[_Entry] = []
        self._vectors = np.zeros((0, 1), np.float32)
        self.problems: list[str] = []
        """Files that were left out, and why."""

    def search(self, question: str, intent: str | None = None, limit: int = 3) -> list[Found]:
        """Best first, one passage an article."""
        self._refresh()
        if not self._entries or not question.strip():
            return []
        near = self._vectors @ self._encode([question])[0]
        scored: dict[str, list[tuple[float, _Entry]]] = {}
        for entry, score in zip(self._entries, near.tolist(), strict=True):
            scored.setdefault(entry.article.slug, []).append((score, entry))
        return sorted(
            (_best(entries, intent) for entries in scored.values()), key=lambda found: -found.score
        )[:limit]

    def _refresh(self) -> None:
        files = {path: path.stat().st_mtime for path in sorted(self._folder.glob("*.md"))}
        if {path: mtime for path, (mtime, _) in self._known.items()} == files:
            return
        self.problems = []
        self._known = {
            path: self._known[path]
            if path in self._known and self._known[path][0] == mtime
            else (mtime, self._read(path))
            for path, mtime in files.items()
        }
        self._entries = [entry for _, entries in self._known.values() for entry in entries]
        if self._entries:
            self._vectors = np.stack([entry.vector for entry in self._entries])

    def _read(self, path: Path) -> list[_Entry]:
        try:
            article = parse_article(path.read_text(encoding="utf-8"), path.name)
        except (BadArticle, UnicodeDecodeError) as error:
            self.problems.append(str(error))
            return []
        heads = [article.title, *article.keywords]
        texts = [*heads, *(f"{article.title}. {plain(passage)}" for passage in article.passages)]
        meant: list[str | None] = [*([None] * len(heads)), *article.passages]
        return [
            _Entry(article, passage, vector)
            for passage, vector in zip(meant, self._encode(texts), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class _Entry:
    article: Article
    passage: str | None
    """None for the title and keywords, which stand for the first passage."""
    vector: np.ndarray[Any, np.dtype[np.float32]]


def _best(entries: Sequence[tuple[float, _Entry]], intent: str | None) -> Found:
    """The article is as near as its nearest title, keyword or passage. Of its passages the first
    speaks, which says what it is about, unless another one is clearly nearer."""
    article = entries[0][1].article
    score = max(score for score, _ in entries)
    passages = [(score, entry.passage) for score, entry in entries if entry.passage]
    passage = max(passages, key=lambda pair: pair[0])[1]
    if max(passages)[0] < passages[0][0] + _CLEARLY_NEARER:
        passage = passages[0][1]
    if intent and intent in article.intents:
        score += INTENT_BONUS
    return Found(article, passage, score)
