"""What the sweep does with recordings: ends those a crash left behind, deletes the old ones."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import delete, or_, select

from bot.call.recording_file import BrokenRecording, repair
from bot.store.database import Database
from bot.store.tables import Leg, RecordingRow

log = structlog.get_logger()

GRACE: Final = timedelta(minutes=1)
"""A call that ends orderly writes the last second and its row within this."""

AT_ONCE: Final = 500


async def repair_left_recordings(
    database: Database, folder: Path, now: datetime, *, live: Collection[str] = ()
) -> int:
    """Recordings whose process died: their leg has ended, or nobody renews its lease. Each gets the
    length of what was written. `live` are the ids that this process writes. Returns how many."""
    query = (
        select(RecordingRow)
        .join(Leg, Leg.id == RecordingRow.leg_id)
        .where(
            RecordingRow.ended_at.is_(None),
            RecordingRow.id.not_in(live),
            or_(Leg.ended_at < now - GRACE, Leg.lease_until < now - GRACE),
        )
        .limit(AT_ONCE)
    )
    async with database.reading() as session:
        left = list(await session.scalars(query))
    for row in left:
        ms = 0
        try:
            ms = await asyncio.to_thread(repair, folder / row.file)
            log.warning("recording repaired after its process was gone", recording=row.id, ms=ms)
        except (BrokenRecording, OSError) as error:
            log.error("recording lost with its process", recording=row.id, error=str(error))
        async with database.writing() as session:
            found = await session.get(RecordingRow, row.id)
            if found and found.ended_at is None:
                found.ms = ms
                found.ended_at = found.started_at + timedelta(milliseconds=ms)
    return len(left)


async def forget_old_recordings(database: Database, folder: Path, now: datetime, days: int) -> int:
    """Deletes what began more than `days` days ago, file and row. Returns how many. A file that can't
    be deleted keeps its row, for the next sweep to try again."""
    before = now - timedelta(days=days)
    query = select(RecordingRow).where(RecordingRow.started_at < before)
    query = query.order_by(RecordingRow.started_at).limit(AT_ONCE)
    async with database.reading() as session:
        old = list(await session.scalars(query))
    gone = []
    for row in old:
        try:
            await asyncio.to_thread((folder / row.file).unlink, missing_ok=True)
            gone.append(row.id)
        except OSError as error:
            log.error("recording not deleted", recording=row.id, error=str(error))
    if gone:
        async with database.writing() as session:
            await session.execute(delete(RecordingRow).where(RecordingRow.id.in_(gone)))
        log.info("old recordings deleted", recordings=len(gone))
    if len(old) == len(gone) < AT_ONCE:
        await asyncio.to_thread(_clear_days, folder, before.date())
    return len(gone)


def _clear_days(folder: Path, before: date) -> None:
    """Folders of days that are over go, with files that have no row (a crash before it was written)."""
    for day in folder.glob("????-??-??"):
        with suppress(ValueError, OSError):
            if date.fromisoformat(day.name) < before:
                for file in day.glob("*.wav"):
                    file.unlink()
                day.rmdir()
