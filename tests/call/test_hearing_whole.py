"""Utterances in a language for which no recogniser streams."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bot.call.hearing import HearingFailed
from bot.call.hearing_whole import WholeEars
from speech.audio import AudioError
from speech.recogniser import Transcript

RATE_HZ = 16_000


@dataclass
class Scribe:
    """Writes down how many seconds it was given."""

    breaks: int = 0
    given: list[float] = field(default_factory=list)

    def transcribe(self, pcm: bytes, rate_hz: int) -> Transcript:
        if self.breaks:
            self.breaks -= 1
            raise RuntimeError("it broke")
        self.given.append(len(pcm) / 2 / rate_hz)
        return Transcript(f"{self.given[-1]:g} s", 0.8, (), ())


def seconds(length: float) -> bytes:
    return bytes(2 * int(length * RATE_HZ))


def test_it_is_heard_at_the_likely_end_and_not_again() -> None:
    scribe = Scribe()
    ears = WholeEars(scribe, RATE_HZ, "free")
    assert ears.feed(seconds(2)) == ""
    ears.likely_end()
    ears.feed(seconds(0.44))
    heard = ears.finish(0.6)
    assert (heard.text, heard.confidence, heard.free) == ("2 s", 0.8, True)
    assert scribe.given == [2.0]


def test_who_goes_on_after_a_pause_is_heard_as_a_whole() -> None:
    scribe = Scribe()
    ears = WholeEars(scribe, RATE_HZ, "free")
    ears.feed(seconds(2))
    ears.likely_end()
    ears.feed(seconds(3))
    assert ears.finish(0.6).text == "5 s"


def test_who_is_cut_off_in_mid_word_is_heard_to_there() -> None:
    ears = WholeEars(Scribe(), RATE_HZ, "free")
    ears.feed(seconds(2))
    ears.likely_end()
    ears.feed(seconds(0.5))
    assert ears.finish(0.1).text == "2.5 s"


def test_a_crash_at_the_likely_end_is_made_good_at_the_end() -> None:
    ears = WholeEars(Scribe(breaks=1), RATE_HZ, "free")
    ears.feed(seconds(2))
    ears.likely_end()
    assert ears.finish().text == "2 s"


def test_a_recogniser_that_stays_broken_says_so() -> None:
    ears = WholeEars(Scribe(breaks=2), RATE_HZ, "free")
    ears.feed(seconds(2))
    ears.likely_end()
    with pytest.raises(HearingFailed, match="it broke"):
        ears.finish()


def test_what_is_no_sound_is_an_error() -> None:
    with pytest.raises(AudioError):
        WholeEars(Scribe(), RATE_HZ, "free").feed(b"abc")
