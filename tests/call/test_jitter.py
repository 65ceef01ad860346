"""Sound in bursts comes out evenly, and never late."""

from __future__ import annotations

from bot.call.jitter import AHEAD_S, MOST_S, JitterBuffer

RATE_HZ = 16_000
FRAME_S = 0.02


def sound(seconds: float, mark: int = 1) -> bytes:
    """Loud."""
    return (8_000 + mark).to_bytes(2, "little") * round(RATE_HZ * seconds)


def taken(buffer: JitterBuffer) -> int:
    """Frames that can be taken in a row."""
    count = 0
    while buffer.take(FRAME_S):
        count += 1
    return count


def test_a_little_is_kept_in_hand_first() -> None:
    buffer = JitterBuffer(RATE_HZ)
    buffer.put(sound(AHEAD_S - 0.01))
    assert buffer.take(FRAME_S) is None
    buffer.put(sound(0.02))
    assert buffer.take(FRAME_S) == sound(FRAME_S)


def test_bursts_come_out_whole_and_in_order() -> None:
    buffer = JitterBuffer(RATE_HZ)
    said = b"".join(sound(0.032, mark) for mark in range(1, 9))
    assert buffer.put(said[: len(said) // 2]) == buffer.put(said[len(said) // 2 :]) == 0
    heard = b"".join(iter(lambda: buffer.take(FRAME_S) or b"", b""))
    assert heard == said[: len(heard)]
    assert len(said) - len(heard) < len(sound(FRAME_S))


def test_a_dry_one_gathers_anew() -> None:
    buffer = JitterBuffer(RATE_HZ)
    buffer.put(sound(0.1))
    assert taken(buffer) == 5
    buffer.put(sound(FRAME_S))
    assert buffer.take(FRAME_S) is None
    buffer.put(sound(AHEAD_S))
    assert buffer.take(FRAME_S)


def test_what_a_burst_has_piled_up_goes_in_the_next_pause() -> None:
    buffer = JitterBuffer(RATE_HZ)
    said, pause = sound(0.1), bytes(2 * round(RATE_HZ * 0.16))
    buffer.put(said + pause)
    heard = b"".join(iter(lambda: buffer.take(FRAME_S) or b"", b""))
    assert heard.startswith(said)  # no word is touched
    assert len(heard) < len(said + pause)


def test_late_sound_goes_oldest_first() -> None:
    buffer = JitterBuffer(RATE_HZ)
    buffer.put(sound(MOST_S, 1))
    dropped = buffer.put(sound(0.1, 2))
    assert round(dropped, 3) == round(MOST_S + 0.1 - AHEAD_S, 3)
    assert buffer.take(FRAME_S) == sound(FRAME_S, 2)
    assert buffer.held_s < AHEAD_S


def test_a_flood_holds_no_more_than_may_be() -> None:
    buffer = JitterBuffer(RATE_HZ)
    buffer.put(sound(10))
    assert buffer.held_s <= MOST_S


def test_no_sample_is_ever_cut_in_two() -> None:
    buffer = JitterBuffer(11_025)
    buffer.put(b"\1\2" * 11_025)
    assert len(buffer.take(FRAME_S) or b"") % 2 == 0
