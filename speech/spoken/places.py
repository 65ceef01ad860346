"""Postal addresses, as they are written in the US."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from speech.spoken.numbers import ONES, cardinal, digits, spelled
from speech.spoken.rules import Rules

_STREETS: Final = {
    **{"St": "Street", "Ave": "Avenue", "Av": "Avenue", "Blvd": "Boulevard", "Rd": "Road"},
    **{"Dr": "Drive", "Ln": "Lane", "Ct": "Court", "Pl": "Place", "Sq": "Square"},
    **{"Hwy": "Highway", "Pkwy": "Parkway", "Ter": "Terrace", "Cir": "Circle", "Trl": "Trail"},
}
_UNITS: Final = {
    **{"Apt": "Apartment", "Ste": "Suite", "Fl": "Floor", "Bldg": "Building", "Rm": "Room"},
    **{"Unit": "Unit", "Suite": "Suite", "Apartment": "Apartment", "Room": "Room"},
}
_POINTS: Final = {
    **{"N": "North", "S": "South", "E": "East", "W": "West", "NE": "Northeast"},
    **{"NW": "Northwest", "SE": "Southeast", "SW": "Southwest"},
}
_STATES: Final = {
    **{"AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California"},
    **{"CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "DC": "D C", "FL": "Florida"},
    **{"GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana"},
    **{"IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine"},
    **{"MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota"},
    **{"MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska"},
    **{"NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico"},
    **{"NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio"},
    **{"OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island"},
    **{"SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas"},
    **{"UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington"},
    **{"WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming"},
}
_STREET: Final = "|".join(_STREETS)
_STATE: Final = "|".join(_STATES)
_POINT: Final = "NE|NW|SE|SW|N|S|E|W"
_LINE: Final = re.compile(
    rf"\b(?P<house>\d{{1,5}}[A-Z]?) (?:(?P<before>{_POINT})\.? )?"
    rf"(?P<name>(?:[A-Z][\w'-]+|\d{{1,3}}(?:st|nd|rd|th))(?: [A-Z][\w'-]+){{0,3}}?) "
    rf"(?P<kind>(?:{_STREET})\b\.?|(?:{'|'.join(sorted(set(_STREETS.values())))})\b)"
    rf"(?: (?P<after>{_POINT})\b\.?)?"
)


def address(written: str) -> str:
    """ "1204 Maple Ave, Apt 3, Boston, MA 02139" -> "twelve oh four Maple Avenue, Apartment three,
    Boston, Massachusetts, zero two one three nine"; numbers of named streets stay for `speakable`."""
    for pattern, said in RULES:
        written = pattern.sub(lambda found, said=said: said(found, None), written)  # type: ignore[misc]
    return written


def house_number(written: str) -> str:
    """As people say them: "forty-two", "two oh four", "twelve oh four", "one two three four five"."""
    number, letter = re.fullmatch(r"(\d+)([A-Z]?)", written).groups()  # type: ignore[union-attr]
    if len(number) > 4 or number[0] == "0":
        said = spelled(number)
    elif len(number) < 3 or number.endswith("00"):
        said = cardinal(int(number))
    else:
        rest = int(number[-2:])
        said = f"{cardinal(int(number[:-2]))} " + (
            f"oh {ONES[rest]}" if rest < 10 else cardinal(rest)
        )
    return f"{said} {letter}" if letter else said


def _said_line(found: re.Match[str], _: date | None) -> str:
    kind = found["kind"].removesuffix(".")
    said = [
        house_number(found["house"]),
        _POINTS[found["before"]] if found["before"] else "",
        found["name"],
        _STREETS.get(kind, kind),
        _POINTS[found["after"]] if found["after"] else "",
    ]
    return " ".join(word for word in said if word)


def _said_state(found: re.Match[str], _: date | None) -> str:
    said = f", {_STATES[found['state']]}"
    if found["zip"]:
        said += f", {digits(found['zip'], group=5)}"
    return said + (f", {spelled(found['more'])}" if found["more"] else "")


def _said_unit(found: re.Match[str], _: date | None) -> str:
    number, letters = re.fullmatch(r"(\d*)([A-Z]?)", found[2]).groups()  # type: ignore[union-attr]
    return " ".join([_UNITS[found[1]], *([house_number(number)] if number else []), *letters])


RULES: Rules = (
    (re.compile(r"\bP\.? ?O\.? Box (\d+)\b"), lambda found, _: f"P O Box {spelled(found[1])}"),
    (_LINE, _said_line),
    (re.compile(rf"\b({'|'.join(_UNITS)})\b\.? #?(\d{{1,5}}[A-Z]?|[A-Z])\b(?! [a-z])"), _said_unit),
    (re.compile(rf",? (?P<state>{_STATE}),? (?P<zip>\d{{5}})(?:-(?P<more>\d{{4}}))?\b"), _said_state),
    (re.compile(rf"\b({'|'.join(_STATES.values())}),? (\d{{5}})\b(?![-,.]\d)"),
     lambda found, _: f"{found[1]}, {digits(found[2], group=5)}"),
    (re.compile(rf"(?<=[a-z]), (?P<state>{_STATE})(?P<zip>)(?P<more>)(?=[,.;)]|$)"), _said_state),
)  # fmt: skip
