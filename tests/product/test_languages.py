"""Two languages at once: each customer is understood and answered in theirs."""

from __future__ import annotations

import asyncio
import os
import string
import time
import tomllib
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bench.callers_voice import says
from bench.phone_again import connected_again
from bench.phone_caller import calling_by_phone
from bot.channels.phone.coding import RATE_HZ
from bot.conversation.sentences import Sentences
from bot.settings import ROOT
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.tables import Leg
from speech.audio import mulaw_decode
from speech.catalogue import Catalogue, ModelMissing
from speech.whisper_recogniser import WhisperTranscriber
from tests.chat.peer import agent, visitor
from tests.house import House, open_house
from tests.product.call_log import call_log
from tests.product.test_phone_calls import TOKEN, keys, log_with

LANGUAGES = sorted(file.parent.name for file in ROOT.glob("data/*/server.toml"))
SPOKEN = sorted(file.parent.name for file in ROOT.glob("data/*/calls.toml"))


def server_sentences(language: str, of: str = "server") -> dict[str, dict[str, Any]]:
    return tomllib.loads((ROOT / "data" / language / f"{of}.toml").read_text(encoding="utf-8"))


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_sentence_with_the_same_names_in_it(language: str) -> None:
    english, other = server_sentences("en"), server_sentences(language)
    assert other.keys() == english.keys()
    for key, entry in english.items():
        assert other[key].keys() == entry.keys(), key
        for form in ("text", "spoken"):
            if form in entry:
                assert placeholders(other[key][form]) == placeholders(entry[form]), (key, form)


def test_sentences_of_a_language_that_is_not_taught_are_the_default_ones() -> None:
    say = Sentences("en", assistant="Juniper", shop="Juniper Outdoor")
    assert say.of("zh")("back_again", agent="Maya").text.startswith("我是 Juniper")
    assert say.of("xx") is say.of(None) is say
    assert say.of("zh").is_never_mind("算了。")


async def test_legs_from_before_speak_the_language_of_their_conversation(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'centre.db'}"
    await migrate(url, "0001")
    database = Database(url)
    async with database.writing() as session:
        await session.execute(
            text(
                "INSERT INTO conversations (id, language, created_at, last_at, last_seq, floor, "
                "floor_epoch, expects) VALUES ('c', 'zh', '2026-03-04', '2026-03-04', 0, 'bot', 1, "
                "'free')"
            )
        )
        await session.execute(
            text(
                "INSERT INTO legs (id, conversation_id, channel, started_at, source) "
                "VALUES ('l', 'c', 'webchat', '2026-03-04', 'address:127.0.0.1')"
            )
        )
    await migrate(url)
    async with database.reading() as session:
        leg = await session.get_one(Leg, "l")
    assert (leg.language, leg.source) == ("zh", "address:127.0.0.1")
    await database.close()


@pytest.mark.parametrize("language", SPOKEN)
def test_every_language_of_calls_says_what_english_ones_do(language: str) -> None:
    """Those for what its dialogue doesn't ask for (an order number) may be missing."""
    english, other = (server_sentences(code, "calls") for code in ("en", language))
    asks_for = ("order_number", "postcode", "address", "read_back")
    not_needed = {key for key in english if key.endswith(asks_for)} | {"key_1", "key_2"}
    assert english.keys() - not_needed <= other.keys() <= english.keys()
    for key, entry in other.items():
        assert entry.keys() == english[key].keys(), key
        assert placeholders(entry.get("text", "")) == placeholders(english[key].get("text", ""))


def chinese_can_be_spoken() -> bool:
    """Whether the models are here. CI fetches them."""
    catalogue = Catalogue.load()
    try:
        for role in ("recogniser", "voice", "transcriber", "voice-kokoro"):
            catalogue.path(role, "en")
    except ModelMissing:
        return bool(os.environ.get("CI"))
    return True


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("bilingual")
    speech = str(chinese_can_be_spoken()).lower()
    with open_house(folder, languages="en,zh", speech=speech, twilio_auth_token=TOKEN) as made:
        yield made


@pytest.mark.engine
@pytest.mark.timeout(400)
class TestInTheHouse:
    def test_both_engines_are_part_of_being_ready(self, bilingual: House) -> None:
        parts = bilingual.get("/health/ready")["parts"]
        assert parts["engine"] is parts["engine-zh"] is True

    async def test_a_chinese_and_an_english_customer_side_by_side(self, bilingual: House) -> None:
        url = bilingual.url
        async with (
            agent(url) as maya,
            visitor(url, locale="zh-CN") as mei,
            visitor(url, locale="en-US") as ana,
        ):
            assert "您好" in await mei.asks("你好")
            assert "Juniper" in await ana.asks("hello")
            assert "9 点" in await mei.asks("你们几点开门？")
            assert "9 am" in await ana.asks("when do you open?")
            ack = await mei.say("我想跟人工客服说话")
            await mei.reads("assistant", "同事", after=ack["seq"])
            handoff = await maya.waiting(mei.conversation)
            assert handoff["payload"]["identity"]["language"] == "zh"
            assert handoff["payload"]["need"]["contact_reason"] == "store_hours"
            status, _ = await maya.post(f"/api/desk/handoffs/{handoff['id']}/accept")
            assert status == 200
            await maya.post(
                f"/api/desk/handoffs/{handoff['id']}/close", disposition="solved", summary=""
            )
            back = await mei.reads("assistant", "Maya")
            assert back["text"].startswith("我是 Juniper")
            assert "您好" in await mei.asks("你好")  # the engine was told and goes on

    async def test_two_questions_in_chinese_are_two(self, bilingual: House) -> None:
        async with agent(bilingual.url), visitor(bilingual.url, locale="zh") as mei:
            ack = await mei.say("你们几点开门？另外，我想跟人工客服说话")
            await mei.reads("assistant", "9 点", after=ack["seq"])
            await mei.reads("assistant", "同事", after=ack["seq"])

    async def test_nobody_there_says_so_in_chinese_and_takes_a_message(
        self, bilingual: House
    ) -> None:
        async with visitor(bilingual.url, locale="zh-TW") as mei:
            ack = await mei.say("转人工")
            offer = await mei.reads("assistant", "留言", after=ack["seq"])
            assert offer["data"]["buttons"] == [{"title": "算了", "payload": "算了"}]
            assert "不留言" in await mei.asks("算了")

    async def test_a_conversation_changes_its_language_with_its_page(
        self, bilingual: House
    ) -> None:
        async with visitor(bilingual.url, locale="en-US") as ana:
            assert "Juniper" in await ana.asks("hello")
            conversation, token = ana.conversation, ana.token
        known = {"conversation": conversation, "token": token}
        async with visitor(bilingual.url, locale="zh-CN", **known) as ana:
            assert "9 点" in await ana.asks("几点关门")
        async with visitor(bilingual.url, **known) as ana:  # says nothing: as it was
            assert "9 点" in await ana.asks("几点关门")

    async def test_a_machine_names_the_language(self, bilingual: House) -> None:
        who = f"test-{uuid.uuid4().hex}"

        async def says(words: str, **more: str) -> str:
            return await asyncio.to_thread(bilingual.say, who, words, **more)

        assert "9 点" in await says("你们几点开门？", language="zh-CN")
        assert "您好" in await says("你好")  # it stays
        assert "9 am" in await says("when do you open?", language="en")

    async def test_a_language_nobody_speaks_is_answered_in_the_first(
        self, bilingual: House
    ) -> None:
        async with visitor(bilingual.url, locale="de-DE") as karl:
            assert "9 am" in await karl.asks("when do you open?")

    def test_a_chinese_article_has_a_page(self, bilingual: House) -> None:
        with urllib.request.urlopen(f"{bilingual.url}/help/yingye-shijian") as answer:
            page = answer.read().decode()
        assert '<html lang="zh"' in page
        assert "本德" in page


@pytest.mark.engine
@pytest.mark.speech
@pytest.mark.realtime
@pytest.mark.timeout(400)
@pytest.mark.skipif(
    not chinese_can_be_spoken(),
    reason="needs `python -m speech models fetch --role transcriber --role voice-kokoro`",
)
class TestOnTheTelephone:
    async def test_a_caller_chooses_chinese_and_goes_back(self, bilingual: House) -> None:
        number = "+15550301"
        async with calling_by_phone(bilingual.url, auth_token=TOKEN, caller=number) as caller:
            await log_with(bilingual, number, "中文服务，请按9")
            await keys(caller, bilingual, number, "9", "接下来用中文")
            await caller.listen()
            asked_at = await caller.say(says("你们几点开门？", "yunxi"))
            await log_with(bilingual, number, "9 点")
            await said_out(bilingual, number, "9 点")  # its second sentence may have to be made
            assert "点" in in_chinese(caller.playhead.heard(asked_at, time.monotonic()))
            await keys(caller, bilingual, number, "8", "English it is")
            await caller.listen()
            await caller.say(says("In Chinese, please."))
            log = await log_with(bilingual, number, "接下来用中文", times=2)
            caller.cut()
            async with connected_again(bilingual.url, caller):
                await log_with(bilingual, number, "刚才电话断了")  # it goes on in Chinese
        asked = [event["text"] for event in log.events if event["speaker"] == "customer"][-1]
        assert "chinese" in asked

    async def test_a_number_for_chinese_callers_greets_in_it(self, bilingual: House) -> None:
        number, query = "+15550302", "?language=zh"
        async with calling_by_phone(
            bilingual.url, auth_token=TOKEN, caller=number, query=query
        ) as caller:
            assert "您好" in in_chinese((await caller.listen()).heard)
            await caller.press("0")
            await log_with(bilingual, number, "留言")  # nobody is there
        assert call_log(bilingual, number).said()[0].startswith("您好")


async def said_out(house: House, caller: str, words: str, within_s: float = 30.0) -> None:
    """Until the message with these words was said to its end."""
    for _ in range(round(within_s / 0.2)):
        events = call_log(house, caller).events
        seq = next((e["seq"] for e in events if words in e["text"]), None)
        if any(e["kind"] == "speech_ended" and e["data"]["of"] == seq for e in events):
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"{words!r} was never said to its end")


def in_chinese(mulaw: bytes) -> str:
    """What a Chinese caller heard."""
    ear = WhisperTranscriber(Catalogue.load().path("transcriber"), "zh")
    return ear.transcribe(mulaw_decode(mulaw), RATE_HZ).text
