"""Noise behind a voice: how much of it there is, and taking it out (WebRTC's suppressor).

Recognisers are taught with quiet recordings. Of spoken numbers the ears of a call had 45 % right at
10 dB of noise and 65 % with the noise taken out. What the suppressor takes from a clean voice costs
open speech some words, so it is for rooms that are loud (docs/benchmarks.md, "Noise")."""

from __future__ import annotations

from typing import Final

from webrtc_noise_gain import AudioProcessor

from speech.audio import Framer, level_dbfs, samples

RATE_HZ: Final = 16_000
"""The one rate the suppressor works at."""

LEVEL: Final = 3
"""0 (none) to 4: how much of the noise goes. Of 60 numbers at 10 dB, 27 were right at 0, 33 at 1, 36 at
2, 39 at 3, 37 at 4."""

LOUD_DB: Final = 12.0
"""A room in which the voice stands out by less is loud. Over all of a voice's frames, soft ones, too: a
signal-to-noise ratio of 20 dB reads as 13, one of 15 dB as 9.5."""

USUAL_VOICE_DBFS: Final = -25.0
"""Until a caller has spoken."""

NOTHING_DBFS: Final = -70.0
"""Mu-law's smallest step makes about this much; rooms are louder."""

_PIECE_BYTES: Final = 2 * RATE_HZ // 100
_NO_GAIN: Final = 0


class NoiseSuppressor:
    """Holds back less than 10 ms. Knows the noise after a second or two of it."""

    def __init__(self, level: int = LEVEL) -> None:
        self._processor = AudioProcessor(_NO_GAIN, level)
        self._framer = Framer(_PIECE_BYTES)

    def feed(self, pcm: bytes) -> bytes:
        """16-bit mono at RATE_HZ; what comes back is of another length now and then. Raises AudioError
        for half a sample."""
        samples(pcm)
        pieces = self._framer.feed(pcm)
        return b"".join(self._processor.Process10ms(piece).audio for piece in pieces)


class Room:
    """How far a voice stands out of what is heard between its words, by the levels of frames."""

    SHARE: Final = 0.04
    """Of a frame in the averages: over frames of 32 ms, 0.8 s."""

    def __init__(self) -> None:
        self._voice_dbfs = USUAL_VOICE_DBFS
        self._noise_dbfs: float | None = None

    @property
    def loud(self) -> bool:
        return self._noise_dbfs is not None and self._voice_dbfs - self._noise_dbfs < LOUD_DB

    def feed(self, frame: bytes, *, voice: bool) -> None:
        """`voice`: somebody speaks in it, else nobody. What a line sends that sends nothing (it was
        lost, or the telephone is silent between words) says nothing about the room."""
        level = level_dbfs(frame)
        if level < NOTHING_DBFS:
            return
        if voice:
            self._voice_dbfs += self.SHARE * (level - self._voice_dbfs)
        elif self._noise_dbfs is None:
            self._noise_dbfs = level
        else:
            self._noise_dbfs += self.SHARE * (level - self._noise_dbfs)
