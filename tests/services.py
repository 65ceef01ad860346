"""Services that some tests need: used when they answer, required when CI=true."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


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


@asynccontextmanager
async def empty_postgres() -> AsyncIterator[str]:
    """The URL of a new database, which is dropped at the end."""
    need("PostgreSQL", answers(POSTGRES, 5432))
    name = f"warmline_test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(POSTGRES)
    await admin.execute(f'CREATE DATABASE "{name}"')
    try:
        yield POSTGRES.rpartition("/")[0] + f"/{name}"
    finally:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()
