"""Trains the dialogue models in the engine's environment, each when its inputs changed."""

from __future__ import annotations

import subprocess
import sys
import time

from bot.commands.parts import (
    ENGINE_PYTHON,
    die_with_parent,
    digest_file,
    engine_environment,
    model_file,
    model_name,
)
from bot.settings import ROOT, Settings
from engine.fingerprint import pipeline_config, training_digest

STILL_EVERY_S = 10.0


def is_trained(settings: Settings) -> bool:
    """Whether every language's model is there and up to date."""
    return all(_is_trained(settings, language) for language in settings.languages)


def _is_trained(settings: Settings, language: str) -> bool:
    stamp = digest_file(settings, language)
    return (
        model_file(settings, language).exists()
        and stamp.exists()
        and stamp.read_text() == training_digest(ROOT, language)
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
    for language in settings.languages:
        if if_needed and _is_trained(settings, language):
            continue
        if code := _train(settings, language):
            return code
    return 0


def _train(settings: Settings, language: str) -> int:
    from speech.catalogue import Catalogue

    config = pipeline_config(ROOT, language)
    if config.parent == ROOT:  # a language's own pipeline may do without
        Catalogue.load(settings.models_dir).ensure("sentences", language)
    began = time.monotonic()
    digest = training_digest(ROOT, language)
    model = model_file(settings, language)
    model.parent.mkdir(parents=True, exist_ok=True)
    log = settings.data_dir / "logs" / f"training-{language}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    data = f"data/{language}"
    command = [
        str(ENGINE_PYTHON), "-m", "rasa", "train",
        "--config", str(config.relative_to(ROOT)), "--domain", f"{data}/domain",
        "--data", f"{data}/nlu", f"{data}/rules",
        "--skip-validation",  # 12 of 80 seconds; the tests run `rasa data validate`
        "--out", str(model.parent), "--fixed-model-name", model_name(language),
    ]  # fmt: skip
    print(f"Training the dialogue model ({language}) …", flush=True)
    with log.open("wb") as stream:
        code = patiently(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=engine_environment(settings, language),
                stdout=stream,
                stderr=stream,
                preexec_fn=die_with_parent,
            )
        )
    if code or not model.exists():
        print(f"Training failed; the end of {log}:", file=sys.stderr)
        print("\n".join(log.read_text(errors="replace").splitlines()[-25:]), file=sys.stderr)
        return code or 1
    digest_file(settings, language).write_text(digest)
    print(f"Trained in {time.monotonic() - began:.0f} s.", flush=True)
    return 0
