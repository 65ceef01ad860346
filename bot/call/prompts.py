"""What a call says by itself, beside the dialogue's answers: into silence, when nothing was understood,
while an answer takes time. Everything said is written into the log first, like all that is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from bot.call.keypad import Keyed, Means
from bot.call.quiet import Say
from bot.centre import Centre
from bot.conversation.log import ConversationEnded, FloorLost
from bot.conversation.sentences import Sentence, Sentences
from bot.handoff.payload import Need
from bot.store.tables import Floor
from speech.spoken import digits

log = structlog.get_logger()

_KEYS = {
    Say.MOMENT: "call_moment",
    Say.STILL: "call_still",
    Say.ASK_AGAIN: "quiet_again",
    Say.OFFER_KEYPAD: "quiet_keypad",
    Say.OFFER_PERSON: "quiet_person",
    Say.GOODBYE: "quiet_goodbye",
}
FILLERS = frozenset({Say.MOMENT, Say.STILL})


@dataclass(slots=True)
class Prompts:
    centre: Centre
    conversation_id: str
    leg_id: str
    say: Sentences
    """In the leg's language."""
    keypad: bool
    """The caller has one."""
    _told: int = 0

    async def into_silence(self, say: Say, expects: str, number: str | None = None) -> bool:
        """`number`: the one that was read back and waits for an answer."""
        if say is Say.OFFER_KEYPAD and not self.keypad:
            say = Say.ASK_AGAIN
        filler = say in FILLERS
        data = {"filler": True} if filler else {"last": True} if say is Say.GOODBYE else {}
        return await self.tell(self._one_of(_KEYS[say], expects, number), **data)

    async def not_heard(self, times: int, expects: str, number: str | None = None) -> bool:
        """`times`: in a row, this one included; `number` as above."""
        key = "not_heard" if times == 1 or not self.keypad else "not_heard_keypad"
        return await self.tell(self._one_of(key, expects, number))

    async def read_back(self, number: str) -> bool:
        return await self.tell(self.say("read_back", number=digits(number)))

    async def offer_keypad(self, expects: str) -> bool:
        """Where the caller has one."""
        return self.keypad and await self.tell(self._one_of("keypad_offer", expects))

    async def keys_help(self, expects: str) -> bool:
        """What the keys mean here, to somebody who pressed another one."""
        return await self.tell(self._one_of("keys_help", expects))

    def refuses_recording(self, text: str) -> bool:
        return any(
            words in text.lower() for words in self.say.words("speaking_over", "no_recording")
        )

    async def tell(self, sentence: Sentence, **data: Any) -> bool:
        """With `data` for the team. Whether it could be said (the assistant has the floor)."""
        try:
            async with self.centre.log.opened(self.conversation_id) as opened:
                if opened.row.floor is not Floor.BOT or opened.row.ended_at:
                    return False
                await self.centre.handoffs.assistant_says(opened, sentence, self.leg_id, **data)
        except (FloorLost, ConversationEnded):
            return False
        return True

    async def fetch_person(self, reason: str) -> bool:
        """A person, without the caller having asked: nothing else helps. Whether anything was said: not
        where somebody comes already, nor where nobody is there and the caller knows it."""
        evidence = await self.centre.handoffs.gather(self.conversation_id)
        try:
            async with self.centre.log.opened(self.conversation_id) as opened:
                row = opened.row
                if row.floor is not Floor.BOT or row.ended_at or row.message_offer:
                    return False
                await self.centre.handoffs.request(
                    opened, Need(reason), evidence, leg_id=self.leg_id
                )
        except (FloorLost, ConversationEnded):
            return False
        return True

    def words_of(self, keyed: Keyed, payloads: Sequence[str]) -> str | None:
        """What a caller says who presses these keys; None where they mean nothing here. `payloads` are
        those of the choices on offer."""
        match keyed.means:
            case Means.NUMBER:
                return keyed.digits
            case Means.YES:
                return self.say.button("key_yes")["payload"]
            case Means.NO:
                return self.say.button("key_no")["payload"]
            case Means.PERSON:
                return self.say.button("a_person")["payload"]
            case Means.AGAIN:
                return self.say.button("key_again")["payload"]
            case Means.CHOICE if 1 <= int(keyed.digits) <= len(payloads):
                return payloads[int(keyed.digits) - 1]
            case Means.MENU if self.say.has(f"key_{keyed.digits}"):
                return self.say.button(f"key_{keyed.digits}")["payload"]
        return None

    def _one_of(self, key: str, expects: str, number: str | None = None) -> Sentence:
        """The sentence for what was asked, else the general one; where there are several, by turns."""
        for name in (f"{key}_{expects}", key):
            variants = [name, *(f"{name}_{nth}" for nth in (2, 3, 4))]
            variants = [one for one in variants if self.say.has(one)]
            if variants:
                self._told += 1
                return self.say(variants[self._told % len(variants)], number=digits(number or ""))
        raise KeyError(key)
