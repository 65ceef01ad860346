"""Checks the pages: TypeScript's checker over their JSDoc types, and the widget's size.

TypeScript comes through npm. Without npm the type check is left out and said so; with CI=true it is
required."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "bot" / "channels" / "widget", ROOT / "bot" / "desk" / "pages"]
TYPESCRIPT = "typescript@5.9.3"
WIDGET_BYTES = 30 * 1024
"""All of the widget's scripts and styles, gzipped; a shop's page carries them."""


def check_types() -> int:
    npm = shutil.which("npm")
    if npm is None:
        print("pages: npm is not installed, so their types were not checked")
        return 1 if os.environ.get("CI") == "true" else 0
    cache = ROOT / ".tools" / "typescript"
    if not (cache / "node_modules" / "typescript").exists():
        cache.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--silent", "--no-package-lock", "--prefix", str(cache)]
        if subprocess.run([*command, TYPESCRIPT], cwd=cache).returncode:
            print("pages: TypeScript could not be fetched")
            return 1
    compiler = cache / "node_modules" / ".bin" / "tsc"
    code = 0
    for folder in PAGES:
        code |= subprocess.run([str(compiler), "-p", str(folder)], cwd=ROOT).returncode
    return code


def check_size() -> int:
    folder = PAGES[0]
    carried = [path for path in folder.iterdir() if path.suffix in (".js", ".css")]
    carried = [path for path in carried if not path.name.startswith("demo")]
    size = sum(len(gzip.compress(path.read_bytes(), 9)) for path in carried)
    print(f"widget: {size / 1024:.1f} KB gzipped in {len(carried)} files (limit 30 KB)")
    return 0 if size <= WIDGET_BYTES else 1


if __name__ == "__main__":
    sys.exit(check_types() | check_size())
