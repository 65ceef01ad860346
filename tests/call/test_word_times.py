"""When each word of a sentence is over."""

from __future__ import annotations

import numpy as np
import pytest

from bot.call.playback import Playback
from bot.call.word_times import silences, word_ends
from speech.audio import from_float

RATE_HZ = 8_000
WORDS = ["Tell", "me,", "what", "now"]


def sound(*parts: tuple[float, float]) -> bytes:
    """Seconds of a tone, seconds of silence after it, and so on."""
    made = []
    for loud_s, quiet_s in parts:
        ring = np.sin(np.arange(int(RATE_HZ * loud_s)) * 2 * np.pi * 300 / RATE_HZ)
        made += [0.3 * ring, np.zeros(int(RATE_HZ * quiet_s))]
    return from_float(np.concatenate(made)).tobytes()


def test_silences_within_a_sound() -> None:
    pcm = sound((0.6, 0.3), (0.5, 0.05), (0.4, 0.2))
    assert silences(pcm, RATE_HZ) == [pytest.approx((600, 900), abs=10)]
    assert silences(bytes(RATE_HZ), RATE_HZ) == []


def test_letters_share_the_time() -> None:
    assert word_ends(["four", "four"], 950) == pytest.approx([400, 950])
    assert word_ends([], 100) == []
    assert word_ends(["..."], 100) == [100]


def test_a_comma_is_where_the_sound_is_silent() -> None:
    tell, me, what, now = word_ends(WORDS, 2_000, [(600, 900)])
    assert me == 600
    assert (tell < 600, 900 < what < 2_000, now) == (True, True, 2_000)


def test_a_silence_far_from_any_comma_is_a_consonant() -> None:
    assert word_ends(WORDS, 2_000, [(1_700, 1_850)]) == word_ends(WORDS, 2_000)


def test_what_was_heard_knows_the_pause() -> None:
    playback = Playback(seq=1)
    playback.sent(" ".join(WORDS), 2_000, [(600, 900)])
    playback.played(650)
    assert playback.heard() == "Tell me,"
