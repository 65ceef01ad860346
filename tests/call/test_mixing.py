"""Several voices into one, frame by frame."""

from __future__ import annotations

from bot.call.mixing import MOST, Mixer, mixed


def frame(value: int) -> bytes:
    return (1000 * value).to_bytes(2, "little", signed=True) * 160


SILENCE = bytes(320)


def test_who_is_alone_is_let_through_at_once() -> None:
    mixer = Mixer()
    assert [mixer.put("maya", frame(at)) for at in range(3)] == [[frame(at)] for at in range(3)]


def test_two_are_heard_together() -> None:
    mixer = Mixer()
    assert mixer.put("maya", frame(1)) == [frame(1)]
    assert mixer.put("sam", frame(10)) == []  # it goes with Maya's next one
    assert mixer.put("maya", frame(2)) == [frame(12)]
    assert mixer.put("sam", frame(20)) == []
    assert mixer.put("maya", frame(3)) == [frame(23)]


def test_bursts_neither_lengthen_nor_shorten_it() -> None:
    mixer = Mixer()
    heard = [out for _ in range(3) for out in mixer.put("maya", frame(1))]
    for _ in range(5):  # the network lets go of what it held
        heard += mixer.put("sam", frame(10))
    for _ in range(5):
        heard += mixer.put("maya", frame(1))
    assert heard == [frame(1)] * 3 + [frame(11)] * 5


def test_a_voice_that_is_behind_catches_up_in_a_pause() -> None:
    mixer = Mixer()
    mixer.put("maya", frame(1))
    for sound in (frame(10), SILENCE, SILENCE, frame(11)):
        mixer.put("sam", sound)
    assert mixer.put("maya", frame(1)) == [frame(11)]
    assert mixer.put("maya", frame(1)) == [frame(12)]


def test_whoever_sets_the_pace_stops_and_the_other_goes_on() -> None:
    mixer = Mixer()
    mixer.put("maya", frame(1))
    heard = [mixer.put("sam", frame(10)) for _ in range(20)]
    assert heard[:MOST] == [[]] * MOST
    assert all(len(one) == 1 for one in heard[MOST:])
    assert mixer.put("maya", frame(1)) == []  # back again, at Sam's pace
    assert mixer.put("sam", frame(10)) == [frame(11)]


def test_one_who_left_is_not_waited_for() -> None:
    mixer = Mixer()
    mixer.put("maya", frame(1))
    mixer.put("sam", frame(10))
    mixer.drop("maya")
    assert mixer.put("sam", frame(20)) == [frame(10)]


def test_a_sum_beyond_16_bits_is_clipped() -> None:
    assert mixed([frame(30), frame(30)]) == (32_767).to_bytes(2, "little") * 160
    assert mixed([frame(-30), frame(-30)]) == (-32_768).to_bytes(2, "little", signed=True) * 160
