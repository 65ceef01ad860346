"""How soon each voice is heard, and how much it computes: `python -m bench.mouth [ENGINE=FOLDER ...]`.

Without arguments: Piper with the catalogue's voice. First audio is from `say` to the first chunk, by the
clock and in CPU time of this process (which is what the clock would say on a machine that does nothing
else: one thread computes). RTF is CPU seconds per second of sound.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.table import percentile, show
from speech.audio import SAMPLE_BYTES
from speech.catalogue import Catalogue
from speech.mouth import Mouth
from speech.prompts import Prompts
from speech.spoken import speakable
from speech.voices import open_voice
from speech.watched import Voice

PROMPTS = Path("data", "en", "prompts")
SHORT = (
    "Anything else?",
    "One moment, please.",
    "What is your order number?",
    "All right, thanks.",
)
SENTENCES = (
    "Your parcel was handed to the carrier on Tuesday and is on its way to you.",
    "Standard delivery takes 3-5 working days and costs $6.95.",
    "I can see two orders under that name from the last month.",
    "You have 60 days from delivery to return anything unused.",
)
LONG = (
    "I've found your order 482915, and the two parcels it was sent in should both be with you by "
    "Thursday evening. You don't have to be at home for it.",
    "If the jacket doesn't fit, send it back with the label in the box, and we refund the price within "
    "five working days of its arrival. Exchanges are free as well.",
    "Our store is open Monday to Friday from 9:30 am to 6 pm, and on Saturdays until 2 pm. "
    "The workshop closes an hour earlier.",
    "The tent costs $329.95, it weighs 2.5 kg, and there are fourteen of them in our warehouse. "
    "Shall I put one into your basket?",
)


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True, slots=True)
class Chunk:
    pcm: bytes
    at_s: float
    """Since the text was given."""
    cpu_s: float


class Stopwatch:
    def __init__(self) -> None:
        self._began, self._cpu = time.perf_counter(), cpu_seconds()

    def chunk(self, pcm: bytes) -> Chunk:
        return Chunk(pcm, time.perf_counter() - self._began, cpu_seconds() - self._cpu)


Way = Callable[[str], list[Chunk]]


def streamed(mouth: Mouth) -> Way:
    def say(text: str) -> list[Chunk]:
        watch = Stopwatch()
        return [watch.chunk(pcm) for pcm in mouth.speak(speakable(text))]

    return say


def whole(voice: Voice) -> Way:
    """As a plain loop does: all of the reply before any of it plays."""

    def say(text: str) -> list[Chunk]:
        watch = Stopwatch()
        return [watch.chunk(b"".join(voice.synthesiser.speak(speakable(text))))]

    return say


def row(names: Sequence[str], said: Sequence[Sequence[Chunk]], rate_hz: int) -> list[str]:
    first_ms = [1000 * chunks[0].at_s for chunks in said]
    sound_s = sum(len(c.pcm) for chunks in said for c in chunks) / SAMPLE_BYTES / rate_hz
    return [
        *names,
        f"{percentile(first_ms, 50):.0f}",
        f"{percentile(first_ms, 95):.0f}",
        f"{percentile([1000 * chunks[0].cpu_s for chunks in said], 50):.0f}",
        f"{sound_s / len(said):.1f}",
        f"{sum(chunks[-1].cpu_s for chunks in said) / sound_s:.3f}",
    ]


def measure(voice: Voice, rounds: int) -> list[list[str]]:
    def prompts(rate_hz: int) -> Prompts:
        return Prompts.load(PROMPTS, rate_hz)

    bare = Mouth([voice], prompts, recent_seconds=0)
    for _ in bare.speak("Hello there."):  # the first sentence costs what later ones don't
        pass
    rows = []
    with tempfile.TemporaryDirectory(prefix="warmline-bench-") as folder:
        warm = Mouth([voice], prompts, cache_folder=Path(folder))
        warm.warm(speakable(text) for text in SHORT + LONG)
        for kind, texts in (("short", SHORT), ("a sentence", SENTENCES), ("a reply", LONG)):
            ways = {"streamed": streamed(bare), "whole first": whole(voice)}
            if texts is not SENTENCES:
                ways["cached"] = streamed(warm)
            for way, say in ways.items():
                said = [say(text) for _ in range(rounds) for text in texts]
                rows.append(row([voice.name.split()[0], kind, way], said, bare.rate_hz))
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.mouth")
    parser.add_argument("voices", nargs="*", metavar="ENGINE=FOLDER")
    parser.add_argument(
        "--rounds", type=int, default=5, help="four texts of a kind each (default 5)"
    )
    options = parser.parse_args(arguments)
    rows = []
    for one in options.voices or [f"piper={Catalogue.load().path('voice', 'en')}"]:
        engine, _, folder = one.partition("=")
        # What is slow here is measured, not given up.
        voice = replace(open_voice(engine, Path(folder)), patience_s=120.0)
        rows += measure(voice, options.rounds)
    show(
        "Mouth",
        ["voice", "text", "how", "first p50 ms", "p95", "CPU p50 ms", "sound s", "RTF"],
        rows,
    )


if __name__ == "__main__":
    main()
