"""Services that some tests need: used when they answer, required when CI=true."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

import pytest

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


def answers(url: str, default_port: int) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection(
            (parts.hostname or "127.0.0.1", parts.port or default_port), 1
        ):
            return True
    except OSError:
        return False


def need(name: str, there: bool) -> None:
    """Skips the test without the service; fails it where CI must have it."""
    if there:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{name} is required when CI=true, and it does not answer")
    pytest.skip(f"{name} does not answer")
