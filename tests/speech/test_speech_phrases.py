"""What was said before need not be made again; and the mouth with a real voice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from speech import audio
from speech.catalogue import Catalogue, ModelMissing
from speech.mouth import Mouth
from speech.phrase_cache import PhraseCache
from speech.piper_synthesiser import PiperSynthesiser
from speech.prompts import NAMES
from speech.silence import LEAD_S
from speech.watched import Voice, digest_of
from tests.speech.mouths import PROMPTS, Scene, Whistle, broken, prompts


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path / "phrases")
    yield scene
    scene.go_on.set()


# --- What was made before ---


def test_fixed_phrases_are_rendered_once_for_all_starts(scene: Scene) -> None:
    seen: list[tuple[int, int]] = []
    phrases = ["Hello there. How can I help?", "Anything else?", "Hello there."]
    assert scene.mouth.warm(phrases, lambda done, of: seen.append((done, of))) == 0
    assert scene.chosen.asked == ["Hello there.", "How can I help?", "Anything else?"]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    fresh = b"".join(scene.mouth.speak(phrases[0]))

    scene.chosen.trouble = scene.other.trouble = broken
    again = scene.open()
    assert again.warm(phrases) == 0
    assert b"".join(again.speak(phrases[0])) == fresh
    assert len(scene.chosen.asked) == 3
    assert not scene.failures


def test_another_voice_has_other_phrases(scene: Scene) -> None:
    scene.mouth.warm(["Hello."])
    assert scene.open(digest="new").warm(["Hello."]) == 0
    assert scene.chosen.asked == ["Hello.", "Hello."]


@pytest.mark.parametrize("harm", ["cut", "bit", "empty", "text"])
def test_a_damaged_file_is_made_again(scene: Scene, harm: str) -> None:
    scene.mouth.warm(["Hello there."])
    assert scene.folder
    (file,) = scene.folder.rglob("*.wav")
    good = file.read_bytes()
    half = len(good) // 2
    harmed = {
        "cut": good[:half],
        "bit": good[:half] + bytes([good[half] ^ 1]) + good[half + 1 :],
        "empty": b"",
        "text": b"no sound at all",
    }
    file.write_bytes(harmed[harm])
    again = scene.open()
    assert again.warm(["Hello there."]) == 0
    assert scene.chosen.asked == ["Hello there."] * 2
    assert file.read_bytes() == good


def test_phrases_no_longer_wanted_leave_the_disk(scene: Scene) -> None:
    scene.mouth.warm(["Hello.", "Goodbye now."])
    assert scene.folder
    assert len(list(scene.folder.rglob("*.wav"))) == 2
    scene.open().warm(["Hello."])
    assert len(list(scene.folder.rglob("*.wav"))) == 1


def test_a_voice_that_fails_while_warming_leaves_the_rest_for_later(scene: Scene) -> None:
    scene.chosen.trouble = broken
    assert scene.mouth.warm(["One.", "Two.", "Three."]) == 3
    assert len(scene.chosen.asked) == 2
    assert scene.other.asked == [], "a phrase is kept in one voice"
    scene.chosen.trouble = lambda sentence: None
    scene.clock.now = 11
    assert scene.mouth.warm(["One.", "Two.", "Three."]) == 0


def test_a_folder_that_cannot_be_written_costs_only_the_file(tmp_path: Path) -> None:
    cache = PhraseCache(tmp_path, "voice", 8_000)
    (folder,) = tmp_path.iterdir()
    folder.rmdir()
    folder.touch()
    cache.keep("Hello.", b"ab")
    assert cache.get("Hello.") == b"ab"


def test_what_repeats_is_made_once(scene: Scene) -> None:
    first = b"".join(scene.mouth.speak("Anything else?"))
    assert b"".join(scene.mouth.speak("Anything  else?")) == first
    assert scene.chosen.asked == ["Anything else?"]
    assert scene.folder
    assert not list(scene.folder.rglob("*.wav")), "customers' sentences are never written down"


def test_what_another_voice_said_in_its_stead_is_not_remembered(scene: Scene) -> None:
    scene.chosen.trouble = broken
    scene.said("Hello there.")
    scene.chosen.trouble = lambda sentence: None
    scene.said("Hello there.")
    assert scene.chosen.asked == ["Hello there."] * 2


def test_memory_is_bounded(tmp_path: Path) -> None:
    second = bytes(range(1, 251)) * 64  # 16,000 bytes: a second at 8 kHz
    cache = PhraseCache(tmp_path, "voice", 8_000, fixed_seconds=3, recent_seconds=2)
    for number in range(10):
        cache.keep(f"fixed {number}", second)
        cache.remember(f"recent {number}", second)
        cache.get("recent 0") if number < 9 else None
        assert cache.held_bytes <= 5 * len(second)
    assert all(cache.get(f"fixed {number}") == second for number in range(10)), "or from disk"
    assert [n for n in range(10) if cache.get(f"recent {n}")] == [0, 9], "what is asked for stays"
    cache.remember("a whole lecture", second * 60)
    assert cache.get("a whole lecture") is None


# --- The real thing ---


def test_prompts_are_small_and_at_a_telephones_rate() -> None:
    files = sorted(PROMPTS.glob("*.wav"))
    assert [file.stem for file in files] == sorted(NAMES)
    for file in files:
        sound = audio.read_wav(file)
        assert sound.rate_hz == 8_000
        assert 0.3 < sound.seconds < 5
        assert -30 < audio.level_dbfs(sound.pcm) < -12


@pytest.fixture(scope="module")
def piper() -> Voice:
    try:
        folder = Catalogue.load().path("voice", "en")
    except ModelMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    return Voice("piper joe", PiperSynthesiser(folder), digest_of(folder))


@pytest.mark.speech
def test_the_real_voice_speaks_through_the_mouth(piper: Voice, tmp_path: Path) -> None:
    mouth = Mouth([piper], prompts, cache_folder=tmp_path)
    spoken = list(
        mouth.say("Your parcel was sent on Monday, and it should be with you by Thursday evening.")
    )
    assert spoken[0].words.endswith("Monday,")
    assert max(piece.piece for piece in spoken) == 1
    seconds = sum(len(piece.pcm) for piece in spoken) / 2 / mouth.rate_hz
    assert 2.5 < seconds < 6
    first = np.flatnonzero(np.abs(audio.samples(spoken[0].pcm).astype(int)) > 200)[0]
    assert first / mouth.rate_hz <= LEAD_S + 0.001


@pytest.mark.speech
def test_the_real_voice_stands_in_for_one_that_is_broken(piper: Voice) -> None:
    failing = Whistle()
    failing.trouble = broken
    mouth = Mouth([Voice("broken", failing, ""), piper], prompts)
    pcm = b"".join(mouth.speak("Hello, how can I help?"))
    assert mouth.rate_hz == failing.rate_hz
    assert 0.8 < len(pcm) / 2 / mouth.rate_hz < 3


@pytest.mark.speech
def test_a_real_phrase_comes_back_from_disk_to_the_last_sample(
    piper: Voice, tmp_path: Path
) -> None:
    first = Mouth([piper], prompts, cache_folder=tmp_path)
    assert first.warm(["Anything else?"]) == 0
    made = b"".join(first.speak("Anything else?"))
    failing = Whistle(rate_hz=piper.synthesiser.rate_hz)
    failing.trouble = broken
    later = Mouth([Voice(piper.name, failing, piper.digest)], prompts, cache_folder=tmp_path)
    assert b"".join(later.speak("Anything else?")) == made
