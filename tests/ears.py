"""What the recogniser makes of sound that a scene produced."""

from __future__ import annotations

from speech.audio import Sound, resample
from speech.vosk_recogniser import VoskRecogniser

RATE_HZ = 16_000


def words_in(ears: VoskRecogniser, heard: Sound) -> str:
    stream = ears.stream(RATE_HZ)
    stream.feed(resample(heard, RATE_HZ).pcm)
    return stream.finish().text
