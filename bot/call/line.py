"""The one contract between a call and whatever carries its sound: a browser, a carrier, Asterisk.

A carrier is one file in `bot/channels/phone/`: it makes a `Line` for what the call says and tells the
call's `Ear` what comes in. Sound is 16-bit little-endian PCM, mono, on both sides of this contract;
coding (mu-law, base64) and pace are the carrier's affair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


class CannotTransfer(Exception):
    """The line can't be connected elsewhere. The text says why, for the log."""


class Line(Protocol):
    """The other side, as a call sees it. No method raises because the other side is gone: a call
    that has ended takes what is still sent, and drops it."""

    @property
    def rate_hz(self) -> int:
        """Of the PCM that `sound` takes."""
        ...

    async def sound(self, pcm: bytes) -> None:
        """Sound to be played after what was sent before. May be minutes ahead of what plays; waits
        only where the carrier's buffer is full."""
        ...

    async def mark(self, seq: int, ms: float) -> None:
        """Asks to be told, by `Ear.played`, when everything sent so far has been played: it ends `ms`
        milliseconds into message `seq`. Lines whose player reports by itself do nothing here."""
        ...

    async def clear(self) -> None:
        """Silence at once: what was sent and hasn't played never will be, here and at the carrier. A
        `sound` that waits for room gives up."""
        ...

    async def show(self, **frame: Any) -> None:
        """Captions and timings for a line with a screen (docs/protocol.md); a telephone has none."""
        ...

    async def transfer(self, number: str) -> None:
        """Connects the caller to a SIP address or telephone number and ends our part. Raises
        CannotTransfer, and then the call goes on."""
        ...

    async def hang_up(self) -> None:
        """Ends the call, after what has been sent so far has played."""
        ...


class Ear(Protocol):
    """The call, as the line sees it. Nothing here waits."""

    def hear(self, pcm: bytes) -> None:
        """Sound from the caller, in order, at the rate the call was made with. Raises AudioError for
        what can't be PCM: say so on the wire, and drop it."""
        ...

    def lost(self, seconds: float) -> None:
        """So much sound never arrived (packets lost): the caller may have spoken meanwhile."""
        ...

    def played(self, seq: int, ms: float) -> None:
        """Message `seq` has been played up to `ms`; reports after a `clear` count for nothing."""
        ...

    def key(self, digit: str) -> None:
        """A key of the telephone: 0 to 9, `*` or `#`; others are ignored."""
        ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call that comes in, as its carrier tells it."""

    carrier: str
    """"twilio", "asterisk", ..."""
    call_id: str
    """The carrier's own, for logs and support."""
    caller: str | None = None
    """The caller's number; None where it is withheld. Never proof of who is calling."""
    called: str | None = None
    language: str | None = None
    """ISO 639-1, where the carrier's side has chosen one."""
