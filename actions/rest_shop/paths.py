"""What goes into a request's address and headers, from what people typed."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import quote, urlsplit

LONGEST_SEGMENT = 64
"""Characters of an order number or a SKU; the API's limit."""

LARGEST_ID = 2**53 - 1
"""The API's limit: the largest integer that every JSON library keeps exact."""


def base_url(text: str) -> str:
    """The API's address without a slash at its end. ValueError for anything that isn't one,
    without the address where it may hold a password."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
        (host or "").encode("idna")  # else it would only fail when the name is looked up
    except ValueError as error:
        raise ValueError(f"the shop API's address can't be read: {error}") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            "the shop API's address must not hold a name or password; "
            "put the key into WARMLINE_SHOP_SECRET"
        )
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(f"the shop API's address must read https://host/path, not {text!r}")
    if parts.query or parts.fragment or not re.fullmatch(r"[!-~]+", text):
        raise ValueError(
            f"the shop API's address must be ASCII and end with its path, unlike {text!r}"
        )
    return text.rstrip("/")


def bearer(secret: str) -> str:
    """The Authorization header. ValueError, without the secret, where no header can hold it."""
    if not re.fullmatch(r"[!-~]+", secret):
        raise ValueError("WARMLINE_SHOP_SECRET must be printable ASCII without spaces")
    return f"Bearer {secret}"


def segment(value: str | int) -> str | None:
    """One segment of a path; None for what no shop can have: an id that isn't positive or too
    large, a text that is too long, or in which there is no letter or digit (servers read "" and
    ".." as another path)."""
    if isinstance(value, int):
        return str(value) if 0 < value <= LARGEST_ID else None
    text = clean(value, LONGEST_SEGMENT + 1).strip()
    if len(text) > LONGEST_SEGMENT or not any(character.isalnum() for character in text):
        return None
    return quote(text, safe="")


def idempotency_key(turn_id: str) -> str:
    """`turn_id`, or a digest of it where a header can't hold it."""
    if re.fullmatch(r"[!-~]{1,128}", turn_id):
        return turn_id
    return hashlib.sha256(turn_id.encode("utf-8", "replace")).hexdigest()


def clean(text: str, longest: int) -> str:
    """`text` as JSON and UTF-8 can carry it, cut after `longest` characters."""
    return text[:longest].encode("utf-8", "replace").decode().replace("\x00", "")


def same_number(asked: str, told: str) -> bool:
    """The same order number, spaces, dashes and capitals aside."""
    return _bare(asked) == _bare(told)


def _bare(number: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", number))).casefold()
