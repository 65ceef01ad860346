"""No assistant speaks after a handoff has begun, however things fall out in time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.conversation.events import Event, Kind
from bot.store.tables import Speaker
from tests.handoff.interleaving import open_world, play
from tests.handoff.judge import RETURNED, judge
from tests.services import empty_postgres

SCENES = 24
ON_SQLITE = 6


@pytest.mark.realtime
@pytest.mark.timeout(400)  # on a machine that may be busy
@pytest.mark.redis
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_nobody_speaks_who_does_not_have_the_floor(
    kind: str, redis_url: str, tmp_path: Path
) -> None:
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'centre.db'}"
        async with open_world(tmp_path, url, redis_url) as world:
            breaches, counts = await play(world, range(ON_SQLITE), at_once=8)
    else:
        async with empty_postgres() as url, open_world(tmp_path, url, redis_url) as world:
            breaches, counts = await play(world, range(SCENES), at_once=20)
    assert not breaches, "\n".join(breaches)
    for happened in ("accepted", "handed on", "came too late", "the engine's answers dropped"):
        assert counts[happened], counts  # else nothing was put to the test


def log_of(*told: tuple[Kind, Speaker, str | None]) -> list[Event]:
    at = datetime(2026, 3, 4, tzinfo=UTC)
    words = {Speaker.SYSTEM: f"{RETURNED}…"}
    return [
        Event(seq, at, kind, who, words.get(who, ""), name, None, None, None, f"turn {seq}", {})
        for seq, (kind, who, name) in enumerate(told, 1)
    ]


ASSISTANT = (Kind.MESSAGE, Speaker.ASSISTANT, "Juniper")
MAYA, SAM = (Kind.MESSAGE, Speaker.AGENT, "Maya"), (Kind.MESSAGE, Speaker.AGENT, "Sam")
REQUESTED = (Kind.HANDOFF_REQUESTED, Speaker.SYSTEM, None)
MAYA_ACCEPTS = (Kind.HANDOFF_ACCEPTED, Speaker.AGENT, "Maya")
SAM_ACCEPTS = (Kind.HANDOFF_ACCEPTED, Speaker.AGENT, "Sam")
MAYA_HANDS_ON = (Kind.TRANSFER, Speaker.AGENT, "Maya")
VANISHED = (Kind.MESSAGE, Speaker.SYSTEM, None)
ENDED = (Kind.HANDOFF_ENDED, Speaker.AGENT, "Maya")


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ([ASSISTANT, REQUESTED, MAYA_ACCEPTS, MAYA, ENDED, ASSISTANT, REQUESTED], ""),
        ([REQUESTED, MAYA_ACCEPTS, VANISHED, SAM_ACCEPTS, SAM, ENDED], ""),
        ([REQUESTED, MAYA_ACCEPTS, MAYA_HANDS_ON, SAM_ACCEPTS, SAM, ENDED], ""),
        ([REQUESTED, ASSISTANT], "2 the assistant speaks"),
        ([REQUESTED, MAYA_ACCEPTS, ASSISTANT], "3 the assistant speaks"),
        ([REQUESTED, MAYA], "2 Maya speaks"),
        ([REQUESTED, MAYA_ACCEPTS, VANISHED, MAYA], "4 Maya speaks"),
        ([REQUESTED, MAYA_ACCEPTS, VANISHED, SAM_ACCEPTS, MAYA], "5 Maya speaks"),
        ([REQUESTED, MAYA_ACCEPTS, MAYA_HANDS_ON, MAYA], "4 Maya speaks"),
        ([REQUESTED, MAYA_ACCEPTS, MAYA_HANDS_ON, ASSISTANT], "4 the assistant speaks"),
        ([REQUESTED, MAYA_ACCEPTS, ENDED, MAYA], "4 Maya speaks"),
        ([REQUESTED, MAYA_ACCEPTS, SAM_ACCEPTS], "3 a second agent accepts"),
        ([REQUESTED, REQUESTED], "2 a second handoff begins"),
    ],
)
def test_the_judge_sees_what_is_wrong(
    told: list[tuple[Kind, Speaker, str | None]], wrong: str
) -> None:
    breaches = judge(log_of(*told)).breaches
    assert [breach for breach in breaches if wrong and breach.startswith(wrong)] == breaches
    assert bool(breaches) is bool(wrong)


def test_the_judge_counts() -> None:
    events = log_of(ASSISTANT, ASSISTANT, ASSISTANT)
    assert judge([events[0], events[2]]).breaches[0].startswith("3 should be number 2")
