"""Days, and times of day."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from speech.spoken.numbers import ONES, cardinal, ordinal, year
from speech.spoken.rules import DASH, Rules

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_MONTH_NUMBERS: Final = {name[:3].lower(): n for n, name in enumerate(_MONTHS, 1)} | {"sept": 9}
_DAYS: Final = {
    **{"mon": "Monday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday"},
    **{"thu": "Thursday", "thur": "Thursday", "thurs": "Thursday", "fri": "Friday"},
    **{"sat": "Saturday", "sun": "Sunday"},
}
_MONTH: Final = (
    r"(?P<month>(?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?))"
)
_DAY: Final = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?!\d)"
_YEAR: Final = r"(?:,?\s(?P<year>(?:19|20)\d\d)(?!\d))?"
_WEEKDAY: Final = r"Mon|Tues|Tue|Wed|Thurs|Thur|Thu|Fri|Sat|Sun"
_HALF: Final = r"(?:\s?(?P<half>[ap])\.?m\b\.?)"
_CLOCK: Final = r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?!\d|:\d)"


def day(when: date, *, today: date | None = None) -> str:
    """ "May fourteenth", with the year where it isn't that of `today`."""
    said = f"{_MONTHS[when.month - 1]} {ordinal(when.day)}"
    return said if today is not None and when.year == today.year else f"{said}, {year(when.year)}"


def clock_time(hour: int, minute: int = 0, half: str = "") -> str:
    """ "nine thirty AM". `half`: "AM", "PM", or "" where it isn't known; hours from 13 on (and 0)
    tell it themselves. Without one, the full hour is "nine o'clock"."""
    if hour >= 13 or hour == 0:
        hour, half = hour - 12 if hour >= 13 else 12, "PM" if hour >= 13 else "AM"
    said = cardinal(hour)
    if minute:
        said += f" oh {ONES[minute]}" if minute < 10 else f" {cardinal(minute)}"
    elif not half:
        said += " o'clock"
    return f"{said} {half}" if half else said


def _said_date(found: re.Match[str], today: date | None) -> str:
    try:
        when = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:  # digits that only look like a date
        return found[0]
    return day(when, today=today)


def _said_slashes(found: re.Match[str], today: date | None) -> str:
    """Month first, as in the US."""
    number = int(found[3])
    try:
        when = date(number if number > 99 else 2000 + number, int(found[1]), int(found[2]))
    except ValueError:
        return found[0]
    return day(when, today=today)


def _said_named(found: re.Match[str], _: date | None) -> str:
    month = _MONTHS[_MONTH_NUMBERS[found["month"][:3].lower()] - 1]
    number = int(found["day"])
    if not 1 <= number <= 31:
        return found[0]
    said = f"{month} {ordinal(number)}"
    return f"{said}, {year(int(found['year']))}" if found["year"] else said


def _said_time(found: re.Match[str], _: date | None) -> str:
    groups = found.groupdict()
    half = f"{groups['half'].upper()}M" if groups.get("half") else ""
    hour, minute = int(found["hour"]), int(groups.get("minute") or 0)
    if half and not 1 <= hour <= 12 and not groups.get("minute"):
        return found[0]
    return clock_time(hour, minute, half) + _full_stop(found)


def _full_stop(found: re.Match[str]) -> str:
    """ "5 p.m." may end a sentence: then its last point is that of the sentence."""
    rest = found.string[found.end() :]
    ends = found[0].endswith(".") and (not rest.strip() or re.match(r"\s+[A-Z\"“]", rest))
    return "." if ends else ""


def _said_first_hour(found: re.Match[str], _: date | None) -> str:
    half = f"{found['half'].upper()}M" if found["half"] else ""
    return f"{clock_time(int(found['hour']), int(found['minute'] or 0), half or ' ').strip()} to "


RULES: Rules = (
    (re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b"), _said_date),
    (re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?![\d/])"), _said_slashes),
    (re.compile(rf"\b({_WEEKDAY})\b\.?{DASH}({_WEEKDAY})\b(?!\.[a-z])"),
     lambda found, _: f"{_DAYS[found[1].lower()]} to {_DAYS[found[2].lower()]}"),
    (re.compile(r"\b(Mon|Tue|Tues|Wed|Thu|Thur|Thurs|Fri)\b\.?(?!')"),
     lambda found, _: _DAYS[found[1].lower()]),
    (re.compile(r"\b(Sat|Sun)\b\.?(?=,? (?:[A-Z]|\d)|: )"),  # no other "sat" or "sun"
     lambda found, _: _DAYS[found[1].lower()]),
    (re.compile(r"\b(\w+day)(?:–|—|-)(\w+day)\b"), lambda found, _: f"{found[1]} to {found[2]}"),
    (re.compile(rf"\b{_MONTH} {_DAY}{DASH}(?P<last>[0-3]?\d)(?![\d:])"),
     lambda found, _: f"{_MONTHS[_MONTH_NUMBERS[found['month'][:3].lower()] - 1]} "
                      f"{ordinal(int(found['day']))} to {ordinal(int(found['last']))}"),
    (re.compile(rf"\b{_MONTH} {_DAY}{_YEAR}"), _said_named),
    (re.compile(rf"\b{_DAY} (?:of )?{_MONTH}{_YEAR}"), _said_named),
    # "9-5 pm", "9:30 am–5 pm", "9:30-17:00"
    (re.compile(rf"\b(?P<hour>[01]?\d|2[0-3])(?::(?P<minute>[0-5]\d))?{_HALF}?{DASH}"
                rf"(?=(?:[01]?\d|2[0-3])(?::[0-5]\d)?\s?[ap]\.?m\b)"), _said_first_hour),
    (re.compile(rf"(?<![\w:.,-])(?P<hour>[01]?\d|2[0-3])(?::(?P<minute>[0-5]\d))?(?P<half>){DASH}"
                rf"(?=(?:[01]?\d|2[0-3]):[0-5]\d)"), _said_first_hour),
    (re.compile(rf"\b{_CLOCK}{_HALF}?"), _said_time),
    (re.compile(rf"\b(?P<hour>1[0-2]|0?[1-9]){_HALF}"), _said_time),
)  # fmt: skip
