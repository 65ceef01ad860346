"""One voice call: listens, hands what it heard to the conversation, and speaks what others say there.

The call is a leg like any other: it writes what was recognised into the log and reads from the log
what to say, be it the assistant's or a person's. So nothing can be said that isn't written down."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from typing import Any, Protocol

import structlog

from bot import metrics
from bot.call.endpointing import Endpointing, Step, settings_for
from bot.call.engines import SpeechEngines
from bot.call.hearing import Ears, Heard
from bot.call.playback import Playback
from bot.centre import Centre
from bot.conversation.events import Event, Kind, NewEvent
from bot.conversation.log import ConversationEnded, FloorLost
from bot.conversation.words import mask_cards
from bot.dialogue.listening import Words
from bot.store.tables import Floor, Speaker
from speech.audio import Framer, Resampler
from speech.sentences import split_sentences
from speech.spoken import speakable
from speech.vad import FRAME_BYTES, FRAME_SAMPLES, RATE_HZ

log = structlog.get_logger()

FRAME_S = FRAME_SAMPLES / RATE_HZ
LEAD_IN_FRAMES = 10
"""0.32 s from before the voice was noticed go to the recogniser: words begin softly."""

BARGE_IN_S = 0.5
"""This much voice while we speak is an interruption; less is a cough or "mhm"."""

QUIET_HANGUP_S = 120.0
"""Nobody speaks for so long: the call is ended."""

LATE_PLAYER_S = 3.0
"""How long after its time a player may still report that it has played."""

CLOSED_WITHIN_S = 0.3
"""Writing down what was heard takes milliseconds; longer than this a caller is not kept waiting."""

WAITING_FRAMES = 500
"""16 s of sound waiting for the recogniser; beyond it the oldest is dropped rather than memory
filled. Reached only if the machine is far too slow."""


class Line(Protocol):
    """The other side, as a call sees it. Methods never raise because the other side is gone."""

    async def send(self, **frame: Any) -> None: ...

    async def sound(self, pcm: bytes) -> None:
        """PCM at the synthesiser's rate."""
        ...


class Call:
    def __init__(
        self,
        centre: Centre,
        engines: SpeechEngines,
        line: Line,
        *,
        conversation_id: str,
        leg_id: str,
        rate_hz: int,
        since: int,
    ) -> None:
        """`rate_hz` is that of the sound that comes in (raises AudioError for an unsupported one);
        `since` the last event that need not be spoken."""
        self.centre = centre
        self.engines = engines
        self.line = line
        self.conversation_id = conversation_id
        self.leg_id = leg_id
        self.since = since
        self._resampler = Resampler(rate_hz, RATE_HZ)
        self._framer = Framer(FRAME_BYTES)
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(WAITING_FRAMES)
        self._vad = engines.voice_activity.listen()
        self._ends = Endpointing()
        self._lead_in: deque[bytes] = deque(maxlen=LEAD_IN_FRAMES)
        self._ears: Ears | None = None
        self._partial = ""
        self._playback: Playback | None = None
        self._played = asyncio.Event()
        self._interrupted = False
        self._speaker: Speaker | None = None
        """Whose words are playing."""
        self._quiet_s = 0.0
        self._floor: Floor | None = None
        self._closed = asyncio.Event()
        """Set while nothing of ours is playing: what was heard of the last message is written."""
        self._closed.set()
        self._asked_at: dict[str, dict[str, float]] = {}
        """Turn → moments (monotonic) and stage lengths, for the timing frame."""

    async def run(self) -> str:
        """Until the call ends; returns why."""
        listening = asyncio.create_task(self._listen())
        speaking = asyncio.create_task(self._speak())
        tasks = {listening, speaking, asyncio.create_task(self._follow_floor())}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                return task.result()
            return "ended"
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._end_playback(interrupted=True)

    # --- in ----------------------------------------------------------------------------------

    def hear(self, pcm: bytes) -> None:
        """Sound from the caller, at the rate the call was made with. Raises AudioError."""
        for frame in self._framer.feed(self._resampler.feed(pcm)):
            if self._frames.full():
                self._frames.get_nowait()
                log.warning("sound dropped: recognition is too slow")
            self._frames.put_nowait(frame)

    def played(self, seq: int, ms: float) -> None:
        """The other side has played so much of message `seq`."""
        if self._playback and self._playback.seq == seq:
            self._playback.played(ms)
            if self._playback.finished:
                self._played.set()

    async def _listen(self) -> str:
        while True:
            frames = [await self._frames.get()]
            while not self._frames.empty() and len(frames) < 8:
                frames.append(self._frames.get_nowait())
            for frame in frames:
                probability = await self.engines.run(self._vad.probability, frame)
                await self._frame(frame, probability)
            if self._quiet_s > QUIET_HANGUP_S:
                if self._floor in (None, Floor.BOT):
                    return "nobody spoke"
                self._quiet_s = 0.0  # who waits for a person, or listens to one, may be silent

    async def _frame(self, frame: bytes, probability: float) -> None:
        complete = self._ears.complete if self._ears else False
        step = self._ends.process(FRAME_S, probability, complete=complete)
        self._quiet_s = 0.0 if self._ends.speaking or self._playback else self._quiet_s + FRAME_S
        if step is Step.BEGAN:
            await self._began(frame)
        elif self._ears:
            await self._feed(frame)
        else:
            self._lead_in.append(frame)
        if self._ends.speaking and self._playback and self._ends.voice_s >= BARGE_IN_S:
            await self._interrupt()
        if step in (Step.ENDED, Step.FALSE_START):
            await self._ended(step)

    async def _began(self, frame: bytes) -> None:
        expects = (await self.centre.log.get(self.conversation_id)).expects
        self._ends.settings = settings_for(expects)
        self._ears = Ears(self.engines.recogniser, RATE_HZ, expects)
        self._partial = ""
        await self.line.send(type="speech", speaking=True)
        await self._feed(b"".join([*self._lead_in, frame]))
        self._lead_in.clear()

    async def _feed(self, pcm: bytes) -> None:
        assert self._ears
        partial = await self.engines.run(self._ears.feed, pcm)
        if partial != self._partial:
            self._partial = partial
            shown = {"type": "partial", "text": mask_cards(partial)}
            await self.line.send(**shown)
            self.centre.hub.passing(self.conversation_id, shown)

    async def _ended(self, step: Step) -> None:
        ears, self._ears = self._ears, None
        assert ears
        await self.line.send(type="speech", speaking=False)
        if step is Step.FALSE_START:
            return
        at_end = time.monotonic()
        silence_s = self._ends.silence_s
        heard = await self.engines.run(ears.finish)
        if not heard.text:
            if self._interrupted and self._closed.is_set():
                await self._not_caught()
            return
        recognised = time.monotonic()
        await self._interrupt()
        with contextlib.suppress(TimeoutError):
            # What was heard of our question is written before the answer is: it may not count.
            await asyncio.wait_for(self._closed.wait(), CLOSED_WITHIN_S)
        stages = {
            "last_voice": at_end - silence_s,
            "endpoint_ms": silence_s * 1000,
            "recogniser_ms": (recognised - at_end) * 1000,
            "recognised": recognised,
        }
        await self._say_to_conversation(heard, stages)

    async def _not_caught(self) -> None:
        """Our words were cut off by something that was none: say so instead of falling silent."""
        self._interrupted = False
        with contextlib.suppress(FloorLost, ConversationEnded):
            async with self.centre.log.opened(self.conversation_id) as opened:
                words = self.centre.sentences("not_caught")
                await self.centre.handoffs.assistant_says(opened, words, self.leg_id)

    async def _say_to_conversation(self, heard: Heard, stages: dict[str, float]) -> None:
        try:
            said = await self.centre.listening.hear(
                self.conversation_id,
                Words(
                    heard.text,
                    self.leg_id,
                    confidence=round(heard.confidence, 3),
                    alternatives=heard.alternatives[:5],
                ),
            )
        except ConversationEnded:
            await self.line.send(type="error", code="ended", message="This conversation is over.")
            return
        if said.turn_id:
            stages["said_at"] = said.event.at.timestamp()
            self._asked_at[said.turn_id] = stages
        await self.line.send(
            type="heard",
            text=said.event.text,
            confidence=round(heard.confidence, 3),
            seq=said.event.seq,
        )

    # --- out ---------------------------------------------------------------------------------

    async def greet(self) -> None:
        sentence = self.centre.sentences("welcome")
        async with self.centre.log.opened(self.conversation_id) as opened:
            if opened.row.floor is Floor.BOT and not opened.row.ended_at:
                await self.centre.handoffs.assistant_says(opened, sentence, self.leg_id)

    async def _speak(self) -> str:
        """Reads the log and says what the assistant and people write there, one after the other."""
        with self.centre.hub.watching(self.conversation_id) as watch:
            while True:
                for event in await self.centre.log.since(self.conversation_id, self.since):
                    self.since = event.seq
                    if event.kind is Kind.CONVERSATION_ENDED:
                        return "the conversation ended"
                    if event.kind is not Kind.MESSAGE or event.speaker is Speaker.CUSTOMER:
                        continue
                    if event.speaker is Speaker.ASSISTANT and self._floor is Floor.HUMAN:
                        continue  # a person has taken over meanwhile: theirs are the words to hear
                    await self._say(event)
                await watch.news()

    async def _follow_floor(self) -> str:
        """Keeps in mind who has the floor; the assistant falls silent when a person takes it."""
        with self.centre.hub.watching(self.conversation_id) as watch:
            while True:
                self._floor = (await self.centre.log.get(self.conversation_id)).floor
                if self._floor is Floor.HUMAN and self._speaker is Speaker.ASSISTANT:
                    await self._interrupt()
                await watch.news()

    async def _say(self, event: Event) -> None:
        words = event.data.get("spoken") or event.text
        playback = self._playback = Playback(event.seq)
        self._speaker = event.speaker
        self._closed.clear()
        self._played.clear()
        self._interrupted = False
        await self._note(Kind.SPEECH_STARTED, {"of": event.seq})
        filler = bool(event.data.get("filler"))
        await self.line.send(type="says", seq=event.seq, text=words, filler=filler)
        rate = self.engines.synthesiser.rate_hz
        for sentence in split_sentences(speakable(words)):
            chunks = iter(self.engines.synthesiser.speak(sentence))
            ms = 0.0
            while pcm := await self.engines.run(next, chunks, b""):
                if self._interrupted:
                    break
                begins = time.monotonic()
                await self.line.sound(pcm)
                await self._timing(event, begins)
                ms += len(pcm) / 2 / rate * 1000
            playback.sent(sentence, ms)
            if self._interrupted:
                break
        playback.all_sent = True
        await self.line.send(type="said", seq=event.seq, ms=round(playback.sent_ms))
        if not self._interrupted and not playback.finished:
            left_s = (playback.sent_ms - playback.played_ms) / 1000
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._played.wait(), left_s + LATE_PLAYER_S)
            # A player that never reports is believed to have played in time.
            if not self._interrupted and not self._played.is_set():
                playback.played(playback.sent_ms)
        await self._end_playback(interrupted=self._interrupted)

    async def _interrupt(self) -> None:
        """The caller has something to say: silence at once, what was not heard is not claimed."""
        if self._playback and not self._interrupted:
            self._interrupted = True
            self._played.set()
            await self.line.send(type="clear")

    async def _end_playback(self, *, interrupted: bool) -> None:
        playback, self._playback = self._playback, None
        if playback is None:
            return
        try:
            await self._note_heard(playback, interrupted)
        finally:
            self._speaker = None
            self._closed.set()

    async def _note_heard(self, playback: Playback, interrupted: bool) -> None:
        cut = interrupted and not playback.finished
        heard = playback.heard()
        await self._note(
            Kind.SPEECH_ENDED, {"of": playback.seq, "heard": heard, "interrupted": cut}
        )

    async def _note(self, kind: Kind, data: dict[str, Any]) -> None:
        new = NewEvent(kind, Speaker.ASSISTANT, leg_id=self.leg_id, data=data)
        try:
            async with self.centre.log.opened(self.conversation_id) as opened:
                await opened.append(new)
        except ConversationEnded:
            return

    async def _timing(self, event: Event, begins: float) -> None:
        """At the first sound that carries the answer (a filler does not count); `begins` is when
        it left (monotonic)."""
        if event.data.get("filler") or event.turn_id not in self._asked_at:
            return
        stages = self._asked_at.pop(event.turn_id)
        answered_s = event.at.timestamp() - stages["said_at"]
        total_ms = (begins - stages["last_voice"]) * 1000
        dialogue_ms = answered_s * 1000
        voice_ms = (begins - stages["recognised"]) * 1000 - dialogue_ms
        metrics.voice_to_voice_seconds.observe(total_ms / 1000)
        await self.line.send(
            type="timing",
            seq=event.seq,
            endpoint_ms=round(stages["endpoint_ms"]),
            recogniser_ms=round(stages["recogniser_ms"]),
            dialogue_ms=round(dialogue_ms),
            first_audio_ms=round(voice_ms),
            total_ms=round(total_ms),
        )
