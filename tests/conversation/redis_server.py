"""A Redis of one's own, to be taken away and brought back."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.house import free_ports
from tests.services import answers, need


class RedisServer:
    def __init__(self, folder: Path) -> None:
        [self.port] = free_ports(1)
        self.folder = folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir"]
        self.process = subprocess.Popen(
            ["redis-server", *options, str(self.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )
        while not answers(self.url, self.port):
            assert self.process.poll() is None, "redis-server doesn't start"
            time.sleep(0.02)

    def signal(self, number: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self.process
        self.process.wait()


@contextmanager
def own_redis(folder: Path) -> Iterator[RedisServer]:
    """Not started yet."""
    need("the program redis-server", shutil.which("redis-server") is not None)
    made = RedisServer(folder)
    try:
        yield made
    finally:
        if made.process and made.process.poll() is None:
            made.kill()
