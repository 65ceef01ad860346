"""The conversation log, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import inspect, select

from bot.conversation.events import Kind, NewEvent
from bot.conversation.hub import Hub
from bot.conversation.log import (
    Claim,
    ConversationEnded,
    ConversationLog,
    FloorLost,
    NoSuchConversation,
)
from bot.store.columns import Table, new_id
from bot.store.database import Database
from bot.store.desk_tables import Agent, Role
from bot.store.tables import Channel, Conversation, Floor, Speaker, Turn
from tests.conftest import Time

HELLO = NewEvent(Kind.MESSAGE, Speaker.CUSTOMER, "hello")
HI = NewEvent(Kind.MESSAGE, Speaker.ASSISTANT, "hi")


@pytest.fixture
def log(database: Database, time: Time) -> ConversationLog:
    return ConversationLog(database, Hub(), time)


async def test_a_customer_writes_and_the_assistant_answers(log: ConversationLog) -> None:
    conversation, _ = await log.begin("en")
    async with log.opened(conversation) as opened:
        leg = await opened.begin_leg(Channel.WEBCHAT, "address:127.0.0.1", page="/tents")
        said = await opened.append(replace(HELLO, leg_id=leg.id, turn_id=new_id()))
        opened.owe_answer(said)
    async with log.opened(conversation) as opened:
        await opened.append(HI, opened.claim)
    events = await log.since(conversation)
    assert [(e.seq, e.kind, e.speaker) for e in events] == [
        (1, Kind.LEG_STARTED, Speaker.SYSTEM),
        (2, Kind.MESSAGE, Speaker.CUSTOMER),
        (3, Kind.MESSAGE, Speaker.ASSISTANT),
    ]
    async with log.database.reading() as session:
        turn = await session.scalar(select(Turn))
    assert turn is not None
    assert (turn.seq, turn.id) == (2, events[1].turn_id)


async def test_two_hundred_writers_at_once_leave_no_gap_and_no_double(
    log: ConversationLog,
) -> None:
    conversation, _ = await log.begin("en")

    async def write(number: int) -> None:
        async with log.opened(conversation) as opened:
            await opened.append(replace(HELLO, text=f"message {number}", client_id=f"id-{number}"))

    await asyncio.gather(*(write(number % 100) for number in range(200)))
    events = await log.since(conversation)
    assert [event.seq for event in events] == list(range(1, 101))
    assert {event.text for event in events} == {f"message {number}" for number in range(100)}


async def test_a_rolled_back_message_leaves_no_gap(log: ConversationLog) -> None:
    conversation, _ = await log.begin("en")
    with pytest.raises(RuntimeError):
        async with log.opened(conversation) as opened:
            await opened.append(HELLO)
            raise RuntimeError("the process trips")
    async with log.opened(conversation) as opened:
        await opened.append(HELLO)
    assert [event.seq for event in await log.since(conversation)] == [1]


async def test_the_bot_cannot_speak_after_a_handoff(
    log: ConversationLog, database: Database, time: Time
) -> None:
    async with database.writing() as session:
        maya = Agent(
            username="maya", name="Maya", role=Role.AGENT, password_hash="-", created_at=time()
        )
        session.add(maya)
    conversation, _ = await log.begin("en")
    async with log.opened(conversation) as opened:
        the_bots = opened.claim
        opened.give_floor(Floor.QUEUE)
        opened.give_floor(Floor.HUMAN, maya.id)
    with pytest.raises(FloorLost):
        async with log.opened(conversation) as opened:
            await opened.append(HI, the_bots)
    async with log.opened(conversation) as opened:
        agents = Claim(Floor.HUMAN, opened.row.floor_epoch, maya.id)
        await opened.append(NewEvent(Kind.MESSAGE, Speaker.AGENT, "Maya here"), agents)
        opened.give_floor(Floor.BOT)
    for late in (the_bots, agents):  # the bot's old claim doesn't come back to life either
        with pytest.raises(FloorLost):
            async with log.opened(conversation) as opened:
                await opened.append(HI, late)
    assert [event.text for event in await log.since(conversation)] == ["Maya here"]


async def test_handoff_and_bot_race_and_only_one_order_is_possible(log: ConversationLog) -> None:
    for _ in range(25):
        conversation, _ = await log.begin("en")
        row = await log.get(conversation)
        claim = Claim(row.floor, row.floor_epoch)

        async def bot(conversation: str = conversation, claim: Claim = claim) -> None:
            async with log.opened(conversation) as opened:
                await opened.append(HI, claim)

        async def handoff(conversation: str = conversation) -> None:
            async with log.opened(conversation) as opened:
                await opened.append(NewEvent(Kind.HANDOFF_REQUESTED, Speaker.SYSTEM))
                opened.give_floor(Floor.QUEUE)

        results = await asyncio.gather(bot(), handoff(), return_exceptions=True)
        kinds = [event.kind for event in await log.since(conversation)]
        if isinstance(results[0], FloorLost):
            assert kinds == [Kind.HANDOFF_REQUESTED]
        else:
            assert list(results) == [None, None]
            assert kinds == [Kind.MESSAGE, Kind.HANDOFF_REQUESTED]


async def test_a_message_sent_again_is_stored_once(log: ConversationLog) -> None:
    conversation, _ = await log.begin("en")
    sent = replace(HELLO, client_id="11111111-aaaa")
    for _ in range(3):
        async with log.opened(conversation) as opened:
            event = await opened.append(sent)
        assert event.seq == 1
    other, _ = await log.begin("en")
    async with log.opened(other) as opened:  # the same id elsewhere is another message
        assert (await opened.append(sent)).seq == 1
    assert len(await log.since(conversation)) == 1


async def test_card_numbers_never_reach_the_database(log: ConversationLog) -> None:
    conversation, _ = await log.begin("en")
    async with log.opened(conversation) as opened:
        await opened.append(
            NewEvent(
                Kind.SPEECH,
                Speaker.CUSTOMER,
                "it is 4111 1111 1111 1111",
                data={"alternatives": ["it's 4111 1111 1111 1111"], "confidence": 0.9},
            )
        )
    [event] = await log.since(conversation)
    assert "4111 1111" not in event.text
    assert "4111 1111" not in str(event.data)
    assert event.data["confidence"] == 0.9


async def test_hostile_text_is_only_text(log: ConversationLog) -> None:
    conversation, _ = await log.begin("en")
    texts = [
        "'; DROP TABLE events; --",
        "<script>alert(1)</script>",
        "🦊" * 500,
        "\u202eevil",
        "%s {0}",
    ]
    for text in texts:
        async with log.opened(conversation) as opened:
            await opened.append(replace(HELLO, text=text))
    assert [event.text for event in await log.since(conversation)] == texts


async def test_a_screen_that_comes_back_misses_nothing(log: ConversationLog) -> None:
    conversation, _ = await log.begin("en")
    seen: list[int] = []

    async def screen() -> None:
        while len(seen) < 30:
            with log.hub.watching(conversation) as watch:
                for event in await log.since(conversation, seen[-1] if seen else 0):
                    seen.append(event.seq)
                if len(seen) >= 30:
                    return
                await watch.news()  # then the connection drops, and it comes back

    watching = asyncio.create_task(screen())
    for number in range(30):
        async with log.opened(conversation) as opened:
            await opened.append(replace(HELLO, text=str(number)))
    async with asyncio.timeout(20):
        await watching
    assert seen == list(range(1, 31))


async def test_when_it_is_over_only_ratings_and_notes_are_written(
    log: ConversationLog, time: Time
) -> None:
    conversation, _ = await log.begin("en")
    async with log.opened(conversation) as opened:
        await opened.append(NewEvent(Kind.CONVERSATION_ENDED, Speaker.SYSTEM))
        opened.row.ended_at = opened.now
    with pytest.raises(ConversationEnded):
        async with log.opened(conversation) as opened:
            await opened.append(HELLO)
    async with log.opened(conversation) as opened:
        rating = NewEvent(Kind.RATING, Speaker.CUSTOMER, data={"stars": 5, "comment": "kind"})
        assert (await opened.append(rating)).seq == 2


async def test_the_key_fits_one_conversation(log: ConversationLog) -> None:
    mine, key = await log.begin("en")
    other, _ = await log.begin("en")
    assert (await log.check_token(mine, key)).id == mine
    for conversation, token in [(other, key), (mine, key[:-1]), (mine, ""), ("0" * 32, key)]:
        with pytest.raises(NoSuchConversation):
            await log.check_token(conversation, token)
    machine, _ = await log.begin("en", external_key="rest:shop")
    with pytest.raises(NoSuchConversation):
        await log.check_token(machine, "")
    async with log.database.reading() as session:
        stored = await session.get_one(Conversation, mine)
    assert key not in (stored.token_hash or "")


async def test_moments_come_back_with_their_zone(log: ConversationLog, time: Time) -> None:
    conversation, _ = await log.begin("en")
    assert (await log.get(conversation)).created_at == time()


async def test_migrations_make_the_tables_the_code_expects(database: Database) -> None:
    def differences(connection: object) -> list[object]:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        context = MigrationContext.configure(
            connection,  # type: ignore[arg-type]
            opts={"version_table": "alembic_version_centre", "compare_type": True},
        )
        return list(compare_metadata(context, Table.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert set(Table.metadata.tables) <= set(names)
