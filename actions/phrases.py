"""What the assistant says with facts in it: `data/<language>/phrases/*.toml`.

A phrase has a form for the eye and, where that isn't enough, one for the ear:

    [cancelled]
    text = "Order {number} is cancelled."

    [rephrase]
    variants = ["Could you say it in other words?", {text = "…", spoken = "…"}]

{names} are filled with values; one that has two forms itself (`Words`) brings the fitting one to each.
Files are read again when they change: a better wording counts from the next turn on, without training.
"""

from __future__ import annotations

import logging
import string
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from actions.wording import Words, in_words

logger = logging.getLogger(__name__)

Value = str | int | Words


class BadPhrase(Exception):
    """A file of phrases that can't be used: which, and why."""


class Phrases:
    """The phrases of one language, by key."""

    def __init__(self, folder: Path) -> None:
        """Raises BadPhrase."""
        self._folder = folder
        self._stamp: dict[Path, float] = {}
        self._refused: dict[Path, float] = {}
        self._known: dict[str, Sequence[Words]] = {}
        self.refresh()

    def refresh(self) -> None:
        """Reads what changed. Raises BadPhrase at the first reading; later a file that is broken (it
        may be in the middle of being written) leaves everything as it was."""
        stamp = {path: path.stat().st_mtime for path in sorted(self._folder.glob("*.toml"))}
        if stamp == self._stamp:
            return
        try:
            known: dict[str, Sequence[Words]] = {}
            for path in stamp:
                for key, entry in _read(path).items():
                    if key in known:
                        raise BadPhrase(f"{path.name}: `{key}` is there twice")
                    known[key] = _variants(path.name, key, entry)
        except BadPhrase as error:
            if not self._known:
                raise
            if stamp != self._refused:
                logger.warning("phrases stay as they were: %s", error)
            self._refused = stamp
            return
        self._stamp, self._known = stamp, known

    def __contains__(self, key: str) -> bool:
        return key in self._known

    def variants(self, key: str) -> int:
        return len(self._known.get(key, ()))

    def keys(self) -> list[str]:
        return list(self._known)

    def __call__(self, key: str, nth: int = 0, /, **values: Value) -> Words:
        """The phrase, filled in. Of several variants the `nth`, round and round. Raises KeyError for
        an unknown phrase or a value that is missing."""
        if key not in self._known:
            raise KeyError(f"no phrase {key!r} in {self._folder}")
        variants = self._known[key]
        words = variants[nth % len(variants)]
        return Words(
            words.text.format(**{name: _written(value) for name, value in values.items()}),
            words.spoken.format(**{name: _said(value) for name, value in values.items()}),
        )

    def names(self, key: str) -> set[str]:
        """The {names} its variants want."""
        return {
            field
            for words in self._known[key]
            for form in (words.text, words.spoken)
            for _, field, _, _ in string.Formatter().parse(form)
            if field
        }


def _written(value: Value) -> str:
    return value.text if isinstance(value, Words) else str(value)


def _said(value: Value) -> str:
    if isinstance(value, Words):
        return value.spoken
    return in_words(value) if isinstance(value, int) and 0 <= value < 1000 else str(value)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPhrase(f"{path.name}: {error}") from error


def _variants(file: str, key: str, entry: Any) -> Sequence[Words]:
    forms = entry.get("variants", [entry]) if isinstance(entry, dict) else [entry]
    words = []
    for form in forms:
        if isinstance(form, str):
            form = {"text": form}
        text = form.get("text") if isinstance(form, dict) else None
        if not isinstance(form, dict) or not isinstance(text, str):
            raise BadPhrase(f"{file}: `{key}` needs `text = …`, or `variants` of such")
        words.append(Words(text, str(form.get("spoken", text))))
    if not words:
        raise BadPhrase(f"{file}: `{key}` has no variants")
    return words
