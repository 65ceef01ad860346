"""What is written for the ear, said by the real voice over a telephone, is heard by the real ear."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from speech import audio, grammars
from speech.audio import Sound
from speech.catalogue import Catalogue, ModelMissing
from speech.piper_synthesiser import PiperSynthesiser
from speech.spoken import digits, email, phone, speakable
from speech.vosk_recogniser import VoskRecogniser

pytestmark = pytest.mark.speech


def model(role: str) -> Path:
    try:
        return Catalogue.load().path(role, "en")
    except ModelMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def ear() -> VoskRecogniser:
    return VoskRecogniser(model("recogniser"))


@pytest.fixture(scope="module")
def mouth() -> PiperSynthesiser:
    return PiperSynthesiser(model("voice"))


def heard(
    ear: VoskRecogniser, mouth: PiperSynthesiser, text: str, grammar: list[str] | None = None
) -> list[str]:
    sound = audio.resample(Sound(mouth.rate_hz, b"".join(mouth.speak(text))), 8_000)
    stream = ear.stream(8_000, grammar)
    stream.feed(audio.mulaw_decode(audio.mulaw_encode(sound.pcm)))
    text = stream.finish().text
    return re.sub(r"\b([ap]) m\b", r"\1m", text).split()


def understood(fits: Callable[[], bool]) -> bool:
    """At once, or when it is said again: the voice says nothing twice in the same way."""
    return any(fits() for _ in range(3))


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


@pytest.mark.parametrize(
    "written",
    [
        "It costs $129.95.",
        "Your parcel comes on 2026-05-14.",
        "The store opens at 9:30 am and closes at 5 pm.",
        "It takes 3-5 working days.",
        "The bag weighs 2.5 kg.",
        "You save 15%.",
        "This is the 22nd time.",
        "We had 12,500 customers.",
    ],
)
def test_sentences_with_numbers(ear: VoskRecogniser, mouth: PiperSynthesiser, written: str) -> None:
    said = speakable(written, today=date(2026, 1, 1))
    wanted = set(words(said))
    assert understood(lambda: len(wanted - set(heard(ear, mouth, said))) <= 1), said


NUMBER_WORDS = [w for w in grammars.DIGITS if w.isalpha()]


@pytest.mark.parametrize(
    "said",
    [digits("482915"), phone("+1 (617) 555-0134"), digits("02139", group=5)],
    ids=["order", "phone", "postcode"],
)
def test_numbers_one_writes_down(ear: VoskRecogniser, mouth: PiperSynthesiser, said: str) -> None:
    wanted = words(said)
    assert understood(lambda: heard(ear, mouth, said, [*NUMBER_WORDS, "plus"]) == wanted)


def test_a_code_is_heard_letter_by_letter(ear: VoskRecogniser, mouth: PiperSynthesiser) -> None:
    """Among the letters that sound least alike; "A" is the letter, not the article."""
    said = speakable("Your code is RMA-482915.").removeprefix("Your code is ").rstrip(".")
    grammar = [*NUMBER_WORDS, "r", "m", "a", "x", "o", "w", "i"]
    assert understood(lambda: heard(ear, mouth, said, grammar) == words(said))


def test_an_address_is_heard(ear: VoskRecogniser, mouth: PiperSynthesiser) -> None:
    said = email("maya.lee@example.com")
    grammar = ["maya", "my a", "lee", "dot", "at", "example", "com", "come", "sample"]
    assert understood(lambda: heard(ear, mouth, said, grammar)[-4:] == words(said)[-4:])
