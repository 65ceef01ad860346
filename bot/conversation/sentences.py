"""What the server itself says, per language, in two forms: `data/<language>/server.toml`, and
`calls.toml` for what only calls need."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent.parent / "data"


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    spoken: str | None


class Sentences:
    def __init__(self, language: str, **names: str) -> None:
        self.language = language
        self._texts = _texts(language)
        self._names = names
        self.assistant = names.get("assistant", "")

    def __call__(self, key: str, **values: object) -> Sentence:
        """The sentence `key` with the values filled in. Raises KeyError for an unknown one."""
        entry = self._texts[key]
        filled = self._names | {name: str(value) for name, value in values.items()}
        spoken = entry.get("spoken")
        return Sentence(entry["text"].format(**filled), spoken.format(**filled) if spoken else None)

    def has(self, key: str) -> bool:
        return key in self._texts

    def fixed(self) -> Iterator[Sentence]:
        """Those that are always said in the same words."""
        for key, entry in self._texts.items():
            try:
                if "text" in entry:
                    yield self(key)
            except KeyError:  # it has a place for what is only known when it is said
                continue

    def words(self, key: str, name: str) -> frozenset[str]:
        """A list of words of the language (`name` in the entry `key`)."""
        return frozenset(self._texts[key][name])

    def of(self, language: str | None) -> Sentences:
        """The same in another language; these where that one isn't taught."""
        if language in (None, self.language) or not (DATA / language / "server.toml").is_file():
            return self
        return Sentences(language, **self._names)

    def button(self, key: str) -> dict[str, str]:
        """A button's title, and what a customer who taps it says."""
        entry = self._texts[key]
        return {"title": entry["title"], "payload": entry["payload"]}

    def says(self, key: str, text: str) -> bool:
        """Whether one of the entry's phrases is in what somebody said."""
        plain = f" {_plain(text)} "
        return any(
            f" {phrase} " in plain if phrase.isascii() else phrase in plain
            for phrase in self._texts[key]["phrases"]
        )

    def is_never_mind(self, text: str) -> bool:
        plain = _plain(text)
        return plain in self._texts["never_mind"]["phrases"]


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", "", text).lower().split())


@cache
def _texts(language: str) -> dict[str, dict[str, Any]]:
    texts: dict[str, dict[str, Any]] = {}
    for name in ("server.toml", "calls.toml"):
        file = DATA / language / name
        if name == "server.toml" or file.is_file():
            texts |= tomllib.loads(file.read_text(encoding="utf-8"))
    return texts
