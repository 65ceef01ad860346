"""Customers' sentences without what is theirs, and the list of those that got no answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.commands.misunderstood import sentences
from bot.conversation.events import Kind, NewEvent
from bot.conversation.hub import Hub
from bot.conversation.log import ConversationLog
from bot.conversation.redaction import redacted
from bot.settings import load_settings
from bot.store.columns import new_id
from bot.store.database import Database
from bot.store.tables import Speaker


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("my order 482 919 for zip 97201", "my order [number] for zip [number]"),
        ("four eight two nine one nine", "[number]"),
        ("write to ana.reyes@example.com", "write to [email]"),
        ("call me at +1 503 555 0142", "call me at +[number]"),
        ("I live at 12 Maple Street", "I live at [address]"),
        ("My name is Maria Lopez and I live in Seattle", "My name is [name] and I live in [place]"),
        ("do you have tents for 4", "do you have tents for 4"),
        ("", ""),
    ],
)
def test_what_is_left_of_a_sentence(text: str, told: str) -> None:
    assert redacted(text) == told


async def test_what_got_no_answer_is_counted(database_url: str) -> None:
    """Only sentences that the assistant had nothing to say to, without the names in them."""
    database = Database(database_url)
    log = ConversationLog(database, Hub(), lambda: datetime.now(UTC))
    try:
        for words, response in (
            ("do you fix kites", "rephrase"),
            ("do you fix kites", "rephrase"),
            ("my name is Maria Lopez, sing", "out_of_scope"),
            ("where is 482 919", "order_status"),
        ):
            conversation, _ = await log.begin("en")
            async with log.opened(conversation) as opened:
                turn = new_id()
                await opened.append(NewEvent(Kind.MESSAGE, Speaker.CUSTOMER, words, turn_id=turn))
                answer = NewEvent(Kind.MESSAGE, Speaker.ASSISTANT, "…", turn_id=turn)
                await opened.append(replace(answer, data={"response": response}), opened.claim)
    finally:
        await database.close()
    settings = load_settings(database_url=database_url)
    now = datetime.now(UTC)
    assert await sentences(settings, now - timedelta(hours=1)) == [
        ("do you fix kites", "rephrase", 2),
        ("my name is [name], sing", "out_of_scope", 1),
    ]
    assert await sentences(settings, now + timedelta(hours=1)) == []
