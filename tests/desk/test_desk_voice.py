"""An agent with a microphone talks to a caller on the telephone: in real time, over real sockets. What
either hears is judged by the recogniser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count

import aiohttp
import pytest

from bench.phone_caller import PhoneCaller, calling_by_phone
from bot.call.bridge import FRAME_S, HEARD_MOST_S, Bridge, Who
from bot.conversation.events import Event, Kind
from bot.desk import voice
from bot.store.tables import Speaker
from speech.audio import Sound, level_dbfs, mulaw_decode, read_wav, resample
from speech.catalogue import Catalogue
from speech.vosk_recogniser import VoskRecogniser
from tests.chat.peer import AgentPeer, agent
from tests.desk.headset import RATE_HZ, Headset, address, headset
from tests.desk.switchboard import TOKEN, Switchboard, open_switchboard, until
from tests.product.test_calls import FOLDER

pytestmark = [pytest.mark.speech, pytest.mark.realtime]

NUMBERS = count(5550300)
CALLER_SAYS = "track-an-order-emma-16k"
AGENT_SAYS = "return-policy-adam-16k"


def sound(file: str) -> Sound:
    return read_wav(FOLDER / f"{file}.wav")


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switchboard]:
    with open_switchboard(tmp_path_factory.mktemp("switchboard")) as made:
        yield made


@pytest.fixture(scope="module")
def ears() -> VoskRecogniser:
    return VoskRecogniser(Catalogue.load().path("recogniser"))


def words_in(ears: VoskRecogniser, heard: Sound) -> str:
    stream = ears.stream(RATE_HZ)
    stream.feed(resample(heard, RATE_HZ).pcm)
    return stream.finish().text


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
        return Sound(8_000, mulaw_decode(b"".join(f for _, f, _ in self.caller.frames[since:])))

    @property
    def frames(self) -> int:
        return len(self.caller.frames)

    async def music(self, since: int) -> None:
        """Waits until something that isn't silence has come again for a second."""
        await until(
            lambda: (new := self.arrived(since)).seconds >= 1.0 and level_dbfs(new.pcm) > -45,
            "music comes",
        )

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


async def test_they_talk_to_each_other(board: Switchboard, ears: VoskRecogniser) -> None:
    async with contact(board) as one:
        before = one.frames
        await one.accept()
        async with headset(one.maya, one.conversation) as maya:
            await until(lambda: maya.is_told(type="live", heard=True), "Maya is on the line")
            announced, joined = one.arrived(before), one.frames
            await maya.say(sound(AGENT_SAYS))
            await asyncio.sleep(0.5)
            from_maya = one.arrived(joined)
            heard_before = len(maya.heard)
            await one.caller.say(sound(CALLER_SAYS))
            await asyncio.sleep(0.5)
            from_caller = Sound(RATE_HZ, bytes(maya.heard[heard_before:]))
            said = await one.logged(Speaker.AGENT, "return")
            await one.logged(Speaker.CUSTOMER, "track|order")
    assert "with you now" in words_in(ears, announced)
    assert re.search("return|policy", words_in(ears, from_maya))
    assert re.search("track|order", words_in(ears, from_caller))
    assert (said.name, said.turn_id) == ("Maya Lindqvist", None)
    assert any(told["type"] == "partial" for told in maya.frames)


async def test_what_she_says_is_not_read_out_again(
    board: Switchboard, ears: VoskRecogniser
) -> None:
    async with talking(board) as (one, maya):
        await maya.say(sound(AGENT_SAYS))
        await one.logged(Speaker.AGENT, "return")
        since = one.frames
        await asyncio.sleep(1.5)
        assert words_in(ears, one.arrived(since)) == ""


async def test_her_typed_words_are_read_out_while_her_microphone_is_on(
    board: Switchboard, ears: VoskRecogniser
) -> None:
    async with talking(board) as (one, maya):
        since, told = one.frames, len(maya.frames)
        await one.maya.write(one.conversation, "Your order is on its way.")
        await until(
            lambda: {"type": "live", "heard": False} in maya.frames[told:], "she is told to wait"
        )
        await until(
            lambda: {"type": "live", "heard": True} in maya.frames[told:], "she is heard again"
        )
        assert re.search("order|way", words_in(ears, one.arrived(since)))


async def test_only_whoever_has_the_floor(board: Switchboard) -> None:
    async with contact(board) as one, agent(board.url, "sam") as sam:
        await refused(one.maya, one.conversation, "floor_lost")  # it is still in the queue
        await one.accept()
        await refused(sam, one.conversation, "floor_lost")
        await refused(one.maya, "no-such-conversation", "floor_lost")


async def refused(who: AgentPeer, conversation: str, code: str) -> None:
    socket = await who.http.ws_connect(address(conversation))
    error = await socket.receive_json()
    assert error["type"] == "error"
    assert re.fullmatch(code, error["code"])
    assert (await socket.receive_json())["type"] == "bye"
    await socket.receive()
    assert socket.close_code == 4409


async def test_strangers_and_foreign_pages(board: Switchboard) -> None:
    async with contact(board) as one:
        await one.accept()
        async with aiohttp.ClientSession(board.url) as stranger:
            socket = await stranger.ws_connect(address(one.conversation))
            await socket.receive()
            assert socket.close_code == 4401
        evil = {"Origin": "https://evil.example"}
        socket = await one.maya.http.ws_connect(address(one.conversation), headers=evil)
        await socket.receive()
        assert socket.close_code == 4403
        call = board.call_of(one.conversation)
        assert call
        assert not call.company.colleague


async def test_the_socket_drops_in_mid_word(board: Switchboard) -> None:
    async with talking(board) as (one, maya):
        maya.begin_saying(sound(AGENT_SAYS))
        await asyncio.sleep(1.0)
        maya.drop()
        await maya.closed.wait()
        await one.music(one.frames)
        async with headset(one.maya, one.conversation) as again:  # and she comes back
            await until(lambda: again.is_told(type="live", heard=True), "Maya is on the line")
            await again.say(sound(AGENT_SAYS))
            await one.logged(Speaker.AGENT, "return policy")


async def test_she_leaves_the_audio_and_keeps_the_contact(board: Switchboard) -> None:
    async with talking(board) as (one, maya):
        await maya.socket.send_json({"type": "stop"})
        await maya.closed.wait()
        assert maya.bye == "you hung up"
        await one.music(one.frames)


async def test_the_floor_goes_back_to_the_assistant(
    board: Switchboard, ears: VoskRecogniser
) -> None:
    async with talking(board) as (one, maya):
        maya.begin_saying(Sound(16_000, sound(AGENT_SAYS).pcm * 10))
        await asyncio.sleep(0.5)
        await one.close()
        since = one.frames
        await maya.closed.wait()
        assert maya.bye == "you don't hold this contact any more"
        await until(lambda: one.arrived(since).seconds > 2.0, "the assistant speaks")
        words = words_in(ears, one.arrived(since))
        assert re.search("again|back|help", words), words
        assert not re.search("return|policy", words), words


async def test_the_caller_hangs_up(board: Switchboard) -> None:
    async with talking(board) as (one, maya):
        await one.caller.hang_up()
        await asyncio.wait_for(maya.closed.wait(), 10)
        assert maya.bye == "the call is over"
        await refused(one.maya, one.conversation, "floor_lost|no_call")


async def test_she_signs_out_elsewhere(board: Switchboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice, "SIGNED_IN_EVERY_S", 0.2)
    async with talking(board) as (one, maya):
        await one.maya.post("/api/signout")
        await asyncio.wait_for(maya.closed.wait(), 10)
        assert maya.bye == "you are signed out"
        await one.music(one.frames)


async def test_a_slow_browser_loses_the_oldest_sound(board: Switchboard) -> None:
    async with contact(board) as one:
        call = board.call_of(one.conversation)
        assert call
        second = b"".join(at.to_bytes(2, "little") * 160 for at in range(50))

        async def heard() -> bytes:
            bridge = Bridge(call, board.engines, Who(1, "Maya"), 8_000, lambda _: None)
            bridge.hear(second)
            return b"".join([await bridge.sound() for _ in range(round(HEARD_MOST_S / FRAME_S))])

        assert await board.inside(heard()) == second[-round(HEARD_MOST_S * 8_000) * 2 :]


async def test_answered_again_in_another_window(board: Switchboard) -> None:
    async with talking(board) as (one, first), headset(one.maya, one.conversation) as second:
        await until(lambda: second.is_told(type="live", heard=True), "the second is on the line")
        await first.closed.wait()
        assert first.bye == "you answered in another window"


async def test_what_cannot_be_read_costs_the_line_not_the_call(board: Switchboard) -> None:
    async with contact(board) as one:
        await one.accept()
        for begin in ("not JSON", '{"type": "hello"}', '{"type": "start", "rate": 1}'):
            socket = await one.maya.http.ws_connect(address(one.conversation))
            await socket.send_str(begin)
            while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
            assert socket.close_code == 4400
        async with headset(one.maya, one.conversation) as maya:
            await until(lambda: maya.is_told(type="live", heard=True), "Maya is on the line")
            for _ in range(5):
                await maya.socket.send_bytes(b"odd")
            await maya.closed.wait()
        assert maya.bye == "the sound can't be read"
        call = board.call_of(one.conversation)
        assert call
        assert not call.company.over
