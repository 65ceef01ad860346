"""Two ears on one utterance: open speech, and numbers bound to a grammar.

The grammar hears digits far better and everything else not at all (speech/grammars.py), so both
listen and the better reading is chosen by what is expected and what came out."""

from __future__ import annotations

from dataclasses import dataclass

from bot.conversation.words import SPOKEN_DIGITS
from engine.numbers_spoken import check_digit_fits, find_numbers
from speech.grammars import BY_EXPECTATION, ORDER_NUMBER
from speech.recogniser import UNKNOWN_WORD, Recogniser, RecognitionStream, Transcript

OPEN = frozenset({"address", "name", "quantity", "email"})
"""Expectations whose answer mixes words and digits as it likes: open speech has it whole, a grammar of
digits would take it apart."""

SURE_ANSWER = 0.6
"""Confidence from which a bound reading of a short answer is believed."""

FEWEST_DIGIT_WORDS = 3
"""Digits the open ear must have heard, too, before the bound one's number is believed unasked."""


@dataclass(frozen=True, slots=True)
class Heard:
    text: str
    confidence: float
    alternatives: list[str]


class Ears:
    """One utterance. `feed` and `finish` block: call them on an executor."""

    def __init__(self, recogniser: Recogniser, rate_hz: int, expects: str) -> None:
        self.expects = expects
        grammar = BY_EXPECTATION.get(expects, ORDER_NUMBER)
        self._open: RecognitionStream = recogniser.stream(rate_hz)
        self._bound: RecognitionStream = recogniser.stream(rate_hz, grammar)
        self._bound_text = ""

    def feed(self, pcm: bytes) -> str:
        """The words so far, as the caller may see them."""
        open_text = self._open.feed(pcm)
        self._bound_text = self._bound.feed(pcm)
        if self.expects in ("order_number", "postcode") and find_numbers(self._bound_text):
            return self._bound_text.replace(UNKNOWN_WORD, "").strip()
        return open_text

    @property
    def complete(self) -> bool:
        """Whether the expected number is all there already."""
        return any(number.kind == self.expects for number in find_numbers(self._bound_text))

    def finish(self) -> Heard:
        return choose(self.expects, self._open.finish(), self._bound.finish())


def choose(expects: str, free: Transcript, bound: Transcript) -> Heard:
    """The reading to go by; the other one stays among the alternatives."""
    readings = [bound.text, *(alternative.text for alternative in bound.alternatives)]
    readings = list(dict.fromkeys(map(_known_words, readings)))
    bound_text = next((text for text in readings if _can_be(expects, text)), readings[0])
    others = [text for text in readings if text and text != bound_text]
    unknown = UNKNOWN_WORD in bound.text.split()
    kinds = {number.kind for number in find_numbers(bound_text)}
    if expects in BY_EXPECTATION:
        short = len(bound_text.split()) >= len(free.text.split()) - 1
        sure = bound_text and short and not unknown and bound.confidence >= SURE_ANSWER
        if expects in kinds or sure:
            return Heard(bound_text, bound.confidence, [free.text, *others])
    elif (
        expects not in OPEN
        and kinds & {"order_number", "postcode"}
        and _digit_words(free.text) >= FEWEST_DIGIT_WORDS
    ):
        return Heard(_with_numbers(free.text, bound_text), bound.confidence, others)
    text = free.text or bound_text
    return Heard(text, free.confidence if free.text else bound.confidence, others)


def _known_words(text: str) -> str:
    return " ".join(word for word in text.split() if word != UNKNOWN_WORD)


def _can_be(expects: str, text: str) -> bool:
    """Whether a reading holds a number of the expected kind that can exist: of readings that sound
    alike, an order number with the right check digit is the likelier one."""
    return any(
        number.kind == expects and (expects != "order_number" or check_digit_fits(number.value))
        for number in find_numbers(text)
    )


def _digit_words(text: str) -> int:
    return sum(word in SPOKEN_DIGITS or word.isdigit() for word in text.split())


def _with_numbers(free_text: str, bound_text: str) -> str:
    """Open words in front ("where is my order"), then the numbers as the grammar heard them."""
    words = []
    for word in free_text.split():
        if word in SPOKEN_DIGITS:
            break
        words.append(word)
    numbers = [number.value for number in find_numbers(bound_text)]
    return " ".join([*words, *numbers])
