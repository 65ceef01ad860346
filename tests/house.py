"""The whole product, started as a user starts it, on free ports and in a folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.commands.parts import digest_file, model_file
from bot.commands.train import is_trained, train
from bot.settings import ROOT, Settings, load_settings

READY_WITHIN_S = 120


@dataclass
class House:
    settings: Settings
    process: subprocess.Popen[bytes]
    output: Path

    @property
    def url(self) -> str:
        return self.settings.url

    def said(self) -> str:
        """What `run` printed so far."""
        return self.output.read_text(errors="replace")

    def pid(self, part: str) -> int:
        found: dict[str, int] = json.loads((self.settings.data_dir / "run.json").read_text())
        return found[part]

    def kill(self, part: str) -> None:
        os.kill(self.pid(part), signal.SIGKILL)

    def freeze(self, part: str) -> None:
        os.kill(self.pid(part), signal.SIGSTOP)

    def thaw(self, part: str) -> None:
        os.kill(self.pid(part), signal.SIGCONT)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.loads(answer.read())

    def is_ready(self) -> bool:
        try:
            return bool(self.get("/health/ready")["status"] == "ready")
        except (OSError, urllib.error.URLError):
            return False

    def wait_until_ready(self, within_s: float = READY_WITHIN_S) -> None:
        deadline = time.monotonic() + within_s
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"not ready; it said:\n{self.said()}")
            time.sleep(0.1)

    def rest(self, sender: str, message: str, **more: str) -> list[dict[str, Any]]:
        """One message to Rasa's REST channel."""
        body = json.dumps({"sender": sender, "message": message, **more}).encode()
        request = urllib.request.Request(f"{self.url}/webhooks/rest/webhook", body)
        with urllib.request.urlopen(request, timeout=150) as answer:
            replies: list[dict[str, Any]] = json.loads(answer.read())
            return replies

    def say(self, sender: str, message: str, **more: str) -> str:
        """The reply's texts, joined."""
        return "\n".join(reply["text"] for reply in self.rest(sender, message, **more))

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)


def free_ports_in_a_row(count: int) -> int:
    """The first of `count` neighbouring ports: each language's engine takes the next one."""
    for _ in range(100):
        [first] = free_ports(1)
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError, OverflowError):
            for port in range(first, first + count):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first
    raise AssertionError(f"no {count} free ports in a row")


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def trained_model() -> Settings:
    """The project's own model, trained where its inputs changed since."""
    settings = load_settings()
    if not is_trained(settings):
        assert train(settings) == 0, "the dialogue model can't be trained"
    return settings


@contextmanager
def open_house(folder: Path, **changes: str) -> Iterator[House]:
    """`python -m bot run` with WARMLINE_… `changes`."""
    project = trained_model()
    engine_port = free_ports_in_a_row(len(changes.get("languages", "en").split(",")))
    port, actions_port = free_ports(2)
    names = {
        "data_dir": str(folder),
        "models_dir": str(project.models_dir),
        "port": str(port),
        "engine_port": str(engine_port),
        "actions_port": str(actions_port),
        "messages_per_minute": "10000",
        **changes,
    }
    settings = load_settings(**names)
    for made in (model_file, digest_file):
        made(settings).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made(project), made(settings))
    env = os.environ | {f"WARMLINE_{name.upper()}": value for name, value in names.items()}
    output = folder / "run.log"
    with output.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"],
            cwd=ROOT,
            env=env,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    house = House(settings, process, output)
    try:
        house.wait_until_ready()
        yield house
    finally:
        if process.poll() is None:
            house.stop()
