"""Business hours: open, closed, and when they open again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.handoff.hours import BadHours, read_hours
from bot.store.tables import Floor
from tests.handoff.desk import Desk

PORTLAND = ZoneInfo("America/Los_Angeles")
WEEK = """
zone = "America/Los_Angeles"
monday = ["09:00-12:00", "13:00-18:00"]
tuesday = ["09:00-18:00"]
saturday = ["20:00-24:00"]
holidays = [2026-11-24]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "hours.toml"
    made.write_text(WEEK)
    return made


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-23 08:59", "today at 9 a.m."),
        ("2026-11-23 09:00", None),
        ("2026-11-23 12:00", "today at 1 p.m."),
        ("2026-11-23 17:59", None),
        ("2026-11-23 18:00", "on Saturday at 8 p.m."),  # Tuesday is a holiday
        ("2026-11-28 23:59", None),
        ("2026-11-29 00:00", "tomorrow at 9 a.m."),
    ],
)
def test_when_they_open(file: Path, moment: str, opens: str | None) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=PORTLAND)
    assert read_hours(file).closed_until(now.astimezone(ZoneInfo("UTC"))) == opens


def test_clocks_that_go_back_close_nobody_early(tmp_path: Path) -> None:
    """On 1 November 2026 the hour from one to two comes twice in Portland."""
    file = tmp_path / "hours.toml"
    file.write_text('zone = "America/Los_Angeles"\nsunday = ["00:00-03:00"]\n')
    hours, utc = read_hours(file), ZoneInfo("UTC")
    assert hours.is_open(datetime(2026, 11, 1, 10, 59, tzinfo=utc))  # 2:59, the second time round
    assert not hours.is_open(datetime(2026, 11, 1, 11, 0, tzinfo=utc))


def test_without_a_file_they_are_always_open(tmp_path: Path) -> None:
    assert read_hours(tmp_path / "none.toml").closed_until(datetime.now(PORTLAND)) is None


@pytest.mark.parametrize(
    "text",
    [
        'monday = ["9-17"]',
        'monday = ["17:00-09:00"]',
        'monday = ["09:00-25:00"]',
        'zone = "Portland"',
        'munday = ["09:00-17:00"]',
        'holidays = ["Christmas"]',
        "monday =",
    ],
)
def test_mistakes_are_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "hours.toml"
    file.write_text(text)
    with pytest.raises(BadHours, match=r"hours\.toml"):
        read_hours(file)


async def test_outside_the_hours_a_message_is_taken(desk: Desk, file: Path) -> None:
    await desk.agent("Maya")
    desk.handoffs.hours = read_hours(file)  # it is a Wednesday
    conversation = await desk.customer()
    assert await desk.asks_for_person(conversation) is None
    row = await desk.log.get(conversation)
    assert (row.floor, row.message_offer is not None) == (Floor.BOT, True)
    assert "back on Saturday at 8 p.m." in (await desk.texts(conversation))[-1]
