"""Who may sign in, and how often one may guess."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.desk.signin import (
    DEMO_PASSWORD,
    TRIES_PER_NAME,
    BadAccount,
    SignIn,
    TooManyTries,
    WrongPassword,
)
from bot.store.database import Database
from bot.store.desk_tables import Agent, Role
from bot.store.migrate import migrate
from tests.conftest import Time

PASSWORD = "a long enough password"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path / 'centre.db'}"
    await migrate(url)
    made = Database(url)
    yield made
    await made.close()


@pytest.fixture
async def door(database: Database, time: Time) -> SignIn:
    door = SignIn(database, time, hours=12)
    await door.add_agent("Maya", "Maya Lindqvist", Role.AGENT, PASSWORD)
    return door


async def test_maya_signs_in_works_and_signs_out(door: SignIn, time: Time) -> None:
    signed = await door.sign_in(" MAYA ", PASSWORD, "10.0.0.1")
    who = await door.whose(signed.secret)
    assert who is not None
    assert (who.agent.name, who.csrf) == ("Maya Lindqvist", signed.csrf)
    await door.sign_out(signed.secret)
    assert await door.whose(signed.secret) is None


async def test_a_sign_in_ends_by_itself(door: SignIn, time: Time) -> None:
    signed = await door.sign_in("maya", PASSWORD, "10.0.0.1")
    time.passes(hours=11.9)
    assert await door.whose(signed.secret)
    time.passes(hours=0.2)
    assert await door.whose(signed.secret) is None


async def test_nothing_tells_an_unknown_name_from_a_wrong_password(door: SignIn) -> None:
    for name in ("maya", "nobody", "' OR 1=1 --"):
        with pytest.raises(WrongPassword):
            await door.sign_in(name, "not it at all", "10.0.0.1")


async def test_guessing_is_stopped_and_forgiven_after_a_while(door: SignIn, time: Time) -> None:
    for number in range(TRIES_PER_NAME):
        with pytest.raises(WrongPassword):
            await door.sign_in("maya", "guess", f"10.0.0.{number}")
    with pytest.raises(TooManyTries) as stopped:
        await door.sign_in("maya", PASSWORD, "10.0.0.99")
    assert 0 < stopped.value.retry_after_s <= 15 * 60
    time.passes(stopped.value.retry_after_s + 1)
    assert await door.sign_in("maya", PASSWORD, "10.0.0.99")


async def test_forty_guesses_at_once_get_no_more_tries_than_forty_in_a_row(door: SignIn) -> None:
    results = await asyncio.gather(
        *(door.sign_in("maya", f"guess {n}", "10.0.0.1") for n in range(40)),
        return_exceptions=True,
    )
    judged = [result for result in results if isinstance(result, WrongPassword)]
    assert len(judged) == TRIES_PER_NAME
    assert all(isinstance(result, (WrongPassword, TooManyTries)) for result in results)


async def test_one_address_cannot_try_many_names(door: SignIn) -> None:
    outcomes = []
    for number in range(30):
        try:
            await door.sign_in(f"name{number}", "guess", "10.0.0.1")
        except (WrongPassword, TooManyTries) as error:
            outcomes.append(type(error))
    assert outcomes[-1] is TooManyTries
    assert await door.sign_in("maya", PASSWORD, "10.0.0.2")


async def test_right_sign_ins_use_up_no_tries(door: SignIn) -> None:
    for _ in range(TRIES_PER_NAME + 2):
        await door.sign_in("maya", PASSWORD, "10.0.0.1")


async def test_a_new_password_ends_the_other_sessions(door: SignIn, database: Database) -> None:
    here = await door.sign_in("maya", PASSWORD, "10.0.0.1")
    elsewhere = await door.sign_in("maya", PASSWORD, "10.0.0.2")
    assert here.agent.must_change_password
    with pytest.raises(WrongPassword):
        await door.change_password(here.agent.id, "not it", "another long password", here.secret)
    for short in ("short", PASSWORD):
        with pytest.raises(BadAccount):
            await door.change_password(here.agent.id, PASSWORD, short, here.secret)
    await door.change_password(here.agent.id, PASSWORD, "another long password", here.secret)
    still = await door.whose(here.secret)
    assert still is not None
    assert not still.agent.must_change_password
    assert await door.whose(elsewhere.secret) is None


async def test_the_first_administrator_is_made_once(door: SignIn) -> None:
    password = await door.first_administrator()
    assert password
    signed = await door.sign_in("admin", password, "10.0.0.1")
    assert signed.agent.role is Role.ADMINISTRATOR
    assert signed.agent.must_change_password
    assert await door.first_administrator() is None


async def test_demo_accounts_are_locked_in_production(door: SignIn) -> None:
    await door.demo_agents()
    await door.demo_agents()  # a second start changes nothing
    signed = await door.sign_in("sam", DEMO_PASSWORD, "10.0.0.1")
    assert await door.remove_demo_agents() == 2  # maya has a password of her own
    assert await door.whose(signed.secret) is None
    with pytest.raises(WrongPassword):
        await door.sign_in("sam", DEMO_PASSWORD, "10.0.0.1")


async def test_passwords_are_kept_as_argon2(door: SignIn, database: Database) -> None:
    async with database.reading() as session:
        agent = await session.scalar(select(Agent).where(Agent.username == "maya"))
    assert agent is not None
    assert agent.password_hash.startswith("$argon2id$")
