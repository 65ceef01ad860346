"""Who else is on the line: who has the floor, music while a person is waited for, people's voices, and
the way out to where people take calls by telephone."""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog

from bot.call.headsets import Air, Colleague, Headsets
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
    headsets: Headsets = field(init=False)
    _live_after: int = 0

    def __post_init__(self) -> None:
        self.headsets = Headsets(self.line.rate_hz)

    def hear(self, pcm: bytes, rate_hz: int) -> None:
        """The caller's sound, for the people who talk with them."""
        self.headsets.caller_says(pcm, rate_hz)

    async def joined(self, colleague: Colleague) -> None:
        """An agent's headphones and microphone: from now on they hear, and are heard with `say_live`,
        whoever their place in the contact lets them talk with."""
        self.headsets.on(colleague)
        self._live_after = await self.look()
        await self.set_music()

    async def left(self, colleague: Colleague) -> None:
        if self.headsets.off(colleague) and not self.over:
            await self.set_music()

    async def say_live(self, colleague: Colleague, frame: bytes) -> Air:
        """20 ms of an agent's voice, PCM at their rate. What became of it: only who has the floor, and
        colleagues brought in, are heard by the caller, and not on top of what is being read out."""
        air = Air.NO_FLOOR if self.over else self.headsets.air(colleague)
        if air is Air.NO_FLOOR:
            return air
        busy = self.speaking.saying or self.reading_out or self.said_up_to < self._live_after
        if air is Air.HEARD and busy:
            return Air.WAITS
        for pcm in self.headsets.says(colleague, frame):
            if self.taping:
                self.taping.said(pcm)
            await self.line.sound(pcm)
        return air

    async def look(self) -> int:
        """Who has the floor now, and whom they asked; returns the number of the last event by then."""
        # Whom they asked first: whoever a contact is handed over to meanwhile then has a place in both.
        asked: dict[int, bool] = {}
        if self.headsets.any_on:
            asked = await self.centre.colleagues.asked_in(self.conversation_id)
        row = await self.centre.log.get(self.conversation_id)
        self.floor = row.floor
        if row.floor is Floor.HUMAN:
            self.headsets.place(row.floor_agent_id, asked)
        else:
            self.headsets.place(None, {})
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
        """Music for who waits for a person, for a person's voice, or while people talk without them,
        between what is said."""
        silent = self.floor is Floor.HUMAN and not self.headsets.with_caller
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
        self.headsets.dismiss("the call is over")
