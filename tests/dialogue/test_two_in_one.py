"""Two requests in one message: where it is cut, and how both are answered, with the real engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from actions.shop import SqlShop
from bot.conversation.events import Event, Kind
from bot.conversation.hub import Hub
from bot.conversation.log import ConversationLog
from bot.conversation.sentences import Sentences
from bot.dialogue.asking import in_parts
from bot.dialogue.engine import Engines, Reply, TurnRequest, Understood
from bot.dialogue.listening import Listening, Words
from bot.dialogue.replies import expects_of, without_repeats
from bot.dialogue.splitting import LONGEST, Part, parts, split
from bot.dialogue.turns import Patience, Turns
from bot.handoff.service import Handoffs
from bot.handoff.waiting_room import WaitingRoom
from bot.store.database import Database
from bot.store.desk_tables import Agent, Role, Status
from bot.store.migrate import migrate
from bot.store.tables import Channel, Floor, Speaker
from tests.conftest import Time
from tests.dialogue.engine_house import House

# --- where it may be cut -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("where is my order and what are your hours", ["where is my order", "what are your hours"]),
        ("Where is my order? When do you open?", ["Where is my order?", "When do you open?"]),
        ("482 919, and by the way when do you open?", ["482 919", "when do you open?"]),
        ("cancel it, and also send me the invoice", ["cancel it", "send me the invoice"]),
        ("I want a refund; do you ship to Canada", ["I want a refund", "do you ship to Canada"]),
        ("where is it? oh and do you take PayPal", ["where is it?", "do you take PayPal"]),
        ("Cancel 482919 plus I need an invoice", ["Cancel 482919", "I need an invoice"]),
        ("return my boots, and I'd like an invoice", ["return my boots", "I'd like an invoice"]),
        ("track my order and I would like an invoice", ["track my order", "I would like an invoice"]),
        ("where is it. Also, can I cancel it?", ["where is it.", "can I cancel it?"]),
        ("Where is my order\nWhen do you open", ["Where is my order", "When do you open"]),
        ("when do you open, where are you", ["when do you open", "where are you"]),
        ("my number is 482919, do you ship to Canada", ["my number is 482919", "do you ship to Canada"]),
        ("Track 482919 and cancel 482935", ["Track 482919", "cancel 482935"]),
        ("What a day! And where is my parcel?", ["What a day!", "where is my parcel?"]),
        ("你们几点开门？我想跟人工客服说话", ["你们几点开门？", "我想跟人工客服说话"]),
    ],
)  # fmt: skip
def test_a_cut(text: str, pieces: list[str]) -> None:
    assert [piece.text for piece in parts(text)[-1]] == pieces


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "where is my order",
        "black and white jackets",
        "I want to return a tent and a pair of boots",
        "and what are your hours?",
        "by the way, when do you open?",
        "when do you open, by the way?",
        "is it also available in blue",
        "I bought the tent, which is torn",
        "the shop on Oak St. in Bend",
        "my order no. 482919",
        "do you open at 9 a.m. or later",
        "it costs $19.99 or more",
        "hello. ",
        "... and?",
        "x" * LONGEST + ". When do you open?",
        "One. Two. Three. Four. Five.",
    ],
)
def test_no_cut(text: str) -> None:
    assert parts(text) == []


def test_three_questions_are_offered_as_three_before_as_two() -> None:
    ways = parts("when do you open? do you take paypal? where is my order?")
    assert [len(way) for way in ways] == [3, 2, 2]


def test_another_matter_is_told_from_more_of_the_same() -> None:
    assert [piece.added for piece in parts("482919, and also cancel it")[0]] == [False, True]
    assert [piece.added for piece in parts("482919. Cancel it")[0]] == [False, False]


# --- whether the pieces are requests -----------------------------------------------------------

MEANINGS = {
    "where is my order?": ("track_order", 1.0),
    "when do you open?": ("store_hours", 1.0),
    "do you take paypal?": ("check_payment_methods", 0.9),
    "cancel my order.": ("cancel_order", 1.0),
    "i need an invoice.": ("get_invoice", 1.0),
    "i want my money back.": ("get_refund", 1.0),
    "a person please.": ("contact_human_agent", 1.0),
    "can you do it?": ("change_order", 0.8),
    "mumble?": ("track_refund", 0.5),
    "hi.": ("greet", 1.0),
    "thanks.": ("thank", 1.0),
    "yes.": ("affirm", 1.0),
    "482919.": ("give_number", 1.0),
}


async def order_of(text: str, *, asked: bool = False) -> list[str]:
    async def parse(words: str) -> Understood:
        intent, confidence = MEANINGS.get(words.lower(), ("nlu_fallback", 0.3))
        return Understood(intent, confidence)

    return [part.text for part in await split(text, parse, asked=asked)]


async def test_questions_first_so_that_what_a_case_asks_stands_at_the_end() -> None:
    assert await order_of("Where is my order? When do you open?") == [
        "When do you open?",
        "Where is my order?",
    ]
    assert await order_of("When do you open? Where is my order?") == [
        "When do you open?",
        "Where is my order?",
    ]


async def test_two_cases_in_the_order_said() -> None:
    assert await order_of("I need an invoice. Cancel my order.") == [
        "I need an invoice.",
        "Cancel my order.",
    ]


async def test_three_requests() -> None:
    text = "Where is my order? When do you open? Do you take PayPal?"
    assert await order_of(text) == [
        "When do you open?",
        "Do you take PayPal?",
        "Where is my order?",
    ]


async def test_a_person_comes_before_a_case() -> None:
    text = "Where is my order? A person please."
    assert await order_of(text) == ["A person please.", "Where is my order?"]


@pytest.mark.parametrize(
    "text",
    [
        "Hi. Where is my order?",
        "Thanks. When do you open?",
        "Where is my order? Where is my order?",
        "Where is my order? Mumble?",
        "Where is my order? The weather is nice.",
        "Where is my order? I want my money back.",  # what happened, and what follows from it
        "Where is my order? Can you do it?",  # leans on the words before, and unsure
    ],
)
async def test_one_request(text: str) -> None:
    assert await order_of(text) == []


async def test_an_answer_and_a_question_are_two_only_when_something_was_asked() -> None:
    assert await order_of("482919. When do you open?") == []
    assert await order_of("482919. When do you open?", asked=True) == [
        "482919.",
        "When do you open?",
    ]
    assert await order_of("Yes. Thanks.", asked=True) == []
    assert await order_of("Yes. When do you open?", asked=True) == ["Yes.", "When do you open?"]


async def test_a_number_and_what_it_is_for_are_one_matter() -> None:
    assert await order_of("482919. Cancel my order.", asked=True) == []
    assert await order_of("482919. Also, cancel my order.", asked=True) == [
        "482919.",
        "cancel my order.",
    ]


def test_other_guesses_of_the_recogniser_go_with_the_part_that_holds_a_number() -> None:
    request = TurnRequest(
        turn_id="t", conversation="c", leg="l", channel="voice", language="en", source="s",
        text="four eight two and when do you open", alternatives=["for eight to"],
    )  # fmt: skip
    parts = [
        Part("four eight two", True, "give_number", 0.9),
        Part("when do you open", False, "store_hours", 0.9),
    ]
    asked = in_parts(request, parts)
    assert [(one.turn_id, one.text, one.alternatives) for one in asked] == [
        ("t", "four eight two", ["for eight to"]),
        ("t.2", "when do you open", []),
    ]
    assert in_parts(request, []) == [request]


def reply(expects: str, *messages: tuple[str, str]) -> Reply:
    said = [{"text": text, "response": response} for text, response in messages]
    return Reply.model_validate({"turn_id": "t", "expects": expects, "messages": said})


def test_a_question_that_comes_again_is_said_once() -> None:
    number = reply("postcode", ("Thanks.", "thanks"), ("Its postcode?", "ask_postcode"))
    hours = reply(
        "postcode", ("From 9 to 7.", "help_article"), ("And the postcode?", "ask_postcode")
    )
    said = [[message.text for message in kept] for kept in without_repeats([number, hours])]
    assert said == [["Thanks."], ["From 9 to 7.", "And the postcode?"]]
    assert expects_of([number, hours]) == "postcode"


def test_what_the_first_part_asked_is_still_expected_when_the_second_asks_nothing() -> None:
    case = reply("order_number", ("Which order?", "ask_order_number"))
    later = reply("free", ("I'll come to the invoice after this.", "queued"))
    assert expects_of([case, later]) == "order_number"
    assert without_repeats([case, later])[0] == case.messages


# --- on the real engine ------------------------------------------------------------------------


class Wire:
    """Between server and engine: passes everything on, counts it, and breaks when told to."""

    def __init__(self, engine_url: str) -> None:
        self.url = ""
        self.engine_url = engine_url
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.loses_answer_of: set[str] = set()
        """Ends of turn ids whose next answer gets lost, after the engine has worked on them."""
        self.breaks_before: set[str] = set()
        self.is_gone_for: set[str] = set()
        """The same, for good."""

    def turns(self) -> list[dict[str, Any]]:
        return [body for path, body in self.asked if path.endswith("/turn")]

    def parsed(self) -> list[str]:
        return [body["text"] for path, body in self.asked if path.endswith("/parse")]

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append((request.path, body))
        end = body.get("turn_id", "")[-2:]
        if end in self.is_gone_for:
            raise web.HTTPBadGateway
        if end in self.breaks_before:
            self.breaks_before.discard(end)
            raise web.HTTPBadGateway
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.engine_url + request.path, json=body) as answer,
        ):
            told = await answer.read()
        if end in self.loses_answer_of:
            self.loses_answer_of.discard(end)
            raise web.HTTPGatewayTimeout
        return web.Response(
            body=told, status=answer.status, content_type=answer.content_type, charset="utf-8"
        )


class Ana:
    """A customer at the entrance for words, with the server's parts in this process."""

    def __init__(self, database: Database, shop: SqlShop, engines: Engines, time: Time) -> None:
        self.database = database
        self.time = time
        self.log = ConversationLog(database, Hub(), time)
        say = Sentences("en", assistant="Juniper", shop="Juniper Outdoor")
        handoffs = Handoffs(self.log, shop, say, presence_s=60)
        self.turns = Turns(self.log, engines, handoffs, say, Patience(30, 30), sleep=self.waits)
        room = WaitingRoom(handoffs)
        self.listening = Listening(self.log, self.turns, room, message_limit=4000)
        self.conversation = self.leg = ""

    async def waits(self, seconds: float) -> None:
        """Pauses pass on the clock, not for us; "one moment" never comes."""
        if seconds >= 20:
            await asyncio.Event().wait()
        self.time.passes(seconds)
        await asyncio.sleep(0)

    async def arrives(self) -> None:
        self.conversation, _ = await self.log.begin("en")
        async with self.log.opened(self.conversation) as opened:
            leg = await opened.begin_leg(Channel.WEBCHAT, f"address:{self.conversation}")
            self.leg = leg.id

    async def says(self, text: str) -> list[Event]:
        """Returns the assistant's messages."""
        heard = await self.listening.hear(self.conversation, Words(text, self.leg))
        assert heard.turn_id
        await self.turns.finished(heard.turn_id)
        events = await self.log.since(self.conversation, heard.event.seq)
        return [e for e in events if e.kind is Kind.MESSAGE and e.speaker is Speaker.ASSISTANT]

    async def expects(self) -> str:
        return (await self.log.get(self.conversation)).expects


@pytest.fixture
async def wire(house: House) -> AsyncIterator[Wire]:
    made = Wire(house.url)
    app = web.Application()
    app.router.add_post("/{path:.*}", made.pass_on)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def ana(house: House, wire: Wire, tmp_path: Path, time: Time) -> AsyncIterator[Ana]:
    url = f"sqlite:///{tmp_path / 'centre.db'}"
    await migrate(url)
    database, shop = Database(url), SqlShop(f"sqlite:///{house.shop_file}")
    async with Engines({"en": wire.url}) as engines:
        made = Ana(database, shop, engines, time)
        await made.arrives()
        yield made
        await made.turns.stop()
    await shop.close()
    await database.close()


def intents(messages: list[Event]) -> list[str]:
    return list(dict.fromkeys(message.data["intent"] for message in messages))


@pytest.mark.engine
@pytest.mark.timeout(400)
class TestOnTheEngine:
    async def test_hours_and_an_order(self, ana: Ana, wire: Wire) -> None:
        told = await ana.says("Where is my order and what are your opening hours?")
        assert intents(told) == ["store_hours", "track_order"]
        assert "10" in told[0].text
        assert "order number" in told[-1].text
        assert await ana.expects() == "order_number"
        first, second = wire.turns()
        assert second["turn_id"] == first["turn_id"] + ".2"
        assert (first["part"], first["parts"], second["part"]) == (1, 2, 2)
        assert (first["answers_last"], second["answers_last"]) == (True, False)

    async def test_a_plain_message_is_not_looked_at_twice(self, ana: Ana, wire: Wire) -> None:
        await ana.says("where is my order")
        assert wire.parsed() == []
        assert [(turn["part"], turn["parts"]) for turn in wire.turns()] == [(1, 1)]

    async def test_hello_and_a_question_are_one(self, ana: Ana, wire: Wire) -> None:
        told = await ana.says("Hi. Where is my order?")
        assert intents(told) == ["track_order"]
        assert len(wire.turns()) == 1

    async def test_a_number_and_a_question_ask_for_the_postcode_once(
        self, ana: Ana, house: House
    ) -> None:
        order = house.order("shipped")
        await ana.says("where is my order")
        told = await ana.says(f"{order['number']}, and by the way when do you open?")
        assert sum("postcode" in message.text.lower() for message in told) == 1
        assert "store_hours" in intents(told)
        assert await ana.expects() == "postcode"
        told = await ana.says(order["postcode"])
        assert told[0].data["response"] == "order_status"

    async def test_a_person_takes_the_rest(self, ana: Ana, wire: Wire, time: Time) -> None:
        maya = Agent(
            username="maya", name="Maya", role=Role.AGENT, password_hash="-",
            status=Status.AVAILABLE, created_at=time(), seen_at=time(),
        )  # fmt: skip
        async with ana.database.writing() as session:
            session.add(maya)
        await ana.says("I'd like to talk to a person. And where is my order?")
        assert (await ana.log.get(ana.conversation)).floor is Floor.QUEUE
        assert [turn["text"] for turn in wire.turns()] == ["I'd like to talk to a person."]

    @pytest.mark.parametrize("broken", ["breaks_before", "loses_answer_of"])
    async def test_a_wire_that_breaks_between_the_parts_doubles_nothing(
        self, ana: Ana, wire: Wire, broken: str
    ) -> None:
        getattr(wire, broken).add(".2")
        told = await ana.says("Where is my order and what are your opening hours?")
        assert intents(told) == ["store_hours", "track_order"]
        texts = [message.text for message in told]
        assert len(texts) == len(set(texts))
        assert [turn["turn_id"][-2:] == ".2" for turn in wire.turns()] == [False, True, True]

    async def test_an_engine_gone_after_the_first_part_leaves_its_answer_and_gives_up(
        self, ana: Ana, wire: Wire
    ) -> None:
        wire.is_gone_for.add(".2")
        told = await ana.says("Where is my order and what are your opening hours?")
        assert told[0].data["intent"] == "store_hours"
        assert "something on our side isn't working" in told[-2].text
        assert "Nobody from the team" in told[-1].text
