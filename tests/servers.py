"""Two server processes (`python -m bot serve`) on one database, to be killed and started again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.settings import ROOT, Settings, load_settings
from tests.house import House, free_ports

ALIVE_WITHIN_S = 60.0


class Server:
    def __init__(self, settings: Settings, environment: dict[str, str], output: Path) -> None:
        self.settings = settings
        self.url = settings.url
        self.output = output
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.output.open("ab") as stream:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"],
                cwd=ROOT,
                env=self._environment,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )

    def wait_until_alive(self) -> None:
        assert self._process
        deadline = time.monotonic() + ALIVE_WITHIN_S
        while not self.is_alive():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{self.url} doesn't serve; it said:\n{self.said()}")
            time.sleep(0.05)

    def is_alive(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/live", timeout=10) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def kill(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """In order."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def open_servers(folder: Path, **changes: str) -> Iterator[tuple[Server, Server]]:
    """Two, started in the same moment, with WARMLINE_… `changes`."""
    servers = []
    with contextlib.ExitStack() as stack:
        for number, port in enumerate(free_ports(2), 1):
            names = {
                "data_dir": str(folder),
                "port": str(port),
                "speech": "false",
                "messages_per_minute": "10000",
                **changes,
            }
            environment = os.environ | {f"WARMLINE_{k.upper()}": v for k, v in names.items()}
            server = Server(load_settings(**names), environment, folder / f"server-{number}.log")
            server.start()
            stack.callback(server.stop)
            servers.append(server)
        for server in servers:
            server.wait_until_alive()
        yield servers[0], servers[1]


def beside(house: House) -> dict[str, str]:
    """Settings of servers that use a house's engine, actions and shop."""
    known = house.settings
    return {
        "models_dir": str(known.models_dir),
        "engine_port": str(known.engine_port),
        "actions_port": str(known.actions_port),
        "shop_database_url": known.shop_database_url,
    }
