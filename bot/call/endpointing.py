"""When a caller begins and ends a turn: timing without I/O.

```
 probability ──▔▔▔▔▔▔▔▔▔▔──▔▔▔▔▔────┊─────────────
              │          pause  │   ┊         │
              began             │   likely    ended: as long after the last voice
                         last voice           as what was heard so far calls for
```
Fed with stretches of sound in order, in seconds of sound; wall time plays no part, so a test feeds
numbers and a stalled network can't end a turn.
"""

from __future__ import annotations

import enum

from bot.call.turn_settings import FREE, TurnSettings


class Step(enum.Enum):
    NOTHING = enum.auto()
    BEGAN = enum.auto()
    """Somebody speaks: keep what led up to it, too."""
    LIKELY = enum.auto()
    """The turn has probably ended; said once for each pause."""
    FALSE_START = enum.auto()
    """It was too short to be a word."""
    ENDED = enum.auto()


class So(enum.Enum):
    """How what was heard so far looks."""

    UNFINISHED = enum.auto()
    """More must come: "my number is", three digits of six."""
    OPEN = enum.auto()
    QUESTION = enum.auto()
    """A whole sentence that asks: the sound of it says that an answer is waited for."""
    COMPLETE = enum.auto()
    """Nothing more need come: a whole number, a yes, a sentence that sounds whole."""


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

    def process(self, seconds: float, probability: float, so: So = So.OPEN) -> Step:
        """The next stretch of sound: how long, how likely speech, and how what was recognised so far
        looks."""
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
        before = self._silence_s
        if voiced:
            self._voice_s += seconds
            self._silence_s = 0.0
        else:
            self._silence_s += seconds
        if self._silence_s >= self._enough(so) or self._length_s >= rules.longest_s:
            return self.end()
        if before < rules.likely_end_s <= self._silence_s:
            return Step.LIKELY
        return Step.NOTHING

    def end(self) -> Step:
        """The turn ends here, whatever the sound says: ENDED, or FALSE_START."""
        self._speaking = False
        return Step.ENDED if self._voice_s >= self.settings.least_voice_s else Step.FALSE_START

    def _enough(self, so: So) -> float:
        match so:
            case So.QUESTION:
                return min(self.settings.question_silence_s, self.settings.complete_silence_s)
            case So.COMPLETE:
                return self.settings.complete_silence_s
            case So.UNFINISHED:
                return max(self.settings.silence_s, self.settings.unfinished_silence_s)
            case So.OPEN:
                return self.settings.silence_s
