"""The parts that run, and how each is started: actions, an engine for each language, the server."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from bot.settings import ROOT, Settings

ENGINE_PYTHON = ROOT / "engine" / ".venv" / "bin" / "python"

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "SANIC_IGNORE_PRODUCTION_WARNING": "true",
}


def die_with_parent() -> None:
    """For `preexec_fn`. Linux: a child gets SIGTERM when this process dies, so none is left behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG, prctl(2)


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path | None
    """Where its output goes; None: to the console."""


def model_name(language: str) -> str:
    return f"warmline-{language}"


def model_file(settings: Settings, language: str | None = None) -> Path:
    """The trained model of a language (None: the default one)."""
    return settings.data_dir / "models" / f"{model_name(language or settings.language)}.tar.gz"


def digest_file(settings: Settings, language: str | None = None) -> Path:
    return settings.data_dir / "models" / f"{model_name(language or settings.language)}.inputs"


def base_environment(settings: Settings) -> dict[str, str]:
    """Without PYTHONDONTWRITEBYTECODE, which makes every Rasa start compile TensorFlow again."""
    env = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= QUIET
    env["PYTHONPATH"] = str(ROOT)
    env["PYTHONUNBUFFERED"] = "1"
    env["WARMLINE_MODELS"] = str(settings.models_dir)
    if settings.shop_secret:  # perhaps from the file; the backend runs in actions and server
        env["WARMLINE_SHOP_SECRET"] = settings.shop_secret.get_secret_value()
    return env


ARENAS = "2"
"""glibc keeps what threads gave back in up to eight arenas a core; calls, whose sizes vary, fill them
all in the course of an hour (docs/benchmarks.md, "Soak")."""


def server_environment(settings: Settings) -> dict[str, str]:
    env = base_environment(settings)
    env.setdefault("MALLOC_ARENA_MAX", ARENAS)
    return env


def engine_environment(settings: Settings, language: str) -> dict[str, str]:
    env = base_environment(settings)
    env["WARMLINE_TRACKER_DB"] = str(settings.data_dir / f"tracker-{language}.db")
    env["WARMLINE_ACTIONS_URL"] = settings.actions_url
    return env


def actions_environment(settings: Settings) -> dict[str, str]:
    env = base_environment(settings)
    env["WARMLINE_ACTIONS_PORT"] = str(settings.actions_port)
    env["WARMLINE_SHOP_DATABASE_URL"] = settings.shop_database_url
    env["WARMLINE_SHOP_BACKEND"] = settings.shop_backend
    return env


def engine(settings: Settings, language: str) -> Part:
    command = [
        str(ENGINE_PYTHON), "-m", "rasa", "run", "--enable-api",
        "-i", "127.0.0.1", "--port", str(settings.engine_ports[language]),
        "--model", str(model_file(settings, language)),
        "--endpoints", "engine/endpoints.yml", "--credentials", "engine/credentials.yml",
    ]  # fmt: skip
    name = settings.engine_name(language)
    log = settings.data_dir / "logs" / f"{name}.log"
    return Part(name, command, engine_environment(settings, language), log)


def actions(settings: Settings) -> Part:
    log = settings.data_dir / "logs" / "actions.log"
    return Part("actions", [sys.executable, "-m", "actions"], actions_environment(settings), log)


def server(settings: Settings) -> Part:
    command = [sys.executable, "-m", "bot", "serve"]
    return Part("server", command, server_environment(settings), None)
