"""How calls are measured: silence, and words that were heard."""

from __future__ import annotations

import numpy as np
import pytest

from bench.dead_air import longest_silence
from bench.played import words_heard, words_off
from bench.playhead import Playhead
from speech.audio import from_float, mulaw_encode

TEXT = ["Your", "order", "is", "on", "its", "way.", "It", "arrives", "on", "Monday."]


def tone(seconds: float) -> bytes:
    ring = 0.3 * np.sin(np.arange(int(8_000 * seconds)) * 2 * np.pi * 300 / 8_000)
    return mulaw_encode(from_float(ring).tobytes())


@pytest.mark.parametrize(
    ("recognised", "first", "last"),
    [
        ("", 0, 0),
        ("your order", 2, 2),
        ("your order is on its way it", 7, 7),
        ("yore order is on its", 5, 5),
        ("your order is on its weigh", 6, 7),  # as far from "way" as from "way it"
    ],
)
def test_words_are_counted_by_their_letters(recognised: str, first: int, last: int) -> None:
    assert words_heard(TEXT, recognised) == range(first, last + 1)


def test_what_the_log_claims() -> None:
    assert words_off(TEXT, "Your order is", "your order is on") == -1
    assert words_off(TEXT, "Your order is on", "your order is on") == 0
    assert words_off(TEXT, "Your order is on its way.", "your order is on") == 2


def test_the_longest_silence() -> None:
    playhead = Playhead()
    playhead.add(tone(1.0) + b"\xff" * 8_000, 100.0)  # a second of sound, one of silence
    playhead.add(tone(1.0), 104.0)
    spoken = [(102.5, 103.5)]
    assert longest_silence(playhead, spoken, 100.0, 105.0) == pytest.approx((1.5, 101.0), abs=0.02)
    assert longest_silence(playhead, [], 100.0, 105.0) == pytest.approx((3.0, 101.0), abs=0.02)
    assert longest_silence(playhead, [], 100.0, 110.0) == pytest.approx((5.0, 105.0), abs=0.02)


def test_what_a_clear_drops_is_silence() -> None:
    playhead = Playhead()
    playhead.add(tone(4.0), 100.0)
    playhead.clear(101.0)
    assert longest_silence(playhead, [], 100.0, 104.0) == pytest.approx((3.0, 101.0), abs=0.02)
