"""What each contact reason is called when the assistant asks "would you like to … or …?": in
`data/<language>/meanings.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import NamedTuple

from actions.settings import ROOT


class Meaning(NamedTuple):
    phrase: str
    """Completes "Would you like to …"."""
    example: str
    """What a customer would write for it: the button's payload."""


@cache
def meanings(language: str) -> dict[str, Meaning]:
    """By intent; empty for a language that has no such file."""
    file = ROOT / "data" / language / "meanings.toml"
    if not file.is_file():
        return {}
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return {name: Meaning(**entry) for name, entry in table.items()}
