"""Schemathesis finds nothing at the desk: no failure of the server, no answer that isn't described.
`python -m tests.desk.fuzz` looks longer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.desk.fuzz import fuzz, open_fuzzed


@pytest.mark.timeout(600)
async def test_schemathesis_finds_nothing(database_url: str, tmp_path: Path) -> None:
    # On the second database only what databases differ in: which words and numbers they take.
    on_postgres = database_url.startswith("postgresql")
    phases = "fuzzing" if on_postgres else "coverage,fuzzing"
    options = ("--phases", phases, "--max-examples", "3", "--generation-deterministic")
    with open_fuzzed(tmp_path, database_url=database_url) as desk:
        done = await asyncio.to_thread(fuzz, desk, *options)
    assert done.returncode == 0, done.stdout
    assert "No issues found" in done.stdout, done.stdout
