"""What a call left in the product's database: its events, read as the desk would read them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from tests.house import House


@dataclass(frozen=True)
class CallLog:
    conversation: str
    ended: bool
    events: list[dict[str, Any]]

    def said(self, speaker: str = "assistant") -> list[str]:
        """Messages and speech, fillers included."""
        return [
            event["text"]
            for event in self.events
            if event["speaker"] == speaker and event["kind"] in ("message", "speech")
        ]

    def heard(self) -> list[str]:
        """What the caller heard of ours, message by message."""
        return [event["data"]["heard"] for event in self.events if event["kind"] == "speech_ended"]


def call_log(house: House, caller: str) -> CallLog:
    """Of the latest call from this number; empty where there was none."""
    path = house.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        database.row_factory = sqlite3.Row
        leg = database.execute(
            "SELECT * FROM legs WHERE source = ? ORDER BY started_at DESC LIMIT 1",
            (f"phone:{caller}",),
        ).fetchone()
        if leg is None:
            return CallLog("", ended=False, events=[])
        conversation = leg["conversation_id"]
        events = [
            {**dict(row), "data": json.loads(row["data"])}
            for row in database.execute(
                "SELECT * FROM events WHERE conversation_id = ? ORDER BY seq", (conversation,)
            )
        ]
    return CallLog(conversation, leg["ended_at"] is not None, events)
