"""A call's recording: who speaks when, what is left out, and what a crash leaves."""

from __future__ import annotations

import itertools
import math
import random
import signal
import subprocess
import sys
import time as real_time
from pathlib import Path

import numpy as np
import pytest

from bot.call.recording_file import BrokenRecording, RecordingFile, Side, blank_stretch, repair
from bot.call.recording_placing import Arriving, Placed
from speech.audio import AudioError, mulaw_decode, mulaw_encode
from tests.call.tape import FRAME_S, RATE_HZ, Heard, Tape, near, tone


@pytest.fixture
def tape(tmp_path: Path) -> Tape:
    return Tape(tmp_path / "call.wav")


async def test_a_call_of_two_turns(tape: Tape) -> None:
    """We greet, the caller asks, we answer in two sentences sent at once, the caller thanks."""
    tape.recording.said(tone(300, 1.0))
    tape.caller_speaks(1.5, 3.0)
    tape.until(3.5)
    tape.recording.said(tone(300, 1.0))
    tape.recording.said(tone(600, 0.5))
    tape.caller_speaks(5.5, 6.0)
    tape.until(6.5)
    assert tape.recording.at_ms() == 6500
    heard = await tape.hangs_up()
    assert heard.seconds == 6.5
    assert near(heard.spans(heard.ours), (0, 1), (3.5, 5))
    assert near(heard.spans(heard.caller), (1.5, 3), (5.5, 6))


async def test_what_an_interruption_swallowed_is_not_heard(tape: Tape) -> None:
    tape.recording.said(tone(300, 10))
    tape.caller_speaks(1.0, 1.6)
    tape.recording.cleared()
    tape.until(2.0)
    tape.recording.said(tone(300, 1.0))
    tape.until(5.0)
    heard = await tape.hangs_up()
    assert near(heard.spans(heard.ours), (0, 1.6), (2, 3))
    assert near(heard.spans(heard.caller), (1, 1.6))


async def test_nothing_of_the_future_is_on_the_disk(tape: Tape) -> None:
    tape.recording.said(tone(300, 60))
    tape.until(2.0)
    heard = await tape.hangs_up()
    assert near(heard.spans(heard.ours), (0, 2))
    assert heard.seconds == 2.0


async def test_the_caller_is_kept_as_the_telephone_sent_it(tape: Tape) -> None:
    """Mu-law in, mu-law out: nothing is coded twice."""
    sound = mulaw_decode(mulaw_encode(tone(440, 1.0)))
    for at in range(0, len(sound), 320):
        tape.until((at + 320) / 2 / RATE_HZ)
        tape.recording.caller(sound[at : at + 320])
    heard = await tape.hangs_up()
    assert heard.caller.tobytes() == sound


async def test_a_browsers_rates(tmp_path: Path) -> None:
    """48 kHz in, 22.05 kHz out, recorded at 8 kHz: on time, to the end, and at the same pitch."""
    tape = Tape(tmp_path / "call.wav", caller_hz=48_000, said_hz=22_050)
    tape.recording.said(tone(300, 1.0, 22_050))
    tape.caller_speaks(2.0, 4.0)
    tape.until(4.2)
    tape.recording.said(tone(300, 0.5, 22_050))
    tape.caller_speaks(5.0, 6.0)
    tape.until(7.0)
    heard = await tape.hangs_up()
    assert near(heard.spans(heard.ours), (0, 1), (4.2, 4.7))
    assert near(heard.spans(heard.caller), (2, 4), (5, 6))
    middle = np.abs(np.fft.rfft(heard.caller[20_000:28_000]))
    assert int(np.argmax(middle)) == 440  # one second of sound: a bin is a hertz


async def test_a_card_number_is_not_recorded(tape: Tape) -> None:
    """The time goes on, so that the log's offsets still hold."""
    tape.caller_speaks(0.5, 2.0)
    tape.recording.pause("card number")
    tape.recording.said(tone(300, 1.0))
    tape.caller_speaks(2.0, 6.0)
    tape.recording.resume()
    tape.caller_speaks(6.0, 7.0)
    tape.until(8.0)
    heard = await tape.hangs_up()
    assert near(heard.spans(heard.caller), (0.5, 2), (6, 7))
    assert heard.spans(heard.ours) == []
    assert heard.seconds == 8.0
    assert [gap.as_data() for gap in tape.recording.gaps] == [
        {"from_ms": 2000, "to_ms": 6000, "reason": "card number"}
    ]


async def test_no_digit_of_a_card_is_on_the_disk_meanwhile(tape: Tape) -> None:
    tape.recording.pause("card number")
    tape.caller_speaks(0.0, 3.0)
    tape.recording.tick()
    tape.written()
    so_far = Heard(tape.path)
    assert so_far.seconds > 2
    assert so_far.spans(so_far.caller) == []
    heard = await tape.hangs_up()  # still paused: the end of the call ends that, too
    assert heard.spans(heard.caller) == []
    assert tape.recording.gaps[0].to_ms == 3000


async def test_a_card_number_that_was_noticed_later(tape: Tape) -> None:
    """Silenced in what is written, in what waits, and once more when the call is long over."""
    tape.caller_speaks(0.0, 2.0)
    tape.recording.blank(500, 2200)
    tape.caller_speaks(2.0, 4.0)
    heard = await tape.hangs_up()
    assert near(heard.spans(heard.caller), (0, 0.5), (2.2, 4), by=0.002)
    blank_stretch(tape.path, 3000, 3500)
    heard = Heard(tape.path)
    assert near(heard.spans(heard.caller), (0, 0.5), (2.2, 3), (3.5, 4), by=0.002)
    assert heard.seconds == 4.0


async def test_packets_lost_leave_their_silence(tape: Tape) -> None:
    """Two of them: too short a time for the clock to notice by itself."""
    tape.caller_speaks(0.0, 1.0)
    tape.recording.lost(0.04)
    tape.caller_speaks(1.04, 2.0)
    heard = await tape.hangs_up()
    assert near(heard.spans(heard.caller), (0, 1), (1.04, 2), by=0.002)


async def test_after_the_end_sound_is_dropped(tape: Tape) -> None:
    tape.until(1.0)
    heard = await tape.hangs_up()
    tape.recording.caller(tone(440, 1))
    tape.recording.said(tone(440, 1))
    tape.recording.cleared()
    tape.recording.pause("x")
    tape.recording.resume()
    tape.recording.tick()
    assert await tape.recording.close() == 1000 == tape.recording.at_ms()
    assert heard.seconds == 1.0


async def test_half_a_sample_is_an_error(tape: Tape) -> None:
    with pytest.raises(AudioError):
        tape.recording.caller(b"\0\0\0")
    await tape.hangs_up()


async def test_a_disk_that_fails_ends_the_recording_and_not_the_call(tape: Tape) -> None:
    tape.caller_speaks(0.0, 1.0)
    tape.executor.submit(tape.recording.file.close).result()  # as if the disk were gone
    tape.caller_speaks(1.0, 3.0)
    tape.until(4.0)
    assert tape.recording.at_ms() < 4000
    await tape.hangs_up()


# --- the network ---------------------------------------------------------------------------------


def sent(seconds: float, *, begins: float = 0.0, frame_s: float = FRAME_S) -> list[float]:
    """When frames have been spoken."""
    return [begins + (n + 1) * frame_s for n in range(round(seconds / frame_s))]


def placed_at(
    spoken: list[float], arrived: list[float], *, frame_s: float = FRAME_S
) -> list[tuple[float, float]]:
    """Where each frame's end was put, beside when it was spoken (seconds)."""
    arriving = Arriving(RATE_HZ, RATE_HZ)
    out: list[Placed] = []
    for number, at in enumerate(arrived):
        out += arriving.settled(at * RATE_HZ)
        level = 1000 + number % 20_000
        arriving.came(np.full(round(frame_s * RATE_HZ), level, "<i2").tobytes(), at * RATE_HZ)
    out += arriving.settled(math.inf)
    found: list[tuple[float, float]] = []
    seen = -1
    for begins, pcm in out:
        values = np.frombuffer(pcm, "<i2")
        ends = np.flatnonzero(np.diff(values, append=-1)) + 1
        for end in ends:
            number = int(values[end - 1]) - 1000
            number += -(-(seen + 1 - number) // 20_000) * 20_000 if number <= seen else 0
            seen = number
            found.append(((begins + int(end)) / RATE_HZ, spoken[number]))
    return found


def test_jitter_is_absorbed() -> None:
    spoken = sent(60)
    dice = random.Random(4)
    arrived: list[float] = []
    for at in spoken:
        arrived.append(max(at + 0.05 + dice.uniform(0, 0.1), *arrived[-1:], 0))
    places = placed_at(spoken, arrived)
    assert len(places) == len(spoken)
    delays = [place - at for place, at in places]
    assert max(delays) - min(delays) <= 0.04
    assert min(delays) >= 0.049


def test_a_stall_that_arrives_in_one_burst_never_happened() -> None:
    spoken = sent(30)
    arrived = [20.0 if 10 <= at < 20 else at for at in spoken]
    places = placed_at(spoken, arrived)
    assert [place for place, _ in places] == pytest.approx([at for _, at in places], abs=0.001)
    assert len(places) == len(spoken)


def test_a_line_that_sent_nothing_leaves_silence() -> None:
    spoken = [*sent(5), *sent(5, begins=12)]
    places = placed_at(spoken, spoken)
    assert [place for place, _ in places] == pytest.approx([at for _, at in places], abs=0.001)


@pytest.mark.parametrize("ppm", [-200, 200])
def test_an_hour_with_a_clock_that_is_wrong_stays_within_100_ms(ppm: int) -> None:
    """Somebody speaks all the time: the worst case, for nothing quiet can be left out."""
    spoken = [at * (1 + ppm / 1e6) for at in sent(3600, frame_s=0.06)]
    dice = random.Random(ppm)
    arrived: list[float] = []
    for at in spoken:
        arrived.append(max(at + dice.uniform(0, 0.03), *arrived[-1:], 0))
    places = placed_at(spoken, arrived, frame_s=0.06)
    assert max(abs(place - at) for place, at in places) < 0.1
    assert len(places) > 0.998 * len(spoken)


def test_a_slow_line_that_catches_up_loses_no_speech() -> None:
    """After a stall the backlog comes at twice the speed of speech; then the caller pauses."""
    speech = sent(10)
    arriving = Arriving(RATE_HZ, RATE_HZ)
    out: list[Placed] = []
    loud, hiss = tone(440, FRAME_S), tone(440, FRAME_S, level=100)
    last = 0.0
    for number, at in enumerate(sent(20)):
        last = max(last + FRAME_S / 2, at + (3.0 if 3 <= at < 3.5 else 0))
        out += arriving.settled(last * RATE_HZ)
        arriving.came(loud if number < len(speech) else hiss, last * RATE_HZ)
    out += arriving.settled(math.inf)
    kept = b"".join(pcm for _, pcm in out)
    loud_frames = sum(kept[at : at + len(loud)] == loud for at in range(0, len(kept), len(loud)))
    assert loud_frames >= len(speech) - 2 * round(20 / 10)
    begins, pcm = out[-1]
    assert (begins + len(pcm) / 2) / RATE_HZ == pytest.approx(20, abs=0.05)
    assert all(a + len(x) / 2 <= b for (a, x), (b, _) in itertools.pairwise(out))


# --- the file ------------------------------------------------------------------------------------


def test_nothing_is_recorded_over(tmp_path: Path) -> None:
    RecordingFile.create(tmp_path / "a.wav", RATE_HZ).close()
    with pytest.raises(FileExistsError):
        RecordingFile.create(tmp_path / "a.wav", RATE_HZ)


def test_only_the_servers_user_may_read_it(tmp_path: Path) -> None:
    RecordingFile.create(tmp_path / "day" / "a.wav", RATE_HZ).close()
    assert (tmp_path / "day" / "a.wav").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "day").stat().st_mode & 0o777 == 0o700


def test_a_header_that_lags_behind_is_repaired(tmp_path: Path) -> None:
    """Killed between the sound and the header, in the middle of a frame."""
    path = tmp_path / "a.wav"
    file = RecordingFile.create(path, RATE_HZ)
    file.put(Side.CALLER, 0, tone(440, 1.0))
    with path.open("ab") as more:
        more.write(b"\0")
    assert Heard(path).seconds == 0
    assert repair(path) == 1000
    heard = Heard(path)
    assert heard.seconds == 1.0
    assert heard.bytes == heard.said_bytes
    assert repair(path) == 1000


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF" + bytes(200)])
def test_what_is_no_recording_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(BrokenRecording, match=r"a\.wav"):
        repair(path)


def test_sound_from_before_the_beginning_is_left_out(tmp_path: Path) -> None:
    file = RecordingFile.create(tmp_path / "a.wav", RATE_HZ)
    file.put(Side.CALLER, -RATE_HZ, tone(440, 1.5))
    file.put(Side.CALLER, -RATE_HZ, tone(440, 0.5))
    file.close()
    assert Heard(tmp_path / "a.wav").seconds == 0.5


CHILD = """
import asyncio, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from bot.call.recording import TICK_S, Recording
from bot.call.recording_file import RecordingFile
from tests.call.tape import tone

async def call():
    file = RecordingFile.create(Path(sys.argv[1]), 8000)
    recording = Recording(file, ThreadPoolExecutor(1), caller_hz=8000, said_hz=8000)
    recording.said(tone(300, 60))
    frame, spoken, tick_at = tone(440, 0.02), 0, 0.0
    while True:
        while (spoken + 1) * 20 <= recording.at_ms():
            recording.caller(frame)
            spoken += 1
        if time.monotonic() >= tick_at:
            recording.tick()
            tick_at = time.monotonic() + TICK_S
        print(recording.at_ms(), flush=True)
        await asyncio.sleep(0.01)

asyncio.run(call())
"""


@pytest.mark.realtime
def test_a_killed_process_loses_at_most_a_second(tmp_path: Path) -> None:
    """Killed with -9 in the middle of a call; the file is readable before and after its repair."""
    path = tmp_path / "call.wav"
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        while int(child.stdout.readline()) < 2500:
            assert child.poll() is None
        child.send_signal(signal.SIGKILL)
        said = child.stdout.read().splitlines()
    reached = int(said[-1]) / 1000 if said else 2.5
    assert Heard(path).seconds >= reached - 1
    repair(path)
    heard = Heard(path)
    assert heard.seconds >= reached - 1
    [(_, caller_ends)] = heard.spans(heard.caller)
    [(_, ours_end)] = heard.spans(heard.ours)
    assert min(caller_ends, ours_end) >= reached - 1
    assert real_time.time() - path.stat().st_mtime < 60
