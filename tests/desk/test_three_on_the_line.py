"""Maya talks with a caller and asks Sam: the two speak alone while the caller hears music, then all
three, then it is Sam's. In real time, over real sockets; the recogniser judges what each hears."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from bot.conversation.events import Kind
from bot.store.tables import Speaker
from speech.audio import Sound
from speech.vosk_recogniser import VoskRecogniser
from tests.chat.peer import AgentPeer, agent
from tests.desk.headset import RATE_HZ, Headset, headset
from tests.desk.on_the_line import AGENT_SAYS, CALLER_SAYS, Contact, sound, talking
from tests.desk.switchboard import Switchboard, until
from tests.ears import words_in

pytestmark = [pytest.mark.speech, pytest.mark.realtime]

MAYA_SAYS, MAYAS = AGENT_SAYS, "return|policy"
CALLERS = "track|order"
SAM_SAYS, SAMS = "sleeping-bags-nova-16k", "sleeping|bags?"


@dataclass
class Three:
    one: Contact
    maya: Headset
    sam: Headset
    sams_desk: AgentPeer
    sams_id: int
    ears: VoskRecogniser

    async def post(self, what: str, **body: object) -> None:
        status, _ = await self.one.maya.post(
            f"/api/desk/handoffs/{self.one.handoff}/{what}", **body
        )
        assert status == 200

    async def hear(
        self, *, maya: bool = False, sam: bool = False, caller: bool = False
    ) -> list[str]:
        """Those speak one after the other; what Maya, Sam and the caller heard of it."""
        since, mayas, sams = self.one.frames, len(self.maya.heard), len(self.sam.heard)
        if maya:
            await self.maya.say(sound(MAYA_SAYS))
        if sam:
            await self.sam.say(sound(SAM_SAYS))
        if caller:
            await self.one.caller.say(sound(CALLER_SAYS))
        await asyncio.sleep(0.7)
        heard = (
            Sound(RATE_HZ, bytes(self.maya.heard[mayas:])),
            Sound(RATE_HZ, bytes(self.sam.heard[sams:])),
            self.one.arrived(since),
        )
        return [await asyncio.to_thread(words_in, self.ears, one) for one in heard]


@asynccontextmanager
async def sam_is_asked(board: Switchboard, ears: VoskRecogniser) -> AsyncIterator[Three]:
    """And has come, with his headset on."""
    async with talking(board) as (one, maya), agent(board.url, "sam") as sam:
        sams_id = (await sam.get("/api/me"))["agent"]["id"]
        asking = f"/api/desk/handoffs/{one.handoff}/consult"
        status, _ = await one.maya.post(asking, agent=sams_id, note="does she want a sleeping bag?")
        assert status == 200
        lists = await sam.desk.until(lambda frame: frame.get("offers"))
        status, _ = await sam.post(f"/api/desk/offers/{lists['offers'][0]['id']}/accept")
        assert status == 200
        async with headset(sam, one.conversation) as sams:
            made = Three(one, maya, sams, sam, sams_id, ears)
            told = {"type": "live", "heard": False, "aside": True}
            await until(lambda: maya.is_told(**told, **{"with": ["Sam Okafor"]}), "she is told")
            await until(lambda: sams.is_told(**told, **{"with": ["Maya Lindqvist"]}), "he is told")
            yield made


@pytest.mark.slow  # two agents do the same in Chromium (tests/browser/test_two_agents.py)
async def test_alone_then_all_three_then_it_is_his(
    board: Switchboard, ears: VoskRecogniser
) -> None:
    async with sam_is_asked(board, ears) as three:
        await three.one.music(three.one.frames)
        by_maya, by_sam, by_caller = await three.hear(maya=True, sam=True)
        assert re.search(MAYAS, by_sam), by_sam
        assert re.search(SAMS, by_maya), by_maya
        assert not re.search(f"{MAYAS}|{SAMS}", by_caller), by_caller

        told = len(three.maya.frames)
        await three.post("conference", agent=three.sams_id, joined=True)
        await until(lambda: three.maya.is_told(told, type="live", heard=True), "all are heard")
        await until(lambda: three.sam.is_told(type="live", heard=True), "Sam is heard")
        by_maya, by_sam, by_caller = await three.hear(maya=True, sam=True, caller=True)
        assert re.search(SAMS, by_maya), by_maya
        assert re.search(CALLERS, by_maya), by_maya
        assert re.search(MAYAS, by_sam), by_sam
        assert re.search(CALLERS, by_sam), by_sam
        assert re.search(MAYAS, by_caller), by_caller
        assert re.search(SAMS, by_caller), by_caller
        said = await three.one.logged(Speaker.AGENT, SAMS)
        assert said.name == "Sam Okafor"

        await three.post("transfer", agent=three.sams_id, note="wants a sleeping bag")
        await three.maya.closed.wait()
        assert three.maya.bye == "you don't hold this contact any more"
        await asyncio.sleep(3.0)  # the caller is told whose they are
        assert not three.sam.closed.is_set()
        _, by_sam, by_caller = await three.hear(sam=True, caller=True)
        assert re.search(CALLERS, by_sam), by_sam
        assert re.search(SAMS, by_caller), by_caller


async def test_sam_goes_and_she_talks_with_the_caller_again(
    board: Switchboard, ears: VoskRecogniser
) -> None:
    async with sam_is_asked(board, ears) as three:
        told = len(three.maya.frames)
        await three.sam.socket.send_json({"type": "stop"})
        await three.sam.closed.wait()
        await until(lambda: three.maya.is_told(told, type="live", heard=True), "she is heard")
        by_maya, _, by_caller = await three.hear(maya=True, caller=True)
        assert re.search(MAYAS, by_caller), by_caller
        assert re.search(CALLERS, by_maya), by_maya
        await three.one.logged(Speaker.AGENT, MAYAS)


async def test_what_they_say_alone_is_not_in_the_log(
    board: Switchboard, ears: VoskRecogniser
) -> None:
    async with sam_is_asked(board, ears) as three:
        await three.hear(maya=True, sam=True)
        await asyncio.sleep(1.0)
        events = await board.inside(board.events(three.one.conversation))
        spoken = [event.text for event in events if event.kind is Kind.SPEECH]
        assert not spoken
