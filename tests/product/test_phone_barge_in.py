"""Callers speak over us on the telephone: what really played is what the log says was heard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.barge_in import RETURNS, SHIPPING, Attempt, Judge, attempt_it
from bench.played import words_off
from tests.house import House, open_house
from tests.product.on_the_phone import leaves_a_record

pytestmark = [pytest.mark.engine, pytest.mark.speech, pytest.mark.realtime]

OVERLAP_MS = 200
"""Of ours, after the clear has arrived."""


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("barge-in")
    with open_house(folder, twilio_auth_token="bench-token-of-no-account") as house:
        yield house


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


@pytest.mark.parametrize(
    ("attempt", "number"),
    [
        (Attempt("", 1.4, "Agent."), "+15550301"),
        (Attempt(RETURNS, 2.6, "Where is my order?"), "+15550302"),
        (Attempt(SHIPPING, 2.0, "#1"), "+15550303"),
    ],
    ids=["a command over the greeting", "a question over an answer", "a key over an answer"],
)
async def test_spoken_over(phones: House, judge: Judge, attempt: Attempt, number: str) -> None:
    found = await attempt_it(phones, attempt, number)
    assert found.interrupted
    assert found.clear_s is not None
    assert 1000 * (found.silent_s - found.clear_s) <= OVERLAP_MS
    recognised = judge.vosk(found.played)
    off = words_off(found.text, found.claimed, recognised)
    assert abs(off) <= 1, (found.claimed, recognised)
    await leaves_a_record(phones, number)


async def test_a_cough_interrupts_nothing(phones: House) -> None:
    number = "+15550304"
    found = await attempt_it(phones, Attempt("", 2.0, "cough", interrupts=False), number)
    assert not found.interrupted
    assert found.clear_s is None
    assert found.claimed.split() == list(found.text)
    await leaves_a_record(phones, number)
