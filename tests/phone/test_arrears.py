"""Sound that is late, and sound that is lost, told apart by its arrival."""

from __future__ import annotations

import pytest

from bot.channels.phone.arrears import Arrears


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def lost(*arrivals: float) -> float:
    """Frames of 20 ms that come at these seconds."""
    clock = Seconds()
    arrears = Arrears(clock)
    total = 0.0
    for clock.now in arrivals:
        total += arrears.came(0.02)
    return total


def paced(first: float, count: int) -> list[float]:
    return [first + 0.02 * at for at in range(count)]


def test_frames_at_their_pace_lose_nothing() -> None:
    assert lost(*paced(5, 500)) == 0


def test_a_burst_after_a_pause_makes_up_for_it() -> None:
    burst = [6.0 + 0.0001 * at for at in range(50)]
    assert lost(*paced(5, 1), *burst, *paced(6.02, 100)) == 0


def test_a_pause_without_a_burst_is_lost_and_counted_once() -> None:
    assert lost(*paced(5, 50), *paced(36, 50), *paced(39, 50)) == pytest.approx(32, abs=0.05)


def test_a_first_frame_that_was_late_is_no_loss() -> None:
    assert lost(5.5, *[5.5 + 0.0001 * at for at in range(1, 25)], *paced(5.52, 100)) == 0
