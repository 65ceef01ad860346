"""The silence around speech, which each engine makes as it likes: cut, so that pauses are ours."""

from __future__ import annotations

from typing import Final

import numpy as np

from speech.audio import SAMPLE_BYTES, samples

QUIET: Final = 200
"""Samples not beyond this (-44 dBFS) are silence; the voices at hand hiss at below 60."""
LEAD_S: Final = 0.02
TAIL_S: Final = 0.06
"""What stays of it, since an "s" begins and ends below that."""


class Edges:
    """Cuts the silence before and after one sentence, whose sound comes in chunks.

    Measured: Piper's joe begins with 17 to 61 ms of silence and ends with 120 to 220; Kokoro with
    300 to 380, and 430 to 480. What is before the first word is time the caller waits.
    """

    def __init__(self, rate_hz: int) -> None:
        self._lead_bytes = int(rate_hz * LEAD_S) * SAMPLE_BYTES
        self._tail_bytes = int(rate_hz * TAIL_S) * SAMPLE_BYTES
        self._held = b""
        """Silence that is between two words or at the end; the next chunk tells."""
        self.begun = False
        """Whether there was any sound."""

    def feed(self, pcm: bytes) -> bytes:
        """What can be played now; silence at a chunk's end waits for the next."""
        loud = np.flatnonzero(np.abs(samples(pcm).astype(np.int32)) > QUIET)
        if not loud.size:
            held = self._held + pcm
            self._held = held if self.begun else held[-self._lead_bytes :]
            return b""
        whole = self._held + pcm
        first = len(self._held) + int(loud[0]) * SAMPLE_BYTES
        begin = 0 if self.begun else max(0, first - self._lead_bytes)
        end = len(self._held) + (int(loud[-1]) + 1) * SAMPLE_BYTES
        self.begun = True
        self._held = whole[end:]
        return whole[begin:end]

    def finish(self) -> bytes:
        """What stays of the silence at the end."""
        return self._held[: self._tail_bytes] if self.begun else b""
