"""Telephone sound as text, and what got lost of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.frames import BadFrame
from bot.channels.phone.coding import Gaps, from_wire, pieces, to_wire
from speech.audio import mulaw_decode, mulaw_encode


@given(st.binary())
def test_sound_survives_the_wire(mulaw: bytes) -> None:
    pcm = mulaw_decode(mulaw)
    assert from_wire(to_wire(pcm)) == pcm
    assert b"".join(pieces(pcm, 20)) == pcm
    assert mulaw_decode(mulaw_encode(pcm)) == pcm


@pytest.mark.parametrize("payload", [None, 7, [], "%", "abc", "aGk=\n", "ÿÿÿÿ"])
def test_what_is_no_sound_is_said(payload: object) -> None:
    with pytest.raises(BadFrame):
        from_wire(payload)


Frames = list[tuple[int | None, float | None]]


@pytest.mark.parametrize(
    ("frames", "lost"),
    [
        ([(1, 0.0), (2, 0.02), (3, 0.04)], 0.0),
        ([(1, 0.0), (2, 0.02), (3, 0.10)], 0.06),  # before the carrier: it numbers what it has
        ([(1, 0.0), (2, 0.02), (6, 0.10)], 0.06),  # after it: both jump
        ([(1, None), (2, None), (6, None)], 0.06),
        ([(None, 5.0), (None, 5.02), (None, 5.10), (None, 5.12)], 0.06),
        ([(None, None)] * 3, 0.0),
        ([(1, 0.0), (1, 0.0), (1, 0.0)], 0.0),  # stands still
        ([(9, 9.0), (1, 0.0), (2, 0.02)], 0.0),  # jumps back
        ([(1, 0.0), (2, 0.031), (3, 0.040), (4, 0.069), (5, 0.08)], 0.0),  # trembles
        ([(1, 0.0), (2, 1e6), (3, 1e6 + 0.02), (4, 1e6 + 0.08)], 0.04),  # a wrong stamp, then a gap
    ],
)  # fmt: skip
def test_gaps(frames: Frames, lost: float) -> None:
    gaps = Gaps()
    assert sum(gaps.before(chunk, at_s, 0.02) for chunk, at_s in frames) == pytest.approx(lost)
