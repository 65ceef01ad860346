"""Sound in and out: no model needed."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from speech import audio
from speech.audio import AudioError, Framer, Resampler, Sound


def tone(hz: float, rate_hz: int, seconds: float = 1.0, level: float = 0.5) -> bytes:
    time = np.arange(round(rate_hz * seconds)) / rate_hz
    return audio.from_float(level * np.sin(2 * np.pi * hz * time)).tobytes()


def strongest_hz(sound: Sound) -> float:
    spectrum = np.abs(np.fft.rfft(audio.to_float(audio.samples(sound.pcm))))
    return float(np.argmax(spectrum)) * sound.rate_hz / (len(sound.pcm) // 2)


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(AudioError, match="3 bytes"):
        audio.samples(b"abc")


@pytest.mark.parametrize("rate_hz", [0, 7_999, 48_001, 96_000])
def test_a_rate_nobody_speaks_in_is_refused(rate_hz: int) -> None:
    with pytest.raises(AudioError, match=f"{rate_hz} Hz"):
        audio.check_rate(rate_hz)


def test_floats_beyond_full_scale_are_clipped() -> None:
    values = audio.from_float(np.array([-2.0, -1.0, 0.0, 0.5, 1.0, 2.0]))
    assert values.tolist() == [-32768, -32768, 0, 16384, 32767, 32767]


def test_levels() -> None:
    assert audio.level_dbfs(b"") == audio.level_dbfs(bytes(200)) == audio.SILENCE_DBFS
    square = np.full(800, -32768, "<i2").tobytes()
    assert audio.level_dbfs(square) == pytest.approx(0.0, abs=0.01)
    assert audio.level_dbfs(tone(440, 8000, level=1.0)) == pytest.approx(-3.01, abs=0.02)


# --- WAV ---


def write_raw(path: Path, raw: bytes, *, width: int, channels: int, rate_hz: int = 8000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate_hz, 0, "NONE", ""))
        file.writeframes(raw)
    return path


def test_a_wav_comes_back_as_it_was_written(tmp_path: Path) -> None:
    sound = Sound(16_000, tone(440, 16_000))
    audio.write_wav(tmp_path / "a.wav", sound)
    assert audio.read_wav(tmp_path / "a.wav") == sound
    assert sound.seconds == 1.0


def test_other_widths_and_stereo_are_converted(tmp_path: Path) -> None:
    wanted = [0, 256, -256, 32512]
    eight = bytes([128, 129, 127, 255])
    assert audio.samples(
        audio.read_wav(write_raw(tmp_path / "8.wav", eight, width=1, channels=1)).pcm
    ).tolist() == [0, 256, -256, 32512]
    for width in (3, 4):
        raw = b"".join(
            (v << 8 * (width - 2)).to_bytes(width, "little", signed=True) for v in wanted
        )
        read = audio.read_wav(write_raw(tmp_path / f"{width}.wav", raw, width=width, channels=1))
        assert audio.samples(read.pcm).tolist() == wanted
    stereo = np.array([[100, 300], [-100, 100]], "<i2").tobytes()
    read = audio.read_wav(write_raw(tmp_path / "s.wav", stereo, width=2, channels=2))
    assert audio.samples(read.pcm).tolist() == [200, 0]


def test_what_is_no_pcm_is_refused_with_advice(tmp_path: Path) -> None:
    plain = write_raw(tmp_path / "a.wav", bytes(8), width=1, channels=1).read_bytes()
    mulaw = tmp_path / "mulaw.wav"
    mulaw.write_bytes(plain[:20] + b"\x07\x00" + plain[22:])  # WAVE_FORMAT_MULAW
    text = tmp_path / "text.wav"
    text.write_text("hello")
    for file in (mulaw, text):
        with pytest.raises(AudioError, match="sox"):
            audio.read_wav(file)


# --- Rates ---


@pytest.mark.parametrize(("from_hz", "to_hz"), [(8000, 16000), (48000, 16000), (22050, 8000)])
def test_a_stream_in_pieces_keeps_its_pitch_and_length(from_hz: int, to_hz: int) -> None:
    resampler = Resampler(from_hz, to_hz)
    pcm = tone(440, from_hz)
    pieces = [pcm[at : at + from_hz // 50 * 2] for at in range(0, len(pcm), from_hz // 50 * 2)]
    sound = Sound(to_hz, b"".join(map(resampler.feed, pieces)) + resampler.finish())
    assert sound.seconds == pytest.approx(1.0, abs=0.002)
    assert strongest_hz(sound) == pytest.approx(440, abs=2)


def test_what_the_lower_rate_cannot_hold_does_not_fold_back() -> None:
    folded = audio.resample(Sound(16_000, tone(6_000, 16_000)), 8_000)
    middle = folded.pcm[1600:-1600]
    assert audio.level_dbfs(middle) < -80


def test_the_same_rate_passes_untouched() -> None:
    sound = Sound(8000, tone(440, 8000))
    assert audio.resample(sound, 8000) == sound


# --- mu-law ---

G711 = {  # ITU-T G.711, table 2a: decision values of the segments' ends, in 16 bits
    **{0x80: 32124, 0x8F: 16764, 0x90: 15996, 0x9F: 8316, 0xA0: 7932, 0xAF: 4092},
    **{0xB0: 3900, 0xBF: 1980, 0xC0: 1884, 0xCF: 924, 0xD0: 876, 0xDF: 396},
    **{0xE0: 372, 0xEF: 132, 0xF0: 120, 0xFE: 8, 0xFF: 0},
}


def test_mulaw_speaks_the_standard() -> None:
    for code, value in G711.items():
        positive, negative = audio.samples(audio.mulaw_decode(bytes([code, code & 0x7F])))
        assert (positive, negative) == (value, -value)
        encoded = audio.mulaw_encode(np.array([value], "<i2").tobytes())
        assert encoded == bytes([code])


def test_every_code_survives_the_way_there_and_back() -> None:
    every = bytes(range(256))
    again = audio.mulaw_encode(audio.mulaw_decode(every))
    assert again == every.replace(b"\x7f", b"\xff")  # the two zeros become one


def test_mulaw_costs_little_quality() -> None:
    pcm = tone(1020, 8000)  # the test tone of telephony: no divisor of the rate
    before = audio.samples(pcm).astype(float)
    after: NDArray[np.float64] = audio.samples(audio.mulaw_decode(audio.mulaw_encode(pcm))).astype(
        float
    )
    noise = float(np.mean((before - after) ** 2))
    assert 10 * np.log10(np.mean(before**2) / noise) > 35


def test_mulaw_clips_instead_of_wrapping() -> None:
    ends = audio.samples(
        audio.mulaw_decode(audio.mulaw_encode(np.array([32767, -32768], "<i2").tobytes()))
    )
    assert ends.tolist() == [32124, -32124]


# --- Frames ---


@given(st.lists(st.binary(max_size=50)), st.integers(1, 20))
def test_a_framer_loses_nothing(pieces: list[bytes], size: int) -> None:
    framer = Framer(size)
    frames = [frame for piece in pieces for frame in framer.feed(piece)]
    last = framer.finish()
    assert all(len(frame) == size for frame in frames)
    whole = b"".join(pieces)
    assert b"".join(frames) + (last or b"") == whole.ljust(-(-len(whole) // size) * size, b"\0")
    assert framer.finish() is None


def test_frames_by_time() -> None:
    assert Framer.of_ms(20, 8000).frame_bytes == 320
    with pytest.raises(AudioError, match="0 bytes"):
        Framer(0)
