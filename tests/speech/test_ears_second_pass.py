"""The second pass hears whole utterances: real models, real recordings."""

from __future__ import annotations

import os
import tomllib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from speech import audio
from speech.audio import AudioError
from speech.catalogue import Catalogue, ModelMissing
from speech.language_model.text import spoken_words
from speech.moonshine_recogniser import MODEL_RATE_HZ, MoonshineTranscriber, plain, trimmed
from speech.recogniser import Transcriber, Transcript

RECORDINGS = Path(__file__).parents[1] / "recordings"
SENTENCES = [
    (listed["file"], listed["text"])
    for listed in tomllib.loads((RECORDINGS / "recordings.toml").read_text())["recording"]
    if "expects" not in listed
]


def found(role: str, *, needed: bool) -> Path:
    try:
        return Catalogue.load().path(role, "en")
    except ModelMissing as missing:
        if needed and os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def moonshine() -> Transcriber:
    return MoonshineTranscriber(found("second_pass", needed=True))


def wrong(transcriber: Transcriber, every: int = 1) -> float:
    """The share of the words of every so-many-th recording."""
    errors = total = 0
    for file, text in SENTENCES[::every]:
        sound = audio.read_wav(RECORDINGS / file)
        heard = transcriber.transcribe(sound.pcm, sound.rate_hz)
        errors += Levenshtein.distance(spoken_words(text), spoken_words(heard.text))
        total += len(spoken_words(text))
    return errors / total


@pytest.mark.speech
def test_callers_are_understood(moonshine: Transcriber) -> None:
    assert wrong(moonshine) < 0.1


@pytest.mark.speech
def test_it_says_how_sure_it_is(moonshine: Transcriber) -> None:
    sound = audio.read_wav(RECORDINGS / "where-is-my-order-heart-16k.wav")
    heard = moonshine.transcribe(sound.pcm, sound.rate_hz)
    assert heard.text == heard.alternatives[0].text == "where is my order"
    assert 0.8 < heard.confidence <= 1
    noise = np.random.default_rng(1).standard_normal(2 * MODEL_RATE_HZ) * 0.2
    unsure = moonshine.transcribe(audio.from_float(noise).tobytes(), MODEL_RATE_HZ)
    assert unsure.confidence < 0.6


@pytest.mark.speech
@pytest.mark.parametrize(
    ("file", "question"),
    [
        ("where-is-my-order-heart-16k", True),
        ("track-an-order-emma-16k", True),
        ("sleeping-bags-nova-16k", True),
        ("person-joe-16k", False),
        ("no-number-liam-16k", False),
        ("thank-you-sarah-8k", False),
    ],
)
def test_it_hears_whether_that_was_a_question(
    moonshine: Transcriber, file: str, question: bool
) -> None:
    sound = audio.read_wav(RECORDINGS / f"{file}.wav")
    assert moonshine.transcribe(sound.pcm, sound.rate_hz).question is question


@pytest.mark.speech
def test_what_is_too_short_is_nothing(moonshine: Transcriber) -> None:
    assert moonshine.transcribe(b"", 8000) == Transcript("", 0.0, (), ())
    assert moonshine.transcribe(bytes(1000), 8000).text == ""
    with pytest.raises(AudioError):
        moonshine.transcribe(b"abc", 8000)


@pytest.mark.speech
@pytest.mark.skipif(find_spec("faster_whisper") is None, reason="the extra `whisper` is missing")
def test_whisper_understands_callers_too() -> None:
    from speech.whisper_recogniser import WhisperTranscriber

    # Whisper takes its time: a third of them will do.
    assert wrong(WhisperTranscriber(found("transcriber", needed=True), "en"), every=3) < 0.15


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Where's my order?", "where's my order"),
        ("The old-timer, well... no!", "the old timer well no"),
        ("It's 464-974.", "it's 464-974"),
        ("ana@example.com", "ana@example.com"),
        ("'Twas $5.50", "twas $5.50"),
        ("我的订单在哪里?", "我的订单在哪里"),
    ],
)
def test_a_transcript_has_no_punctuation_of_sentences(written: str, told: str) -> None:
    assert plain(written) == told


def test_silence_around_speech_is_cut_off_but_for_a_rest() -> None:
    voice = np.full(MODEL_RATE_HZ, 0.3, np.float32)
    quiet = np.zeros(MODEL_RATE_HZ, np.float32)
    kept = trimmed(np.concatenate([quiet, voice, quiet]))
    assert len(kept) / MODEL_RATE_HZ == pytest.approx(1.4, abs=0.02)
    assert len(trimmed(voice)) == len(voice)
    assert len(trimmed(voice[:50])) == 50
