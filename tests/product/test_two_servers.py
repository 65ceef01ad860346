"""Two server processes on one PostgreSQL database and one engine: people meet across them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.call.live import LEASE
from bot.centre import utc_now
from bot.conversation.events import LAST_SEQ
from bot.conversation.hub import Hub
from bot.conversation.log import ConversationLog
from bot.store.database import Database
from bot.store.tables import Channel
from tests.chat.peer import Socket, agent, visitor
from tests.house import House
from tests.servers import Server, beside, open_servers
from tests.services import empty_postgres

pytestmark = [pytest.mark.engine, pytest.mark.postgres, pytest.mark.redis]


@pytest.fixture(scope="module")
async def servers(
    house: House, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Server, Server]]:
    """On an empty database, which both of them find to be migrated."""
    folder = tmp_path_factory.mktemp("servers")
    async with empty_postgres() as url:
        with open_servers(folder, database_url=url, redis_url=redis_url, **beside(house)) as made:
            yield made


async def test_a_chat_on_one_process_is_seen_by_a_desk_on_the_other(
    servers: tuple[Server, Server],
) -> None:
    one, other = servers
    async with agent(other.url, "maya") as maya, visitor(one.url) as ana:
        ack = await ana.say("I want to talk to a person")
        await ana.reads("assistant", after=ack["seq"])
        handoff = await maya.waiting(ana.conversation)
        await maya.desk.send(type="watch", conversation=ana.conversation, since=0)
        status, _ = await maya.post(f"/api/desk/handoffs/{handoff['id']}/accept")
        assert status == 200
        joined = await ana.until(
            lambda frame: frame["type"] == "floor" and frame["floor"] == "human"
        )
        assert joined["agent"] == "Maya Lindqvist"

        await ana.send(type="typing")
        await maya.desk.until(lambda f: f["type"] == "typing" and f["from"] == "customer")
        await ana.say("my tent is torn")
        await maya.desk.until(lambda f: f["type"] == "event" and "torn" in f["event"]["text"])

        await maya.desk.send(type="typing", conversation=ana.conversation)
        await ana.until(lambda frame: frame["type"] == "typing" and frame["from"] == "agent")
        await maya.write(ana.conversation, "I am sorry to hear that")
        await ana.reads("agent", "sorry to hear")

        closing = {"disposition": "solved", "summary": "a new tent is on its way"}
        await maya.post(f"/api/desk/handoffs/{handoff['id']}/close", **closing)
        await ana.until(lambda frame: frame["type"] == "floor" and frame["floor"] == "bot")
        seqs = [event["seq"] for event in maya.desk.events]
        assert seqs == list(range(1, len(seqs) + 1))


async def test_two_agents_at_two_processes_take_one_contact_once(
    servers: tuple[Server, Server],
) -> None:
    one, other = servers
    async with (
        agent(one.url, "maya") as maya,
        agent(other.url, "sam") as sam,
        visitor(other.url) as ana,
    ):
        await ana.asks("I want to talk to a person")
        handoffs = await asyncio.gather(*(peer.waiting(ana.conversation) for peer in (maya, sam)))
        assert handoffs[0]["id"] == handoffs[1]["id"]
        path = f"/api/desk/handoffs/{handoffs[0]['id']}"
        answers = await asyncio.gather(*(peer.post(f"{path}/accept") for peer in (maya, sam)))
        statuses = [status for status, _ in answers]
        assert sorted(statuses) == [200, 409]
        first = (maya, sam)[statuses.index(200)]
        status, _ = await first.post(f"{path}/close", disposition="solved", summary="")
        assert status == 200


@pytest.mark.speech
async def test_a_conversation_with_a_call_on_another_process_has_no_second_one(
    house: House,
) -> None:
    async with visitor(house.url) as ana:
        database = Database(house.settings.database_url)
        async with ConversationLog(database, Hub(), utc_now).opened(ana.conversation) as opened:
            leg = await opened.begin_leg(Channel.VOICE, "address:127.0.0.1")
            leg.owner, leg.lease_until = "elsewhere:1", opened.now + LEASE
        await database.close()
        await ana.send(type="voice")
        ticket = (await ana.of_type("voice"))["ticket"]
        async with aiohttp.ClientSession(house.url) as http:
            call = Socket(await http.ws_connect("/voice/ws", params={"ticket": ticket}))
            await call.send(type="start", rate=16_000)
            assert (await call.of_type("bye"))["reason"] == "in a call already"
            await call.close()


async def test_nobody_is_thrown_out_for_a_number_no_event_can_have(
    servers: tuple[Server, Server],
) -> None:
    one, _ = servers
    async with visitor(one.url, since=LAST_SEQ) as ana, agent(one.url, "sam") as sam:
        await sam.desk.send(type="watch", conversation=ana.conversation, since=LAST_SEQ + 1)
        assert (await sam.desk.of_type("error"))["code"] == "bad_frame"
        await sam.desk.send(type="watch", conversation=ana.conversation, since=LAST_SEQ)
        await sam.desk.of_type("floor")


async def test_a_customer_who_moves_to_the_other_process_goes_on_where_they_were(
    servers: tuple[Server, Server],
) -> None:
    one, other = servers
    async with visitor(one.url) as ana:
        await ana.asks("where is my order?")
        conversation, key = ana.conversation, ana.token
        last = ana.events[-1]["seq"]
    async with visitor(other.url, conversation=conversation, token=key, since=last) as again:
        assert "postcode" in await again.asks("482919")
        assert [event["seq"] for event in again.events] == list(
            range(last + 1, last + 1 + len(again.events))
        )
