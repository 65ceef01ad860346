"""One utterance through both ears and the second pass: what is played decides what is heard.

Recognisers here are at the outermost edge: they say what a scene tells them to, or break."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from bot.call.hearing import Asked, Ears, HearingFailed, Recognisers
from speech.audio import AudioError
from speech.recogniser import Alternative, Transcript, Word

RATE_HZ = 8000
SECOND = bytes(2 * RATE_HZ)


def transcript(text: str, *, until_s: float = 0.9, confidence: float = 0.9) -> Transcript:
    words = text.split()
    spoken = [
        Word(word, until_s * at / len(words), until_s * (at + 1) / len(words), confidence)
        for at, word in enumerate(words)
    ]
    alternatives = [Alternative(text, 1.0)] if text else []
    return Transcript(text, confidence if text else 0.0, spoken, alternatives)


@dataclass
class Stream:
    scene: Scene
    said: Transcript
    heard_s: float = 0.0

    def feed(self, pcm: bytes) -> str:
        self.scene.may_break()
        self.heard_s += len(pcm) / 2 / RATE_HZ
        return " ".join(word.text for word in self.said.words if word.end_s <= self.heard_s)

    def finish(self) -> Transcript:
        self.scene.may_break()
        missed = any(word.end_s > self.heard_s + 0.01 for word in self.said.words)
        return transcript("") if missed else self.said


@dataclass
class Scene:
    """A recogniser that hears `free` openly and `bound` with a grammar."""

    free: str
    bound: str = ""
    until_s: float = 0.9
    breaks: list[int] = field(default_factory=list)
    """Calls that raise, counted from 1."""
    calls: int = 0
    grammars: list[Sequence[str]] = field(default_factory=list)

    def may_break(self) -> None:
        self.calls += 1
        if self.calls in self.breaks:
            raise RuntimeError("the decoder died")

    def stream(self, rate_hz: int, grammar: Sequence[str] | None = None) -> Stream:
        if grammar is not None:
            self.grammars.append(grammar)
        text = self.free if grammar is None else self.bound
        return Stream(self, transcript(text, until_s=self.until_s))

    def knows(self, word: str) -> bool:
        return True


@dataclass
class Stronger:
    """The second pass."""

    says: str
    passes: list[float] = field(default_factory=list)
    """Seconds of sound of each."""
    fails: bool = False
    asks: bool = False

    def transcribe(self, pcm: bytes, rate_hz: int) -> Transcript:
        self.passes.append(len(pcm) / 2 / rate_hz)
        if self.fails:
            raise RuntimeError("out of memory")
        return replace(transcript(self.says), question=self.asks)


def spoken(ears: Ears, seconds: float = 1.0) -> None:
    for _ in range(round(seconds * 10)):
        ears.feed(SECOND[: 2 * RATE_HZ // 10])


def test_open_speech_is_finished_by_the_second_pass() -> None:
    stronger = Stronger("where's my parcel")
    ears = Ears(Recognisers(Scene("whereas my parcel"), stronger), RATE_HZ, Asked("free"))
    spoken(ears)
    heard = ears.finish()
    assert heard.text == "where's my parcel"
    assert "whereas my parcel" in heard.alternatives
    assert heard.free


def test_a_pass_at_the_likely_end_is_not_made_again() -> None:
    stronger = Stronger("where's my parcel")
    ears = Ears(Recognisers(Scene("whereas my parcel"), stronger), RATE_HZ, Asked("free"))
    spoken(ears)
    ears.likely_end()
    ears.feed(SECOND)  # silence while the endpointer makes sure
    assert ears.finish().text == "where's my parcel"
    assert stronger.passes == [pytest.approx(1.0)]


def test_a_question_is_one_until_somebody_goes_on() -> None:
    stronger = Stronger("where's my parcel", asks=True)
    scene = Scene("whereas my parcel and my tent", until_s=1.9)
    ears = Ears(Recognisers(scene, stronger), RATE_HZ, Asked("free"))
    spoken(ears)
    assert not ears.asks(0.16)
    ears.likely_end()
    assert ears.asks(0.16)
    spoken(ears, 0.2)  # silence so far
    assert ears.asks(0.36)
    spoken(ears, 0.5)
    assert not ears.asks(0.16)  # of another pause: it was not heard out
    stronger.asks = False
    ears.likely_end()
    assert not ears.asks(0.16)


def test_what_was_said_after_a_likely_end_is_heard_too() -> None:
    stronger = Stronger("where's my parcel and my tent")
    scene = Scene("whereas my parcel and my tent", until_s=1.9)
    ears = Ears(Recognisers(scene, stronger), RATE_HZ, Asked("free"))
    spoken(ears)
    ears.likely_end()
    spoken(ears)
    assert ears.finish().text == "where's my parcel and my tent"
    assert stronger.passes == [pytest.approx(1.0), pytest.approx(2.0)]


def test_finish_waits_for_a_pass_that_runs() -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Stronger):
        def transcribe(self, pcm: bytes, rate_hz: int) -> Transcript:
            begun.set()
            assert go_on.wait(10)
            return super().transcribe(pcm, rate_hz)

    slow = Slow("where's my parcel")
    ears = Ears(Recognisers(Scene("whereas my parcel"), slow), RATE_HZ, Asked("free"))
    spoken(ears)
    passing = threading.Thread(target=ears.likely_end)
    passing.start()
    assert begun.wait(10)
    ears.likely_end()  # one at a time: this one is skipped
    found: list[str] = []
    finishing = threading.Thread(target=lambda: found.append(ears.finish().text))
    finishing.start()
    go_on.set()
    passing.join(10)
    finishing.join(10)
    assert found == ["where's my parcel"]
    assert len(slow.passes) == 1


def test_a_second_pass_that_breaks_costs_nothing_but_itself() -> None:
    stronger = Stronger("", fails=True)
    ears = Ears(Recognisers(Scene("where is my parcel"), stronger), RATE_HZ, Asked("free"))
    spoken(ears)
    assert ears.finish().text == "where is my parcel"


def test_the_shops_names_are_the_first_passs() -> None:
    stronger = Stronger("do you have the castrol jacket")
    scene = Scene("do you have the kestrel jacket")
    shop = Recognisers(scene, stronger, names=frozenset({"kestrel"}))
    ears = Ears(shop, RATE_HZ, Asked("free"))
    spoken(ears)
    heard = ears.finish()
    assert heard.text == "do you have the kestrel jacket"
    assert "do you have the castrol jacket" in heard.alternatives


def test_two_that_listen_for_a_number_make_up_for_each_other() -> None:
    hard_of_six = Scene("six one one eight seven one", "one one eight seven one")
    other = Scene("", "six one one eight seven one")
    ears = Ears(Recognisers(hard_of_six, numbers=other), RATE_HZ, Asked("order_number"))
    spoken(ears)
    assert ears.complete
    heard = ears.finish()
    assert (heard.number, heard.sure) == ("611871", True)
    disagreeing = Recognisers(
        Scene("", "nine seven two oh five"), numbers=Scene("", "nine seven two four five")
    )
    ears = Ears(disagreeing, RATE_HZ, Asked("postcode"))
    spoken(ears)
    heard = ears.finish()
    assert (heard.number, heard.sure) == ("97205", False)  # so it is read back


def test_digits_are_never_the_second_passs() -> None:
    stronger = Stronger("where is order 482-915")
    scene = Scene(
        "whereas order for eight two nine one nine", "[unk] order four eight two nine one nine"
    )
    ears = Ears(Recognisers(scene, stronger), RATE_HZ, Asked("free"))
    spoken(ears)
    assert ears.finish().text == "where is order 482919"
    stronger.says = "where is order 482-915"
    unheard = Ears(
        Recognisers(Scene("where is order forty eight", "[unk]"), stronger), RATE_HZ, Asked("free")
    )
    spoken(unheard)
    assert unheard.finish().text == "where is order forty eight"


def test_a_number_that_was_asked_for_is_not_heard_twice() -> None:
    stronger = Stronger("for 82919")
    scene = Scene("for eight two nine one nine", "four eight two nine one nine")
    ears = Ears(Recognisers(scene, stronger), RATE_HZ, Asked("order_number"))
    spoken(ears)
    ears.likely_end()
    heard = ears.finish()
    assert (heard.number, heard.sure) == ("482919", True)
    assert stronger.passes == []


def test_something_else_than_the_number_is_open_speech_after_all() -> None:
    stronger = Stronger("when do you open on sunday")
    scene = Scene("when do you open on someday", "[unk] two [unk]")
    ears = Ears(Recognisers(scene, stronger), RATE_HZ, Asked("order_number"))
    spoken(ears)
    ears.likely_end()
    heard = ears.finish()
    assert (heard.text, heard.number, heard.sure) == ("when do you open on sunday", None, False)
    assert len(stronger.passes) == 1


def test_a_choice_is_answered_with_its_title() -> None:
    titles = ("Alder Rain Jacket", "Hemlock Rain Jacket")
    for bound in ("the hemlock one", "the second one", "hemlock rain jacket please"):
        scene = Scene("him lock", bound)
        ears = Ears(scene, RATE_HZ, Asked("choice", titles))
        spoken(ears)
        assert ears.complete
        heard = ears.finish()
        assert (heard.text, heard.sure) == ("Hemlock Rain Jacket", True)
        assert "alder rain jacket" in scene.grammars[0]


def test_a_spelt_name_is_written_in_one() -> None:
    ears = Ears(Scene("be as in boy oh e", "b as in boy o e"), RATE_HZ, Asked("name"))
    spoken(ears)
    assert ears.finish().text == "boe"
    told = Ears(Scene("juan of seven brothers", "[unk] s [unk]"), RATE_HZ, Asked("name"))
    spoken(told)
    assert told.finish().text == "juan of seven brothers"


def test_one_reading_that_cannot_exist_gives_way_to_one_that_can() -> None:
    scene = Scene("my order number is eight two zero four zero seven", "two zero four zero seven")
    ears = Ears(scene, RATE_HZ, Asked("order_number"))
    spoken(ears)
    heard = ears.finish()
    assert (heard.number, heard.sure) == ("820407", False)  # so it is read back


def test_the_partial_says_whether_more_must_come() -> None:
    ears = Ears(Scene("my number is", "my order number is"), RATE_HZ, "order_number")
    assert not ears.unfinished
    spoken(ears)
    assert ears.unfinished
    assert not ears.complete
    assert list(ears.words) == ["my", "number", "is"]


@pytest.mark.parametrize("broken", [1, 2, 7, 20, 21, 22])
def test_a_recogniser_that_breaks_once_loses_nothing(broken: int) -> None:
    scene = Scene("where is my parcel", "[unk]", breaks=[broken])
    ears = Ears(scene, RATE_HZ, Asked("free"))
    spoken(ears)
    assert ears.finish().text == "where is my parcel"


def test_a_recogniser_that_breaks_twice_is_said_to_have() -> None:
    scene = Scene("where is my parcel", "[unk]", breaks=[7, 8])
    ears = Ears(scene, RATE_HZ, Asked("free"))
    with pytest.raises(HearingFailed, match="the decoder died"):
        spoken(ears)


def test_what_is_no_sound_is_refused_and_the_utterance_goes_on() -> None:
    ears = Ears(Scene("where is my parcel"), RATE_HZ, Asked("free"))
    with pytest.raises(AudioError):
        ears.feed(b"abc")
    spoken(ears)
    assert ears.finish().text == "where is my parcel"
