"""Addresses as customers write and say them."""

from __future__ import annotations

import pytest

from actions.addresses import Parts, read_address
from actions.backend import Address
from actions.names import person


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "my new address is 12 Maple Street apt 3, Portland OR 97201",
            Parts("12 Maple Street, Apt 3", "Portland", "OR", "97201"),
        ),
        ("400 river road bend oregon 97701", Parts("400 River Road", "Bend", "OR", "97701")),
        (
            "twelve maple street portland oregon nine seven two oh one",
            Parts("12 Maple Street", "Portland", "OR", "97201"),
        ),
        ("it's 14 oak street please", Parts("14 Oak Street")),
        ("Bend, Oregon", Parts(city="Bend", state="OR")),
        ("97201", Parts(postcode="97201")),
        ("the zip is 97205-1234", Parts(postcode="97205-1234")),
        ("PO Box 123, Boise ID 83701", Parts("PO Box 123", "Boise", "ID", "83701")),
        (
            "1600 Pennsylvania Ave NW, Washington, DC 20500",
            Parts("1600 Pennsylvania Ave NW", "Washington", "DC", "20500"),
        ),
        ("I don't know", Parts()),
        ("", Parts()),
        ("'; DROP TABLE addresses; --", Parts()),
    ],
)
def test_what_an_address_holds(text: str, parts: Parts) -> None:
    assert read_address(text) == parts


def test_a_correction_replaces_only_what_it_names() -> None:
    first = read_address("12 Maple Street, Portland, OR 97201")
    later = first.corrected(read_address("no, it's 14 Maple Street"))
    assert later.address() == Address("14 Maple Street", "Portland", "OR", "97201")


def test_what_is_missing_is_asked_in_order() -> None:
    assert Parts().missing == "street"
    assert Parts("12 Maple Street").missing == "city"
    assert Parts("12 Maple Street", "Bend", "OR").missing == "postcode"
    with pytest.raises(ValueError, match="postcode is missing"):
        Parts("12 Maple Street", "Bend", "OR").address()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My name is Ana Reyes", "Ana Reyes"),
        ("ana reyes", "Ana Reyes"),
        ("it's for Bo Lind please", "Bo Lind"),
        ("O'Brien", "O'Brien"),
        ("do you have it in red, too?", None),
        ("12345", None),
    ],
)
def test_who_somebody_says_they_are(text: str, name: str | None) -> None:
    assert person(text) == name
