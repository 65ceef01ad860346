"""Dead air: how long a caller heard nothing of ours while nobody spoke. Pure: told the time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from bench.playhead import QUIET, WINDOW, Playhead
from bot.channels.phone.coding import RATE_HZ
from speech.audio import mulaw_decode, samples

Span = tuple[float, float]
"""From, to; `time.monotonic()` seconds."""


def sounding(playhead: Playhead, until: float) -> Iterator[Span]:
    """Each 10 ms of what has played until then that isn't silent."""
    for begins, mulaw in playhead.segments:
        played = mulaw[: max(0, round((until - begins) * RATE_HZ))]
        pcm = np.abs(samples(mulaw_decode(played)).astype(np.int32))
        windows = np.pad(pcm, (0, -len(pcm) % WINDOW)).reshape(-1, WINDOW).max(axis=1)
        for window in np.flatnonzero(windows >= QUIET):
            at = begins + int(window) * WINDOW / RATE_HZ
            yield at, at + WINDOW / RATE_HZ


def longest_silence(
    playhead: Playhead, spoken: Iterable[Span], since: float, until: float
) -> tuple[float, float]:
    """(seconds, when it began) of the longest time between `since` and `until` in which neither we
    were heard nor the caller spoke; `spoken`: when they did."""
    longest, began = 0.0, since
    at = since
    for begins, ends in sorted([*sounding(playhead, until), *spoken, (until, until)]):
        if begins - at > longest:
            longest, began = min(begins, until) - at, at
        at = max(at, ends)
        if at >= until:
            break
    return longest, began
