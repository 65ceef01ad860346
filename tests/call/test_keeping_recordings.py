"""Recordings from the first word to the day they are forgotten, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.call.recording import Recording
from bot.call.recording_retention import forget_old_recordings, repair_left_recordings
from bot.call.recordings import CannotRecord, Recordings, open_recordings
from bot.conversation.hub import Hub
from bot.conversation.log import ConversationLog
from bot.store.database import Database
from bot.store.tables import Channel
from tests.call.tape import RATE_HZ, Heard, tone
from tests.conftest import Time


class Centre:
    """A contact centre that records its calls, on turned clocks."""

    def __init__(self, database: Database, folder: Path, time: Time) -> None:
        self.database = database
        self.folder = folder
        self.time = time
        self.log = ConversationLog(database, Hub(), time)
        self.recordings = self.started()
        self.leg = ""

    def started(self) -> Recordings:
        return Recordings(
            self.database, self.folder, self.time, monotonic=lambda: self.time().timestamp()
        )

    async def call(self) -> Recording:
        conversation, _ = await self.log.begin("en")
        async with self.log.opened(conversation) as opened:
            self.leg = (await opened.begin_leg(Channel.PHONE, "phone:+15550100")).id
        self.conversation = conversation
        return await self.recordings.begin(
            conversation, self.leg, caller_hz=RATE_HZ, said_hz=RATE_HZ
        )

    async def speaks(self, recording: Recording, seconds: int = 2) -> None:
        for _ in range(seconds * 10):
            self.time.passes(0.1)
            recording.caller(tone(440, 0.1))
            recording.tick()
            await self.recordings.written()
        recording.tick()

    async def recorded(self, seconds: int = 2) -> Recording:
        recording = await self.call()
        await self.speaks(recording, seconds)
        await self.recordings.finish(recording)
        return recording

    async def sweeps(self, days: int = 30) -> int:
        return await forget_old_recordings(self.database, self.folder, self.time(), days)

    async def repairs(self) -> int:
        live = self.recordings.live
        return await repair_left_recordings(self.database, self.folder, self.time(), live=live)


@pytest.fixture
async def centre(database_url: str, tmp_path: Path, time: Time) -> AsyncIterator[Centre]:
    database = Database(database_url)
    made = Centre(database, tmp_path / "recordings", time)
    yield made
    await made.recordings.close()
    await database.close()


async def test_a_recorded_call_is_found_again(centre: Centre) -> None:
    recording = await centre.call()
    await centre.speaks(recording)
    recording.pause("card number")
    await centre.speaks(recording)
    recording.resume()
    await centre.recordings.finish(recording)
    [row] = await centre.recordings.of(centre.conversation)
    assert (row.id, row.leg_id, row.ms) == (recording.id, centre.leg, 4000)
    assert row.ended_at == centre.time()
    assert row.gaps == [{"from_ms": 2000, "to_ms": 4000, "reason": "card number"}]
    assert centre.recordings.path(row).parent.name == "2026-03-04"
    assert Heard(centre.recordings.path(row)).seconds == 4
    assert not centre.recordings.live


async def test_a_handoff_says_where_to_listen(centre: Centre) -> None:
    recording = await centre.call()
    await centre.speaks(recording, 3)
    url = f"/api/conversations/{centre.conversation}/recordings/{recording.id}"
    wanted = {"url": url, "offset_ms": 3000}
    assert await centre.recordings.evidence(centre.conversation) == wanted
    other_process = centre.started()
    assert await other_process.evidence(centre.conversation) == wanted
    await other_process.close()
    await centre.recordings.finish(recording)
    centre.time.passes(hours=1)
    assert await centre.recordings.evidence(centre.conversation) == wanted
    silent, _ = await centre.log.begin("en")
    assert await centre.recordings.evidence(silent) is None


async def test_a_caller_who_refuses_leaves_nothing(centre: Centre) -> None:
    recording = await centre.call()
    await centre.speaks(recording)
    await centre.recordings.discard(recording)
    assert not recording.file.path.exists()
    assert await centre.recordings.of(centre.conversation) == []
    await centre.recordings.finish(recording)  # the call's end, later
    assert await centre.recordings.of(centre.conversation) == []


async def test_a_card_number_found_the_next_day(centre: Centre) -> None:
    recording = await centre.recorded(4)
    centre.time.passes(days=1)
    await centre.recordings.blank(recording.id, 1000, 2000)
    heard = Heard(recording.file.path)
    assert [round(edge, 1) for span in heard.spans(heard.caller) for edge in span] == [0, 1, 2, 4]
    row = await centre.recordings.find(recording.id)
    assert row
    assert row.gaps == [{"from_ms": 1000, "to_ms": 2000, "reason": "card number"}]
    with pytest.raises(LookupError, match="no recording nonsense"):
        await centre.recordings.blank("nonsense", 0, 1)


async def test_old_recordings_are_forgotten(centre: Centre) -> None:
    old = await centre.recorded()
    centre.time.passes(days=20)
    younger = await centre.recorded()
    centre.time.passes(days=9)
    assert await centre.sweeps() == 0
    centre.time.passes(days=2)
    assert await centre.sweeps() == 1
    assert await centre.recordings.find(old.id) is None
    assert not old.file.path.parent.exists()
    assert await centre.recordings.find(younger.id)
    assert Heard(younger.file.path).seconds == 2
    assert await centre.sweeps() == 0
    centre.time.passes(days=20)
    assert await centre.sweeps() == 1
    assert list(centre.folder.iterdir()) == []


async def test_a_file_that_no_row_knows_is_forgotten_too(centre: Centre) -> None:
    stray = centre.folder / "2026-01-01" / "stray.wav"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"RIFF")
    foreign = centre.folder / "backup" / "mine.wav"
    foreign.parent.mkdir()
    foreign.write_bytes(b"RIFF")
    await centre.sweeps()
    assert not stray.parent.exists()
    assert foreign.exists()


async def test_a_file_that_cannot_be_deleted_is_tried_again(centre: Centre) -> None:
    recording = await centre.recorded()
    path = recording.file.path
    kept = path.rename(path.with_suffix(".kept"))
    path.mkdir()  # unlinking a folder fails for everybody, also for root
    centre.time.passes(days=31)
    assert await centre.sweeps() == 0
    assert await centre.recordings.find(recording.id)
    path.rmdir()
    kept.rename(path)
    assert await centre.sweeps() == 1
    assert not path.exists()


async def test_what_a_crash_left_is_repaired_once_its_call_is_over(centre: Centre) -> None:
    recording = await centre.call()
    await centre.speaks(recording, 3)
    assert await centre.repairs() == 0, "it is being written"
    centre.recordings.live.clear()  # the process is gone; another one sweeps
    assert await centre.repairs() == 0, "its call may live elsewhere"
    async with centre.log.opened(centre.conversation) as opened:
        await opened.end_leg(centre.leg)
    assert await centre.repairs() == 0, "it may be about to finish"
    centre.time.passes(minutes=2)
    assert await centre.repairs() == 1
    row = await centre.recordings.find(recording.id)
    assert row
    assert row.ms
    assert 2000 <= row.ms <= 3000
    assert row.ended_at == row.started_at + timedelta(milliseconds=row.ms)
    assert await centre.repairs() == 0
    await recording.close()


async def test_a_recording_whose_file_is_gone_is_ended_all_the_same(centre: Centre) -> None:
    recording = await centre.call()
    async with centre.log.opened(centre.conversation) as opened:
        await opened.end_leg(centre.leg)
    centre.recordings.live.clear()
    recording.file.path.unlink()
    centre.time.passes(minutes=2)
    assert await centre.repairs() == 1
    row = await centre.recordings.find(recording.id)
    assert row
    assert row.ms == 0
    await recording.close()


async def test_a_folder_that_takes_nothing_is_said(centre: Centre) -> None:
    centre.folder.write_text("a file where the folder should be")
    with pytest.raises(CannotRecord, match=str(centre.folder)):
        await centre.call()
    assert await centre.recordings.of(centre.conversation) == []


async def test_the_servers_end_finishes_what_is_recorded(centre: Centre, time: Time) -> None:
    async with open_recordings(centre.database, centre.folder, time) as recordings:
        centre.recordings = recordings
        recording = await centre.call()
        recording.said(tone(300, 1.0))
    row = await recordings.find(recording.id)
    assert row
    assert row.ended_at
