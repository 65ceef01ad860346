"""Delivery addresses as customers write and say them: "it's twelve Maple Street, apartment 3, Portland".

usaddress (a CRF trained on US addresses) tells the parts apart, spaCy finds a city that stands alone;
digits that were spoken are read as order numbers' are (engine/numbers_spoken.py).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache

import usaddress

from actions.backend import Address
from actions.names import places
from actions.settings import ROOT
from actions.shop.language import NUMBERS, numbers_as_digits
from engine.numbers_spoken import POSTCODE, find_numbers

LONGEST = 300
"""Characters that are read."""

_STREET = (
    *("AddressNumberPrefix", "AddressNumber", "AddressNumberSuffix", "StreetNamePreModifier"),
    *("StreetNamePreDirectional", "StreetNamePreType", "StreetName", "StreetNamePostType"),
    *("StreetNamePostDirectional",),
)
_UNIT = ("OccupancyType", "OccupancyIdentifier", "SubaddressType", "SubaddressIdentifier")
_POLITE = re.compile(
    r"\b(please|thanks|thank you|instead|now|actually|sorry|no|yes|it'?s|it is|that'?s|deliver|send"
    r"|ship|my|new(?= (?:address|one|place|home|delivery|shipping))|(?:city|state) is|the|address|is"
    r"|to|at|should be|change|correct|right|make that|i meant|and|also"
    r"|wait|hold on|oops|zip(?: ?code)?|postcode|postal code)\b[,:]?",
    re.IGNORECASE,
)
_UNIT_ALONE = re.compile(
    r"\b(?:apartment|apt\.?|unit|suite|ste\.?|floor|room)\s*#?\s*(?:\d+\w?|[a-z])\b", re.IGNORECASE
)
_UNIT_BEHIND = re.compile(r", (?:Apartment|Apt\.?|Unit|Suite|Ste\.?|Floor|Room)\b.*$")
_BOX = re.compile(r"\bp\.?\s?o\.?\s*box\s*(\d+)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Parts:
    """An address that may not be complete yet."""

    street: str | None = None
    city: str | None = None
    state: str | None = None
    """Two letters."""
    postcode: str | None = None
    unit: str | None = None
    """An apartment or the like that was said alone; with a street it is part of that."""

    @property
    def known(self) -> bool:
        return any((self.street, self.city, self.state, self.postcode, self.unit))

    @property
    def missing(self) -> str | None:
        """The first part that is still needed: `street`, `city` (with the state) or `postcode`."""
        if not self.street:
            return "street"
        if not self.city or not self.state:
            return "city"
        return None if self.postcode else "postcode"

    def so_far(self) -> str:
        """What is known, on one line."""
        return ", ".join(filter(None, (self.street, self.city, self.state, self.postcode)))

    def corrected(self, later: Parts) -> Parts:
        """With what was said later in place of what was said before."""
        news = {
            name: value
            for name in ("street", "city", "state", "postcode")
            if (value := getattr(later, name))
        }
        if later.unit and self.street and not later.street:
            news["street"] = f"{_UNIT_BEHIND.sub('', self.street)}, {later.unit}"
        return replace(self, **news)

    def address(self) -> Address:
        """Raises ValueError where a part is missing."""
        if not (self.street and self.city and self.state and self.postcode):
            raise ValueError(f"not complete: {self.missing} is missing")
        return Address(self.street, self.city, self.state, self.postcode)


@cache
def states() -> dict[str, str]:
    """Names in lower case and their two letters."""
    table: dict[str, str] = tomllib.loads(
        (ROOT / "data" / "en" / "address.toml").read_text(encoding="utf-8")
    )["states"]
    return table


def read_address(text: str) -> Parts:
    """What of an address the words hold. Blocking, some milliseconds."""
    written = _digits(" ".join(text[:LONGEST].split()))
    box = _BOX.search(written)
    if box:
        written = written.replace(box[0], "1 Pobox Street")
    try:
        tags, _ = usaddress.tag(_POLITE.sub(" ", written).strip(" ,.:"))
    except usaddress.RepeatedLabelError:
        tags = _first_labels(written)
    postcode = re.fullmatch(r"([0-9]{5})(?:-[0-9]{4})?", tags.get("ZipCode", "").strip(" ,."))
    city, state = _city(tags, written)
    street = f"PO Box {box[1]}" if box else _street(tags)
    found = re.search(r"\b[0-9]{5}(?:-[0-9]{4})?\b(?!.*\b[0-9]{5}\b)", written)
    zip_code = postcode[0] if postcode else found[0] if found else None
    if street and zip_code and street.startswith(zip_code) and not postcode:
        zip_code = None  # a five-digit house number
    alone = _UNIT_ALONE.search(written) if not street else None
    if alone:
        return Parts(None, None, state, zip_code, _title(alone[0]))
    return Parts(street, city, state, zip_code)


def _first_labels(text: str) -> dict[str, str]:
    tags: dict[str, list[str]] = {}
    done: set[str] = set()
    last = ""
    for word, label in usaddress.parse(text):
        if label != last:
            done.add(last)
        last = label
        if label not in done:
            tags.setdefault(label, []).append(word)
    return {label: " ".join(words) for label, words in tags.items()}


def _digits(text: str) -> str:
    """ "twelve maple street … nine seven two oh one" with digits."""
    numbers = [number for number in find_numbers(text) if number.kind == POSTCODE]
    for number in reversed(numbers):
        if not text[number.start : number.end].replace("-", "").isdigit():
            text = f"{text[: number.start]}{number.value}{text[number.end :]}"
    words = text.split()
    if words and not words[0][:1].isdigit() and any(w.lower().strip(",") in NUMBERS for w in words):
        first = next(at for at, w in enumerate(words) if w.lower().strip(",") in NUMBERS)
        end = first
        while end < len(words) and words[end].lower().strip(",") in NUMBERS:
            end += 1
        said = numbers_as_digits([word.lower().strip(",") for word in words[first:end]])
        words[first:end] = ["".join(said)]
    return " ".join(words)


def _street(tags: dict[str, str]) -> str | None:
    if not tags.get("AddressNumber") or not tags.get("StreetName"):
        return None
    number = re.search(r"[0-9]\w*", tags["AddressNumber"])
    if not number:
        return None
    street_like = tags.get("StreetNamePostType") or tags.get("StreetNamePreType")
    if len(number[0]) == 5 and not street_like and not tags.get("PlaceName"):
        return None  # "97701 as far as I know" is a postcode
    words = [tags[label].strip(" ,.") for label in _STREET if tags.get(label)]
    street = " ".join(word if word.isupper() and len(word) < 3 else _title(word) for word in words)
    unit = " ".join(tags[label].strip(" ,.") for label in _UNIT if tags.get(label))
    unit = unit if re.search(r"\d|\b[A-Z]$", unit) else ""
    return f"{street}, {_title(unit)}" if unit else street


def _city(tags: dict[str, str], text: str) -> tuple[str | None, str | None]:
    state = _state(tags.get("StateName", ""))
    city = tags.get("PlaceName", "").strip(" ,.")
    found_state = state
    if not state or not city:
        for name, code in states().items():
            if re.search(rf"\b{name}\b", text, re.IGNORECASE):
                found_state = state or code
        for place in places(text):
            if not _state(place) and not re.search(r"\d", place) and not city:
                city = place
    if _state(city) and not state:
        found_state, city = _state(city), ""
    if found_state and not state:
        city = _alone(city or text) or city
    return (_title(city) if city and not re.search(r"\d", city) else None), found_state


def _alone(text: str) -> str | None:
    """The city where the words are nothing but "Boise Idaho"."""
    names = "|".join([*states(), *states().values()])
    match = re.fullmatch(
        rf"(?:in |it'?s )?([a-z][a-z .'-]{{1,30}}?),? (?:{names})\.?", text.strip(), re.IGNORECASE
    )
    return match[1] if match and not _state(match[1]) else None


def _state(words: str) -> str | None:
    words = words.strip(" ,.").lower().replace(".", "")
    if words.upper() in states().values():
        return words.upper()
    return states().get(words)


def _title(words: str) -> str:
    return " ".join(
        word if any(letter.isupper() for letter in word[1:]) else word[:1].upper() + word[1:]
        for word in words.split()
    )
