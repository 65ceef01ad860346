"""Trains the dialogue model in the engine's environment, when its inputs changed."""

from __future__ import annotations

import subprocess
import sys
import time

from bot.commands.parts import (
    ENGINE_PYTHON,
    MODEL,
    die_with_parent,
    digest_file,
    engine_environment,
    model_file,
)
from bot.settings import ROOT, Settings
from engine.fingerprint import training_digest

STILL_EVERY_S = 10.0


def is_trained(settings: Settings) -> bool:
    stamp = digest_file(settings)
    return (
        model_file(settings).exists()
        and stamp.exists()
        and stamp.read_text() == training_digest(ROOT)
    )


def patiently(process: subprocess.Popen[bytes]) -> int:
    """Waits for it and says now and then that it goes on; its exit code."""
    began = time.monotonic()
    try:
        while True:
            try:
                return process.wait(timeout=STILL_EVERY_S)
            except subprocess.TimeoutExpired:
                print(f"  … still training ({time.monotonic() - began:.0f} s)", flush=True)
    finally:
        if process.poll() is None:  # Ctrl-C: nothing is left behind
            process.terminate()
            process.wait()


def train(settings: Settings, *, if_needed: bool = False) -> int:
    """Exit code of the training; 0 if there was nothing to do."""
    if if_needed and is_trained(settings):
        return 0
    from speech.catalogue import Catalogue

    Catalogue.load(settings.models_dir).ensure("sentences", settings.language)
    began = time.monotonic()
    digest = training_digest(ROOT)
    folder = model_file(settings).parent
    folder.mkdir(parents=True, exist_ok=True)
    log = settings.data_dir / "logs" / "training.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [
        str(ENGINE_PYTHON), "-m", "rasa", "train",
        "--config", "config.yml", "--domain", f"data/{settings.language}/domain",
        "--data", f"data/{settings.language}/nlu", f"data/{settings.language}/rules",
        "--out", str(folder), "--fixed-model-name", MODEL,
    ]  # fmt: skip
    print("Training the dialogue model (about a minute) …", flush=True)
    with log.open("wb") as stream:
        code = patiently(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=engine_environment(settings),
                stdout=stream,
                stderr=stream,
                preexec_fn=die_with_parent,
            )
        )
    if code or not model_file(settings).exists():
        print(f"Training failed; the end of {log}:", file=sys.stderr)
        print("\n".join(log.read_text(errors="replace").splitlines()[-25:]), file=sys.stderr)
        return code or 1
    digest_file(settings).write_text(digest)
    print(f"Trained in {time.monotonic() - began:.0f} s.", flush=True)
    return 0
