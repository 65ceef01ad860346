"""The web chat's door, against the running product."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import aiohttp
import jwt
import pytest

from actions.shop import SqlShop
from bot.centre import DEMO_IDENTITY_SECRET, utc_now
from tests.chat.peer import Socket, Visitor, agent, visitor
from tests.house import House

pytestmark = pytest.mark.engine


def token(customer_id: object = 1, *, minutes: float = 30, key: str = DEMO_IDENTITY_SECRET) -> str:
    expires = utc_now() + timedelta(minutes=minutes)
    claims = {"sub": str(customer_id), "name": "Ana Reyes", "exp": int(expires.timestamp())}
    return jwt.encode(claims, key, algorithm="HS256")


async def test_a_visitor_asks_and_is_answered(house: House) -> None:
    async with visitor(house.url) as ana:
        assert "order number" in await ana.asks("where is my order?")
        assert [event["seq"] for event in ana.events] == sorted(
            {event["seq"] for event in ana.events}
        )


async def test_a_message_sent_three_times_is_stored_and_answered_once(house: House) -> None:
    async with visitor(house.url) as ana:
        client_id = str(uuid.uuid4())
        seqs = {(await ana.say("hello there", client_id))["seq"] for _ in range(3)}
        assert len(seqs) == 1
        await ana.reads("assistant")
        await ana.say("thank you")
        await ana.reads("assistant", after=max(seqs) + 1)
        mine = [event["text"] for event in ana.events if event["from"] == "customer"]
        assert mine == ["hello there", "thank you"]


async def test_the_line_drops_and_nothing_is_lost_or_doubled(house: House) -> None:
    async with visitor(house.url) as ana:
        await ana.say("where is my order?")
        seen = ana.events[-1]["seq"] if ana.events else 0
        conversation, key, before = ana.conversation, ana.token, list(ana.events)
    async with visitor(house.url, conversation=conversation, token=key, since=seen) as again:
        await again.reads("assistant", "order number")
        seqs = [event["seq"] for event in before + again.events]
        assert seqs == sorted(set(seqs))
        assert again.frames[0]["type"] == "welcome"
        assert "token" not in again.frames[0]


async def test_another_visitors_conversation_cannot_be_read(house: House) -> None:
    async with visitor(house.url) as ana, aiohttp.ClientSession() as http:
        for guess in ({"token": "wrong"}, {"token": None}, {"conversation": "0" * 32}):
            stranger = Visitor(await http.ws_connect(f"{house.url}/chat/ws"))
            frame = {"conversation": ana.conversation, "token": ana.token, "since": 0} | guess
            await stranger.send(type="hello", **frame)
            assert (await stranger.of_type("error"))["code"] == "unknown_conversation"
            assert stranger.events == []
            await stranger.close()


async def test_a_known_visitor_needs_no_check(house: House) -> None:
    shop = SqlShop(house.settings.shop_database_url)
    orders = await shop.orders_of(1, limit=100)
    await shop.close()
    assert orders
    async with visitor(house.url, identity=token(1)) as ana:
        assert (await ana.of_type("welcome"))["identified"]
        reply = (await ana.asks("where is my order?")).replace(" ", "")
        assert any(order.number in reply for order in orders)


@pytest.mark.parametrize(
    "bad",
    [
        token(1, key="another key that is long enough for HS256"),
        token(1, minutes=-1),
        token(1, minutes=60 * 48),
        token("'; DROP TABLE customers; --"),
        jwt.encode({"sub": "1", "exp": 4_000_000_000}, "", algorithm="none"),
        "nonsense",
        "x" * 10_000,
    ],
)
async def test_a_forged_or_stale_token_is_worth_nothing(house: House, bad: str) -> None:
    async with visitor(house.url, identity=bad) as ana:
        problem = await ana.of_type("identity")
        assert problem["identified"] is None
        assert problem["problem"]
        assert "order number" in await ana.asks("where is my order?")


async def test_signing_out_takes_the_identity_back(house: House) -> None:
    async with visitor(house.url, identity=token(1)) as ana:
        await ana.send(type="identity", token=None)
        await ana.until(lambda f: f["type"] == "identity" and f["identified"] is None)
        assert "order number" in await ana.asks("where is my order?")


@pytest.mark.parametrize(
    "text", ["", "not json", "[]", '{"no": "type"}', '{"type": 5}', '{"type": "dance"}', "[" * 9999]
)
async def test_malformed_frames_cost_nothing(house: House, text: str) -> None:
    async with visitor(house.url) as ana:
        await ana.socket.send_str(text)
        assert (await ana.of_type("error"))["code"] == "bad_frame"
        assert await ana.asks("hello")


async def test_a_binary_frame_and_a_bad_say_are_told(house: House) -> None:
    async with visitor(house.url) as ana:
        await ana.socket.send_bytes(b"\x00\xff")
        await ana.of_type("error")
        for frame in ({"id": "short", "text": "x"}, {"id": str(uuid.uuid4()), "text": 5}):
            ana.frames.clear()
            await ana.send(type="say", **frame)
            assert (await ana.of_type("error"))["code"] == "bad_frame"


async def test_a_message_that_is_too_long_is_refused_and_not_stored(house: House) -> None:
    async with visitor(house.url) as ana:
        refused = await ana.say("x" * 4001)
        assert refused["code"] == "too_long"
        ack = await ana.say("hello")
        await ana.reads("assistant", after=ack["seq"])
        assert "xxx" not in str(ana.events)


async def test_no_hello_no_conversation(house: House) -> None:
    async with aiohttp.ClientSession() as http:
        stranger = Socket(await http.ws_connect(f"{house.url}/chat/ws"))
        for _ in range(3):
            await stranger.send(type="say", id=str(uuid.uuid4()), text="hi")
        await asyncio.wait_for(stranger.closed(), 10)
        assert stranger.socket.close_code == 4400


async def test_it_ends_with_a_rating(house: House) -> None:
    async with visitor(house.url) as ana:
        await ana.asks("hello")
        await ana.send(type="end")
        await ana.until(lambda f: f.get("event", {}).get("kind") == "conversation_ended")
        client_id = str(uuid.uuid4())
        for _ in range(2):
            await ana.send(type="rate", id=client_id, stars=5, comment="quick, 4111111111111111")
            await ana.until(lambda f: f["type"] == "ack" and f["id"] == client_id)
        await ana.send(type="rate", id=str(uuid.uuid4()), stars=9)
        assert (await ana.of_type("error"))["code"] == "bad_frame"
        rating = await ana.until(lambda f: f.get("event", {}).get("kind") == "rating")
        assert rating["event"]["data"] == {"stars": 5, "comment": "quick, ••••••••••••1111"}
        assert sum(event["kind"] == "rating" for event in ana.events) == 1
        assert (await ana.say("one more thing"))["code"] == "ended"
        conversation, key = ana.conversation, ana.token
    async with visitor(house.url, conversation=conversation, token=key) as back:
        assert back.frames[0]["ended"] is True


async def test_a_person_please(house: House) -> None:
    async with agent(house.url) as maya, visitor(house.url) as ana:
        await ana.asks("where is my order?")
        await ana.say("let me talk to a person please")
        queued = await ana.reads("assistant", "line")
        assert "team" in queued["text"]
        assert (await ana.of_type("floor"))["floor"] == "queue"

        handoff = await maya.waiting(ana.conversation)
        payload = handoff["payload"]
        assert payload["version"] == 1
        assert payload["need"]["reason"] == "asked_for_person"
        assert payload["need"]["contact_reason"] == "track_order"
        assert payload["progress"]["summary"][0]["label"] == "Wanted"
        said = [line["text"] for line in payload["evidence"]["transcript"]]
        assert "where is my order?" in said

        await ana.say("are you still there?")  # while waiting: the bot keeps silent
        status, _ = await maya.write(ana.conversation, "too early")
        assert status == 409
        status, _ = await maya.post(f"/api/desk/handoffs/{handoff['id']}/accept")
        assert status == 200
        await ana.until(lambda f: f.get("event", {}).get("kind") == "handoff_accepted")
        status, _ = await maya.write(ana.conversation, "Hi, Maya here. I can see your question.")
        assert status == 200
        greeting = await ana.reads("agent", "Maya here")
        assert greeting["name"] == "Maya Lindqvist"

        await maya.desk.send(type="watch", conversation=ana.conversation, since=0)
        await ana.say("thank goodness")
        await maya.desk.until(lambda f: f.get("event", {}).get("text") == "thank goodness")
        note = f"/api/conversations/{ana.conversation}/notes"
        assert (await maya.post(note, id=str(uuid.uuid4()), text="sounds worried"))[0] == 200

        status, _ = await maya.post(
            f"/api/desk/handoffs/{handoff['id']}/close", disposition="solved", summary="explained"
        )
        assert status == 200
        back = await ana.reads("assistant", "here again")
        between = [
            event
            for event in ana.events
            if queued["seq"] < event["seq"] < back["seq"] and event["from"] == "assistant"
        ]
        assert between == []
        assert "sounds worried" not in str(ana.frames)
        assert "explained" not in str(ana.events)

        ack = await ana.say("what is your return policy?")
        assert "60 days" in (await ana.reads("assistant", after=ack["seq"]))["text"]
        listed = await maya.get(f"/api/conversations/{ana.conversation}/events?since=0")
        seqs = [event["seq"] for event in listed["events"]]
        assert seqs == list(range(1, len(seqs) + 1))
