"""`python -m actions`: the action server, on 127.0.0.1 at WARMLINE_ACTIONS_PORT (5055)."""

from __future__ import annotations

import logging
import sys

from actions.server import run
from actions.settings import SettingsError, load_settings
from engine.sentences import SentenceModelMissing

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        run(load_settings())
    except (SettingsError, SentenceModelMissing) as error:
        sys.exit(f"actions: {error}")
