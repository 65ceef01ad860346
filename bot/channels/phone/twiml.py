"""What Twilio is told to do with a call (TwiML), and which numbers a call may be passed on to."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

from aiohttp import web

from bot.call.line import CannotTransfer

RING_S = 25
"""How long the other side rings before the caller comes back to us."""

NUMBER = re.compile(r"\+?[0-9]{2,15}")
"""ITU-T E.164 has at most 15 digits."""

SIP_ADDRESS = re.compile(
    r"sips?:[A-Za-z0-9._~!*+%-]{1,64}@[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?"
    r"(;transport=(udp|tcp|tls))?"
)


def dialable(number: str) -> str:
    """A telephone number without blanks, brackets and dashes, or a SIP address as it is.
    Raises CannotTransfer."""
    if SIP_ADDRESS.fullmatch(number):
        return number
    bare = re.sub(r"[ ()./-]", "", number)
    if NUMBER.fullmatch(bare):
        return bare
    raise CannotTransfer(
        f"{number[:80]!r} can't be dialled: a telephone number such as +15550100 or a SIP address "
        "such as sip:desk@example.com is needed"
    )


def connect(media_url: str, token: str, next_url: str) -> web.Response:
    """Sound both ways over `media_url`; when that ends by us, Twilio asks `next_url`."""
    root = Xml.Element("Response")
    stream = Xml.SubElement(Xml.SubElement(root, "Connect"), "Stream", url=media_url)
    Xml.SubElement(stream, "Parameter", name="token", value=token)
    Xml.SubElement(root, "Redirect", method="POST").text = next_url
    return _answer(root)


def dial(number: str, after_url: str) -> web.Response:
    """`number` as `dialable` returns it; Twilio asks `after_url` when that call is over."""
    root = Xml.Element("Response")
    verb = Xml.SubElement(root, "Dial", action=after_url, method="POST", timeout=str(RING_S))
    kind = "Sip" if number.startswith("sip") else "Number"
    Xml.SubElement(verb, kind).text = number
    return _answer(root)


def hang_up(words: str | None = None) -> web.Response:
    """With last `words`, which Twilio's own voice says."""
    root = Xml.Element("Response")
    if words:
        Xml.SubElement(root, "Say").text = words
    Xml.SubElement(root, "Hangup")
    return _answer(root)


def _answer(root: Xml.Element) -> web.Response:
    body = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return web.Response(body=body, content_type="text/xml", charset="utf-8")
