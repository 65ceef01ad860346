"""Renders the prompts of `data/LANGUAGE/prompts/prompts.toml` with the language's first voice.

python -m tools.record_prompts [en]
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from speech import audio
from speech.audio import Sound
from speech.catalogue import Catalogue
from speech.silence import Edges
from speech.synthesiser import Synthesiser
from speech.voices import open_voice, role_of

RATE_HZ = 8_000
"""A telephone's."""
PEAK = 0.7
"""-3 dB of full scale: resampling swings over what it was given."""


def record(folder: Path, voice: Synthesiser) -> None:
    prompts = tomllib.loads((folder / "prompts.toml").read_text(encoding="utf-8"))
    for name, words in prompts.items():
        edges = Edges(voice.rate_hz)
        pcm = b"".join(edges.feed(chunk) for chunk in voice.speak(words)) + edges.finish()
        wave = audio.to_float(audio.samples(pcm))
        pcm = audio.from_float(wave * (PEAK / abs(wave).max())).tobytes()
        sound = audio.resample(Sound(voice.rate_hz, pcm), RATE_HZ)
        audio.write_wav(folder / f"{name}.wav", sound)
        print(f"{name}: {sound.seconds:.1f} s")


if __name__ == "__main__":
    language = sys.argv[1] if len(sys.argv) > 1 else "en"
    catalogue = Catalogue.load()
    engine = "piper" if catalogue.knows("voice", language) else "kokoro"
    voice = open_voice(engine, catalogue.path(role_of(engine), language), language=language)
    record(Path("data", language, "prompts"), voice.synthesiser)
