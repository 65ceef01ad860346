"""Somebody on the telephone who waits for, or talks to, agents with headsets: over real sockets."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count

from bench.phone_caller import PhoneCaller, calling_by_phone
from bot.conversation.events import Event, Kind
from bot.store.tables import Speaker
from speech.audio import Sound, level_dbfs, mulaw_decode, read_wav
from tests.chat.peer import AgentPeer, agent
from tests.desk.headset import Headset, headset
from tests.desk.switchboard import TOKEN, Switchboard, until
from tests.product.test_calls import FOLDER

NUMBERS = count(5550300)
CALLER_SAYS = "track-an-order-emma-16k"
AGENT_SAYS = "return-policy-adam-16k"


def sound(file: str) -> Sound:
    return read_wav(FOLDER / f"{file}.wav")


def arrived(caller: PhoneCaller, since: int = 0) -> Sound:
    """What has come to a caller from frame `since` on."""
    return Sound(8_000, mulaw_decode(b"".join(f for _, f, _ in caller.frames[since:])))


def is_music(heard: Sound) -> bool:
    """Something that isn't silence, for a second."""
    return heard.seconds >= 1.0 and level_dbfs(heard.pcm) > -45


@dataclass
class Contact:
    """A caller who waits for, or talks to, Maya."""

    board: Switchboard
    maya: AgentPeer
    caller: PhoneCaller
    conversation: str
    handoff: str

    def arrived(self, since: int = 0) -> Sound:
        """What has come to the caller from frame `since` on."""
        return arrived(self.caller, since)

    @property
    def frames(self) -> int:
        return len(self.caller.frames)

    async def music(self, since: int) -> None:
        """Waits until something that isn't silence has come again for a second."""
        await until(lambda: is_music(self.arrived(since)), "music comes")

    async def accept(self) -> None:
        status, _ = await self.maya.post(f"/api/desk/handoffs/{self.handoff}/accept")
        assert status == 200

    async def close(self) -> None:
        status, _ = await self.maya.post(
            f"/api/desk/handoffs/{self.handoff}/close", disposition="solved", summary=""
        )
        assert status == 200

    async def logged(self, speaker: Speaker, words: str) -> Event:
        """The speech of somebody in the log."""

        async def there() -> Event | None:
            events = await self.board.inside(self.board.events(self.conversation))
            for event in events:
                spoken = event.kind is Kind.SPEECH and event.speaker is speaker
                if spoken and re.search(words, event.text):
                    return event
            return None

        found = await until(there, f"the log has {speaker} saying {words}")
        assert isinstance(found, Event)
        return found


@asynccontextmanager
async def contact(board: Switchboard) -> AsyncIterator[Contact]:
    """Somebody has called and waits for a person; Maya's desk is open."""
    number = f"+1{next(NUMBERS)}"
    async with AsyncExitStack() as stack:
        maya = await stack.enter_async_context(agent(board.url))
        caller = await stack.enter_async_context(
            calling_by_phone(board.url, auth_token=TOKEN, caller=number)
        )
        await caller.until_spoken_to(0.3)
        conversation = await board.inside(board.conversation_of(number))
        await board.inside(board.fetch_person(conversation))
        waiting = await maya.waiting(conversation)
        yield Contact(board, maya, caller, conversation, waiting["id"])


@asynccontextmanager
async def talking(board: Switchboard) -> AsyncIterator[tuple[Contact, Headset]]:
    """Maya has accepted and answered: the caller has heard her name."""
    async with contact(board) as one:
        await one.accept()
        async with headset(one.maya, one.conversation) as maya:
            await until(lambda: maya.is_told(type="live", heard=True), "Maya is on the line")
            yield one, maya
