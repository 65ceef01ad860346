"""Whole conversations, told by file, with the real engine, actions and database."""

from __future__ import annotations

import pytest

from tests.dialogue.engine_house import House
from tests.dialogue.telling import Conversation, Stage, conversations, play

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def stage(house: House) -> Stage:
    return Stage(house)


@pytest.mark.parametrize("conversation", conversations(), ids=str)
async def test_conversation(conversation: Conversation, stage: Stage) -> None:
    await play(conversation, stage)


def test_there_are_as_many_as_the_issue_asks_for() -> None:
    assert len(conversations()) >= 150
