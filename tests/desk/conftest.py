"""The furniture of scenes with a call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from speech.catalogue import Catalogue
from speech.vosk_recogniser import VoskRecogniser
from tests.desk.switchboard import Switchboard, open_switchboard


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switchboard]:
    with open_switchboard(tmp_path_factory.mktemp("switchboard")) as made:
        yield made


@pytest.fixture(scope="module")
def ears() -> VoskRecogniser:
    return VoskRecogniser(Catalogue.load().path("recogniser"))
