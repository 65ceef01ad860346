"""Real models hear real recordings, and hear what the real voice says."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speech import audio, grammars, spoken
from speech.audio import AudioError, Framer, Sound
from speech.catalogue import Catalogue, ModelMissing
from speech.piper_synthesiser import PiperSynthesiser
from speech.recogniser import UNKNOWN_WORD, Recogniser, Transcript
from speech.synthesiser import Synthesiser
from speech.vad import FRAME_BYTES, FRAME_SAMPLES, VoiceActivityModel
from speech.vosk_recogniser import VoskRecogniser

pytestmark = pytest.mark.speech

RECORDINGS = Path(__file__).parents[1] / "recordings"
LISTED: list[dict[str, Any]] = tomllib.loads((RECORDINGS / "recordings.toml").read_text())[
    "recording"
]
NUMBERS = [recording for recording in LISTED if "digits" in recording]
SENTENCES = [recording for recording in LISTED if "expects" not in recording]
DIGIT = {word: str(value) for value, word in enumerate(grammars.DIGITS[2:], 1)} | {
    "zero": "0",
    "oh": "0",
}


def model(role: str) -> Path:
    try:
        return Catalogue.load().path(role, "en")
    except ModelMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def ear() -> Recogniser:
    return VoskRecogniser(model("recogniser"))


@pytest.fixture(scope="module")
def mouth() -> Synthesiser:
    return PiperSynthesiser(model("voice"))


@pytest.fixture(scope="module")
def detector() -> VoiceActivityModel:
    return VoiceActivityModel(model("vad"))


def recording(name: str) -> Sound:
    return audio.read_wav(RECORDINGS / name)


def hear(ear: Recogniser, sound: Sound, grammar: Sequence[str] | None = None) -> Transcript:
    """As a call would: 100 ms at a time."""
    stream = ear.stream(sound.rate_hz, grammar)
    piece = sound.rate_hz // 10 * 2
    for at in range(0, len(sound.pcm), piece):
        stream.feed(sound.pcm[at : at + piece])
    return stream.finish()


def digits_in(text: str) -> str:
    return "".join(DIGIT.get(word, "") for word in text.split())


def words(text: str) -> list[str]:
    return "".join(c for c in text.lower() if c.isalnum() or c in " '").split()


def word_errors(wanted: list[str], heard: list[str]) -> int:
    """Words put in, left out or changed (Levenshtein's distance)."""
    row = list(range(len(heard) + 1))
    for i, want in enumerate(wanted, 1):
        above, row = row, [i]
        for j, got in enumerate(heard, 1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (want != got)))
    return row[-1]


# --- The recordings themselves ---


def test_every_recording_is_there_as_listed() -> None:
    assert len(LISTED) >= 24
    assert {r["file"] for r in LISTED} == {file.name for file in RECORDINGS.glob("*.wav")}
    assert {r["rate_hz"] for r in LISTED} == {8000, 16000}
    for listed in LISTED:
        sound = recording(listed["file"])
        assert sound.rate_hz == listed["rate_hz"]
        assert sound.seconds < 6
        assert -45 < audio.level_dbfs(sound.pcm) < -10, listed["file"]


def test_recorded_numbers_are_what_is_said() -> None:
    for listed in NUMBERS:
        assert digits_in(" ".join(words(listed["text"]))) == listed["digits"]


# --- The ear ---


def test_callers_are_understood(ear: Recogniser) -> None:
    errors = total = 0
    for listed in SENTENCES:
        wanted = words(listed["text"])
        heard = hear(ear, recording(listed["file"]))
        errors += word_errors(wanted, words(heard.text))
        total += len(wanted)
    assert errors / total < 0.15


def test_numbers_are_understood_with_the_grammar(ear: Recogniser) -> None:
    exact, among = [], []
    for listed in NUMBERS:
        grammar = grammars.BY_EXPECTATION[listed["expects"]]
        heard = hear(ear, recording(listed["file"]), grammar)
        exact.append(digits_in(heard.text) == listed["digits"])
        among.append(any(digits_in(a.text) == listed["digits"] for a in heard.alternatives))
    assert sum(exact) / len(exact) >= 0.9
    assert sum(among) / len(among) >= 0.95


def test_yes_and_no(ear: Recogniser) -> None:
    yes = hear(ear, recording("yes-eric-8k.wav"), grammars.YES_NO)
    no = hear(ear, recording("no-isabella-16k.wav"), grammars.YES_NO)
    assert yes.text == "yes please"
    assert no.text == "no thank you"


@pytest.mark.parametrize("name", ["sleeping-bags-nova-16k.wav", "return-policy-adam-16k.wav"])
def test_what_fits_no_grammar_is_said_to_be_unknown(ear: Recogniser, name: str) -> None:
    heard = hear(ear, recording(name), grammars.ORDER_NUMBER)
    assert UNKNOWN_WORD in heard.text
    assert len(digits_in(heard.text)) < 4


def test_text_grows_while_somebody_speaks_and_words_have_times(ear: Recogniser) -> None:
    sound = recording("where-is-my-package-michael-8k.wav")
    stream = ear.stream(sound.rate_hz)
    partials = [stream.feed(frame) for frame in Framer.of_ms(100, 8000).feed(sound.pcm)]
    heard = stream.finish()

    assert partials[0] == ""
    assert "where is my package" in partials
    assert heard.text.startswith("where is my package")
    assert [word.text for word in heard.words] == heard.text.split()
    assert all(0 <= w.start_s < w.end_s <= sound.seconds + 0.1 for w in heard.words)
    assert all(0 < w.confidence <= 1 for w in heard.words)
    assert 0 < heard.confidence <= 1
    assert heard.alternatives[0].text == heard.text
    assert sum(a.confidence for a in heard.alternatives) == pytest.approx(1.0)
    with pytest.raises(RuntimeError, match="begin a new stream"):
        stream.feed(b"")


def test_a_long_pause_inside_does_not_lose_what_came_before(ear: Recogniser) -> None:
    first, last = recording("order-1-michael-16k.wav"), recording("order-0-heart-16k.wav")
    pause = bytes(2 * 16_000 * 2)
    heard = hear(ear, Sound(16_000, first.pcm + pause + last.pcm), grammars.ORDER_NUMBER)
    assert digits_in(heard.text) == "701953273383"
    starts = [word.start_s for word in heard.words]
    assert starts == sorted(starts)


def test_four_calls_at_once_hear_what_one_alone_hears(ear: Recogniser) -> None:
    sounds = [recording(listed["file"]) for listed in NUMBERS[:4]]
    alone = [hear(ear, sound, grammars.ORDER_NUMBER) for sound in sounds]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda sound: hear(ear, sound, grammars.ORDER_NUMBER), sounds))
    # Not to the last digit of a confidence: Kaldi dithers what it hears.
    assert [heard.text for heard in together] == [heard.text for heard in alone]


def test_silence_is_nothing(ear: Recogniser) -> None:
    for grammar in (None, grammars.YES_NO):
        assert hear(ear, Sound(8000, bytes(16_000)), grammar) == Transcript("", 0.0, (), ())


def test_what_is_no_pcm_is_refused_and_the_stream_goes_on(ear: Recogniser) -> None:
    with pytest.raises(AudioError, match="4000 Hz"):
        ear.stream(4000)
    stream = ear.stream(8000)
    with pytest.raises(AudioError, match="3 bytes"):
        stream.feed(b"abc")
    stream.feed(recording("hello-allison-8k.wav").pcm)
    assert stream.finish().text == "hello"


def test_phrases_with_unknown_words_are_left_out(ear: Recogniser) -> None:
    assert ear.knows("seven")
    assert not ear.knows("xyzzyplugh")
    sound = recording("yes-eric-8k.wav")
    assert hear(ear, sound, ["yes xyzzyplugh", "yes please"]).text == "yes please"


# --- Voice activity ---


def probabilities(detector: VoiceActivityModel, sound: Sound) -> list[float]:
    listener = detector.listen()
    frames = Framer(FRAME_BYTES).feed(audio.resample(sound, 16_000).pcm)
    return [listener.probability(frame) for frame in frames]


@pytest.mark.parametrize("name", ["person-puck-16k.wav", "hello-allison-8k.wav"])
def test_speech_is_noticed_and_its_end_too(detector: VoiceActivityModel, name: str) -> None:
    heard = probabilities(detector, recording(name))
    assert max(heard) > 0.9
    assert max(heard[:6]) < 0.5  # 0.3 s of noise floor come first
    assert max(heard[-8:]) < 0.3  # and 0.7 s last


def test_silence_noise_and_hum_are_no_speech(detector: VoiceActivityModel) -> None:
    noise = audio.from_float(np.random.default_rng(1).standard_normal(32_000) * 0.05)
    time = np.arange(32_000) / 16_000
    hum = audio.from_float(0.3 * np.sin(2 * np.pi * 50 * time))
    for pcm in (bytes(64_000), noise.tobytes(), hum.tobytes()):
        assert max(probabilities(detector, Sound(16_000, pcm))) < 0.5


def test_bytes_integers_and_floats_are_judged_alike(detector: VoiceActivityModel) -> None:
    pcm = recording("person-puck-16k.wav").pcm[16_000 : 16_000 + FRAME_BYTES]
    whole = audio.samples(pcm).astype(np.int16)
    judged = [detector.listen().probability(f) for f in (pcm, whole, audio.to_float(whole))]
    assert judged[0] == judged[1] == judged[2]


def test_reset_forgets_and_a_wrong_frame_is_refused(detector: VoiceActivityModel) -> None:
    frame = recording("person-puck-16k.wav").pcm[16_000 : 16_000 + FRAME_BYTES]
    listener = detector.listen()
    first = listener.probability(frame)
    listener.probability(frame)
    listener.reset()
    assert listener.probability(frame) == first
    with pytest.raises(AudioError, match=str(FRAME_SAMPLES)):
        listener.probability(np.zeros(400, np.float32))


# --- The mouth ---


def test_what_the_voice_says_is_understood_again(ear: Recogniser, mouth: Synthesiser) -> None:
    text = "The package was delivered on Thursday. Can I help you with anything else?"
    sound = Sound(mouth.rate_hz, b"".join(mouth.speak(text)))
    on_the_phone = audio.resample(sound, 8_000)
    on_the_phone = Sound(8_000, audio.mulaw_decode(audio.mulaw_encode(on_the_phone.pcm)))
    for heard in (hear(ear, sound), hear(ear, on_the_phone)):
        assert word_errors(words(text), words(heard.text)) <= 1


def test_a_spoken_order_number_is_understood_again(ear: Recogniser, mouth: Synthesiser) -> None:
    sound = Sound(mouth.rate_hz, b"".join(mouth.speak(spoken.digits("482915"))))
    assert digits_in(hear(ear, sound, grammars.ORDER_NUMBER).text) == "482915"


def test_the_first_sentence_is_ready_before_the_rest_is_made(mouth: Synthesiser) -> None:
    chunks = mouth.speak("Hello. This is a second sentence. And this is the third one.")
    first = next(chunks)
    assert 0.2 < len(first) / 2 / mouth.rate_hz < 1.5
    assert 2.0 < sum(map(len, chunks)) / 2 / mouth.rate_hz < 6.0


@pytest.mark.parametrize("text", ["", " ... ", "🎉"])
def test_nothing_to_say_makes_no_sound(mouth: Synthesiser, text: str) -> None:
    assert list(mouth.speak(text)) == []


def test_a_folder_without_a_model_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no Vosk model"):
        VoskRecogniser(tmp_path)
    with pytest.raises(FileNotFoundError, match="one Piper voice"):
        PiperSynthesiser(tmp_path)
