"""The mouth never falls silent: voices that fail are stood in for, and come back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from speech import audio
from speech.breaker import Breaker
from speech.mouth import SENTENCE_PAUSE_S, Spoken
from speech.prompts import VOICE_TROUBLE
from speech.silence import LEAD_S, TAIL_S, Edges
from speech.watched import Failure
from tests.speech.mouths import Clock, Scene, Whistle, broken


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path / "phrases")
    yield scene
    scene.go_on.set()


def loudest_hertz(pcm: bytes, rate_hz: int) -> float:
    wave = audio.to_float(audio.samples(pcm))
    return float(np.argmax(np.abs(np.fft.rfft(wave))) * rate_hz / len(wave))


# --- Failing and coming back ---


def test_a_reply_is_said_by_the_chosen_voice_with_pauses_of_ours(scene: Scene) -> None:
    spoken = scene.say("Hello there. Anything else?")
    assert scene.other.asked == []
    assert [piece.words for piece in spoken if piece.piece == 1] == ["Anything else?"] * 2
    second = next(piece.pcm for piece in spoken if piece.piece == 1)
    pause = second[: int(SENTENCE_PAUSE_S * 16_000) * 2]
    assert not any(pause)
    assert any(second)


def test_what_the_chosen_voice_fails_at_the_next_one_says_at_the_same_rate(scene: Scene) -> None:
    scene.chosen.trouble = broken
    pcm = b"".join(scene.mouth.speak("Hello there."))
    assert scene.failures == [("chosen", Failure.RAISED)]
    assert loudest_hertz(pcm, scene.mouth.rate_hz) == pytest.approx(220, abs=5)


def test_a_voice_that_dies_in_the_middle_of_a_reply_loses_no_sentence(scene: Scene) -> None:
    def dies(sentence: str) -> None:
        if sentence.startswith("Second"):
            broken(sentence)

    scene.chosen.trouble = dies
    assert scene.said("First one. Second one. Third one.") == [
        "First one.",
        "Second one.",
        "Third one.",
    ]
    assert scene.other.asked == ["Second one."]
    assert scene.chosen.asked[-1] == "Third one.", "one sentence may be at fault, not the voice"


def test_a_voice_that_fails_twice_is_left_alone_then_tried_once(scene: Scene) -> None:
    scene.chosen.trouble = broken
    scene.said("One. Two. Three.")
    assert scene.chosen.asked == ["One.", "Two."]
    scene.clock.now = 9.9
    scene.said("Four.")
    assert len(scene.chosen.asked) == 2
    scene.clock.now = 10.1
    scene.said("Five. Six.")
    assert scene.chosen.asked == ["One.", "Two.", "Five."], "one trial, and back to the pause"
    scene.clock.now = 29.0
    scene.said("Seven.")
    assert len(scene.chosen.asked) == 3, "the pause has doubled"

    scene.chosen.trouble = lambda sentence: None
    scene.clock.now = 31.0
    scene.said("Eight. Nine.")
    assert scene.chosen.asked[-2:] == ["Eight.", "Nine."]
    assert not scene.mouth.voiceless


def test_a_voice_that_hangs_is_not_waited_for_again(scene: Scene) -> None:
    scene.chosen.trouble = scene.hang
    spoken = scene.say("Hello there.")
    assert scene.failures == [("chosen", Failure.HUNG)]
    assert b"".join(piece.pcm for piece in spoken)
    assert scene.other.asked == ["Hello there."]

    scene.hanging.clear()
    scene.clock.now = 1000.0  # long after the pause: it hangs still, so nobody is held by it
    scene.said("And again.")
    assert scene.chosen.asked == ["Hello there."]


def test_a_voice_that_was_only_slow_is_taken_back_at_once(scene: Scene) -> None:
    scene.chosen.trouble = scene.hang
    scene.said("Hello there.")
    back = threading.Event()
    for thread in threading.enumerate():
        if thread.name == "voice":
            scene.go_on.set()
            thread.join(10)
            back.set()
    assert back.is_set()
    scene.chosen.trouble = lambda sentence: None
    scene.hanging.clear()
    scene.said("And again.")
    assert scene.chosen.asked[-1] == "And again."


def test_when_all_voices_fail_the_caller_hears_one_recorded_apology(scene: Scene) -> None:
    scene.chosen.trouble = scene.other.trouble = broken
    spoken = scene.say("Your order was sent. It comes on Monday.")
    apology = scene.mouth.prompts[VOICE_TROUBLE]
    assert spoken == [Spoken(1, apology.words, apology.pcm)], "what is logged is what was heard"
    scene.say("Hello?")
    assert scene.mouth.voiceless


def test_what_was_recorded_needs_no_voice(scene: Scene) -> None:
    scene.chosen.trouble = scene.other.trouble = broken
    assert scene.said("I'll connect you with a person. Goodbye!") == [
        "I'll connect you with a person.",
        "Goodbye.",
    ]


def test_silence_is_no_speech_and_half_a_sample_neither(scene: Scene) -> None:
    scene.chosen.tone = lambda letters: bytes(3_200)  # type: ignore[method-assign]
    scene.say("Hello.")
    scene.chosen.tone = lambda letters: b"abc"  # type: ignore[method-assign]
    scene.say("There.")
    assert [how for _, how in scene.failures] == [Failure.SILENT, Failure.RAISED]
    assert scene.other.asked == ["Hello.", "There."]


def test_nothing_to_say_makes_no_sound_and_is_no_failure(scene: Scene) -> None:
    assert scene.say(" ... ") == []
    assert scene.failures == []


def test_a_call_that_is_interrupted_makes_no_more(scene: Scene) -> None:
    replies = scene.mouth.speak("First one. Second one.")
    next(replies)
    replies.close()  # type: ignore[attr-defined]
    assert scene.chosen.asked == ["First one."]


def test_only_one_caller_pays_for_a_trial() -> None:
    clock = Clock()
    breaker = Breaker(clock, pause_s=10, tolerated=0)
    breaker.failed()
    clock.now = 10
    assert [breaker.may_try() for _ in range(3)] == [True, False, False]
    breaker.worked()
    assert breaker.may_try()
    assert breaker.closed


# --- Edges ---


@pytest.mark.parametrize("chunk", [320, 4_000, 1_000_000])
def test_silence_around_speech_is_cut_and_what_is_inside_stays(chunk: int) -> None:
    tone = Whistle().tone(10)
    pcm = bytes(16_000) + tone + bytes(8_000) + tone + bytes(12_000)
    edges = Edges(16_000)
    cut = b"".join(edges.feed(pcm[at : at + chunk]) for at in range(0, len(pcm), chunk))
    cut += edges.finish()
    around = 2 * 16_000 * (LEAD_S + TAIL_S)
    assert len(cut) == pytest.approx(2 * len(tone) + 8_000 + around, abs=16)


def test_silence_alone_is_nothing() -> None:
    edges = Edges(16_000)
    assert edges.feed(bytes(32_000)) + edges.finish() == b""
    assert not edges.begun
