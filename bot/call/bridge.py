"""An agent's microphone and headphones in a live call: the others' sound one way, the agent's the other,
neither ever far behind, and what the agent says to the caller written into the log.

```
 caller, colleagues ──► hear ──► mixed ──► a queue of HEARD_MOST_S ──► sound() ──► the agent's browser
 caller, colleagues ◄── Headsets ◄── say_live ◄── jitter buffer ◄── speak() ◄── the agent's browser
                                       │ whether it may be heard, at each frame
                                       └► Listener: turns, recognised ──► a `speech` event, no turn
```
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.call.engines import SpeechEngines
from bot.call.headsets import FRAME_S, Air, Who
from bot.call.hearing import Asked, Heard
from bot.call.jitter import JitterBuffer
from bot.call.listener import Listener, Moments
from bot.call.mixing import Mixer
from bot.conversation.events import Kind, NewEvent
from bot.conversation.log import ConversationEnded, NoSuchConversation
from bot.conversation.words import mask_cards
from bot.store.tables import Speaker
from speech.audio import SAMPLE_BYTES, Framer, Resampler, check_rate

if TYPE_CHECKING:
    from bot.call.session import Call

log = structlog.get_logger()

HEARD_MOST_S: Final = 0.4
"""Of the caller's sound, waiting for a slow browser; beyond it the oldest is dropped."""

BEHIND_S: Final = 0.5
"""This late ourselves (the event loop was blocked), and the pace begins anew."""

FLUSH_S: Final = 1.5
"""Silence that ends whatever turn the agent was in when they left."""
FLUSHED_WITHIN_S: Final = 5.0
BEGIN_WITHIN_S: Final = 0.3
"""A turn whose first frames are still being judged has begun by then."""

NOT_YOURS: Final = "you don't hold this contact any more"

Tell = Callable[[dict[str, Any]], None]


class Bridge:
    """Implements `bot.call.headsets.Colleague`, and `bot.call.listener.Attends` for what is said."""

    def __init__(
        self,
        call: Call,
        engines: SpeechEngines,
        who: Who,
        rate_hz: int,
        tell: Tell,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`rate_hz` is that of the agent's sound, both ways (raises AudioError for an unsupported
        one). `tell` gets frames for the agent's page: `live`, `partial`. `clock`: seconds that only
        grow."""
        self._call = call
        self._who = who
        self._tell = tell
        self._clock = clock
        self._rate_hz = check_rate(rate_hz)
        self._voices: dict[int | None, tuple[Resampler, Framer]] = {}
        """The caller's (None) and colleagues', each to be heard at our rate."""
        self._mix = Mixer()
        self._heard: deque[bytes] = deque(maxlen=round(HEARD_MOST_S / FRAME_S))
        self._some = asyncio.Event()
        self._jitter = JitterBuffer(rate_hz)
        self._listener = Listener(engines, self, rate_hz)
        self._over = asyncio.Event()
        self._why = ""
        self._told: dict[str, Any] = {}
        self._turn_over = asyncio.Event()
        self._turn_over.set()
        self._dropped_s = 0.0
        self._listening: asyncio.Task[None] | None = None

    @property
    def who(self) -> Who:
        return self._who

    @property
    def rate_hz(self) -> int:
        return self._rate_hz

    # --- the others' sound ---------------------------------------------------------------------

    def hear(self, pcm: bytes, rate_hz: int, of: int | None = None) -> None:
        if of not in self._voices:
            frames = Framer(SAMPLE_BYTES * round(self._rate_hz * FRAME_S))
            self._voices[of] = (Resampler(rate_hz, self._rate_hz), frames)
        to_us, frames = self._voices[of]
        for piece in frames.feed(to_us.feed(pcm)):
            for frame in self._mix.put(of, piece):
                if len(self._heard) == self._heard.maxlen:
                    self._dropped_s += FRAME_S
                self._heard.append(frame)
                self._some.set()

    def silent(self, of: int) -> None:
        self._voices.pop(of, None)
        self._mix.drop(of)

    async def sound(self) -> bytes:
        """The next 20 ms of whatever the agent is to hear."""
        while not self._heard:
            self._some.clear()
            await self._some.wait()
        return self._heard.popleft()

    # --- the agent's sound ---------------------------------------------------------------------

    def speak(self, pcm: bytes) -> None:
        """Raises AudioError for what is no PCM."""
        if len(pcm) % SAMPLE_BYTES:
            Resampler(self._rate_hz, self._rate_hz).feed(pcm)  # which says what is wrong with it
        self._dropped_s += self._jitter.put(pcm)

    def dismissed(self, why: str) -> None:
        self._why = self._why or why
        self._over.set()

    async def run(self) -> str:
        """From joining until the agent may not be heard any more; returns why. The last words are
        still being written down then: `finish` waits for them."""
        if self._call.company.over:
            return "the call is over"
        self._listening = asyncio.create_task(self._listener.run())
        self._listening.add_done_callback(self._deaf)
        tasks: set[asyncio.Future[Any]] = set()
        try:
            await self._call.company.joined(self)
            log.info("an agent is in the call", agent=self._who.name)
            works = (self._talk(), self._watch_place(), self._over.wait())
            tasks = {asyncio.ensure_future(work) for work in works}
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            return self._why
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._call.company.left(self)
            log.info("an agent left the call", why=self._why, dropped_s=round(self._dropped_s, 2))

    async def finish(self) -> None:
        """The turn the agent was in ends, and is written down."""
        if self._listening is None or self._listening.done():
            return
        try:
            self._listener.hear(bytes(SAMPLE_BYTES * round(self._rate_hz * FLUSH_S)))
            await asyncio.sleep(BEGIN_WITHIN_S)
            await asyncio.wait_for(self._turn_over.wait(), FLUSHED_WITHIN_S)
        except TimeoutError:
            log.warning("an agent's last words weren't recognised in time")
        finally:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    def _deaf(self, listening: asyncio.Task[None]) -> None:
        """The call goes on without a transcript."""
        if not listening.cancelled() and (error := listening.exception()):
            log.error("an agent's words aren't written down any more", exc_info=error)
            self._turn_over.set()

    async def _talk(self) -> None:
        due = self._clock()
        while True:
            due += FRAME_S
            if (late := self._clock() - due) > BEHIND_S:
                due += late
            await asyncio.sleep(max(0.0, due - self._clock()))
            frame = self._jitter.take(FRAME_S)
            if frame is None:
                continue
            air = await self._call.company.say_live(self, frame)
            if air is Air.NO_FLOOR:
                return self.dismissed(NOT_YOURS)
            self._tell_place(air)
            if air is Air.HEARD and self._listening and not self._listening.done():
                self._listener.hear(frame)

    def _tell_place(self, air: Air) -> None:
        """Whom the agent talks with, where that changed."""
        beside = self._call.company.headsets.beside(self._who.agent_id)
        told = {"heard": air is Air.HEARD, "aside": air is Air.ASIDE, "with": beside}
        if told != self._told:
            self._told = told
            self._tell({"type": "live"} | told)

    async def _watch_place(self) -> None:
        """Ends it also where the agent is silent, and no frame asks."""
        company = self._call.company
        with self._call.centre.hub.watching(self._call.conversation_id) as watch:
            while True:
                await company.look()
                if not company.headsets.has_place(self._who.agent_id):
                    return self.dismissed(NOT_YOURS)
                await watch.news()

    # --- what the agent says, as the listener tells it -------------------------------------------

    async def began(self) -> Asked:
        self._turn_over.clear()
        return Asked("free")

    async def goes_on(self, partial: str, voice_s: float) -> None:
        if partial:
            self._tell({"type": "partial", "text": mask_cards(partial)})

    async def ended(self, heard: Heard | None, moments: Moments) -> None:
        try:
            if heard and heard.text:
                await self._write_down(heard)
        finally:
            self._turn_over.set()

    async def failed(self) -> None:
        log.warning("an agent's words couldn't be recognised; the caller heard them all the same")
        self._turn_over.set()

    async def _write_down(self, heard: Heard) -> None:
        """Without asking who has the floor: the caller has heard it."""
        said = NewEvent(
            Kind.SPEECH,
            Speaker.AGENT,
            heard.text,
            name=self._who.name,
            leg_id=self._call.leg_id,
            agent_id=self._who.agent_id,
            data={
                "confidence": round(heard.confidence, 3),
                "alternatives": list(heard.alternatives[:5]),
            },
        )
        try:
            async with self._call.centre.log.opened(self._call.conversation_id) as opened:
                await opened.append(said)
        except (ConversationEnded, NoSuchConversation):
            log.info("an agent's last words came after the conversation's end")
