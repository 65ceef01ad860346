"""Reads the log and says what the assistant and people write there, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.call.company import Company
from bot.call.engines import SpeechEngines
from bot.call.prompts import Prompts
from bot.call.question import Question
from bot.call.speaking import Saying
from bot.conversation.events import Event, Kind
from bot.store.tables import Floor, Speaker


@dataclass(slots=True)
class ReadingAloud:
    company: Company
    prompts: Prompts
    question: Question
    engines: SpeechEngines
    language: str
    silent_up_to: int = 0
    """What the assistant wrote up to this event and nobody has heard was in another language."""
    leaving: bool = False
    """Goodbye has been said."""

    async def run(self) -> str:
        """Until the call is over for the log; returns why."""
        company = self.company
        with company.centre.hub.watching(company.conversation_id) as watch:
            while True:
                for event in await company.centre.log.since(
                    company.conversation_id, company.said_up_to
                ):
                    company.said_up_to = event.seq
                    if event.kind is Kind.CONVERSATION_ENDED:
                        return "the conversation ended"
                    if event.kind is Kind.HANDOFF_ACCEPTED:
                        await self._say_who_joined(event)
                        continue
                    if event.kind is not Kind.MESSAGE or event.speaker is Speaker.CUSTOMER:
                        continue
                    if event.speaker is Speaker.ASSISTANT:
                        await company.look()  # its words may be the first after a person's
                    if event.speaker is Speaker.ASSISTANT and event.seq <= self.silent_up_to:
                        continue
                    if event.speaker is Speaker.ASSISTANT and company.floor is Floor.HUMAN:
                        continue  # a person has taken over meanwhile: theirs are the words to hear
                    await self._say(event)
                if await company.transferred():
                    return "transferred"
                await company.set_music()
                await watch.news()

    async def _say_who_joined(self, event: Event) -> None:
        if self.company.floor is Floor.BOT:
            return  # and left again
        name = (event.name or self.prompts.say.assistant).split()[0]
        sentence = self.prompts.say("call_joined", agent=name)
        self.company.reading_out = True
        try:
            words = sentence.spoken or sentence.text
            await self._say(replace(event, speaker=Speaker.SYSTEM, text=words, data={}))
        finally:
            self.company.reading_out = False

    async def _say(self, event: Event) -> None:
        company, speaking, taping = self.company, self.company.speaking, self.company.taping
        filler = bool(event.data.get("filler"))
        if not filler:
            self.question.choices = event.data.get("buttons", [])
            self.leaving = event.data.get("intent") == "goodbye" or bool(event.data.get("last"))
            await self.question.look()
        elif not self.question.quiet.is_owed:
            return  # the answer came before it could be said that it takes a moment
        await company.music.stop()
        language = event.data.get("language", self.language)
        voice = self.engines.of(language).synthesiser
        saying = Saying(
            event.seq,
            event.at,
            event.data.get("spoken") or event.text,
            event.speaker,
            event.turn_id,
            filler=filler,
            language=language,
        )
        whole = await speaking.say(saying)
        if speaking.lost and not voice.voiceless:
            whole = await speaking.say(saying)  # the voice is back
        asks = event.data.get("asks")
        if event.turn_id is not None and self.question.number.asked(asks, whole=whole):
            await self.prompts.offer_keypad(str(asks))
        if speaking.lost and voice.voiceless and company.floor is Floor.BOT:
            await self.prompts.fetch_person("tool_failed")
        if whole and taping and event.data.get("notice") == "recording":
            await taping.begin()
