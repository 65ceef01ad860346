"""Schemathesis finds nothing at the desk: no failure of the server, no answer that isn't described.
`python -m tests.desk.fuzz` looks longer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.desk.fuzz import fuzz, open_fuzzed


@pytest.mark.timeout(600)
async def test_schemathesis_finds_nothing(database_url: str, tmp_path: Path) -> None:
    options = ["--max-examples", "4", "--generation-deterministic"]
    if database_url.startswith("postgresql"):
        options += ["--phases", "fuzzing"]  # what a database may stumble over; the rest is the same
    with open_fuzzed(tmp_path, database_url=database_url) as desk:
        done = await asyncio.to_thread(fuzz, desk, *options)
    assert done.returncode == 0, done.stdout
    assert "No issues found" in done.stdout, done.stdout
