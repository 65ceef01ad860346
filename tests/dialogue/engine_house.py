"""The real engine and action server on free ports, and a customer who talks to them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ENGINE_PYTHON = ROOT / "engine" / ".venv" / "bin" / "python"
SHARED = {
    "PYTHONPATH": str(ROOT),
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}
PATIENCE_S = 90.0
"""For a start on a busy machine; it takes 6 to 15 s on a quiet one."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """One part: started, waited for, ended by its own id."""

    def __init__(
        self, command: list[str], environment: Mapping[str, str], health: str, log: Path
    ) -> None:
        self._command = command
        self._environment = {
            name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
        } | dict(environment)
        self._health = health
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=output, stderr=output
            )

    def wait(self) -> None:
        """Until it answers. Polls a real process, which has no clock of ours."""
        assert self._process is not None
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(self._health, timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"{self._command} did not start:\n{self._log.read_text()[-3000:]}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


@dataclass
class House:
    engine: Process
    actions: Process
    url: str
    actions_url: str
    orders: list[dict[str, Any]]
    """Of the seeded shop: number, status, postcode, customer_id, customer, …"""
    tracker_file: Path
    shop_file: Path

    def order(self, status: str) -> dict[str, Any]:
        return next(order for order in self.orders if order["status"] == status)

    def customer(self, **turn: Any) -> Customer:
        return Customer(self, turn)

    def post(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/webhooks/warmline/{path}", data, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


@dataclass
class Customer:
    """Somebody in one conversation; `turn` holds what each of their turns carries."""

    house: House
    turn: dict[str, Any] = field(default_factory=dict)
    conversation: str = field(default_factory=lambda: uuid.uuid4().hex)

    def body(self, text: str, **changes: Any) -> dict[str, Any]:
        return (
            {
                "turn_id": uuid.uuid4().hex,
                "conversation": self.conversation,
                "leg": f"leg-of-{self.conversation}",
                "channel": "webchat",
                "language": "en",
                "source": self.conversation,
                "text": text,
                "alternatives": [],
                "identity": None,
            }
            | self.turn
            | changes
        )

    def says(self, text: str, **changes: Any) -> Reply:
        status, body = self.house.post("turn", self.body(text, **changes))
        assert status == 200, body
        return Reply(body)


@dataclass
class Reply:
    body: dict[str, Any]

    @property
    def responses(self) -> list[str]:
        return [message["response"] for message in self.body["messages"]]

    @property
    def text(self) -> str:
        return "\n".join(message["text"] for message in self.body["messages"])

    @property
    def spoken(self) -> str:
        return " ".join(message["spoken"] for message in self.body["messages"])

    @property
    def expects(self) -> str:
        return str(self.body["expects"])

    @property
    def handoff(self) -> str | None:
        asked = self.body["handoff"]
        return str(asked["reason"]) if asked else None

    @property
    def identified(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.body["identified"]
        return found


def engine_process(folder: Path, model: Path, actions_url: str) -> tuple[Process, str]:
    """An engine that isn't started yet, and its address."""
    port = free_port()
    engine = Process(
        [
            str(ENGINE_PYTHON), "-m", "rasa", "run", "--enable-api", "-i", "127.0.0.1",
            "--port", str(port), "--model", str(model),
            "--endpoints", "engine/endpoints.yml", "--credentials", "engine/credentials.yml",
        ],
        SHARED
        | {
            "WARMLINE_TRACKER_DB": str(folder / "tracker.db"),
            "WARMLINE_ACTIONS_URL": actions_url,
        },
        f"http://127.0.0.1:{port}/webhooks/warmline/",
        folder / "engine.log",
    )  # fmt: skip
    return engine, f"http://127.0.0.1:{port}"


def open_house(folder: Path, model: Path, shop_file: Path, orders: list[dict[str, Any]]) -> House:
    actions_port = free_port()
    actions_url = f"http://127.0.0.1:{actions_port}"
    engine, url = engine_process(folder, model, actions_url)
    actions = Process(
        [sys.executable, "-m", "actions"],
        SHARED
        | {
            "WARMLINE_ACTIONS_PORT": str(actions_port),
            "WARMLINE_SHOP_DATABASE_URL": f"sqlite:///{shop_file}",
        },
        f"{actions_url}/health",
        folder / "actions.log",
    )
    house = House(
        engine=engine,
        actions=actions,
        url=url,
        actions_url=actions_url,
        orders=orders,
        tracker_file=folder / "tracker.db",
        shop_file=shop_file,
    )
    engine.start()
    actions.start()
    try:
        engine.wait()
        actions.wait()
    except BaseException:
        engine.stop()
        actions.stop()
        raise
    return house
