"""Coqui behind our interface, where it is installed (docs/speech.md says how).

A tiny VITS, made and saved here, is loaded and speaks; it was never trained, so what it speaks is noise,
and proves loading and streaming. A voice made of Piper's (speech/coqui_from_piper.py) speaks words.
"""

from __future__ import annotations

import importlib.machinery
import re
import shutil
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from speech import audio
from speech.audio import Sound
from speech.catalogue import Catalogue
from speech.mouth import Mouth
from speech.prompts import Prompts
from speech.watched import Voice, digest_of

if TYPE_CHECKING:
    from speech.coqui_synthesiser import CoquiSynthesiser

pytestmark = pytest.mark.coqui

PROMPTS = Path(__file__).parents[2] / "data" / "en" / "prompts"


def coqui_or_skip() -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    try:
        import torchaudio  # noqa: F401
    except (ImportError, OSError):
        # Coqui imports it for other models than this, and its wheel fits one PyTorch only.
        stand_in = types.ModuleType("torchaudio")
        stand_in.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
        sys.modules["torchaudio"] = stand_in
    pytest.importorskip("TTS", reason="Coqui TTS is not installed", exc_type=ImportError)


def save_tiny_vits(folder: Path) -> None:
    from TTS.tts.configs.vits_config import VitsConfig
    from TTS.tts.models.vits import Vits, VitsArgs

    config = VitsConfig(
        model_args=VitsArgs(
            hidden_channels=16,
            hidden_channels_ffn_text_encoder=32,
            num_heads_text_encoder=2,
            num_layers_text_encoder=1,
            num_layers_posterior_encoder=1,
            num_layers_flow=1,
            upsample_initial_channel_decoder=32,
        ),
        use_phonemes=False,
        text_cleaner="basic_cleaners",
    )
    model = Vits(config)
    model.waveform_decoder.conv_post.weight.data *= 30  # untrained, it only whispers
    config.save_json(folder / "config.json")
    import torch

    torch.save({"model": model.state_dict(), "config": config.to_dict()}, folder / "model.pth")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    coqui_or_skip()
    folder = tmp_path_factory.mktemp("vits")
    save_tiny_vits(folder)
    return folder


@pytest.fixture(scope="module")
def coqui(folder: Path) -> CoquiSynthesiser:
    from speech.coqui_synthesiser import CoquiSynthesiser

    return CoquiSynthesiser(folder)


def test_it_speaks_sentence_by_sentence(coqui: CoquiSynthesiser) -> None:
    assert coqui.rate_hz == 22_050
    chunks = coqui.speak("Hello there. How can I help you today?")
    first = next(chunks)
    rest = list(chunks)
    assert len(rest) == 1
    for chunk in (first, *rest):
        assert len(audio.samples(chunk)) > 1_000
        assert np.abs(audio.samples(chunk).astype(int)).max() > 1_000, "it makes a sound"


@pytest.mark.parametrize("text", ["", " ... "])
def test_nothing_to_say_makes_no_sound(coqui: CoquiSynthesiser, text: str) -> None:
    assert list(coqui.speak(text)) == []


def test_it_is_a_voice_of_the_mouth_like_any_other(
    coqui: CoquiSynthesiser, folder: Path, tmp_path: Path
) -> None:
    voice = Voice("coqui tiny", coqui, digest_of(folder))
    mouth = Mouth([voice], lambda rate_hz: Prompts.load(PROMPTS, rate_hz), cache_folder=tmp_path)
    assert mouth.warm(["Anything else?"]) == 0
    made = list(mouth.say("Hello there. Anything else?"))
    assert {spoken.words for spoken in made} == {"Hello there.", "Anything else?"}
    assert not mouth.voiceless


@pytest.mark.speech
def test_a_voice_made_of_pipers_is_understood(tmp_path: Path) -> None:
    """Over a telephone, at least four words of five."""
    coqui_or_skip()
    pytest.importorskip("onnx", reason="onnx is not installed")
    if not shutil.which("espeak-ng"):
        pytest.skip("espeak-ng is not installed")
    from speech.coqui_from_piper import convert
    from speech.coqui_synthesiser import CoquiSynthesiser
    from speech.vosk_recogniser import VoskRecogniser

    catalogue = Catalogue.load()
    convert(catalogue.path("voice", "en"), tmp_path)
    voice = CoquiSynthesiser(tmp_path)
    ear = VoskRecogniser(catalogue.path("recogniser", "en"))
    text = (
        "The package was delivered on Thursday. Can I help you with anything else? "
        "Please hold the line, I am looking that up."
    )
    sound = audio.resample(Sound(voice.rate_hz, b"".join(voice.speak(text))), 8_000)
    stream = ear.stream(8_000)
    stream.feed(audio.mulaw_decode(audio.mulaw_encode(sound.pcm)))
    heard = stream.finish().text.split()
    wanted = re.findall(r"[a-z]+", text.lower())
    assert sum(word in heard for word in wanted) / len(wanted) >= 0.8, heard
