"""All recordings: begun, ended, found again. Files in a folder, a row for each in the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import structlog
from aiohttp import web
from sqlalchemy import delete, select

from bot.call.recording import TICK_S, Gap, Recording
from bot.call.recording_file import RecordingFile, blank_stretch
from bot.conversation.log import Clock
from bot.store.columns import new_id
from bot.store.database import Database
from bot.store.tables import RecordingRow

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")

RATE_HZ: Final = 8_000
"""A telephone's. Browsers' sound is brought down to it: what was said is what counts."""


class CannotRecord(Exception):
    """The folder doesn't take a recording. The text says why; the call goes on without."""


class Recordings:
    def __init__(
        self,
        database: Database,
        folder: Path,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.database = database
        self.folder = folder
        self.clock = clock
        self.live: dict[str, Recording] = {}
        """Being written by this process."""
        self._monotonic = monotonic
        self._executor = ThreadPoolExecutor(1, "recording")

    async def begin(
        self, conversation_id: str, leg_id: str, *, caller_hz: int, said_hz: int
    ) -> Recording:
        """Records from now on; say so to the caller first. Raises CannotRecord, and AudioError for a
        rate that can't be."""
        recording_id, began = new_id(), self.clock()
        name = f"{began:%Y-%m-%d}/{recording_id}.wav"
        try:
            file = await self._on_disk(RecordingFile.create, self.folder / name, RATE_HZ)
        except OSError as error:
            raise CannotRecord(f"{self.folder}: {error}") from error
        try:
            recording = Recording(
                file,
                self._executor,
                caller_hz=caller_hz,
                said_hz=said_hz,
                recording_id=recording_id,
                clock=self._monotonic,
            )
            row = RecordingRow(
                id=recording_id,
                conversation_id=conversation_id,
                leg_id=leg_id,
                file=name,
                started_at=self.clock(),
                gaps=[],
            )
            async with self.database.writing() as session:
                session.add(row)
        except BaseException:
            await self._on_disk(_close_and_remove, file)
            raise
        self.live[recording_id] = recording
        return recording

    async def finish(self, recording: Recording) -> None:
        """The call is over, or records no more."""
        ms = await recording.close()
        self.live.pop(recording.id, None)
        async with self.database.writing() as session:
            row = await session.get(RecordingRow, recording.id)
            if row and row.ended_at is None:
                row.ended_at = self.clock()
                row.ms = ms
                row.gaps = [gap.as_data() for gap in recording.gaps]

    async def discard(self, recording: Recording) -> None:
        """The caller doesn't want it: nothing is kept."""
        await recording.close()
        self.live.pop(recording.id, None)
        await self._on_disk(_remove, recording.file.path)
        async with self.database.writing() as session:
            await session.execute(delete(RecordingRow).where(RecordingRow.id == recording.id))

    async def blank(
        self, recording_id: str, from_ms: int, to_ms: int, reason: str = "card number"
    ) -> None:
        """Silences a stretch, during the call or at any time after. Raises LookupError where there is
        no such recording, BrokenRecording or OSError where its file can't be changed."""
        if recording := self.live.get(recording_id):
            recording.blank(from_ms, to_ms, reason)
            return
        row = await self.find(recording_id)
        if row is None:
            raise LookupError(f"there is no recording {recording_id}")
        await self._on_disk(blank_stretch, self.path(row), from_ms, to_ms)
        async with self.database.writing() as session:
            row = await session.get_one(RecordingRow, recording_id)
            row.gaps = [*row.gaps, Gap(from_ms, to_ms, reason).as_data()]

    async def find(self, recording_id: str) -> RecordingRow | None:
        async with self.database.reading() as session:
            return await session.get(RecordingRow, recording_id)

    async def of(self, conversation_id: str) -> Sequence[RecordingRow]:
        """A conversation's, oldest first."""
        query = (
            select(RecordingRow)
            .where(RecordingRow.conversation_id == conversation_id)
            .order_by(RecordingRow.started_at, RecordingRow.id)
        )
        async with self.database.reading() as session:
            return list(await session.scalars(query))

    async def evidence(self, conversation_id: str) -> dict[str, Any] | None:
        """For a handoff's payload: where to listen, and from where on. None if nothing is recorded."""
        rows = await self.of(conversation_id)
        if not rows:
            return None
        row = rows[-1]
        offset_ms = self._now_ms(row) if row.ms is None else row.ms
        return {"url": url_of(row), "offset_ms": offset_ms}

    def _now_ms(self, row: RecordingRow) -> int:
        """The offset now in a recording that is being written, perhaps by another process."""
        if recording := self.live.get(row.id):
            return recording.at_ms()
        return max(0, round((self.clock() - row.started_at).total_seconds() * 1000))

    def path(self, row: RecordingRow) -> Path:
        return self.folder / row.file

    async def write_all(self) -> None:
        """Until cancelled: each recording's tick."""
        while True:
            for recording in list(self.live.values()):
                try:
                    recording.tick()
                except Exception:
                    log.exception("a recording could not be written", recording=recording.id)
            await asyncio.sleep(TICK_S)

    async def written(self) -> None:
        """Waits until the disk has taken what was handed to it so far."""
        await self._on_disk(int)

    async def close(self) -> None:
        for recording in list(self.live.values()):
            try:
                await self.finish(recording)
            except Exception:
                log.exception("a recording could not be finished", recording=recording.id)
        self._executor.shutdown(wait=False)

    async def _on_disk(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`act` on the thread that writes, after what was handed to it before."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, partial(act, *args, **kwargs))


RECORDINGS = web.AppKey("recordings", Recordings)


def url_of(row: RecordingRow) -> str:
    """Where the desk listens (bot/desk/recordings.py)."""
    return f"/api/conversations/{row.conversation_id}/recordings/{row.id}"


@asynccontextmanager
async def open_recordings(
    database: Database, folder: Path, clock: Clock
) -> AsyncIterator[Recordings]:
    """Writes what is recorded meanwhile; finishes what is still being recorded at the end."""
    recordings = Recordings(database, folder, clock)
    writing = asyncio.create_task(recordings.write_all())
    try:
        yield recordings
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await recordings.close()


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _close_and_remove(file: RecordingFile) -> None:
    try:
        file.close()
    finally:
        _remove(file.path)
