"""Telephone sound on a wire of text (mu-law at 8 kHz in base64), and what got lost of it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Final

from bot.channels.frames import BadFrame
from speech.audio import SAMPLE_BYTES, mulaw_decode, mulaw_encode

RATE_HZ: Final = 8_000

LEAST_LOST_S: Final = 0.015
"""A carrier's time stamps are whole milliseconds and tremble; a packet is at least 20 ms."""

MOST_LOST_S: Final = 60.0
"""A gap beyond this is a wrong time stamp, not a gap: nobody stays on such a line."""


def to_wire(pcm: bytes) -> str:
    return base64.b64encode(mulaw_encode(pcm)).decode("ascii")


def from_wire(payload: object) -> bytes:
    """PCM. Raises BadFrame for what is no base64 text."""
    if not isinstance(payload, str):
        raise BadFrame("the sound's payload is no text")
    try:
        return mulaw_decode(base64.b64decode(payload, validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadFrame(f"the sound's payload is no base64: {error}") from error


def pieces(pcm: bytes, ms: int, rate_hz: int = RATE_HZ) -> Iterator[bytes]:
    """The PCM in pieces of `ms` milliseconds; the last may be shorter."""
    step = rate_hz * ms // 1000 * SAMPLE_BYTES
    return (pcm[at : at + step] for at in range(0, len(pcm), step))


class Gaps:
    """Notices sound that never came, by the sender's count of its frames and its time stamps.

    A carrier whose own packets got lost either counts them (both jump) or, receiving nothing, has
    nothing to count (only the time jumps). Either says how much is missing; one that jumps back or
    stands still says nothing.
    """

    def __init__(self) -> None:
        self._chunk: int | None = None
        self._due_s: float | None = None
        """The time stamp of the next frame if nothing gets lost."""

    def before(self, chunk: int | None, at_s: float | None, duration_s: float) -> float:
        """Seconds lost between the frame before and this one, which lasts `duration_s`. `at_s` is
        its time stamp, from any beginning."""
        missing_s = 0.0
        if chunk is not None:
            if self._chunk is not None and chunk > self._chunk + 1:
                missing_s = (chunk - self._chunk - 1) * duration_s
            self._chunk = chunk
        if at_s is not None:
            if self._due_s is None or at_s > self._due_s + MOST_LOST_S:
                self._due_s = at_s
            missing_s = max(missing_s, at_s - self._due_s)
        if not LEAST_LOST_S <= missing_s <= MOST_LOST_S:
            missing_s = 0.0
        if self._due_s is not None:
            self._due_s += missing_s + duration_s
        return missing_s
