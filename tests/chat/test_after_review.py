"""Scenes in which things once went wrong."""

from __future__ import annotations

import uuid

import aiohttp
import pytest

from tests.chat.peer import Socket, agent, visitor
from tests.chat.test_webchat import token
from tests.house import House

pytestmark = pytest.mark.engine


async def test_who_comes_back_signed_out_is_not_who_was_here_before(house: House) -> None:
    async with visitor(house.url, identity=token(1)) as ana:
        await ana.asks("hello")
        conversation, key = ana.conversation, ana.token
    async with visitor(house.url, conversation=conversation, token=key) as somebody:
        assert (await somebody.of_type("welcome"))["identified"] is None
        ack = await somebody.say("where is my order?")
        reply = await somebody.reads("assistant", after=ack["seq"])
        assert "order number" in reply["text"]


async def test_a_second_tab_without_identity_has_none(house: House) -> None:
    async with visitor(house.url, identity=token(1)) as ana:
        tab = {"conversation": ana.conversation, "token": ana.token}
        async with visitor(house.url, **tab) as other:
            ack = await other.say("where is my order?")
            assert "order number" in (await other.reads("assistant", after=ack["seq"]))["text"]


async def test_a_signed_in_visitor_may_come_back_to_what_is_over(house: House) -> None:
    async with visitor(house.url) as ana:
        await ana.asks("hello")
        await ana.send(type="end")
        await ana.until(lambda f: f.get("event", {}).get("kind") == "conversation_ended")
        again = {"conversation": ana.conversation, "token": ana.token, "identity": token(1)}
    async with visitor(house.url, **again) as back:
        assert (await back.of_type("welcome"))["ended"] is True
        await back.send(type="voice")
        assert (await back.of_type("error"))["code"] == "ended"


async def test_names_that_are_no_text_are_refused_and_break_nothing(house: House) -> None:
    async with aiohttp.ClientSession(house.url) as http:
        for username in ("a\x00b", "\ud800"):
            body = {"username": username, "password": "My-Secret-Password-1"}
            answer = await http.post("/api/signin", json=body)
            assert answer.status == 422
        for conversation in ("\x00" * 32, "\ud800" * 32):
            stranger = Socket(await http.ws_connect("/chat/ws"))
            await stranger.send(type="hello", conversation=conversation, token="x", since=0)
            assert (await stranger.of_type("error"))["code"] in (
                "bad_frame",
                "unknown_conversation",
            )
            await stranger.close()
        async with visitor(house.url) as ana:
            ana.frames.clear()
            await ana.send(type="say", id="\ud800" * 10, text="my card is 4111 1111 1111 1111")
            assert (await ana.of_type("error"))["code"] == "bad_frame"
    assert "My-Secret-Password-1" not in house.said()
    assert "4111 1111" not in house.said()


async def test_signing_out_closes_the_desks_socket(house: House) -> None:
    async with visitor(house.url) as ana, agent(house.url, "sam") as sam:
        await sam.desk.send(type="watch", conversation=ana.conversation, since=0)
        await ana.asks("hello")
        await sam.desk.until(lambda f: f.get("event", {}).get("text") == "hello")
        assert (await sam.post("/api/signout"))[0] == 204
        seen = len(sam.desk.frames)
        await ana.asks("what is your return policy?")
        await sam.desk.closed()
        assert "return policy" not in str(sam.desk.frames[seen:])
        assert sam.desk.socket.close_code == 4401


async def test_a_desk_that_looks_here_and_there_goes_on_hearing(house: House) -> None:
    async with visitor(house.url) as ana, agent(house.url) as maya:
        for _ in range(20):
            await maya.desk.send(type="watch", conversation=ana.conversation, since=0)
            await maya.desk.send(type="unwatch", conversation=ana.conversation)
        await maya.desk.send(type="watch", conversation=ana.conversation, since=0)
        mark = f"hello {uuid.uuid4().hex[:8]}"
        await ana.say(mark)
        await maya.desk.until(lambda f: f.get("event", {}).get("text") == mark)


async def test_the_limit_is_the_visitors_not_the_sockets(house: House) -> None:
    from bot.channels.limits import BURST, Limits

    now = [0.0]
    limits = Limits(60, lambda: now[0])
    assert [limits.take("ana") for _ in range(BURST + 1)] == [True] * BURST + [False]
    assert limits.take("ben")
    now[0] += 1
    assert limits.take("ana")
    assert not limits.take("ana")
