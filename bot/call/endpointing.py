"""When a caller begins and ends a turn: timing without I/O.

```
 probability ──▔▔▔▔▔▔▔▔▔▔──▔▔▔▔▔──────────────
              │          pause  │             │
              began             last voice    ended: `silence_s` later
```
Fed with stretches of sound in order, in seconds of sound; wall time plays no part, so a test feeds
numbers and a stalled network can't end a turn.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Step(enum.Enum):
    NOTHING = enum.auto()
    BEGAN = enum.auto()
    """Somebody speaks: keep what led up to it, too."""
    FALSE_START = enum.auto()
    """It was too short to be a word."""
    ENDED = enum.auto()


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """Seconds of sound unless said otherwise."""

    speech_probability: float = 0.5
    """From here a stretch counts as voice (Silero's own recommendation)."""
    silence_probability: float = 0.35
    """Below it a voice has stopped; between the two the last judgement stands."""
    least_voice_s: float = 0.16
    """Less voice than this is a click or a breath; "no" takes about 0.2 s."""
    silence_s: float = 0.7
    """Silence that ends a turn; people pause about 0.5 s inside a sentence."""
    complete_silence_s: float = 0.4
    """The same once the answer is complete (all digits of an order number)."""
    longest_s: float = 30.0
    """A turn is ended here whatever happens: a radio, a monologue."""


FREE = TurnSettings()
BY_EXPECTATION = {
    # Digits are read off a paper in groups, with pauses between them.
    "order_number": TurnSettings(silence_s=1.2, complete_silence_s=0.45),
    "postcode": TurnSettings(silence_s=1.1, complete_silence_s=0.45),
    # So are addresses, and an e-mail address is spelt.
    "address": TurnSettings(silence_s=1.2),
    "email": TurnSettings(silence_s=1.2),
    "yes_no": TurnSettings(silence_s=0.5, complete_silence_s=0.35, least_voice_s=0.12),
}


def settings_for(expects: str) -> TurnSettings:
    return BY_EXPECTATION.get(expects, FREE)


class Endpointing:
    def __init__(self, settings: TurnSettings = FREE) -> None:
        self.settings = settings
        self._speaking = False
        self._voice_s = 0.0
        self._silence_s = 0.0
        self._length_s = 0.0

    @property
    def speaking(self) -> bool:
        """Between BEGAN and ENDED."""
        return self._speaking

    @property
    def voice_s(self) -> float:
        """Voice heard in this turn."""
        return self._voice_s

    @property
    def silence_s(self) -> float:
        """Since the last voice."""
        return self._silence_s

    def process(self, seconds: float, probability: float, *, complete: bool = False) -> Step:
        """The next stretch of sound: how long, how likely speech, and whether what was recognised
        so far is a complete answer."""
        rules = self.settings
        limit = rules.silence_probability if self._speaking else rules.speech_probability
        voiced = probability >= limit
        if not self._speaking:
            if not voiced:
                return Step.NOTHING
            self._speaking = True
            self._voice_s = self._length_s = seconds
            self._silence_s = 0.0
            return Step.BEGAN
        self._length_s += seconds
        if voiced:
            self._voice_s += seconds
            self._silence_s = 0.0
        else:
            self._silence_s += seconds
        enough = rules.complete_silence_s if complete else rules.silence_s
        if self._silence_s >= enough or self._length_s >= rules.longest_s:
            self._speaking = False
            return Step.ENDED if self._voice_s >= rules.least_voice_s else Step.FALSE_START
        return Step.NOTHING
