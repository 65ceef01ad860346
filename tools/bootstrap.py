"""Makes what `make` needs from nothing but Python 3.11, git and make: uv and the two environments.

Standard library only, since it runs before anything is installed. Each environment is made again
only when its lock file (or the interpreter) changed; a stamp inside the environment remembers.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
UV = TOOLS / "bin" / "uv"
UV_REQUIREMENT = ROOT / "tools" / "uv.lock.txt"
PROJECT = ROOT / ".venv"
ENGINE = ROOT / "engine" / ".venv"


def say(text: str) -> None:
    print(f"[setup] {text}", flush=True)


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    """Run a command; on failure show what it was and end with its code."""
    words = [str(word) for word in command]
    result = subprocess.run(words, env=env, cwd=ROOT)
    if result.returncode:
        say("this failed: " + " ".join(words))
        raise SystemExit(result.returncode)


def clean_environment() -> dict[str, str]:
    """The environment for installers: byte code is written (Rasa's TensorFlow takes 22 s to import
    without it, 8 s with it) and no other virtual environment leaks in."""
    unwanted = {"PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def fingerprint(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def ensure_uv() -> None:
    stamp = TOOLS / "stamp"
    wanted = fingerprint(UV_REQUIREMENT)
    if UV.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    say("installing uv, the package installer")
    shutil.rmtree(TOOLS, ignore_errors=True)
    run(sys.executable, "-m", "venv", TOOLS)
    run(
        TOOLS / "bin" / "python", "-m", "pip", "install", "--quiet",
        "--disable-pip-version-check", "--require-hashes", "-r", UV_REQUIREMENT,
    )  # fmt: skip
    stamp.write_text(wanted)


def python_310() -> str:
    """The Python 3.10 Rasa needs: one on PATH, one of pyenv's, else one that uv fetches."""
    candidates: list[str] = []
    if "WARMLINE_PYTHON310" in os.environ:
        candidates.append(os.environ["WARMLINE_PYTHON310"])
    pyenv_root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    if pyenv := shutil.which("pyenv"):
        answer = subprocess.run([pyenv, "root"], capture_output=True, text=True)
        if answer.returncode == 0:
            pyenv_root = Path(answer.stdout.strip())
    candidates += sorted(map(str, pyenv_root.glob("versions/3.10.*/bin/python3.10")), reverse=True)
    if found := shutil.which("python3.10"):
        candidates.append(found)
    for candidate in candidates:
        check = subprocess.run(
            [candidate, "-c", "import sys, venv; print(sys.version_info[:2] == (3, 10))"],
            capture_output=True,
            text=True,
        )
        if check.returncode == 0 and check.stdout.strip() == "True":
            return candidate
    say("no Python 3.10 on this machine: asking uv for one")
    run(UV, "python", "install", "3.10", env=clean_environment())
    return "3.10"


def ensure_environment(name: str, folder: Path, lock: Path, find_python: Callable[[], str]) -> None:
    """`find_python` is asked only when the environment has to be made."""
    stamp = folder / "warmline-stamp"
    python = folder / "bin" / "python"
    wanted = fingerprint(lock)
    if stamp.exists() and stamp.read_text() == wanted and python.exists():
        return
    say(f"installing {name} (the first time takes a minute or two)")
    began = time.monotonic()
    env = clean_environment()
    if not python.exists():
        run(UV, "venv", "--quiet", "--python", find_python(), "--clear", folder, env=env)
    env["VIRTUAL_ENV"] = str(folder)
    run(UV, "pip", "sync", "--require-hashes", "--compile-bytecode", lock, env=env)
    stamp.write_text(wanted)
    say(f"{name} ready after {time.monotonic() - began:.0f} s")


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  (runs before anything checks the version)
        found = ".".join(map(str, sys.version_info[:3]))
        raise SystemExit(
            f"[setup] Warmline needs Python 3.11 or newer; this is {found} ({sys.executable}).\n"
            "[setup] Name another one: make PYTHON=python3.11 …"
        )
    ensure_uv()
    ensure_environment("the project", PROJECT, ROOT / "requirements.lock", lambda: sys.executable)
    ensure_environment("the Rasa engine", ENGINE, ROOT / "engine" / "requirements.lock", python_310)


if __name__ == "__main__":
    main()
