"""When people take contacts: business hours with their time zone and holidays. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

LOOKED_AHEAD: Final = 14
"""Days in which the next opening is looked for."""

Span = tuple[time, time]


class BadHours(Exception):
    """What is wrong in the file, for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Without a week they are always open: then it only counts whether somebody is there."""

    zone: tzinfo = UTC
    week: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    """Day, 0 is Monday → when it is open, in order. A day that isn't there is closed."""
    holidays: frozenset[date] = frozenset()

    def is_open(self, now: datetime) -> bool:
        return not self.week or any(
            begins <= now < ends for begins, ends in self._spans(now.astimezone(self.zone).date())
        )

    def closed_until(self, now: datetime) -> str | None:
        """When they open again, in words of the shop's own zone; None where they are open. "Later"
        where that isn't within two weeks."""
        if self.is_open(now):
            return None
        today = now.astimezone(self.zone).date()
        for ahead in range(LOOKED_AHEAD):
            day = today + timedelta(days=ahead)
            for begins, _ in self._spans(day):
                if begins > now:
                    return _in_words(begins, ahead)
        return "later"

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        if day in self.holidays:
            return []
        found = []
        for begins, ends in self.week.get(day.weekday(), ()):
            last = day + timedelta(days=1) if ends == time.min else day
            found.append(
                (
                    datetime.combine(day, begins, self.zone),
                    datetime.combine(last, ends, self.zone),
                )
            )
        return found


def _in_words(begins: datetime, ahead: int) -> str:
    hour = f"{begins.hour % 12 or 12}{f':{begins.minute:02}' if begins.minute else ''}"
    at = f"at {hour} {'a.m.' if begins.hour < 12 else 'p.m.'}"
    if ahead == 0:
        return f"today {at}"
    if ahead == 1:
        return f"tomorrow {at}"
    day = DAYS[begins.weekday()].capitalize()
    return f"on {day} {at}" if ahead < 7 else f"on {begins:%B} {begins.day} {at}"


def read_hours(file: Path) -> Hours:
    """Always open where there is no such file. Raises BadHours."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Hours()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadHours(f"{file.name}: {error}") from error
    unknown = set(table) - {"zone", "holidays", *DAYS}
    if unknown:
        raise BadHours(f"{file.name}: {', '.join(sorted(unknown))} has no meaning here")
    try:
        zone = ZoneInfo(table.get("zone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError, TypeError) as error:
        raise BadHours(f"{file.name}: zone {table.get('zone')!r} is no time zone") from error
    week = {
        number: [_span(span, day, file.name) for span in table[day]]
        for number, day in enumerate(DAYS)
        if table.get(day)
    }
    holidays = table.get("holidays", [])
    if not all(type(one) is date for one in holidays):
        raise BadHours(f"{file.name}: holidays are days such as 2026-12-25")
    return Hours(zone, week, frozenset(holidays))


def _span(given: Any, day: str, name: str) -> Span:
    found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", given) if isinstance(given, str) else None
    if found is None:
        raise BadHours(f'{name}: {day} needs spans such as "09:00-17:30"')
    numbers = [int(group) for group in found.groups()]
    try:
        begins = time(numbers[0], numbers[1])
        ends = time(numbers[2] % 24 if numbers[2:] == [24, 0] else numbers[2], numbers[3])
    except ValueError as error:
        raise BadHours(f"{name}: {day}, {given}: {error}") from error
    if ends != time.min and ends <= begins:
        raise BadHours(f"{name}: {day}, {given} ends before it begins")
    return begins, ends
