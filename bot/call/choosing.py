"""Which reading of an utterance to go by, of those that several ears had. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

from bot.call.answers import (
    NUMBERS,
    OPEN,
    Asked,
    can_exist,
    digit_words,
    digits_in,
    expected_number,
    known_words,
    numbers_in,
    spelt,
    with_numbers,
)
from bot.call.mending import mended
from bot.conversation.words import SPOKEN_DIGITS
from engine.numbers_spoken import find_numbers
from speech import grammars
from speech.recogniser import UNKNOWN_WORD, Transcript

SURE_ANSWER = 0.6
"""Confidence from which a bound reading of a short answer is believed."""

FEWEST_DIGIT_WORDS = 3
"""Digits the open ear must have heard, too, before the bound one's number is believed unasked."""

SECOND_PASS_SURE = 0.6
"""Confidence from which the second pass is believed rather than the first: higher ones lose on the
shop's sentences, lower ones on prompts (docs/benchmarks.md, "Ears")."""


@dataclass(frozen=True, slots=True)
class Heard:
    text: str
    confidence: float
    alternatives: list[str]
    """Other readings, the likelier first; those with a number that can exist before others."""
    number: str | None = None
    """The number of the expected kind, digits only."""
    sure: bool = False
    """The answer is one of those that were asked for and nothing speaks against it; a number was the
    likeliest reading and its check digit fits. Otherwise read it back before acting on it."""
    free: bool = False
    """The open ear's reading."""
    digits: frozenset[str] = frozenset()
    """Where a number was asked for: what each ear had of it, whole or not."""


def choose(
    asked: Asked | str, free: Transcript, bound: Transcript, numbers: Transcript | None = None
) -> Heard:
    """`bound` and, where two recognisers listen for numbers, `numbers` are of the question's grammar.
    The readings not gone by stay among the alternatives."""
    asked = Asked(asked) if isinstance(asked, str) else asked
    if asked.expects not in NUMBERS:
        return _words(asked, free, bound)
    ears = [ear for ear in (bound, numbers) if ear]
    heard = _number(asked, free, ears) or _words(asked, free, bound)
    read = {digits_in(known_words(ear.text)) for ear in (*ears, free)}
    return replace(heard, digits=frozenset(read - {""}))


def _words(asked: Asked, free: Transcript, bound: Transcript) -> Heard:
    """What was said, where it isn't the number that was asked for."""
    readings = _readings(bound)
    text = readings[0]
    others = [other for other in readings[1:] if other]
    believed = asked.bound and _believable(free, bound) and not _command_unheard(free, text)
    if believed and (answer := _answer(asked, text)):
        kind = asked.expects not in NUMBERS
        return Heard(answer, bound.confidence, [free.text, *others], sure=kind)
    if (
        not asked.bound
        and asked.expects not in OPEN - {"free"}
        and numbers_in(text)
        and digit_words(free.text) >= FEWEST_DIGIT_WORDS
    ):
        return Heard(with_numbers(free.text, text), bound.confidence, others, free=True)
    if free.text:
        return Heard(free.text, free.confidence, others, free=True)
    return Heard(text, bound.confidence, others)


def _readings(bound: Transcript) -> list[str]:
    """Without what was unknown; at least one, which may be empty."""
    texts = [bound.text, *(alternative.text for alternative in bound.alternatives)]
    return list(dict.fromkeys(map(known_words, texts)))


def _confidence(bound: Transcript) -> float:
    """Of the likeliest reading: what several say alike but for the words they don't know adds up ("no"
    and "know", where only one of them is in the grammar)."""
    text = known_words(bound.text)
    alike = sum(other.confidence for other in bound.alternatives if known_words(other.text) == text)
    return max(bound.confidence, min(1.0, alike))


def _believable(free: Transcript, bound: Transcript) -> bool:
    """Whether a bound ear has the whole utterance, and is sure of it."""
    text = known_words(bound.text)
    return (
        text != ""
        and UNKNOWN_WORD not in bound.text.split()
        and len(text.split()) >= len(free.text.split()) - 1
        and _confidence(bound) >= SURE_ANSWER
    )


def _command_unheard(free: Transcript, text: str) -> bool:
    """Whether a bound ear heard a command where the open one, which knows other words, heard none of
    its words: a grammar makes the likest of its phrases of whatever is said."""
    return (
        text in grammars.COMMANDS
        and len(free.text.split()) > 1
        and set(text.split()).isdisjoint(free.text.split())
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    number: str
    text: str
    ear: int
    likeliest: bool
    """The first reading of its ear."""


def _number(asked: Asked, free: Transcript, ears: Sequence[Transcript]) -> Heard | None:
    """The number that most ears have among their readings, and of those one that an ear has first.
    None where there is none. The open ear counts, too: noise takes a digit from one ear and leaves it
    to another. Of readings that sound alike, an order number with the right check digit is the likelier
    one, so others are only taken where no ear has such a one, nor all hearings together; of those the
    open ear's is no number to go by."""
    expects = asked.expects
    bound = list(_candidates(expects, ears))
    heard_open = _candidates(expects, [Transcript(free.text, free.confidence, (), ())], len(ears))
    fitting = [
        one
        for one in (*bound, *heard_open)
        if can_exist(expects, one.number) and one.number not in asked.denied
    ]
    if not fitting and (number := _mended(asked, free, ears)):
        return Heard(number, ears[0].confidence, [free.text, ears[0].text], number)
    pool = fitting or bound
    if not pool:
        return None
    votes = Counter(number for number, _ in {(one.number, one.ear) for one in pool})
    best = max(pool, key=lambda one: (votes[one.number], one.likeliest, -one.ear))
    rivals = {one.number for one in fitting if one.likeliest and one.ear < len(ears)}
    believable = [
        one
        for one in pool
        if one.number == best.number
        and one.likeliest
        and one.ear < len(ears)
        and _believable(free, ears[one.ear])
    ]
    # A postcode has no check digit: where two listen, both must have heard it.
    needed = 1 if expects == "order_number" else len(ears)
    sure = best in fitting and rivals <= {best.number} and len(believable) >= needed
    texts = [text for ear in ears for text in _readings(ear)]
    others = dict.fromkeys(
        [*(one.text for one in fitting), free.text, *(text for text in texts if text)]
    )
    others.pop(best.text, None)
    confidence = (*ears, free)[best.ear].confidence
    return Heard(best.text, confidence, list(others), best.number, sure)


def _mended(asked: Asked, free: Transcript, ears: Sequence[Transcript]) -> str | None:
    """The number that the ears, and the answers before, each have all but one digit of."""
    now = [[digits_in(text) for text in _readings(ear)] for ear in ears]
    return mended(
        NUMBERS[asked.expects],
        [*now, [digits_in(free.text)], *asked.earlier],
        lambda number: can_exist(asked.expects, number) and number not in asked.denied,
    )


def _candidates(expects: str, ears: Sequence[Transcript], first: int = 0) -> Iterator[_Candidate]:
    for ear, transcript in enumerate(ears, first):
        for text in _readings(transcript):
            if number := expected_number(expects, text):
                likeliest = text == known_words(transcript.text)
                yield _Candidate(number, text, ear, likeliest)


def _answer(asked: Asked, text: str) -> str | None:
    """What a bound reading that is believed says; None where it is no answer after all."""
    match asked.expects:
        case "choice":
            if (place := grammars.chosen(text, asked.titles)) is not None:
                return asked.choices[place]
            return text if text in (*grammars.YES, *grammars.NO, *grammars.COMMANDS) else None
        case "name":
            return spelt(text) or (text if text in grammars.NUMBER_COMMANDS else None)
        case _:
            return text


def heard_twice(
    heard: Heard,
    free: Transcript,
    bound: Transcript,
    second: Transcript,
    names: Set[str] = frozenset(),
    *,
    expects: str = "free",
) -> Heard:
    """Open speech by what both passes heard. Numbers are the bound ear's, never the second pass's.
    An utterance in which the first pass heard one of the shop's `names` that the second didn't is the
    first pass's: it has learnt them, and the second would make other words of them. In an address the
    postcode is the one that two of the three heard."""
    if not second.text or second.confidence < SECOND_PASS_SURE:
        return heard
    if not names & set(free.text.split()) <= set(second.text.split()):
        return replace(heard, alternatives=[second.text, *heard.alternatives])
    text = second.text
    if expects == "address":
        text = _with_postcode(text, [known_words(bound.text), free.text, text])
    elif digit_words(text) >= FEWEST_DIGIT_WORDS or numbers_in(free.text):
        if not numbers_in(known_words(bound.text)):
            return heard
        text = with_numbers(text, known_words(bound.text))
    return replace(
        heard,
        text=text,
        confidence=second.confidence,
        alternatives=[free.text, *heard.alternatives],
    )


def _with_postcode(address: str, readings: Sequence[str]) -> str:
    """The address with the postcode that most readings have, of equals the first one's."""
    heard = Counter(code for text in readings if (code := expected_number("postcode", text)))
    if not heard:
        return address
    code = heard.most_common(1)[0][0]
    for number in reversed(find_numbers(address)):
        if number.kind == "postcode" or number.end == len(address):
            return f"{address[: number.start]}{code}{address[number.end :]}"
    words = address.split()
    while words and (words[-1].isdigit() or words[-1] in SPOKEN_DIGITS):
        words.pop()  # digits that make no postcode as they stand: "nine seven two o five"
    return " ".join([*words, code])
