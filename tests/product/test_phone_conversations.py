"""Six of the benchmark's telephone conversations, with callers who react (bench/conversations.yml)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.conversation_report import Told
from bench.conversations import TOKEN, hold, made, scripts_for
from tests.house import House, open_house

pytestmark = [pytest.mark.engine, pytest.mark.speech, pytest.mark.realtime]

AT_ONCE = 3


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(
        tmp_path_factory.mktemp("conversations"), twilio_auth_token=TOKEN, max_calls="4"
    ) as house:
        yield house


@pytest.fixture(scope="module")
async def told(phones: House) -> list[Told]:
    """Judged by the shop's database and the log; all of them at three telephones."""
    scripts = [script for script in scripts_for(phones) if script.ci]
    made(scripts)
    return await hold(phones, scripts, at_once=AT_ONCE)


async def test_six_callers_reach_their_goals(told: list[Told]) -> None:
    assert len(told) == 6
    lost = [(one.name, one.cause, one.exchanges) for one in told if not one.reached]
    assert not lost, lost


async def test_nobody_hears_of_or_changes_what_is_not_theirs(told: list[Told]) -> None:
    assert [one.wrong for one in told if one.wrong] == []
