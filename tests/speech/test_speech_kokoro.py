"""Kokoro behind our interface, with its real model where that is here (it is an extra)."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from speech import audio
from speech.audio import Sound
from speech.catalogue import Catalogue, ModelMissing, default_models_folder
from speech.kokoro_synthesiser import RATE_HZ, KokoroSynthesiser, cut
from speech.mouth import Mouth
from speech.prompts import Prompts
from speech.voices import open_voice
from speech.vosk_recogniser import VoskRecogniser

PROMPTS = Path(__file__).parents[2] / "data" / "en" / "prompts"


@pytest.fixture(scope="module")
def folder() -> Path:
    folder = default_models_folder() / "kokoro-82m-q8"
    if not folder.is_dir():
        pytest.skip("Kokoro's model is not here (docs/speech.md says how to get it)")
    return folder


@pytest.mark.speech
def test_what_it_says_over_a_telephone_is_understood(folder: Path) -> None:
    try:
        ear = VoskRecogniser(Catalogue.load().path("recogniser", "en"))
    except ModelMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    voice = open_voice("kokoro", folder)
    mouth = Mouth([voice], lambda rate_hz: Prompts.load(PROMPTS, rate_hz))
    text = "The package was delivered on Thursday. Can I help you with anything else?"
    spoken = list(mouth.say(text))
    assert mouth.rate_hz == RATE_HZ
    assert list(dict.fromkeys(piece.piece for piece in spoken)) == [0, 1], "as it is made"
    sound = audio.resample(Sound(RATE_HZ, b"".join(piece.pcm for piece in spoken)), 8_000)
    stream = ear.stream(8_000)
    stream.feed(audio.mulaw_decode(audio.mulaw_encode(sound.pcm)))
    heard = stream.finish().text.split()
    wanted = re.findall(r"[a-z]+", text.lower())
    assert sum(word in heard for word in wanted) / len(wanted) > 0.8, heard


@pytest.mark.speech
def test_chinese(folder: Path) -> None:
    pytest.importorskip("misaki", reason="the extra kokoro-chinese is not installed")
    voice = KokoroSynthesiser(folder, "zf_xiaoxiao")
    pcm = b"".join(voice.speak("您好，请问有什么可以帮您？"))
    assert 1.0 < len(pcm) / 2 / RATE_HZ < 6.0
    assert audio.level_dbfs(pcm) > -40


@pytest.mark.speech
def test_a_voice_that_is_not_there_names_those_that_are(folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"voices/af_nobody\.bin.*af_heart"):
        KokoroSynthesiser(folder, "af_nobody")


def test_a_folder_without_a_model_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="one Kokoro model"):
        KokoroSynthesiser(tmp_path)


def test_too_many_phonemes_are_cut_between_words() -> None:
    space = 16
    words = [1, 2, 3, space, 4, 5, space, 6, 7, 8]
    assert list(cut(words, space, 7)) == [[1, 2, 3, space, 4, 5], [space, 6, 7, 8]]
    assert list(cut([1] * 10, space, 4)) == [[1] * 4, [1] * 4, [1] * 2]
    assert list(cut([], space, 4)) == []


def test_an_engine_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="piper, coqui, kokoro"):
        open_voice("festival", tmp_path)
