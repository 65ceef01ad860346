"""A number that is asked for, and how it comes: by voice, by keys, half and half, piece by piece over
several answers; read back where it isn't sure. Without I/O."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

from bot.call.answers import Asked, is_answer, lacking_digits
from bot.call.asked_again import AskedAgain, InVain
from bot.call.choosing import Heard
from bot.call.keypad import Keyed, Keypad, Means
from bot.call.mending import joined
from bot.call.read_back import ReadBack, Told
from bot.call.turn_settings import Keys, settings_for

ASKED_IN_VAIN = 3
"""Times in a row that a number, or a yes or no, is asked for until the keypad is offered: after a second
failure."""

KEYED_ANSWERS = {"1": Told.YES, "2": Told.NO}
"""To a number that was read back."""


@dataclass(frozen=True, slots=True)
class Understood:
    text: str


@dataclass(frozen=True, slots=True)
class ReadOut:
    """It may be this number: ask."""

    number: str


@dataclass(frozen=True, slots=True)
class AskAgain:
    times: int
    """It was asked for in vain, this one included."""


@dataclass(frozen=True, slots=True)
class MoreComes:
    """The rest is being keyed in."""


Outcome = Understood | ReadOut | AskAgain | MoreComes


class NumberTold:
    """Also what is no number passes through here, unchanged. `expects` is what the assistant waits for,
    "free" while somebody else has the floor."""

    def __init__(self, yes: Set[str], no: Set[str]) -> None:
        """Words that answer "was that ...?", in lower case."""
        self._read_back = ReadBack(yes, no)
        self._again = AskedAgain()
        self._in_vain = InVain()
        self._offered = False

    @property
    def read_back(self) -> str | None:
        """The number of which we have asked whether it is right."""
        return self._read_back.number

    def waits_for(self, expects: str) -> str:
        """What is to be said or keyed now, as the sentences of calls name it."""
        return "read_back" if self._read_back.number else expects

    def question(self, expects: str, choices: Iterable[str] = ()) -> Asked:
        """What somebody answers who begins to speak now."""
        if self._read_back.number:
            return Asked("yes_no")
        again = self._again
        again.look(expects)
        return Asked(expects, tuple(choices), tuple(again.earlier), frozenset(again.denied))

    def asked(self, asks: str | None, *, whole: bool) -> bool:
        """A message of the assistant's was said that asks for this, `whole` or cut off. Whether the
        keypad is to be offered after it: once in a row."""
        times = self._in_vain.asked(asks)
        if times == 1:
            self._offered = False
        keys = settings_for(str(asks)).keys in (Keys.NUMBER, Keys.YES_NO)
        offers = whole and keys and times >= ASKED_IN_VAIN and not self._offered
        self._offered |= offers
        return offers

    def heard(self, heard: Heard, expects: str, keypad: Keypad, began_at: float) -> Outcome:
        """`began_at`: when the voice began, by the keypad's clock."""
        lacks = lacking_digits(expects, heard.text)
        if lacks and keypad.busy:
            return self._beside_keys(heard, expects, keypad, began_at)
        if expects == "free":
            self._read_back.number = None  # a person has taken over: this is said to them
        if number := self._read_back.number:
            told = self._read_back.answer(heard.text)
            return Understood(heard.text) if told is Told.ELSE else self._answered(number, told)
        known = self._again.heard(heard.digits)
        # A postcode isn't read back: the shop's answer to it, and its other readings, tell more than a
        # yes.
        if expects == "order_number" and heard.number and not heard.sure:
            return self._read_out(heard.number)
        # A number of which a digit was lost on the way is asked for again; where nothing else is heard
        # the second time, that was what the caller said.
        if lacks == 1 and not known:
            return AskAgain(len(self._again.earlier))
        return Understood(heard.text)

    def keyed(self, keyed: Keyed, expects: str) -> Outcome | None:
        """The number that keys complete whose first part was said right before, or yes (1) and no (2)
        to one that was read back, which waits no longer; None where they stand for themselves."""
        asked, self._read_back.number = self._read_back.number, None
        if keyed.means is not Means.NUMBER:
            return None
        if asked and expects != "free" and (told := KEYED_ANSWERS.get(keyed.digits)):
            return self._answered(asked, told)
        self._again.look(expects)
        said = self._again.earlier[-1] if self._again.earlier else ()
        number = self._joined(said, [keyed.digits], expects)
        return self._read_out(number) if number else None

    def _answered(self, number: str, told: Told) -> Understood | AskAgain:
        """Yes or no to a number that was read back."""
        if told is Told.YES:
            return Understood(number)
        self._again.denied.add(number)
        return AskAgain(1)

    def _beside_keys(
        self, heard: Heard, expects: str, keypad: Keypad, began_at: float
    ) -> ReadOut | AskAgain | MoreComes:
        self._again.heard(heard.digits)
        if keypad.began_at > began_at:
            return MoreComes()  # what completes the keys joins the two
        number = self._joined([keypad.clear()], heard.digits, expects)
        return self._read_out(number) if number else AskAgain(1)

    def _joined(self, firsts: Iterable[str], seconds: Iterable[str], expects: str) -> str | None:
        return joined(firsts, seconds, lambda number: is_answer(expects, number))

    def _read_out(self, number: str) -> ReadOut:
        self._read_back.number = number
        return ReadOut(number)
