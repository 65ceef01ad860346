"""What people said or typed, made fit for a column. Nothing here asks the database."""

from __future__ import annotations

from actions.backend import Address
from actions.shop.identity import digits_of

LONGEST_COMPLAINT = 4_000
LONGEST_NAME = 120

LARGEST_ID = 2**31 - 1


def possible_id(number: int) -> bool:
    """Whether a column of ids takes it."""
    return 0 < number <= LARGEST_ID


def plain(text: str, longest: int) -> str:
    """Without control characters and other things no column takes, each space single, cut to
    `longest` characters."""
    kept = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(kept.split())[:longest].rstrip()


def sku_key(sku: str) -> str:
    """An article number in the catalogue's spelling."""
    return plain(sku, 40).upper()


def clean_address(address: Address) -> Address:
    """Tidied up. ValueError, without the address, where a part can't be what it should be: who
    asks a customer for an address sees to that before."""
    digits = digits_of(address.postcode)
    tidy = Address(
        street=plain(address.street, 120),
        city=plain(address.city, 80),
        state=plain(address.state, 3).upper(),
        postcode=digits if len(digits) == 5 else f"{digits[:5]}-{digits[5:]}",
    )
    if not tidy.street or not tidy.city:
        raise ValueError("an address needs a street and a city; at least one of them is empty")
    if len(tidy.state) != 2 or not (tidy.state.isascii() and tidy.state.isalpha()):
        raise ValueError("an address needs a state of two letters, as in OR")
    if len(digits) not in (5, 9):
        raise ValueError(f"a ZIP code has five digits or nine, this one has {len(digits)}")
    return tidy


def same_address(one: Address, other: Address) -> bool:
    """Whether a letter carrier would say so: capitals don't count."""
    return all(
        getattr(one, part).casefold() == getattr(other, part).casefold()
        for part in ("street", "city", "state", "postcode")
    )
