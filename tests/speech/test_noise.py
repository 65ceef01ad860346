"""A loud room: noticed, and taken out from behind the voice."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from bench.callers_voice import with_noise
from bot.call.answers import digits_in, known_words
from speech import grammars
from speech.audio import (
    AudioError,
    Sound,
    level_dbfs,
    read_wav,
    resample,
)
from speech.noise import RATE_HZ, NoiseSuppressor, Room
from speech.vosk_recogniser import VoskRecogniser

FOLDER = Path(__file__).parents[1] / "recordings"
FRAME_BYTES = 1024
LEAD_S = 2.0
"""Of the room alone, before somebody speaks in it."""


def in_a_room(sound: Sound, snr_db: float | None, seed: int = 1) -> bytes:
    """At RATE_HZ, after LEAD_S of the room and before half a second of it."""
    lead, voice = bytes(2 * int(LEAD_S * RATE_HZ)), resample(sound, RATE_HZ).pcm
    padded = Sound(RATE_HZ, lead + voice + bytes(RATE_HZ))
    return (padded if snr_db is None else with_noise(padded, snr_db, seed)).pcm


def quieted(pcm: bytes, piece: int = FRAME_BYTES) -> bytes:
    suppressor = NoiseSuppressor()
    return b"".join(suppressor.feed(pcm[at : at + piece]) for at in range(0, len(pcm), piece))


def test_the_room_grows_quiet_and_the_voice_stays() -> None:
    sound = read_wav(FOLDER / "order-2-joe-16k.wav")
    loud = in_a_room(sound, 10)
    heard = quieted(loud)
    room = slice(RATE_HZ, int(2 * LEAD_S * RATE_HZ))  # from half a second on
    assert level_dbfs(heard[room]) < level_dbfs(loud[room]) - 10
    voice = slice(int(2 * (LEAD_S + 0.2) * RATE_HZ), -RATE_HZ)
    assert abs(level_dbfs(heard[voice]) - level_dbfs(in_a_room(sound, None)[voice])) < 3


@pytest.mark.parametrize("piece", [2, 160, 1024, 6_000])
def test_it_does_not_matter_in_which_pieces_the_sound_comes(piece: int) -> None:
    loud = in_a_room(read_wav(FOLDER / "hello-allison-8k.wav"), 10)[: 2 * RATE_HZ]
    assert quieted(loud, piece) == quieted(loud)


def test_half_a_sample_is_an_error() -> None:
    with pytest.raises(AudioError):
        NoiseSuppressor().feed(b"\0\0\0")


@pytest.mark.speech
def test_numbers_that_the_noise_had_swallowed_are_heard(ears: VoskRecogniser) -> None:
    """Among a recogniser's readings, as calls take them; 7 and 15 of 20 when this was written."""
    told = tomllib.loads((FOLDER / "recordings.toml").read_text())["recording"]
    right = {"as it came": 0, "without noise": 0}
    for seed, one in enumerate(one for one in told if "digits" in one):
        loud = in_a_room(read_wav(FOLDER / one["file"]), 8, seed)
        for how, pcm in (("as it came", loud), ("without noise", quieted(loud))):
            stream = ears.stream(RATE_HZ, grammars.BY_EXPECTATION[one["expects"]])
            stream.feed(pcm[2 * int((LEAD_S - 0.3) * RATE_HZ) :])
            readings = [known_words(other.text) for other in stream.finish().alternatives]
            right[how] += one["digits"] in map(digits_in, readings)
    assert right["without noise"] >= right["as it came"] + 4, right


def room_of(*, voice_dbfs: float, noise_dbfs: float | None) -> Room:
    """After five seconds of it and three of the voice."""
    room = Room()
    for dbfs, frames, voice in ((noise_dbfs, 150, False), (voice_dbfs, 100, True)):
        for _ in range(frames):
            room.feed(frame(dbfs), voice=voice)
    return room


def frame(dbfs: float | None) -> bytes:
    value = 0 if dbfs is None else round(32_768 * 10 ** (dbfs / 20))
    return np.full(FRAME_BYTES // 2, value, np.int16).tobytes()


@pytest.mark.parametrize(
    ("voice_dbfs", "noise_dbfs", "loud"),
    [
        (-25, -55, False),
        (-25, -30, True),
        (-40, -55, False),  # somebody who speaks softly in a quiet room
        (-12, -30, False),  # somebody who shouts over a street
        (-25, None, False),  # a telephone that is silent between words says nothing
    ],
)
def test_a_room_is_loud_by_how_far_the_voice_stands_out(
    voice_dbfs: float, noise_dbfs: float | None, loud: bool
) -> None:
    assert room_of(voice_dbfs=voice_dbfs, noise_dbfs=noise_dbfs).loud == loud


def test_before_anybody_has_spoken_a_usual_voice_is_expected() -> None:
    room = Room()
    assert not room.loud
    room.feed(frame(-31), voice=False)
    assert room.loud


def test_sound_that_was_lost_makes_no_room_quiet() -> None:
    room = room_of(voice_dbfs=-25, noise_dbfs=-32)
    for _ in range(500):
        room.feed(frame(None), voice=False)
    assert room.loud
