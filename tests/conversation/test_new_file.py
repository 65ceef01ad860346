"""Servers that start together on a new SQLite file."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from sqlalchemy import text

from bot.store.database import Database

SERVERS = 6
FILES = 12
"""One in eight of those failed for one of six servers before the race was known."""


def test_servers_that_open_a_new_file_at_once_all_write_to_it(tmp_path: Path) -> None:
    async def one(url: str, gate: Barrier) -> str:
        database = Database(url)
        await asyncio.to_thread(gate.wait)
        try:
            async with database.writing() as session:
                return str(await session.scalar(text("PRAGMA journal_mode")))
        finally:
            await database.close()

    with ThreadPoolExecutor(SERVERS) as servers:
        for number in range(FILES):
            url, gate = f"sqlite:///{tmp_path / f'{number}.db'}", Barrier(SERVERS)
            at_once = [servers.submit(asyncio.run, one(url, gate)) for _ in range(SERVERS)]
            assert all(opened.result() == "wal" for opened in at_once)
