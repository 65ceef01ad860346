"""What the dialogue model is trained from, so that it is trained again when that changed, and only
then. Standard library only: run before anything else exists.

`python engine/fingerprint.py [LANGUAGE]` prints the digest.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

_COMPONENTS = (
    "engine/emails_spoken.py",
    "engine/numbers_spoken.py",
    "engine/sentences.py",
    "engine/requirements.lock",
)


def pipeline_config(root: Path, language: str = "en") -> Path:
    """The language's own pipeline and policies, else everybody's."""
    own = root / "data" / language / "config.yml"
    return own if own.is_file() else root / "config.yml"


def training_inputs(root: Path, language: str = "en") -> list[Path]:
    """Every file the model depends on, sorted."""
    files = [root / name for name in _COMPONENTS]
    files.append(pipeline_config(root, language))
    for folder in ("components", "policies"):
        files += (root / "engine" / folder).glob("*.py")
    files += (root / "data" / language).rglob("*.yml")
    return sorted({path for path in files if path.is_file()})


def training_digest(root: Path, language: str = "en") -> str:
    """SHA-256 over names and contents of the training inputs, in hex."""
    digest = hashlib.sha256()
    for path in training_inputs(root, language):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


if __name__ == "__main__":
    print(training_digest(Path(__file__).resolve().parent.parent, *sys.argv[1:2]))  # noqa: T201
