"""Conversations' memory: Rasa's SQL tracker store, in a file of the data folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain


class FileTrackerStore(SQLTrackerStore):
    """SQLite at `engine/tracker.db` in WARMLINE_DATA_DIR (default `var`), or wherever
    WARMLINE_TRACKER_DB says."""

    def __init__(
        self, domain: Domain | None = None, event_broker: EventBroker | None = None, **kwargs: Any
    ) -> None:
        data = Path(os.environ.get("WARMLINE_DATA_DIR") or "var")
        file = Path(os.environ.get("WARMLINE_TRACKER_DB") or data / "engine" / "tracker.db")
        file.parent.mkdir(parents=True, exist_ok=True)
        kwargs.pop("host", None)
        super().__init__(domain=domain, db=str(file), event_broker=event_broker, **kwargs)
        with self.engine.connect() as connection:  # a reply waits for the disk; WAL makes it short
            connection.execute(sqlalchemy.text("PRAGMA journal_mode = WAL"))
