"""Who else is on the line: who has the floor, music while a person is waited for, a person's voice, and
the way out to where people take calls by telephone."""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog

from bot.call.bridge import Air, Colleague
from bot.call.hold_music import HoldMusic
from bot.call.line import CannotTransfer, Line
from bot.call.speaking import Speaking
from bot.call.taping import Taping
from bot.centre import Centre
from bot.store.tables import Floor, Speaker

log = structlog.get_logger()


@dataclass(slots=True)
class Company:
    centre: Centre
    conversation_id: str
    leg_id: str
    line: Line
    speaking: Speaking
    music: HoldMusic
    taping: Taping | None
    transfer_to: str | None
    """Where people take calls by telephone instead of at the desk."""
    floor: Floor = Floor.BOT
    said_up_to: int = 0
    """The event up to which everything was said: a colleague's voice waits for what came before."""
    reading_out: bool = False
    """Something is being said that a colleague's voice must wait for."""
    over: bool = False
    transferring: bool = False
    """The line is being connected elsewhere: its wire ends, but the call's work isn't done."""
    colleague: Colleague | None = None
    _agent_id: int | None = field(default=None)
    _live_after: int = 0

    def hear(self, pcm: bytes) -> None:
        """The caller's sound, for the person who has the floor."""
        if self.colleague and self.floor is Floor.HUMAN:
            self.colleague.hear(pcm)

    async def joined(self, colleague: Colleague) -> None:
        """An agent's headphones and microphone: from now on they hear the caller, and are heard with
        `say_live` as long as they have the floor. Whoever was there before is dismissed."""
        before, self.colleague = self.colleague, colleague
        if before and before is not colleague:
            before.dismissed("you answered in another window")
        self._live_after = await self.look()
        await self.set_music()

    async def left(self, colleague: Colleague) -> None:
        if self.colleague is colleague:
            self.colleague = None
            if not self.over:
                await self.set_music()

    async def say_live(self, pcm: bytes, agent_id: int) -> Air:
        """An agent's voice, PCM at the line's rate, as it comes. What became of it: only the agent who
        has the floor is heard, and not on top of what is being read out."""
        if self.floor is not Floor.HUMAN or self._agent_id != agent_id or self.over:
            return Air.NO_FLOOR
        if self.speaking.saying or self.reading_out or self.said_up_to < self._live_after:
            return Air.WAITS
        if self.taping:
            self.taping.said(pcm)
        await self.line.sound(pcm)
        return Air.HEARD

    async def look(self) -> int:
        """Who has the floor now; returns the number of the last event by then."""
        row = await self.centre.log.get(self.conversation_id)
        self.floor, self._agent_id = row.floor, row.floor_agent_id
        return row.last_seq

    async def follow_floor(self) -> str:
        """Keeps in mind who has the floor: the assistant falls silent when a person takes it, and who
        waits for one hears music."""
        with self.centre.hub.watching(self.conversation_id) as watch:
            while True:
                await self.look()
                saying = self.speaking.saying
                if self.floor is Floor.HUMAN and saying and saying.speaker is Speaker.ASSISTANT:
                    await self.speaking.stop()
                await self.set_music()
                await watch.news()

    async def set_music(self) -> None:
        """Music for who waits for a person, or for a person's voice, between what is said."""
        silent = self.floor is Floor.HUMAN and self.colleague is None
        waits = silent or (self.floor is Floor.QUEUE and not self.transfer_to)
        if waits and not self.over:
            if not self.speaking.saying:
                self.music.play()
        else:
            await self.music.stop()

    async def transferred(self) -> bool:
        """Connects a caller who waits for a person to where people take calls by telephone. False where
        they take them at the desk, or it couldn't be done."""
        if self.floor is not Floor.QUEUE or not self.transfer_to:
            return False
        handoffs, number = self.centre.handoffs, self.transfer_to
        self.transferring = True
        try:
            await self.line.transfer(number)
        except CannotTransfer as error:
            log.error("the call could not be transferred", why=str(error))
            self.transfer_to, self.transferring = None, False
            await handoffs.not_transferred(self.conversation_id, self.leg_id)
            return False
        await handoffs.transferred(self.conversation_id, number)
        return True

    def ended(self) -> None:
        self.over = True
        if self.colleague:
            self.colleague.dismissed("the call is over")
