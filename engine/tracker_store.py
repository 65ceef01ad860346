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
        sqlalchemy.event.listen(self.engine, "connect", _in_no_hurry)
        # A reply waits for the disk; WAL makes that short. The last connection to close would write the
        # log back into the file, after every turn: this one stays open.
        self._kept_open = self.engine.connect()
        self._kept_open.execute(sqlalchemy.text("PRAGMA journal_mode = WAL"))


def _in_no_hurry(connection: Any, record: Any) -> None:
    """A turn lost in a power failure (not in a crash of ours) is sent again by the server: not worth
    waiting for the disk at each commit. The file stays sound either way."""
    connection.execute("PRAGMA synchronous = NORMAL")
