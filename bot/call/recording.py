"""The recording of one call: what is heard and said, on the call's own time (docs/recording.md).

Left is the caller, right whoever answers. Nothing here waits: sound is taken in, and at each `tick` what
has found its place goes to the disk in one batch, on another thread. A disk that fails or can't keep up
ends the recording, never the call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog

from bot.call.recording_file import FOREVER, RecordingFile, Side, blank_stretch
from bot.call.recording_placing import Arriving, Placed, Queued

log = structlog.get_logger()

TICK_S: Final = 0.2
"""Between two batches. With `HOLD_S` (0.4 s) and a batch on its way, what a crash takes stays below a
second."""

TO_DISK_EVERY_S: Final = 1.0
"""A killed process loses nothing that was written; a power cut loses what the system still kept in
memory, so it is told to let go of it this often."""

MOST_BATCHES_LATE: Final = 150
"""30 s that the disk has not taken: memory is not filled any further."""

Step = Callable[[RecordingFile], None]


@dataclass(slots=True)
class Gap:
    """A stretch that was silenced on purpose."""

    from_ms: int
    to_ms: int | None
    """None while it lasts."""
    reason: str

    def as_data(self) -> dict[str, Any]:
        return {"from_ms": self.from_ms, "to_ms": self.to_ms, "reason": self.reason}


class Recording:
    """Methods that take sound raise AudioError for what can't be PCM. After `close` they do nothing."""

    def __init__(
        self,
        file: RecordingFile,
        executor: Executor,
        *,
        caller_hz: int,
        said_hz: int,
        recording_id: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`executor` has one thread, so that batches are written in order. `caller_hz` is that of the
        sound that comes in, `said_hz` of what is said; raises AudioError for one that can't be
        resampled. `clock` gives seconds that only grow."""
        self.id = recording_id
        self.file = file
        self.gaps: list[Gap] = []
        self._executor = executor
        self._clock = clock
        self._began = clock()
        self._caller = Arriving(caller_hz, file.rate_hz)
        self._ours = Queued(said_hz, file.rate_hz)
        self._steps: list[Step] = []
        self._writing: Future[None] | None = None
        self._batches_late = 0
        self._to_disk_at = self._began
        self._paused: Gap | None = None
        self._closed = False
        self._ms = 0

    # --- what the call tells ---

    def caller(self, pcm: bytes) -> None:
        """Sound from the caller, as it came in: its last sample was spoken just now."""
        if not self._closed:
            self._caller.came(pcm, self._now())

    def lost(self, seconds: float) -> None:
        """So much of the caller's sound never arrived."""
        if not self._closed:
            self._caller.lost(seconds)

    def said(self, pcm: bytes) -> None:
        """Sound of ours that plays after what was said before, or now where that is over."""
        if not self._closed:
            self._ours.said(pcm, self._now())

    def cleared(self) -> None:
        """What was said and hasn't played by now never will."""
        if not self._closed:
            self._put(Side.OURS, self._ours.cleared(self._now()))

    def pause(self, reason: str) -> None:
        """From now on both sides are silent in the recording; its time goes on. What they say never
        reaches the disk. Paused already: the first reason stays."""
        if self._closed or self._paused:
            return
        self._paused = Gap(self.at_ms(), None, reason)
        self.gaps.append(self._paused)
        self._steps.append(
            partial(RecordingFile.blank, begins=self._frame(self._paused.from_ms), ends=FOREVER)
        )

    def resume(self) -> None:
        if self._closed or self._paused is None:
            return
        self._paused.to_ms = self.at_ms()
        begins, ends = map(self._frame, (self._paused.from_ms, self._paused.to_ms))
        self._paused = None
        self._steps.append(partial(RecordingFile.end_blank, begins=begins, ends=ends))

    def blank(self, from_ms: int, to_ms: int, reason: str = "card number") -> None:
        """Silences a stretch afterwards, whether it is written already or not, or the recording is
        over. What fails is logged."""
        if to_ms <= from_ms:
            return
        self.gaps.append(Gap(from_ms, to_ms, reason))
        if self._closed:
            later = self._executor.submit(blank_stretch, self.file.path, from_ms, to_ms)
            later.add_done_callback(self._blanked)
        else:
            begins, ends = map(self._frame, (from_ms, to_ms))
            self._steps.append(partial(RecordingFile.blank, begins=begins, ends=ends))

    def at_ms(self) -> int:
        """Now, in milliseconds from the beginning; after `close`, the length."""
        return self._ms if self._closed else int((self._clock() - self._began) * 1000)

    # --- to the disk ---

    def tick(self) -> None:
        """Hands what has found its place to the disk. At least every TICK_S."""
        if self._closed:
            return
        now = self._now()
        self._put(Side.CALLER, self._caller.settled(now))
        self._put(Side.OURS, self._ours.played(now))
        if self._writing and not self._writing.done():
            self._batches_late += 1
            if self._batches_late >= MOST_BATCHES_LATE:
                self._fails(f"the disk took nothing for {self._batches_late * TICK_S:.0f} s")
            return
        if self._writing and (error := self._writing.exception()):
            self._fails(str(error))
            return
        self._batches_late = 0
        to_disk = self._clock() - self._to_disk_at >= TO_DISK_EVERY_S
        if to_disk:
            self._to_disk_at = self._clock()
        self._steps.append(partial(RecordingFile.extend, frames=int(now)))
        self._steps.append(partial(RecordingFile.commit, to_disk=to_disk))
        self._submit()

    async def close(self) -> int:
        """Writes the rest; returns the length in milliseconds, also when it is closed already."""
        if self._closed:
            return self._ms
        now = self._now()
        self._put(Side.CALLER, self._caller.ended(now))
        self._put(Side.OURS, self._ours.cleared(now))
        self.resume()
        self._ms, self._closed = self.at_ms(), True
        self._steps.append(partial(RecordingFile.extend, frames=int(now)))
        before = [self._writing] if self._writing else []
        failed = False
        try:
            for writing in [*before, self._submit()]:
                await asyncio.wrap_future(writing)
        except OSError as error:
            failed = True
            log.error("recording incomplete", recording=self.id, error=str(error))
        finally:
            await asyncio.wrap_future(self._executor.submit(self._let_go, failed))
        return self._ms

    def _submit(self) -> Future[None]:
        steps, self._steps = self._steps, []
        self._writing = self._executor.submit(_write, self.file, steps)
        return self._writing

    def _fails(self, why: str) -> None:
        log.error("recording ended, the call goes on", recording=self.id, error=why)
        self._ms, self._closed = self.at_ms(), True
        self._steps.clear()
        self._executor.submit(self._let_go, True)

    def _let_go(self, failed: bool) -> None:
        try:
            for gap in self.gaps if failed else []:  # overwriting needs no room on a full disk
                ends = FOREVER if gap.to_ms is None else self._frame(gap.to_ms)
                self.file.blank(self._frame(gap.from_ms), ends)
        except OSError as error:
            log.error("a stretch could not be silenced", recording=self.id, error=str(error))
        try:
            self.file.close()
        except OSError as error:
            log.error("recording not closed well", recording=self.id, error=str(error))

    def _blanked(self, done: Future[None]) -> None:
        if error := done.exception():
            log.error("a stretch could not be silenced", recording=self.id, error=str(error))

    def _put(self, side: Side, placed: list[Placed]) -> None:
        self._steps += [
            partial(RecordingFile.put, side=side, at=at, pcm=pcm) for at, pcm in placed if pcm
        ]

    def _frame(self, ms: int) -> int:
        return ms * self.file.rate_hz // 1000

    def _now(self) -> float:
        return (self._clock() - self._began) * self.file.rate_hz


def _write(file: RecordingFile, steps: list[Step]) -> None:
    for step in steps:
        step(file)
