"""An event loop whose clock jumps: nothing waits, everything happens in its order.

For code that sleeps and times out on asyncio's own clock and does nothing on threads or wires."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.SelectSelector):
    """Waits for nobody: what the loop would have waited, it adds to its clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("nothing will ever happen: everybody waits for somebody else")
            self.now += max(timeout, 0.0)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def in_virtual_time(scene: Coroutine[Any, Any, T]) -> T:
    """Runs a scene to its end at once. Fails where it leaves tasks behind."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        result = runner.run(scene)
        left = asyncio.all_tasks(runner.get_loop())
    assert not left, f"left behind: {left}"
    return result
