"""The door of every telephone call: a conversation with a phone leg, whoever carries the sound."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.call.engines import SpeechEngines
from bot.call.line import Arrival, Ear, Line
from bot.call.live import AllLinesBusy, InACallAlready, LiveCalls, held
from bot.call.recordings import Recordings
from bot.call.session import Call
from bot.call.taping import Taping
from bot.centre import Centre
from bot.channels.phone.taking import Deaf
from bot.handoff.sweeper import end_conversation
from bot.store.tables import Channel, Floor
from speech.audio import Resampler, check_rate

log = structlog.get_logger()

WITHHELD = "phone:withheld"
"""The source of callers who don't show their number: their failed checks are counted together."""


WRITTEN_WITHIN_S = 5.0
RETURNS_WITHIN_S = 60.0
"""So long a conversation whose wire broke waits for its caller."""

BROKEN = frozenset({"the line was dropped", "no sound arrives", "the line failed"})
"""Reasons of `read` after which the caller may come back."""


@dataclass(frozen=True, slots=True)
class Begun:
    conversation_id: str
    leg_id: str
    language: str
    since: int
    """The last event that need not be said."""
    again: bool
    """The caller was cut off, and is back."""


class PhoneDoor:
    """Implements `bot.channels.phone.taking.TakeCall`."""

    def __init__(
        self,
        centre: Centre,
        engines: SpeechEngines,
        live: LiveCalls,
        recordings: Recordings,
    ) -> None:
        self._centre = centre
        self._engines = engines
        self._live = live
        self._recordings = recordings
        self._ending: set[asyncio.Task[None]] = set()

    async def __call__(
        self,
        line: Line,
        arrival: Arrival,
        *,
        rate_hz: int,
        read: Callable[[Ear], Awaitable[str]],
    ) -> None:
        check_rate(rate_hz)
        with structlog.contextvars.bound_contextvars(carrier=arrival.carrier, call=arrival.call_id):
            try:
                if self._live.full:
                    raise AllLinesBusy
                begun = await self._begin(arrival)
                with (
                    self._live.place(begun.conversation_id),
                    structlog.contextvars.bound_contextvars(conversation=begun.conversation_id),
                ):
                    why = await self._run(line, begun, rate_hz, read)
            except (AllLinesBusy, InACallAlready):
                log.warning("a call was turned away: all lines are busy")
                await self._busy(line, read)
            else:
                if why in BROKEN or await self._waits(begun.conversation_id):
                    self._end_later(begun.conversation_id)
                else:
                    await self._end(begun.conversation_id)

    async def _begin(self, arrival: Arrival) -> Begun:
        """A new conversation, or the one of a call whose wire broke."""
        chat = self._centre.log
        spoken = self._engines.of(arrival.language or self._centre.settings.language).language
        key = f"call:{arrival.carrier}:{arrival.call_id}"[:200]
        known = await chat.by_external_key(key)
        expected = None
        if arrival.caller and (known is None or known.ended_at):
            expected = await self._centre.waiting_room.expects(arrival.caller)
        if expected:
            conversation_id = expected
        elif known is None or known.ended_at:
            conversation_id, _ = await chat.begin(spoken, external_key=key)
        else:
            conversation_id = known.id
        if legs := await chat.legs(conversation_id):  # the call goes on in its language
            spoken = self._engines.of(legs[-1].language).language
        source = f"phone:{arrival.caller}" if arrival.caller else WITHHELD
        async with chat.opened(conversation_id) as opened:
            for leg in await opened.live_legs():  # the wire it came over is dead
                await opened.end_leg(leg.id)
            leg = await opened.begin_leg(
                Channel.PHONE, source[:200], language=spoken, device=arrival.carrier
            )
            since = opened.row.last_seq
            if expected:
                await self._centre.waiting_room.welcome_back(opened)
        return Begun(
            conversation_id, leg.id, spoken, since, again=known is not None or bool(expected)
        )

    async def _waits(self, conversation_id: str) -> bool:
        """Whether whoever hung up was waiting for a person: they may have done so by mistake."""
        return (await self._centre.log.get(conversation_id)).floor is Floor.QUEUE

    async def _run(
        self,
        line: Line,
        begun: Begun,
        rate_hz: int,
        read: Callable[[Ear], Awaitable[str]],
    ) -> str:
        """Why it ended. Where it fails by a fault of ours, the line isn't hung up: its carrier then
        brings the caller back."""
        async with held(self._centre, begun.conversation_id, begun.leg_id):
            call = Call(
                self._centre,
                self._engines,
                line,
                conversation_id=begun.conversation_id,
                leg_id=begun.leg_id,
                language=begun.language,
                rate_hz=rate_hz,
                since=begun.since,
                keypad=True,
                transfer_to=self._centre.settings.agents_number or None,
                taping=self._taping(begun, rate_hz, line.rate_hz),
            )
            self._live.began(call)
            await call.greet(again=begun.again)
            talking = asyncio.create_task(call.run())
            reading = asyncio.ensure_future(read(call))
            try:
                done, _ = await asyncio.wait(
                    {talking, reading}, return_when=asyncio.FIRST_COMPLETED
                )
                if call.company.transferring:  # the wire ends before it is written down
                    await asyncio.wait({talking}, timeout=WRITTEN_WITHIN_S)
                why = next(iter(done)).result()
                log.info("call ended", why=why)
                await line.hang_up()  # read meanwhile: the line has to say when it has played
                return why
            finally:
                for task in (talking, reading):
                    task.cancel()
                await asyncio.gather(talking, reading, return_exceptions=True)

    async def _end(self, conversation_id: str) -> None:
        async with self._centre.log.opened(conversation_id) as opened:
            if not opened.row.ended_at and not await opened.live_legs():
                await end_conversation(opened, self._centre.handoffs)

    def _end_later(self, conversation_id: str) -> None:
        """A wire that broke may come back."""

        async def later() -> None:
            await asyncio.sleep(RETURNS_WITHIN_S)
            await self._end(conversation_id)

        task = asyncio.create_task(later())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """The server stops: who comes back finds the conversation open."""
        for task in self._ending:
            task.cancel()
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _taping(self, begun: Begun, caller_hz: int, said_hz: int) -> Taping | None:
        if not self._centre.settings.record_calls:
            return None
        return Taping(self._recordings, begun.conversation_id, begun.leg_id, caller_hz, said_hz)

    async def _busy(self, line: Line, read: Callable[[Ear], Awaitable[str]]) -> None:
        """The recorded prompt, and goodbye: nothing is listened to, recognised or made."""
        sound = self._engines.busy
        resampler = Resampler(sound.rate_hz, line.rate_hz)
        reading = asyncio.ensure_future(read(Deaf()))
        try:
            await line.sound(resampler.feed(sound.pcm) + resampler.finish())
            await line.hang_up()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
