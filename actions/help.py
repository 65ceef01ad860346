"""Help articles, found by meaning and by words.

Markdown files in `data/help/<language>/`. A file that is added, changed or removed counts from the
next question on; nothing is trained. The front matter: `title`, `slug` (of the page), `keywords`
(comma-separated), `questions` (one a line, as customers ask them), `intents` (contact reasons it is
about), `offer: person` where only a person can do what the article describes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from statistics import fmean as mean

import numpy as np

from actions.help_vectors import Encode, RememberedVectors, Vectors
from actions.help_words import Shared, WordIndex, same_words


@dataclass(frozen=True, slots=True)
class Weights:
    """How a question's nearness becomes the probability that an article answers it: a softmax over
    all articles and "none of them". Fitted by logistic regression on the questions in tests/dialogue
    and rounded; test_help.py there measures how good that is."""

    head: float
    """Nearness of the nearest title, keyword or question, …"""
    heads: float
    """… of the three nearest, on average, …"""
    passage: float
    """… and of the nearest passage."""
    covered: float
    """`Shared.covered` and `Shared.alike`."""
    alike: float
    intent: float
    """For articles that name the intent the question was understood as."""
    none: float
    """For no article, and more so with words that no article has."""
    unknown: float


_BY_MEANING = Weights(6.5, 7.0, 4.8, 1.8, 2.0, 1.8, none=11.5, unknown=2.0)
_BY_WORDS = Weights(0, 0, 0, 5.5, 6.4, 3.9, none=7.3, unknown=2.2)
SURE = 0.45
"""From this probability an answer is given."""
SURE_BY_WORDS = 0.5
"""The same where there are only words to go by."""
WORDS = "words.txt"
"""In the folder: words that mean the same, a line each with commas between. It needn't be there."""
_CLEARLY_NEARER = 0.08
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_MARKS = re.compile(r"[*_`#>]+")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class BadArticle(Exception):
    """A file that can't be read as an article: which, and why."""


@dataclass(frozen=True, slots=True)
class Passage:
    heading: str
    """Empty where there is none."""
    text: str
    """Markdown."""


@dataclass(frozen=True, slots=True)
class Article:
    title: str
    slug: str
    keywords: Sequence[str]
    questions: Sequence[str]
    intents: frozenset[str]
    offers_person: bool
    passages: Sequence[Passage]

    @property
    def heads(self) -> list[str]:
        """What it is found by, besides its text."""
        return [self.title, *self.keywords, *self.questions]


@dataclass(frozen=True, slots=True)
class Found:
    article: Article
    passage: str
    score: float
    """How probably the article answers the question, 0…1."""
    sure: bool

    @property
    def source(self) -> dict[str, str]:
        return {"title": self.article.title, "url": f"/help/{self.article.slug}"}


def parse_article(text: str, name: str) -> Article:
    """Raises BadArticle."""
    match = re.match(r"---\n(.*?)\n---\n(.*)", text.replace("\r\n", "\n"), re.DOTALL)
    if not match:
        raise BadArticle(f"{name}: begins with front matter between two lines of ---")
    fields: dict[str, str] = {}
    questions: list[str] = []
    key = ""
    for line in match[1].splitlines():
        if key == "questions" and line.lstrip().startswith("- "):
            questions.append(line.lstrip()[2:].strip())
            continue
        key, colon, value = (part.strip() for part in line.partition(":"))
        if colon:
            fields[key] = value
    for needed in ("title", "slug", "keywords"):
        if not fields.get(needed):
            raise BadArticle(f"{name}: the front matter lacks `{needed}: …`")
    if not _SLUG.fullmatch(fields["slug"]):
        raise BadArticle(f"{name}: `slug: {fields['slug']}`: a-z, 0-9 and single hyphens only")
    passages = list(_passages(match[2]))
    if not passages:
        raise BadArticle(f"{name}: has no text")
    return Article(
        title=fields["title"],
        slug=fields["slug"],
        keywords=_commas(fields["keywords"]),
        questions=questions,
        intents=frozenset(_commas(fields.get("intents", ""))),
        offers_person=fields.get("offer") == "person",
        passages=passages,
    )


def plain(markdown: str) -> str:
    """For the ear: without marks, links and lists."""
    text = _MARKS.sub("", _LINK.sub(r"\1", markdown))
    return " ".join(re.sub(r"^\s*[-+]\s+", "", line) for line in text.split("\n")).strip()


def articles_in(folder: Path) -> Iterator[Article]:
    """A folder's, by the names of their files. Raises BadArticle."""
    for file in sorted(folder.glob("*.md")):
        yield parse_article(file.read_text(encoding="utf-8"), file.stem)


def spoken_passage(passage: str, sentences: int = 2) -> str:
    """The first sentences, as a voice says them."""
    ends = list(re.finditer(r"[.!?](?=\s|$)\s*|[。！？]+\s*", plain(passage)))
    if len(ends) <= sentences:
        return plain(passage)
    return plain(passage)[: ends[sentences - 1].end()].strip()


def _commas(value: str) -> list[str]:
    return [part.strip() for part in re.split("[,，、]", value) if part.strip()]


def _passages(body: str) -> Iterator[Passage]:
    """A passage per paragraph; a list belongs to the paragraph above it."""
    heading = current = ""
    for block in re.split(r"\n\s*\n", re.sub(r"^(#+ .*)$", r"\n\1\n", body, flags=re.M).strip()):
        block = block.strip()
        if block.startswith(("- ", "* ", "1.")) and current:
            current += "\n\n" + block
            continue
        if current:
            yield Passage(heading, current)
            current = ""
        if block.startswith("#"):
            heading = block.lstrip("#").strip()
        else:
            current = block
    if current:
        yield Passage(heading, current)


@dataclass(frozen=True, slots=True)
class _Near:
    """How near a question is, article by article."""

    heads: Sequence[Sequence[float]]
    """Nearest first."""
    passages: Sequence[Sequence[float]]
    """In their order."""


class HelpIndex:
    """Articles of one language in memory, with the vectors of what they say."""

    def __init__(self, folder: Path, encode: Encode | None, cache: Path | None = None) -> None:
        """Reads nothing yet; the first search does. A missing folder is an index without articles.
        Without `encode` (no model knows the language) articles are found by their words alone.
        `cache`: a file where vectors are kept, so that the next start need not make them again."""
        self._folder = folder
        self._vectors = RememberedVectors(encode, cache) if encode else None
        self._files: dict[Path, tuple[tuple[int, int], Article | str | None]] = {}
        self._articles: list[Article] = []
        self._words = WordIndex([], [])
        self._matrix: Vectors = np.zeros((0, 1), np.float32)
        """A row per title, keyword and question, article by article, then one per passage."""
        self._bounds: list[int] = []
        self.problems: list[str] = []
        """Files that were left out, and why."""

    def search(self, question: str, intent: str | None = None, limit: int = 3) -> list[Found]:
        """Best first, one passage an article."""
        self._refresh()
        if not self._articles or not question.strip():
            return []
        meant = self._words.corrected(question)
        near = self._near(meant) if self._vectors else None
        scores = self._probabilities(self._words.shared(meant), near, intent)
        sure_from = SURE if near else SURE_BY_WORDS
        found = []
        for number in np.argsort(-scores, kind="stable")[:limit].tolist():
            article, score = self._articles[number], float(scores[number])
            nearness = near.passages[number] if near else _covered_by_each(article, meant)
            passage = article.passages[_speaking(nearness)].text
            found.append(Found(article, passage, score, score >= sure_from))
        return found

    def _near(self, question: str) -> _Near:
        assert self._vectors
        vector = self._vectors.of_question(question)
        # not `@`, for which BLAS wakes all cores: on busy ones that takes forty times as long
        near: list[float] = np.einsum("ij,j->i", self._matrix, vector).tolist()
        parts = [near[start:end] for start, end in pairwise(self._bounds)]
        heads, passages = parts[: len(self._articles)], parts[len(self._articles) :]
        return _Near([sorted(of_one, reverse=True) for of_one in heads], passages)

    def _probabilities(self, shared: Shared, near: _Near | None, intent: str | None) -> Vectors:
        by = _BY_MEANING if near else _BY_WORDS
        scores = by.covered * shared.covered + by.alike * shared.alike
        scores += by.intent * np.array([intent in one.intents for one in self._articles])
        if near:
            scores += by.head * np.array([heads[0] for heads in near.heads])
            scores += by.heads * np.array([mean(heads[:3]) for heads in near.heads])
            scores += by.passage * np.array([max(passages) for passages in near.passages])
        powers = np.exp(np.append(scores, by.none + by.unknown * shared.unknown))
        probabilities: Vectors = powers[:-1] / powers.sum()
        return probabilities

    def _refresh(self) -> None:
        states = _states(self._folder)
        if {path: state for path, (state, _) in self._files.items()} == states:
            return
        old = self._files
        self._files = {
            path: old[path] if path in old and old[path][0] == state else (state, _read(path))
            for path, state in states.items()
        }
        by_slug: dict[str, tuple[str, Article]] = {}
        self.problems = []
        for path, (_, read) in self._files.items():
            if isinstance(read, str):
                self.problems.append(read)
            elif read and read.slug in by_slug:
                first = by_slug[read.slug][0]
                self.problems.append(f"{path.name}: `slug: {read.slug}` is {first}'s already")
            elif read:
                by_slug[read.slug] = (path.name, read)
        self._articles = [article for _, article in by_slug.values()]
        self._words = WordIndex(
            [article.heads for article in self._articles],
            [" ".join(_texts(article)) for article in self._articles],
            _same_words(self._folder / WORDS),
        )
        if self._vectors:
            groups = [article.heads for article in self._articles]
            groups += [_full_texts(article) for article in self._articles]
            self._bounds = [0, *accumulate(len(group) for group in groups)]
            self._matrix = self._vectors.of_texts([text for group in groups for text in group])


def _same_words(file: Path) -> dict[str, str]:
    try:
        return same_words(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return {}


def _states(folder: Path) -> dict[Path, tuple[int, int]]:
    """Time of change and size of each article's file, by name."""
    states = {}
    for path in [*sorted(folder.glob("*.md")), folder / WORDS]:
        with suppress(FileNotFoundError):  # taken away meanwhile
            stat = path.stat()
            states[path] = (stat.st_mtime_ns, stat.st_size)
    return states


def _read(path: Path) -> Article | str | None:
    """The article, or what is wrong with it; None if it was taken away meanwhile or isn't one."""
    if path.name == WORDS:
        return None
    try:
        return parse_article(path.read_text(encoding="utf-8"), path.name)
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        return f"{path.name}: is not UTF-8"
    except OSError as error:
        return f"{path.name}: {error.strerror}"
    except BadArticle as error:
        return str(error)


def _texts(article: Article) -> list[str]:
    return [f"{one.heading}. {plain(one.text)}" for one in article.passages]


def _full_texts(article: Article) -> list[str]:
    return [
        ". ".join(part for part in (article.title, one.heading, plain(one.text)) if part)
        for one in article.passages
    ]


def _covered_by_each(article: Article, question: str) -> list[float]:
    """How much of the question the words of each passage are."""
    index = WordIndex([[one.heading] for one in article.passages], _texts(article))
    return [float(covered) for covered in index.shared(question).covered]


def _speaking(nearness: Sequence[float]) -> int:
    """Of an article's passages the first speaks, which says what it is about, unless another one is
    clearly nearer."""
    best = int(np.argmax(nearness))
    return best if nearness[best] >= nearness[0] + _CLEARLY_NEARER else 0
