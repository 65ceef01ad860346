"""`engine/` is an ordinary Rasa project: its own tools work on it."""

from __future__ import annotations

import os
import subprocess

import pytest

from bot.commands.parts import model_file
from bot.settings import ROOT, load_settings
from tests.dialogue.engine_house import ENGINE_PYTHON, House

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]


def rasa(*arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        [str(ENGINE_PYTHON), "-m", "rasa", *arguments],
        cwd=ROOT / "engine",
        env=kept | {"PYTHONPATH": "..", "RASA_TELEMETRY_ENABLED": "false"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )


def test_the_data_is_valid() -> None:
    done = rasa("data", "validate", "--domain", "domain")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "No story structure conflicts found" in done.stdout


def test_the_test_stories_hold(house: House, tmp_path_factory: pytest.TempPathFactory) -> None:
    model = os.environ.get("TEST_MODEL") or str(model_file(load_settings()))
    out = tmp_path_factory.mktemp("rasa_test")
    told = rasa(
        *("test", "core", "--stories", "tests", "--model", model, "--out", str(out)),
        "--fail-on-prediction-errors",
    )
    assert told.returncode == 0, told.stdout[-3000:]
