"""How long a call waits for what, by what was asked and by what is going on: every figure in one table.

Seconds of sound for what the caller says (a stalled network ends no turn), seconds of the clock for
everything that is about silence and the keypad. Sound is judged in stretches of 32 ms (speech/vad.py),
so that a silence takes the next whole number of them: 0.44 means 0.448, where 0.45 would take 0.48."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Keys(enum.Enum):
    """How the keypad is read."""

    MENU = enum.auto()
    """One key chooses; several in a row are a number."""
    NUMBER = enum.auto()
    YES_NO = enum.auto()
    """1 and 2."""
    CHOICE = enum.auto()
    """The number of the choice."""


@dataclass(frozen=True, slots=True)
class TurnSettings:
    speech_probability: float = 0.5
    """From here a stretch counts as voice (Silero's own recommendation)."""
    silence_probability: float = 0.35
    """Below it a voice has stopped; between the two the last judgement stands."""
    least_voice_s: float = 0.16
    """Less voice than this is a click or a breath; "no" takes about 0.2 s."""
    likely_end_s: float = 0.16
    """Silence after which the end is likely: work that only the final text needs begins here, so that
    it is done when the turn has ended."""
    silence_s: float = 0.6
    """Silence that ends a turn; people pause about 0.5 s inside a sentence."""
    complete_silence_s: float = 0.44
    """The same where what was heard is a complete answer or sentence."""
    question_silence_s: float = 0.35
    """The same where the second pass, begun at the likely end, heard a question."""
    unfinished_silence_s: float = 1.3
    """The same where more must come: "my order number is ..."."""
    longest_s: float = 30.0
    """A turn is ended here whatever happens: a radio, a monologue."""
    no_input_s: float = 3.7
    """Silence after our words until the caller is asked again; see DEAD_AIR_S."""
    keys: Keys = Keys.MENU
    key_gap_s: float = 1.6
    """Silence of the keypad that ends what was keyed in, where no `#` does."""
    digits: int = 0
    """Keys that make a complete number; 0: any number of them."""


FREE = TurnSettings()
BY_EXPECTATION = {
    # Digits are read off a paper in groups, with pauses between them.
    "order_number": TurnSettings(
        silence_s=1.2, complete_silence_s=0.35, keys=Keys.NUMBER, key_gap_s=3.0, digits=6
    ),
    "postcode": TurnSettings(
        silence_s=1.1, complete_silence_s=0.4, keys=Keys.NUMBER, key_gap_s=3.0, digits=5
    ),
    "quantity": TurnSettings(silence_s=0.7, keys=Keys.NUMBER),
    # So are addresses, and an e-mail address or a name is spelt.
    "address": TurnSettings(silence_s=1.2, complete_silence_s=0.8),
    "email": TurnSettings(silence_s=1.2, complete_silence_s=0.9),
    "name": TurnSettings(silence_s=0.9, complete_silence_s=0.6),
    "yes_no": TurnSettings(
        silence_s=0.5, complete_silence_s=0.3, least_voice_s=0.12, keys=Keys.YES_NO, key_gap_s=1.0
    ),
    "choice": TurnSettings(silence_s=0.6, complete_silence_s=0.4, keys=Keys.CHOICE),
}


def settings_for(expects: str) -> TurnSettings:
    return BY_EXPECTATION.get(expects, FREE)


DEAD_AIR_S = 4.0
"""Never longer without sound of ours while nobody else speaks."""

MOMENT_S = 1.5
"""An answer that takes longer is announced."""

STILL_S = 3.7
"""Between one "I'm still at it" and the next."""

STARVED_S = 1.5
"""No sound at all has come in for so long while the caller was speaking: the line has stalled or is
on hold; what was heard so far is what was said."""

NOT_HEARD_TRIES = 3
"""Things we couldn't make out in a row until a person is fetched."""

BARGE_IN_S = 0.5
"""This much voice over ours is an interruption, if words are in it."""
BARGE_IN_WORDLESS_S = 0.9
"""The same where the recogniser hasn't found a word yet: a cough is over by then."""
BARGE_IN_WORDS = 2

LATE_PLAYER_S = 3.0
"""How long after its time a player may still report that it has played."""
