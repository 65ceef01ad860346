"""The engines one can choose from, by name; each is imported only when it is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from speech.synthesiser import Synthesiser
from speech.watched import PATIENCE_S, Voice, digest_of

PATIENCE: Final = {"piper": PATIENCE_S, "coqui": 2 * PATIENCE_S, "kokoro": 4 * PATIENCE_S}
"""Seconds one chunk may take (`Voice.patience_s`). Kokoro and Coqui make a sentence as a whole, for
which Kokoro computes up to 6 s (bench/mouth.py)."""
ENGINES: Final = tuple(PATIENCE)


def role_of(engine: str) -> str:
    """The catalogue's role for the engine's models."""
    return "voice" if engine == "piper" else f"voice-{engine}"


def open_voice(
    engine: str, folder: Path, *, speaker: str | None = None, language: str | None = None
) -> Voice:
    """Loads a voice (1 to 10 s). `speaker`: one of the folder's, where it holds several; `language`:
    for Coqui's models of several. Raises ValueError for an engine that isn't one, FileNotFoundError
    for a folder without its model, ImportError where the engine's extra isn't installed."""
    synthesiser: Synthesiser
    match engine:
        case "piper":
            from speech.piper_synthesiser import PiperSynthesiser

            synthesiser = PiperSynthesiser(folder)
        case "coqui":
            from speech.coqui_synthesiser import CoquiSynthesiser

            synthesiser = CoquiSynthesiser(folder, speaker=speaker, language=language)
        case "kokoro":
            from speech.kokoro_synthesiser import DEFAULT_VOICES, KokoroSynthesiser

            speaker = speaker or DEFAULT_VOICES.get(language or "en", DEFAULT_VOICES["en"])
            synthesiser = KokoroSynthesiser(folder, speaker)
        case _:
            raise ValueError(
                f"There is no voice engine {engine!r}; there are: {', '.join(ENGINES)}."
            )
    name = " ".join(part for part in (engine, folder.name, speaker) if part)
    return Voice(name, synthesiser, digest_of(folder), PATIENCE[engine])
