"""How long a caller waited for an answer, and where the time went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.call.listener import Moments


@dataclass(frozen=True, slots=True)
class _Asked:
    moments: Moments
    at: datetime
    """When the words were in the log."""


class AnswerTimes:
    def __init__(self) -> None:
        self._asked: dict[str, _Asked] = {}

    def asked(self, turn_id: str, moments: Moments, at: datetime) -> None:
        self._asked[turn_id] = _Asked(moments, at)

    def answered(
        self, turn_id: str, seq: int, now: float, answered_at: datetime
    ) -> dict[str, int] | None:
        """The stages in milliseconds as message `seq` (written at `answered_at`) begins to sound at
        `now` (monotonic); None where the turn wasn't spoken, or has been answered."""
        asked = self._asked.pop(turn_id, None)
        if asked is None:
            return None
        moments = asked.moments
        dialogue_s = (answered_at - asked.at).total_seconds()
        stages = {
            "endpoint_ms": moments.ended - moments.last_voice,
            "recogniser_ms": moments.recognised - moments.ended,
            "dialogue_ms": dialogue_s,
            "first_audio_ms": now - moments.recognised - dialogue_s,
            "total_ms": now - moments.last_voice,
        }
        return {"seq": seq} | {name: round(1000 * value) for name, value in stages.items()}
