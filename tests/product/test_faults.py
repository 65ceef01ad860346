"""What breaks, and what the customer reads then. A house of its own: its parts are killed here."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator

import pytest

from tests.chat.peer import agent, visitor
from tests.house import House, open_house

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def shaky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(
        tmp_path_factory.mktemp("shaky"), speech="false", engine_slow_after_s="0.5",
        engine_patience_s="35",
    ) as made:  # fmt: skip
        yield made


async def until_ready(house: House) -> None:
    await asyncio.to_thread(house.wait_until_ready)


async def test_the_engine_is_killed_while_a_customer_types(shaky: House) -> None:
    async with visitor(shaky.url) as ana:
        assert "order number" in await ana.asks("where is my order?")
        shaky.kill("engine")
        ack = await ana.say("what is your return policy?")
        told = await ana.reads("assistant", "taking a moment", after=ack["seq"])
        assert told["data"]["filler"] is True
        await ana.say("are you there?")
        answer = await ana.reads("assistant", "60 days", after=ack["seq"])
        answers = [e for e in ana.events if "60 days" in e["text"]]
        assert len(answers) == 1
        assert answer["seq"] > told["seq"]
    assert "the engine ended unexpectedly (killed by SIGKILL)" in shaky.said()
    await until_ready(shaky)


async def test_the_whole_server_is_killed_and_owes_its_answer(shaky: House) -> None:
    async with visitor(shaky.url) as ana:
        await ana.asks("hello")
        shaky.freeze("engine")  # so that the answer is still owed when the server dies
        ack = await ana.say("what is your return policy?")
        shaky.kill("server")
        shaky.thaw("engine")
        conversation, key = ana.conversation, ana.token
    await asyncio.sleep(0)
    await until_ready(shaky)
    async with visitor(shaky.url, conversation=conversation, token=key) as again:
        await again.reads("assistant", "60 days", after=ack["seq"])
        mine = [event["text"] for event in again.events if event["from"] == "customer"]
        assert mine == ["hello", "what is your return policy?"]
        assert len([e for e in again.events if "60 days" in e["text"]]) == 1


async def test_the_actions_are_killed_in_the_middle_of_a_form(shaky: House) -> None:
    async with visitor(shaky.url) as ana:
        await ana.asks("where is my order?")
        shaky.kill("actions")
        ack = await ana.say("482919")
        reply = await ana.reads("assistant", "postcode", after=ack["seq"])
        assert reply["seq"] > ack["seq"]
    assert "the actions ended unexpectedly" in shaky.said()
    await until_ready(shaky)


async def test_an_engine_that_stays_away_hands_over(shaky: House) -> None:
    """Frozen, not dead: the supervisor can't help, so patience has to run out."""
    async with agent(shaky.url, "sam") as sam, visitor(shaky.url) as ana:
        await ana.asks("hello")
        shaky.freeze("engine")
        try:
            began = time.monotonic()
            ack = await ana.say("where is my order?")
            await ana.reads("assistant", "taking a moment", after=ack["seq"])
            async with asyncio.timeout(110):
                handoff = await sam.waiting(ana.conversation)
            assert time.monotonic() - began >= 35
        finally:
            shaky.thaw("engine")
        assert handoff["payload"]["need"]["reason"] == "tool_failed"
        await ana.reads("assistant", "something on our side", after=ack["seq"])
        said = [line["text"] for line in handoff["payload"]["evidence"]["transcript"]]
        assert "where is my order?" in said


async def test_ctrl_c_stops_everything_and_leaves_nothing_behind(shaky: House) -> None:
    pids = [shaky.pid(part) for part in ("engine", "actions", "server")]
    async with visitor(shaky.url) as ana:
        assert await asyncio.to_thread(shaky.stop) == 0
        await ana.closed()
        assert ana.socket.close_code == 1012  # "come back at once", said in order
    assert "stopped." in shaky.said()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
