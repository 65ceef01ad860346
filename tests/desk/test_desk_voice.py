"""An agent with a microphone talks to a caller on the telephone: in real time, over real sockets. What
either hears is judged by the recogniser."""

from __future__ import annotations

import asyncio
import re

import aiohttp
import pytest

from bot.call.bridge import HEARD_MOST_S, Bridge
from bot.call.headsets import FRAME_S, Who
from bot.desk import voice
from bot.store.tables import Speaker
from speech.audio import Sound
from speech.vosk_recogniser import VoskRecogniser
from tests.chat.peer import AgentPeer, agent
from tests.desk.headset import RATE_HZ, address, headset
from tests.desk.on_the_line import AGENT_SAYS, CALLER_SAYS, contact, sound, talking
from tests.desk.switchboard import Switchboard, until
from tests.ears import words_in

pytestmark = [pytest.mark.speech, pytest.mark.realtime]


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
        await until(lambda: maya.is_told(told, type="live", heard=False), "she is told to wait")
        await until(lambda: maya.is_told(told, type="live", heard=True), "she is heard again")
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
        assert not call.company.headsets.holders


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
            bridge.hear(second, 8_000)
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
