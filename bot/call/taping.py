"""A call's recording, as the call sees it: begun after the notice, given up where the caller refuses,
silent where a card number was said."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from bot.call.recording import Recording
from bot.call.recordings import CannotRecord, Recordings

log = structlog.get_logger()

LEAD_MS = 700
"""What was said begins before we notice it: the lead-in, and what recognition is behind."""


@dataclass(slots=True)
class Taping:
    """Implements `bot.call.speaking.Copy`."""

    recordings: Recordings
    conversation_id: str
    leg_id: str
    caller_hz: int
    said_hz: int
    _recording: Recording | None = None
    refused: bool = False
    _began_ms: int = 0

    @property
    def at_ms(self) -> int | None:
        """Now, in the recording; None where there is none."""
        return self._recording.at_ms() if self._recording else None

    async def begin(self) -> None:
        """The caller has been told."""
        if self.refused or self._recording:
            return
        try:
            self._recording = await self.recordings.begin(
                self.conversation_id, self.leg_id, caller_hz=self.caller_hz, said_hz=self.said_hz
            )
        except CannotRecord as error:
            log.error("the call goes on without a recording", error=str(error))

    async def refuse(self) -> None:
        """The caller doesn't want it: nothing is kept, and nothing begun any more."""
        self.refused = True
        recording, self._recording = self._recording, None
        if recording:
            await self.recordings.discard(recording)

    async def finish(self) -> None:
        if self._recording:
            await self.recordings.finish(self._recording)

    def caller(self, pcm: bytes) -> None:
        if self._recording:
            self._recording.caller(pcm)

    def lost(self, seconds: float) -> None:
        if self._recording:
            self._recording.lost(seconds)

    def said(self, pcm: bytes) -> None:
        if self._recording:
            self._recording.said(pcm)

    def cleared(self) -> None:
        if self._recording:
            self._recording.cleared()

    def turn_began(self) -> None:
        self._began_ms = self.at_ms or 0

    def blank_turn(self) -> None:
        """A card number was in it."""
        if self._recording:
            self._recording.blank(max(0, self._began_ms - LEAD_MS), self._recording.at_ms())
