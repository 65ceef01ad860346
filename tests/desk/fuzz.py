"""Schemathesis at the desk: requests made of the description, allowed and not, against the real server.

`python -m tests.desk.fuzz --max-examples 300` takes some minutes; other options are those of
`schemathesis run` (`--seed` repeats a run)."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bot.settings import ROOT
from tests.desk.api_desk import ApiDesk, open_api_desk

CONFIG = Path(__file__).with_name("schemathesis.toml")


def open_fuzzed(folder: Path, **changes: str) -> Any:
    """A desk where guessing passwords isn't slowed down by address (fuzz_hooks.py)."""
    return open_api_desk(folder, behind_proxy="true", **changes)


def fuzz(desk: ApiDesk, *options: str) -> subprocess.CompletedProcess[str]:
    names = {"url": desk.url, **desk.board.do(desk.ids())}
    program = Path(sys.executable).with_name("schemathesis")
    address = f"{desk.url}/api/openapi.json"
    return subprocess.run(
        [program, "--config-file", CONFIG, "run", address, "--no-color", *options],
        cwd=ROOT,
        env=os.environ | {f"DESK_{name.upper()}": value for name, value in names.items()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, open_fuzzed(Path(folder)) as desk:
        done = fuzz(desk, *sys.argv[1:])
    print(done.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
