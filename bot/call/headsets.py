"""Whose voice reaches whom in a call: who holds the contact talks with the caller; a colleague they
asked talks with them alone, while the caller hears music, until they are brought in or it is theirs.

```
             the holder    asked, not in        asked and brought in
 the caller  ◄──────────►  (hears music meanwhile)  ◄──────────►
 the holder                ◄──────────────────►     ◄──────────►
```
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from bot.call.mixing import Mixer
from speech.audio import SAMPLE_BYTES, Framer, Resampler

FRAME_S: Final = 0.02


class Air(enum.Enum):
    """What becomes of a frame of an agent's voice."""

    HEARD = enum.auto()
    """By the caller."""
    ASIDE = enum.auto()
    """By colleagues only, if by anybody."""
    WAITS = enum.auto()
    """Something is being read out: a colleague never speaks on top of it."""
    NO_FLOOR = enum.auto()
    """Somebody else answers the caller now."""


@dataclass(frozen=True, slots=True)
class Who:
    """The agent at the microphone."""

    agent_id: int
    name: str


class Colleague(Protocol):
    """An agent in the call, with microphone and headphones. Nothing here waits."""

    @property
    def who(self) -> Who: ...

    @property
    def rate_hz(self) -> int:
        """Of their own sound, both ways."""
        ...

    def hear(self, pcm: bytes, rate_hz: int, of: int | None = None) -> None:
        """PCM of the caller, or of the colleague `of`."""
        ...

    def silent(self, of: int) -> None:
        """A colleague who isn't heard any more."""
        ...

    def dismissed(self, why: str) -> None:
        """They aren't in the call any more, and are not heard from here on."""
        ...


class _Seat:
    """A headset in the call, and its way to the caller."""

    def __init__(self, colleague: Colleague, line_hz: int) -> None:
        self.colleague = colleague
        self.to_line = Resampler(colleague.rate_hz, line_hz)
        self.frames = Framer(SAMPLE_BYTES * round(line_hz * FRAME_S))


class Headsets:
    """Those that are on, and the places the log gives their agents."""

    def __init__(self, line_hz: int) -> None:
        self._line_hz = line_hz
        self._seats: dict[int, _Seat] = {}
        self._mix = Mixer()
        self._holder: int | None = None
        self._asked: dict[int, bool] = {}

    def place(self, holder: int | None, asked: Mapping[int, bool]) -> None:
        """Who has the floor, and which colleagues were asked: whether they were brought in, too."""
        self._holder, self._asked = holder, dict(asked)
        for one in self._seats.keys() - self._with_caller():
            self._mix.drop(one)

    def has_place(self, agent_id: int) -> bool:
        return agent_id == self._holder or agent_id in self._asked

    @property
    def any_on(self) -> bool:
        return bool(self._seats)

    @property
    def holders(self) -> Colleague | None:
        """The headset of who has the floor."""
        seat = self._seats.get(self._holder) if self._holder is not None else None
        return seat.colleague if seat else None

    @property
    def aside(self) -> bool:
        """Agents talk among themselves, and the caller waits."""
        asked = any(not joined and one in self._seats for one, joined in self._asked.items())
        return asked and self._holder in self._seats

    @property
    def with_caller(self) -> bool:
        """Whether anybody of ours talks with the caller."""
        return bool(self._with_caller())

    def beside(self, agent_id: int) -> list[str]:
        """The names of the colleagues on the line whom this one hears."""
        return [
            seat.colleague.who.name
            for one, seat in self._seats.items()
            if one != agent_id and self.has_place(one)
        ]

    # --- coming and going ----------------------------------------------------------------------

    def on(self, colleague: Colleague) -> None:
        """Whoever the agent was before is dismissed: one headset each."""
        agent_id = colleague.who.agent_id
        before = self._seats.get(agent_id)
        self._seats[agent_id] = _Seat(colleague, self._line_hz)
        if before and before.colleague is not colleague:
            before.colleague.dismissed("you answered in another window")

    def off(self, colleague: Colleague) -> bool:
        """Whether that was their only one."""
        agent_id = colleague.who.agent_id
        seat = self._seats.get(agent_id)
        if seat is None or seat.colleague is not colleague:
            return False
        del self._seats[agent_id]
        self._mix.drop(agent_id)
        for other in self._seats.values():
            other.colleague.silent(agent_id)
        return True

    def dismiss(self, why: str) -> None:
        for seat in list(self._seats.values()):
            seat.colleague.dismissed(why)

    # --- sound ---------------------------------------------------------------------------------

    def caller_says(self, pcm: bytes, rate_hz: int) -> None:
        for one in self._with_caller():
            self._seats[one].colleague.hear(pcm, rate_hz)

    def air(self, colleague: Colleague) -> Air:
        """As far as places decide it."""
        agent_id = colleague.who.agent_id
        if not self.has_place(agent_id):
            return Air.NO_FLOOR
        return Air.HEARD if agent_id in self._with_caller() else Air.ASIDE

    def says(self, colleague: Colleague, frame: bytes) -> list[bytes]:
        """20 ms of an agent's voice, PCM at their rate: colleagues hear it at once. Returns what the
        caller is to hear, everybody's together, PCM at the line's rate."""
        agent_id = colleague.who.agent_id
        seat = self._seats.get(agent_id)
        if seat is None or seat.colleague is not colleague or not self.has_place(agent_id):
            return []
        for one, other in self._seats.items():
            if one != agent_id and self.has_place(one):
                other.colleague.hear(frame, colleague.rate_hz, agent_id)
        if agent_id not in self._with_caller():
            return []
        pieces = seat.frames.feed(seat.to_line.feed(frame))
        return [whole for piece in pieces for whole in self._mix.put(agent_id, piece)]

    def _with_caller(self) -> set[int]:
        if self.aside:
            return set()
        joined = {one for one, joined in self._asked.items() if joined}
        return {one for one in (self._holder, *joined) if one is not None and one in self._seats}
