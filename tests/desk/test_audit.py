"""The audit log, on both databases: what is in it, and that it stays."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.desk.signin import BadAccount, SignIn, WrongPassword
from bot.store.audit import Act, audit, entries
from bot.store.database import Database
from bot.store.desk_tables import Role
from tests.conftest import Time

PASSWORD = "a long enough password"


@pytest.fixture
async def door(database: Database, time: Time) -> SignIn:
    return SignIn(database, time, hours=12)


async def acts(database: Database) -> list[str]:
    """The oldest first."""
    async with database.reading() as session:
        return [row.action for row in reversed(await entries(session))]


async def test_a_day_of_sign_ins(door: SignIn, database: Database, time: Time) -> None:
    maya = await door.add_agent("maya", "Maya", Role.AGENT, PASSWORD)
    with pytest.raises(WrongPassword):
        await door.sign_in("maya", "guess", "10.0.0.1")
    with pytest.raises(WrongPassword):
        await door.sign_in("nobody", "guess", "10.0.0.2")
    signed = await door.sign_in("maya", PASSWORD, "10.0.0.1")
    await door.change_password(maya.id, PASSWORD, "another long password", signed.secret)
    await door.sign_out(signed.secret)
    async with database.reading() as session:
        rows = list(reversed(await entries(session)))
    assert [(row.action, row.agent_id) for row in rows] == [
        ("agent_added", None),
        ("sign_in_failed", maya.id),
        ("sign_in_failed", None),
        ("signed_in", maya.id),
        ("password_changed", maya.id),
        ("signed_out", maya.id),
    ]
    assert rows[0].data == {"username": "maya", "role": "agent"}
    assert rows[2].data == {}, "a mistyped name may be a password"
    assert [row.source for row in rows[1:4]] == ["10.0.0.1", "10.0.0.2", "10.0.0.1"]
    assert {row.at for row in rows} == {time()}
    assert not any("guess" in str(row.data) or PASSWORD in str(row.data) for row in rows)


async def test_what_did_not_happen_leaves_no_entry(door: SignIn, database: Database) -> None:
    await door.add_agent("maya", "Maya", Role.AGENT, PASSWORD)
    with pytest.raises(BadAccount):
        await door.add_agent("maya", "Another Maya", Role.AGENT, PASSWORD)
    assert await acts(database) == ["agent_added"]


@pytest.mark.parametrize("change", ["UPDATE audit SET action = 'nothing'", "DELETE FROM audit"])
async def test_an_entry_cannot_be_altered(door: SignIn, database: Database, change: str) -> None:
    await door.add_agent("maya", "Maya", Role.AGENT, PASSWORD)
    with pytest.raises(DBAPIError, match="only added to"):
        async with database.writing() as session:
            await session.execute(text(change))
    assert await acts(database) == ["agent_added"]


async def test_pages_go_back_without_a_gap(database: Database, time: Time) -> None:
    async with database.writing() as session:
        for number in range(7):
            audit(session, time(), Act.SIGNED_OUT, None, number=number)
            await session.flush()
    found: list[int] = []
    before = None
    async with database.reading() as session:
        while page := await entries(session, before=before, limit=3):
            found += [row.data["number"] for row in page]
            before = page[-1].id
    assert found == [6, 5, 4, 3, 2, 1, 0]
