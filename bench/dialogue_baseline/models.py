"""The two models to compare, each trained once into var/bench/ and again when its inputs changed.

Trained without Rasa's cache of earlier trainings, so that the time is the whole one."""

from __future__ import annotations

import hashlib
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.commands.parts import (
    ENGINE_PYTHON,
    base_environment,
    die_with_parent,
    digest_file,
    model_file,
)
from bot.settings import ROOT, Settings, load_settings
from engine.fingerprint import pipeline_config, training_digest

FOLDER = ROOT / "var" / "bench"
HERE = Path(__file__).resolve().parent
DATA = ROOT / "data" / "en"
TRAINED_FROM = [str(DATA / "nlu"), str(DATA / "rules")]
STORIES = HERE / "stories.yml"
COMPONENTS = ("components/number_extractor.py", "numbers_spoken.py", "emails_spoken.py")
"""Of ours, in the baseline's pipeline."""

STILL_EVERY_S = 30.0


@dataclass(frozen=True, slots=True)
class Trained:
    name: str
    file: Path
    digest: str
    current: bool = True
    seconds: float | None = None
    """By the clock; None: not trained here."""
    cpu_seconds: float | None = None
    """Of all cores together: what other work on the machine hardly changes."""


def ours(settings: Settings, *, with_time: bool) -> Trained:
    """The model that runs, if it is up to date and nobody asks how long its training takes."""
    digest = training_digest(ROOT, "en")
    stamp = digest_file(settings, "en")
    running = model_file(settings, "en")
    if not with_time and running.exists() and stamp.exists() and stamp.read_text() == digest:
        return Trained("Warmline", running, digest)
    return _trained("ours", "Warmline", digest, pipeline_config(ROOT, "en"), TRAINED_FROM)


def baseline(*, even_stale: bool = False) -> Trained:
    """`even_stale`: one that was trained from earlier data will do."""
    digest = baseline_digest()
    known = _known("baseline")
    if even_stale and known:
        return _as_it_is(known, current=known.digest == digest)
    config = HERE / "config.yml"
    return _trained("baseline", "retail-demo", digest, config, [*TRAINED_FROM, str(STORIES)])


def baseline_digest() -> str:
    files = [HERE / "config.yml", STORIES, ROOT / "engine" / "requirements.lock"]
    files += [ROOT / "engine" / name for name in COMPONENTS]
    for folder in ("nlu", "rules", "domain"):
        files += sorted((DATA / folder).rglob("*.yml"))
    return _digest(files)


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _known(slug: str) -> Trained | None:
    note = FOLDER / f"{slug}.json"
    if not note.exists():
        return None
    known = json.loads(note.read_text())
    found = Trained(**(known | {"file": FOLDER / known["file"]}))
    return found if found.file.exists() else None


def _as_it_is(known: Trained, *, current: bool) -> Trained:
    return Trained(**(asdict(known) | {"current": current}))


def _trained(slug: str, name: str, digest: str, config: Path, data: Sequence[str]) -> Trained:
    known = _known(slug)
    if known and known.digest == digest:
        return known
    FOLDER.mkdir(parents=True, exist_ok=True)
    log = FOLDER / f"training-{slug}.log"
    print(f"Training {name}'s model ({log} says more) …", flush=True)
    began, cpu_began = time.monotonic(), _children_cpu()
    with TemporaryDirectory(prefix="warmline-bench-") as empty, log.open("wb") as stream:
        command = [
            str(ENGINE_PYTHON), "-m", "rasa", "train",
            "--config", str(config), "--domain", str(DATA / "domain"), "--data", *data,
            "--out", str(FOLDER), "--fixed-model-name", slug,
        ]  # fmt: skip
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=base_environment(load_settings()) | {"RASA_CACHE_DIRECTORY": empty},
            stdout=stream,
            stderr=stream,
            preexec_fn=die_with_parent,
        )
        code = _patiently(process, log)
    if code:
        sys.exit(f"Training failed; the end of {log}:\n{log.read_text(errors='replace')[-3000:]}")
    seconds, cpu_seconds = time.monotonic() - began, _children_cpu() - cpu_began
    made = Trained(
        name, FOLDER / f"{slug}.tar.gz", digest, seconds=seconds, cpu_seconds=cpu_seconds
    )
    note = asdict(made) | {"file": made.file.name}
    (FOLDER / f"{slug}.json").write_text(json.dumps(note, indent=1))
    print(f"Trained in {seconds:.0f} s.", flush=True)
    return made


def _patiently(process: subprocess.Popen[bytes], log: Path) -> int:
    """Waits for it and says now and then how far it is; its exit code."""
    began = time.monotonic()
    try:
        while True:
            try:
                return process.wait(timeout=STILL_EVERY_S)
            except subprocess.TimeoutExpired:
                seconds = time.monotonic() - began
                print(f"  … still training ({seconds:.0f} s){_epochs(log)}", flush=True)
    finally:
        if process.poll() is None:  # Ctrl-C: nothing is left behind
            process.terminate()
            process.wait()


def _epochs(log: Path) -> str:
    """Which component, and how many epochs of it are done, if it counts them."""
    text = log.read_text(errors="replace")
    started = re.findall(r"Starting to train component '(\w+)'", text)
    if not started:
        return ""
    counted = re.findall(r"Epochs: +(\d+%)", text[text.rindex(started[-1]) :])
    return f": {started[-1]} {counted[-1] if counted else ''}".rstrip()


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
