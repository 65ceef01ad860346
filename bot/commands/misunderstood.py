"""What customers said that the assistant had no answer to: the place to begin teaching it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import aliased

from bot.conversation.redaction import redacted
from bot.settings import Settings
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.tables import EventRow, Speaker

HELPLESS = frozenset(
    {"clarify", "rephrase", "still_not", "out_of_scope", "unknown_article", "offer_person"}
)
"""Responses that say: this I could not answer."""


async def sentences(settings: Settings, since: datetime) -> list[tuple[str, str, int]]:
    """(words without names and numbers, what the assistant said, how often), the most frequent first."""
    await migrate(settings.database_url)
    database = Database(settings.database_url)
    said, answered = aliased(EventRow), aliased(EventRow)
    query = (
        select(said.text, answered.data)
        .join(
            answered,
            (answered.conversation_id == said.conversation_id) & (answered.turn_id == said.turn_id),
        )
        .where(
            said.speaker == Speaker.CUSTOMER,
            answered.speaker == Speaker.ASSISTANT,
            said.at >= since,
            said.text != "",
        )
    )
    try:
        async with database.reading() as session:
            found = [(text, data.get("response")) for text, data in await session.execute(query)]
    finally:
        await database.close()
    helpless = [(text, str(response)) for text, response in found if response in HELPLESS]
    counted = Counter((redacted(text), response) for text, response in helpless)
    return [(words, response, count) for (words, response), count in counted.most_common()]


def misunderstood(settings: Settings, *, days: int, as_json: bool) -> int:
    since = datetime.now(UTC) - timedelta(days=days)
    found = asyncio.run(sentences(settings, since))
    if as_json:
        keys = ("words", "response", "count")
        print(json.dumps([dict(zip(keys, row, strict=True)) for row in found], indent=1))
    elif not found:
        print(f"Nothing of the last {days} days went unanswered.")
    for words, response, count in [] if as_json else found:
        print(f"{count:4}  {response:<16} {' '.join(words.split())[:140]}")
    return 0
