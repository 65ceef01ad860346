"""Scenes' furniture: a clock one can turn, databases of both kinds."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Generator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.store.database import Database
from bot.store.migrate import migrate
from tests.house import House, open_house
from tests.one_at_a_time import pytest_runtest_protocol
from tests.services import REDIS, answers, empty_postgres, need

if TYPE_CHECKING:
    from speech.vosk_recogniser import VoskRecogniser
    from tests.desk.switchboard import Switchboard

__all__ = ["pytest_runtest_protocol"]

for _name in [name for name in os.environ if name.startswith("WARMLINE_")]:
    if _name not in ("WARMLINE_MODELS", "WARMLINE_PYTHON310"):
        del os.environ[_name]  # the developer's own settings are none of the tests' business
os.environ["WARMLINE_SETTINGS"] = os.devnull


LAST_LINES = 200
"""An unexpected error with its traceback takes about 140."""


class Time:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float = 0, **more: float) -> None:
        self.now += timedelta(seconds=seconds, **more)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """An empty, migrated database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'centre.db'}"
        await migrate(url)
        yield url
        return
    async with empty_postgres() as url:
        await migrate(url)
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    yield made
    await made.close()


@pytest.fixture(scope="session")
def redis_url() -> str:
    need("Redis", answers(REDIS, 6379))
    return REDIS


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A scene that fails in front of the whole product shows what the product had to say."""
    report = yield
    if report.failed:
        for given in getattr(item, "funcargs", {}).values():
            if isinstance(given, House):
                said = "\n".join(given.said().splitlines()[-LAST_LINES:])
                report.sections.append(("what the house said last", said))
    return report


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Engine, actions and server, running together; one start for all tests that need them."""
    with open_house(tmp_path_factory.mktemp("house")) as made:
        yield made


# Speech engines are imported by the scenes that have sound only.


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switchboard]:
    from tests.desk.switchboard import open_switchboard

    with open_switchboard(tmp_path_factory.mktemp("switchboard")) as made:
        yield made


@pytest.fixture(scope="session")
def ears() -> VoskRecogniser:
    """Judges what somebody hears."""
    from speech.catalogue import Catalogue
    from speech.vosk_recogniser import VoskRecogniser

    return VoskRecogniser(Catalogue.load().path("recogniser"))
