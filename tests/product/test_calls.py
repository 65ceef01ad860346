"""Calls: recordings played into the running product as a caller would, judged by what it did.

Played four times as fast as they were spoken (turns are timed in sound)."""

from __future__ import annotations

import asyncio
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from actions.shop.listing import demo_orders
from bot.commands.caller import CallFailed, calling
from speech.audio import Sound, read_wav, resample
from speech.spoken import digits
from speech.vosk_recogniser import VoskRecogniser
from tests.chat.peer import agent
from tests.ears import words_in
from tests.house import House

pytestmark = [pytest.mark.engine, pytest.mark.speech, pytest.mark.realtime]

FOLDER = Path(__file__).resolve().parent.parent / "recordings"
LISTED: list[dict[str, Any]] = tomllib.loads((FOLDER / "recordings.toml").read_text())["recording"]
SPEED = 4.0


@dataclass
class Call:
    opening: str
    number: str
    postcode: str
    digits: str


def recordings(**wanted: object) -> list[dict[str, Any]]:
    return [r for r in LISTED if all(r.get(name) == value for name, value in wanted.items())]


def order_calls() -> list[Call]:
    openings = recordings(intent="track_order")
    calls = []
    for order in range(10):
        number = next(r for r in LISTED if r.get("order") == order and "order" in r["file"])
        postcode = next(r for r in LISTED if r.get("order") == order and "postcode" in r["file"])
        opening = openings[order % len(openings)]
        calls.append(Call(opening["file"], number["file"], postcode["file"], number["digits"]))
    return calls


def sound(file: str) -> Sound:
    return read_wav(FOLDER / file)


STATE_HEARD = {
    "delivered": "delivered",
    "shipped": "way",
    "awaiting_payment": "pay",
    "cancelled": "cancel",
    "processing": "pack|prepar|process",
    "returned": "return|came back|refund",
    "delayed": "sorry|late|delay",
    "out_for_delivery": "today|delivery",
    "partly_shipped": "part|some|rest|parcel",
    "packed": "pack",
}


AT_ONCE = 2


@dataclass(frozen=True)
class Asked:
    lines: list[str]
    told: bool
    heard_again: bool


async def asks_for_the_order(house: House, ears: VoskRecogniser, call: Call, status: str) -> Asked:
    lines, rate = [], sound(call.number).rate_hz
    async with calling(house.url, rate) as caller:
        for file in (call.opening, call.number, call.postcode):
            played = sound(file)
            played = played if played.rate_hz == rate else resample(played, rate)
            exchange = await caller.play(played, speed=SPEED)
            lines.append(f"{file}: {exchange.heard!r} -> {' '.join(exchange.says)!r}")
    if digits(call.digits) not in " ".join(exchange.says):
        return Asked(lines, False, False)
    again = await asyncio.to_thread(words_in, ears, Sound(caller.reply_rate, exchange.reply))
    lines.append(f"    reply heard again: {again!r}")
    return Asked(lines, True, bool(re.search(STATE_HEARD[status], again)))


@pytest.mark.timeout(400)  # thirty recordings, on a machine that may be busy
async def test_ten_callers_ask_where_their_order_is(house: House, ears: VoskRecogniser) -> None:
    orders = await demo_orders(house.settings.shop_database_url)
    states = {str(order["number"]): str(order["status"]) for order in orders}
    places = asyncio.Semaphore(AT_ONCE)

    async def one(call: Call) -> Asked:
        async with places:
            return await asks_for_the_order(house, ears, call, states[call.digits])

    asked = await asyncio.gather(*map(one, order_calls()))
    table = "\n".join(line for one in asked for line in one.lines)
    print(table)
    reached = sum(one.told for one in asked)
    assert reached >= 9, table  # at most one is asked again; none is told somebody else's order
    assert sum(one.heard_again for one in asked) >= reached - 1, table


@pytest.mark.parametrize(
    ("intent", "words"),
    [
        ("greet", "hello|juniper|hi"),
        ("thank", "welcome|glad|pleasure|anytime"),
        ("contact_human_agent", "team|person|someone|somebody"),
        ("return_item", "sixty|return"),
        ("delivery_period", "day|deliver"),
        ("check_stock", "alder|jacket"),
    ],
)
async def test_what_else_callers_say(house: House, intent: str, words: str) -> None:
    files = recordings(intent=intent)
    assert files
    right = []
    for recording in files:
        played = sound(recording["file"])
        async with calling(house.url, played.rate_hz) as caller:
            exchange = await caller.play(played, speed=SPEED)
        print(recording["file"], exchange.heard, exchange.says)
        right.append(bool(re.search(words, " ".join(exchange.says).lower())))
    assert sum(right) >= len(right) * 0.6


async def test_a_call_in_the_log(house: House) -> None:
    async with agent(house.url) as maya, calling(house.url, 16_000) as caller:
        await caller.play(sound("where-is-my-order-heart-16k.wav"), speed=SPEED)
        listed = await maya.get(f"/api/conversations/{caller.conversation}/events")
    events = listed["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    [speech] = [event for event in events if event["kind"] == "speech"]
    assert 0 < speech["data"]["confidence"] <= 1
    assert speech["text"] == "where is my order"
    started = [e["data"]["of"] for e in events if e["kind"] == "speech_started"]
    ended = {e["data"]["of"]: e["data"] for e in events if e["kind"] == "speech_ended"}
    messages = [e["seq"] for e in events if e["kind"] == "message" and e["from"] == "assistant"]
    assert started == messages
    assert ended[messages[0]]["heard"]
    assert ended[messages[0]]["interrupted"] is False


async def test_silence_is_not_answered(house: House) -> None:
    async with calling(house.url, 8_000) as caller:
        exchange = await caller.play(Sound(8_000, bytes(2 * 8_000 * 2)), speed=8)
        assert exchange.heard is None
        assert exchange.says == []


async def test_a_ticket_is_good_once(house: House) -> None:
    async with aiohttp.ClientSession(house.url) as http:
        chat = await http.ws_connect("/chat/ws")
        await chat.send_json({"type": "hello", "conversation": None, "since": 0})
        await chat.receive_json()
        await chat.send_json({"type": "voice"})
        frame = await chat.receive_json()
        while frame["type"] != "voice":
            frame = await chat.receive_json()
        path = f"{frame['path']}?ticket={frame['ticket']}"
        first = await http.ws_connect(path)
        await first.send_json({"type": "start", "rate": 16_000})
        assert (await first.receive_json())["type"] == "ready"
        second = await http.ws_connect(path)
        assert (await second.receive_json())["code"] == "bad_ticket"
        await first.close()
        third = await http.ws_connect("/voice/ws?ticket=guess")
        assert (await third.receive_json())["code"] == "bad_ticket"


async def test_an_unsupported_rate_is_a_loud_error(house: House) -> None:
    with pytest.raises(CallFailed, match=r"96|Hz|rate"):
        async with calling(house.url, 96_000):
            pass
