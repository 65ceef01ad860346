"""One voice call: listens, hands what it heard to the conversation, and speaks what others say there.

The call is a leg like any other: it writes what was recognised into the log and reads from the log
what to say, be it the assistant's or a person's. So nothing can be said that isn't written down.
Speech, keys and silence come together here; when a turn ends, what interrupts and what is said into
silence is decided by the small classes beside this one, which know no clock and no wire."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import structlog

from bot import metrics
from bot.call.answer_times import AnswerTimes
from bot.call.barge_in import BargeIn, Vocabulary
from bot.call.company import Company
from bot.call.engines import SpeechEngines
from bot.call.hearing import Asked, Heard
from bot.call.hold_music import HoldMusic
from bot.call.keypad import Keyed, Keypad, Means
from bot.call.language_choice import LanguageChoice
from bot.call.line import Line
from bot.call.listener import Listener, Moments
from bot.call.number_told import AskAgain, NumberTold, Outcome, ReadOut, Understood
from bot.call.prompts import FILLERS, Prompts
from bot.call.question import Question
from bot.call.quiet import Quiet
from bot.call.reading_aloud import ReadingAloud
from bot.call.speaking import Saying, Speaking
from bot.call.talking_over import TalkingOver
from bot.call.taping import Taping
from bot.call.turn_settings import NOT_HEARD_TRIES
from bot.centre import Centre
from bot.conversation.events import Kind, NewEvent
from bot.conversation.log import ConversationEnded
from bot.conversation.sentences import Sentences
from bot.conversation.words import mask_cards
from bot.dialogue.listening import Words
from bot.store.tables import Floor, Leg, Speaker

log = structlog.get_logger()

TICK_S = 0.1
"""How often silence is looked at."""

CLOSED_WITHIN_S = 0.3
"""Writing down what was heard takes milliseconds; longer than this a caller is not kept waiting."""

VOICE_WITHOUT_WORDS_S = 0.5
"""A voice of this length that holds no word was speech we couldn't make out; shorter, it was noise."""

WAITING_KEYS = {"1": "wait_callback", "2": "wait_message", "3": "wait_back"}
"""What the keys mean to somebody who waits for a person."""

ANYTHING = frozenset({"name", "address", "email"})
"""Questions whose answer may hold the name of a language."""

FAREWELL_S = 2.5
"""Silence after a goodbye until we hang up."""


def _barge_in(say: Sentences) -> BargeIn:
    names = ("commands", "backchannel", "noises")
    return BargeIn(Vocabulary(*(say.words("speaking_over", name) for name in names)))


def _number_told(say: Sentences) -> NumberTold:
    return NumberTold(say.words("reading_back", "yes"), say.words("reading_back", "no"))


class Call:
    """Implements `bot.call.line.Ear` for its line."""

    def __init__(
        self,
        centre: Centre,
        engines: SpeechEngines,
        line: Line,
        *,
        conversation_id: str,
        leg_id: str,
        language: str,
        rate_hz: int,
        since: int,
        keypad: bool = False,
        transfer_to: str | None = None,
        taping: Taping | None = None,
    ) -> None:
        """`rate_hz` is that of the sound that comes in (raises AudioError for an unsupported one);
        `since` the last event that need not be spoken; `keypad`: the caller has one; `transfer_to`:
        where people take calls by telephone instead of at the desk; `taping`: the call is recorded."""
        self.centre = centre
        self.line = line
        self.conversation_id = conversation_id
        self.leg_id = leg_id
        self._engines = engines
        say = centre.sentences.of(language)
        self._choice = LanguageChoice(centre.sentences, engines.spoken, language)
        self._prompts = Prompts(centre, conversation_id, leg_id, say, keypad)
        self._rate_hz = rate_hz
        self._listener = Listener(engines.of(language), self, rate_hz)
        self._speaking = Speaking(line, engines, self._note, self._first_sound)
        self._speaking.copy = self._taping = taping
        self._music = HoldMusic(line, engines.music)
        self._over = TalkingOver(self._speaking, _barge_in(say))
        self._keypad = Keypad()
        self._quiet = Quiet(time.monotonic())
        self._question = Question(centre, conversation_id, self._quiet, _number_told(say))
        self._times = AnswerTimes()
        self.company = Company(
            centre,
            conversation_id,
            leg_id,
            line,
            self._speaking,
            self._music,
            taping,
            transfer_to,
            said_up_to=since,
        )
        self._aloud = ReadingAloud(self.company, self._prompts, self._question, engines, language)
        self._partial = ""
        self._not_heard = 0
        self._keyed: asyncio.Queue[Keyed] = asyncio.Queue()
        self._waiting: set[asyncio.Task[None]] = set()

    async def run(self) -> str:
        """Until the call ends; returns why."""
        work = (
            self._listener.run(),
            self._aloud.run(),
            self.company.follow_floor(),
            self._watch(),
            self._take_keys(),
        )
        tasks = {asyncio.create_task(one) for one in work}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return next((why for task in done if (why := task.result())), "ended")
        finally:
            for task in tasks | self._waiting:
                task.cancel()
            await asyncio.gather(*tasks, *self._waiting, return_exceptions=True)
            self.company.ended()
            await self._music.stop()  # a caller who hangs up while waiting leaves it playing
            if self._taping:
                await self._taping.finish()

    # --- what the line tells -----------------------------------------------------------------

    def hear(self, pcm: bytes) -> None:
        self._listener.hear(pcm)
        if self._taping:
            self._taping.caller(pcm)
        self.company.hear(pcm, self._rate_hz)

    def lost(self, seconds: float) -> None:
        self._listener.lost(seconds)
        if self._taping:
            self._taping.lost(seconds)

    def played(self, seq: int, ms: float) -> None:
        self._speaking.played(seq, ms)

    def key(self, digit: str) -> None:
        self._keypad.settings = self._question.settings
        self._quiet.spoke()
        now = time.monotonic()
        if keyed := self._keypad.key(digit, now):
            part = keyed.means is Means.NUMBER and len(keyed.digits) < self._keypad.settings.digits
            if part and self._listener.speaking:
                self._keypad.keep(keyed, now)
            else:
                self._keyed.put_nowait(keyed)
        elif self._speaking.saying:
            self._wait_for(self._speaking.stop())  # a digit always interrupts

    @property
    def rate_hz(self) -> int:
        """Of the sound that comes in."""
        return self._rate_hz

    @property
    def language(self) -> str:
        """That it is held in now."""
        return self._choice.now

    # --- the caller speaks -------------------------------------------------------------------

    async def began(self) -> Asked:
        self._partial = ""
        if self._taping:
            self._taping.turn_began()
        await self._question.look()
        await self.line.show(type="speech", speaking=True)
        return self._question.asked()

    async def goes_on(self, partial: str, voice_s: float) -> None:
        await self._over.goes_on(partial, voice_s)
        if partial != self._partial:
            self._partial = partial
            shown = {"type": "partial", "text": mask_cards(partial)}
            await self.line.show(**shown)
            self.centre.hub.passing(self.conversation_id, shown)

    async def ended(self, heard: Heard | None, moments: Moments) -> None:
        await self.line.show(type="speech", speaking=False)
        over = self._speaking.saying is not None
        if heard is None or not await self._over.ended(heard.text):
            if heard is None:
                self._speaking.resume()
            elif not over and moments.voice_s >= VOICE_WITHOUT_WORDS_S:
                await self._could_not_hear()
            return
        self._not_heard = 0
        if self._taping:
            if mask_cards(heard.text) != heard.text:
                self._taping.blank_turn()
            if self._prompts.refuses_recording(heard.text):
                await self._taping.refuse()
                await self._prompts.tell(self._prompts.say("call_not_recorded"))
                return
        began_at = moments.last_voice - moments.voice_s
        asked_for = self._choice.asked_for(heard.text)
        if asked_for and self.company.floor is Floor.BOT and self._asks not in ANYTHING:
            sure = {"confidence": round(heard.confidence, 3)}
            await self._note(Kind.SPEECH, sure, Speaker.CUSTOMER, heard.text)
            await self._go_on_in(asked_for)
            return
        told = self._question.number.heard(heard, self._asks, self._keypad, began_at)
        if not isinstance(told, Understood):
            await self._ask_for_number(told)
            return
        whole = told.text == heard.text
        words = Words(
            told.text,
            self.leg_id,
            confidence=round(heard.confidence, 3),
            alternatives=heard.alternatives[:5] if whole else (),
        )
        await self._say_to_conversation(words, moments)

    async def _ask_for_number(self, told: Outcome) -> None:
        match told:
            case ReadOut(number):
                await self._prompts.read_back(number)
            case AskAgain(times):
                await self._prompts.not_heard(times, self._question.expects)

    @property
    def _asks(self) -> str:
        """What the assistant waits for; nothing in particular while somebody else has the floor."""
        return self._question.expects if self.company.floor is Floor.BOT else "free"

    async def failed(self) -> None:
        self._not_heard += 1
        in_vain = self._not_heard >= NOT_HEARD_TRIES
        if not (in_vain and await self._prompts.fetch_person("tool_failed")):
            await self._speaking.stop()
            await self._prompts.tell(self._prompts.say("hearing_failed"))

    async def _could_not_hear(self) -> None:
        if self.company.floor is not Floor.BOT:
            return
        self._not_heard += 1
        if self._not_heard >= NOT_HEARD_TRIES:
            self._not_heard = 0
            await self._prompts.fetch_person("not_understood")
        else:
            question = self._question
            await self._prompts.not_heard(self._not_heard, question.waits_for, question.read_back)

    # --- the caller keys ---------------------------------------------------------------------

    async def _take_keys(self) -> str:
        while True:
            keyed = await self._keyed.get()
            await self._question.look()
            await self._speaking.stop()
            told = self._question.number.keyed(keyed, self._asks)
            floor, menu = self.company.floor, keyed.means is Means.MENU
            if floor is Floor.QUEUE and keyed.digits in WAITING_KEYS:
                words = self._prompts.say.button(WAITING_KEYS[keyed.digits])["payload"]
            elif floor is not Floor.BOT and keyed.means is not Means.NUMBER:
                continue  # a person need not read what a key would have told the assistant
            elif menu and (language := self._choice.keyed(keyed.digits)):
                await self._go_on_in(language)
                continue
            elif isinstance(told, Understood):
                words = told.text
            elif told:
                await self._ask_for_number(told)
                continue
            else:
                found = self._prompts.words_of(keyed, self._question.payloads())
                if found is None:
                    await self._prompts.keys_help(self._question.expects)
                    continue
                words = found
            await self._say_to_conversation(Words(words, self.leg_id, keyed=True), None)

    # --- what was said goes to the conversation ----------------------------------------------

    async def _say_to_conversation(self, words: Words, moments: Moments | None) -> None:
        with contextlib.suppress(TimeoutError):
            # What was heard of our question is written before the answer is: it may not count.
            await asyncio.wait_for(self._speaking.closed(), CLOSED_WITHIN_S)
        self._quiet.spoke()
        try:
            said = await self.centre.listening.hear(self.conversation_id, words)
        except ConversationEnded:
            await self.line.show(type="error", code="ended", message="This conversation is over.")
            return
        if said.turn_id:
            if moments:
                self._times.asked(said.turn_id, moments, said.event.at)
            self._quiet.owed(time.monotonic())
            self._wait_for(self._answered(said.turn_id))
        await self.line.show(
            type="heard", text=said.event.text, confidence=words.confidence or 1.0, seq=said.event.seq
        )  # fmt: skip

    async def _answered(self, turn_id: str) -> None:
        await self.centre.turns.finished(turn_id)
        self._quiet.answered()

    # --- we speak ----------------------------------------------------------------------------

    async def greet(self, *, again: bool = False) -> None:
        """`again`: the caller was cut off, and is back."""
        await self._prompts.tell(self._prompts.say("call_again" if again else "call_welcome"))
        if self._prompts.keypad and not again:
            for language, offer in self._choice.offers():
                await self._prompts.tell(offer, language=language)
        await self._tell_of_recording()

    async def _tell_of_recording(self) -> None:
        if self._taping and not self._taping.refused:
            await self._prompts.tell(self._prompts.say("call_recorded"), notice="recording")

    async def _go_on_in(self, language: str) -> None:
        """The caller asked for a language: from now on it is heard, spoken and answered in."""
        say = self.centre.sentences.of(language)
        async with self.centre.log.opened(self.conversation_id) as opened:
            if opened.row.floor is not Floor.BOT or opened.row.ended_at:
                return
            (await opened.session.get_one(Leg, self.leg_id)).language = language
            # What was asked, offered or is being answered was so in the other one.
            opened.row.expects, opened.row.message_offer = "free", None
            opened.give_floor(Floor.BOT)
            self._aloud.silent_up_to = opened.row.last_seq
        await self._speaking.stop()
        self._quiet.spoke()
        self._quiet.answered()
        self._choice.now = self._aloud.language = language
        self._prompts.say = say
        self._listener.engines = self._engines.of(language)
        self._over.barge_in = _barge_in(say)
        self._question.number = _number_told(say)
        log.info("the call goes on in another language", language=language)
        await self._prompts.tell(say("language_changed"))
        await self._tell_of_recording()

    async def _first_sound(self, saying: Saying, at: float) -> None:
        """The first sound of a message leaves."""
        if saying.filler or saying.turn_id is None:
            return
        self._quiet.answered()
        if timing := self._times.answered(saying.turn_id, saying.seq, at, saying.written):
            metrics.voice_to_voice_seconds.observe(timing["total_ms"] / 1000)
            log.info("answer began to sound", **timing)
            await self.line.show(type="timing", **timing)

    async def _note(
        self,
        kind: Kind,
        data: dict[str, Any],
        speaker: Speaker = Speaker.ASSISTANT,
        text: str = "",
    ) -> None:
        if self._taping and self._taping.at_ms is not None:
            data["recording_ms"] = self._taping.at_ms
        new = NewEvent(kind, speaker, text, leg_id=self.leg_id, data=data)
        with contextlib.suppress(ConversationEnded):
            async with self.centre.log.opened(self.conversation_id) as opened:
                await opened.append(new)

    # --- silence ------------------------------------------------------

    async def _watch(self) -> str:
        """Nobody ever hears nothing for long."""
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            if keyed := self._keypad.tick(now, speaking=self._listener.speaking):
                self._keyed.put_nowait(keyed)
            caller = self._listener.speaking or self._listener.behind or self._keypad.busy
            others = self.company.floor is not Floor.BOT  # music, or a person
            say = self._quiet.tick(
                now, sound=self._speaking.saying is not None or others, caller=caller
            )
            leaving, question = self._aloud.leaving, self._question
            if leaving and self._quiet.for_s(now) >= FAREWELL_S:
                return "said goodbye"
            if say is None or (leaving and say not in FILLERS):
                continue
            await self._prompts.into_silence(say, question.waits_for, question.read_back)

    def _wait_for(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
