"""Servers are killed in the middle of a conversation, and nobody's words are lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import House
from tests.product.killing import kill_by_turns
from tests.servers import beside, open_servers
from tests.services import empty_postgres

pytestmark = [
    pytest.mark.engine,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.realtime,
    pytest.mark.slow,
    pytest.mark.timeout(400),  # on a machine that may be busy
]

KILLS = 3
"""Twenty with `python -m bench.kills`."""


async def test_three_servers_are_killed_while_both_sides_type(
    house: House, redis_url: str, tmp_path: Path
) -> None:
    async with empty_postgres() as url:
        changes = {"database_url": url, "redis_url": redis_url, **beside(house)}
        with open_servers(tmp_path, **changes) as servers:
            made = await kill_by_turns(house, servers, url, KILLS, seed=1)
    assert not made.wrong
    assert len(made.kills) == KILLS
    assert made.messages > 20
