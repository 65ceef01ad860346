"""Handoffs on both databases: nobody there, a race, an agent who vanishes."""

from __future__ import annotations

import asyncio

import pytest

from bot.conversation.events import Kind, NewEvent
from bot.conversation.log import Claim, FloorLost
from bot.handoff.payload import Need
from bot.handoff.service import NotWaiting
from bot.handoff.sweeper import end_conversation
from bot.store.desk_tables import Agent, Handoff, HandoffState, Status
from bot.store.tables import Channel, Floor, Speaker
from tests.handoff.desk import Desk


async def test_from_the_bot_to_maya_and_back(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    conversation = await desk.customer()
    handoff = await desk.asks_for_person(conversation)
    assert handoff is not None
    row = await desk.log.get(conversation)
    assert (row.floor, row.floor_epoch) == (Floor.QUEUE, 2)
    assert "next in line" in (await desk.texts(conversation))[-1]

    await desk.contacts.accept(handoff.id, maya)
    row = await desk.log.get(conversation)
    assert (row.floor, row.floor_agent_id) == (Floor.HUMAN, maya.id)

    closed = await desk.contacts.close(handoff.id, maya, disposition="solved", summary="told them")
    assert closed.state is HandoffState.CLOSED
    row = await desk.log.get(conversation)
    assert (row.floor, row.outcome_due) == (
        Floor.BOT,
        {"outcome": "solved: told them", "by": "Maya"},
    )
    kinds = [event.kind for event in await desk.said(conversation)]
    assert kinds == [
        Kind.LEG_STARTED,
        Kind.MESSAGE,
        Kind.MESSAGE,
        Kind.HANDOFF_REQUESTED,
        Kind.HANDOFF_ACCEPTED,
        Kind.WRAP_UP,
        Kind.HANDOFF_ENDED,
        Kind.MESSAGE,
    ]
    assert "Juniper here again" in (await desk.texts(conversation))[-1]


async def test_the_payload_is_version_1_and_complete(desk: Desk) -> None:
    await desk.agent("Maya")
    handoff = await desk.asks_for_person(await desk.customer())
    assert handoff is not None
    payload = handoff.payload
    assert payload["version"] == 1
    assert set(payload) == {"version", "identity", "need", "progress", "evidence", "time"}
    assert payload["identity"]["verified"] is False
    assert payload["need"]["reason"] == "asked_for_person"
    assert [line["label"] for line in payload["progress"]["summary"]] == ["Wanted", "Open"]
    assert "a person please" in [line["text"] for line in payload["evidence"]["transcript"]]


@pytest.mark.parametrize("status", [None, Status.ON_BREAK])
async def test_with_nobody_there_the_bot_keeps_the_floor_and_takes_a_message(
    desk: Desk, status: Status | None
) -> None:
    if status:
        await desk.agent("Maya", status=status)
    conversation = await desk.customer()
    assert await desk.asks_for_person(conversation) is None
    row = await desk.log.get(conversation)
    assert (row.floor, row.floor_epoch, row.message_offer) == (Floor.BOT, 1, row.last_seq)
    assert "Nobody from the team is signed in" in (await desk.texts(conversation))[-1]

    evidence = await desk.handoffs.gather(conversation)
    async with desk.log.opened(conversation) as opened:
        words = NewEvent(Kind.MESSAGE, Speaker.CUSTOMER, "my tent is torn, ana@example.com")
        event = await opened.append(words)
        await desk.handoffs.take_message(opened, event, evidence)
    [taken] = await desk.handoffs.messages_taken()
    assert taken.payload["message"]["text"] == "my tent is torn, ana@example.com"
    assert (await desk.log.get(conversation)).message_offer is None

    sam = await desk.agent("Sam")
    assert await desk.handoffs.message_done(taken.id, sam)
    assert await desk.handoffs.messages_taken() == []


async def test_ten_agents_click_accept_at_once_and_one_wins(desk: Desk) -> None:
    agents = [await desk.agent(f"Agent{number}") for number in range(10)]
    handoff = await desk.asks_for_person(await desk.customer())
    assert handoff is not None
    results = await asyncio.gather(
        *(desk.contacts.accept(handoff.id, agent) for agent in agents), return_exceptions=True
    )
    won = [result for result in results if isinstance(result, Handoff)]
    lost = [result for result in results if isinstance(result, NotWaiting)]
    assert (len(won), len(lost)) == (1, 9)
    winner = next(agent.name for agent in agents if agent.id == won[0].agent_id)
    assert {error.by for error in lost} == {winner}


async def test_no_word_of_the_bot_after_a_handoff_began(desk: Desk) -> None:
    await desk.agent("Maya")
    conversation = await desk.customer()
    row = await desk.log.get(conversation)
    stale = Claim(row.floor, row.floor_epoch)
    await desk.asks_for_person(conversation)
    with pytest.raises(FloorLost):
        async with desk.log.opened(conversation) as opened:
            await opened.append(NewEvent(Kind.MESSAGE, Speaker.ASSISTANT, "late answer"), stale)
    with pytest.raises(FloorLost):
        async with desk.log.opened(conversation) as opened:
            evidence = await desk.handoffs.gather(conversation)
            await desk.handoffs.request(opened, Need("angry"), evidence, leg_id=None)


async def test_places_in_line_are_told(desk: Desk) -> None:
    await desk.agent("Maya")
    for position in (1, 2, 3):
        conversation = await desk.customer()
        await desk.asks_for_person(conversation)
        told = (await desk.texts(conversation))[-1]
        assert ("next in line" if position == 1 else f"number {position} in line") in told
        assert "usually" not in told  # no wait is known yet, so none is claimed


async def test_who_is_in_trouble_comes_before_who_waits_longer(desk: Desk) -> None:
    await desk.agent("Maya")
    urgency = {"asked_for_person": 0, "legal": 3, "needs_decision": 1, "angry": 1}
    for reason, priority in urgency.items():
        await desk.asks_for_person(await desk.customer(), Need(reason, priority))
        desk.time.passes(10)
    waiting = await desk.handoffs.waiting()
    assert [one.reason for one in waiting] == [
        "legal", "needs_decision", "angry", "asked_for_person",
    ]  # fmt: skip
    assert [one.payload["need"]["priority"] for one in waiting] == [3, 1, 1, 0]


async def test_the_place_in_line_is_the_one_that_priority_gives(desk: Desk) -> None:
    await desk.agent("Maya")
    for _ in range(2):
        await desk.asks_for_person(await desk.customer())
    urgent, equal = await desk.customer(), await desk.customer()
    await desk.asks_for_person(urgent, Need("legal", 2))
    assert "next in line" in (await desk.texts(urgent))[-1]
    await desk.asks_for_person(equal, Need("needs_decision", 2))
    assert "number 2 in line" in (await desk.texts(equal))[-1]


async def test_nobody_waits_for_ever_behind_those_who_are_more_urgent(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    patient = await desk.customer()
    await desk.asks_for_person(patient)
    for minute in range(1, 8):
        desk.time.passes(60)
        await desk.seen(maya)
        urgent = await desk.customer()
        await desk.asks_for_person(urgent, Need("angry", 1))
        first = (await desk.handoffs.waiting())[0].conversation_id
        if minute == 1:
            assert first == urgent
        position = [one.conversation_id for one in await desk.handoffs.waiting()].index(urgent) + 1
        told = (await desk.texts(urgent))[-1]
        assert ("next in line" if position == 1 else f"number {position} in line") in told
    order = [one.conversation_id for one in await desk.handoffs.waiting()]
    assert order.index(patient) == 4, "behind those of the next five minutes, before later ones"


async def test_what_is_to_be_decided_is_in_the_payload(desk: Desk) -> None:
    await desk.agent("Maya")
    decision = "Refund $40 beyond the return window?"
    handoff = await desk.asks_for_person(await desk.customer(), Need("needs_decision", 1, decision))
    assert handoff is not None
    assert handoff.payload["need"]["decision"] == decision
    open_line = handoff.payload["progress"]["summary"][-1]["text"]
    assert open_line.startswith("Needs a decision: ")


async def test_a_message_taken_keeps_why_a_person_was_needed(desk: Desk) -> None:
    conversation = await desk.customer()
    await desk.asks_for_person(conversation, Need("legal", 3, "A lawyer's letter is announced."))
    evidence = await desk.handoffs.gather(conversation)
    async with desk.log.opened(conversation) as opened:
        event = await opened.append(NewEvent(Kind.MESSAGE, Speaker.CUSTOMER, "call my lawyer"))
        await desk.handoffs.take_message(opened, event, evidence)
    [taken] = await desk.handoffs.messages_taken()
    assert taken.reason == "legal"
    assert taken.payload["need"]["decision"] == "A lawyer's letter is announced."
    offer = next(e for e in await desk.said(conversation) if "need" in e.data)
    told = offer.for_customer()
    assert told is not None
    assert "need" not in told["data"]


async def test_the_wait_is_told_once_it_is_known(desk: Desk) -> None:
    maya = await desk.agent("Maya", chat_places=1)
    for _ in range(3):
        handoff = await desk.asks_for_person(await desk.customer())
        assert handoff is not None
        await desk.contacts.accept(handoff.id, maya)
        desk.time.passes(minutes=4)
        await desk.seen(maya)
        await desk.contacts.close(handoff.id, maya, disposition="solved", summary="")
    free = await desk.waits()
    assert "next in line." in (await desk.texts(free.conversation_id))[-1]  # nobody need wait
    await desk.contacts.accept(free.id, maya)
    conversation = await desk.customer()
    await desk.asks_for_person(conversation)
    assert "usually about 4 minutes" in (await desk.texts(conversation))[-1]


async def test_an_agent_who_vanishes_gives_the_contact_back_at_its_age(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    conversation = await desk.customer()
    handoff = await desk.asks_for_person(conversation)
    assert handoff is not None
    await desk.contacts.accept(handoff.id, maya)
    desk.time.passes(100)
    assert await desk.sweeper.sweep() == 0  # a reload or a tunnel is no reason yet
    desk.time.passes(100)
    await desk.agent("Sam")
    assert await desk.sweeper.sweep() == 1
    [back] = await desk.handoffs.waiting()
    assert back.asked_at == handoff.asked_at
    assert (await desk.log.get(conversation)).floor is Floor.QUEUE
    assert "connection to Maya was lost" in (await desk.texts(conversation))[-1]
    assert await desk.sweeper.sweep() == 0


async def test_when_everybody_has_gone_the_bot_takes_a_message(desk: Desk) -> None:
    await desk.agent("Maya")
    conversation = await desk.customer()
    await desk.asks_for_person(conversation)
    desk.time.passes(179)
    assert await desk.sweeper.sweep() == 0
    desk.time.passes(2)
    assert await desk.sweeper.sweep() == 1
    row = await desk.log.get(conversation)
    assert (row.floor, row.message_offer) == (Floor.BOT, row.last_seq)
    assert await desk.handoffs.waiting() == []


async def test_a_customer_who_leaves_leaves_the_queue(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    conversation = await desk.customer()
    handoff = await desk.asks_for_person(conversation)
    assert handoff is not None
    async with desk.log.opened(conversation) as opened:
        await end_conversation(opened, desk.handoffs)
    assert await desk.handoffs.waiting() == []
    with pytest.raises(NotWaiting):
        await desk.contacts.accept(handoff.id, maya)


async def test_a_customer_who_leaves_maya_lets_her_wrap_up(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    conversation = await desk.customer()
    handoff = await desk.asks_for_person(conversation)
    assert handoff is not None
    await desk.contacts.accept(handoff.id, maya)
    async with desk.log.opened(conversation) as opened:
        await end_conversation(opened, desk.handoffs)
    await desk.contacts.close(handoff.id, maya, disposition="customer_left", summary="")
    kinds = [event.kind for event in await desk.said(conversation)]
    assert kinds[-2:] == [Kind.CONVERSATION_ENDED, Kind.WRAP_UP]


async def test_one_broken_contact_keeps_nobody_else_from_repair(desk: Desk) -> None:
    """Ana left while Maya held her contact, then Maya vanished; Ben has been silent for days."""
    maya = await desk.agent("Maya")
    ana, ben = await desk.customer(), await desk.customer()
    handoff = await desk.asks_for_person(ana)
    assert handoff is not None
    await desk.contacts.accept(handoff.id, maya)
    async with desk.log.opened(ana) as opened:
        await end_conversation(opened, desk.handoffs)
    desk.time.passes(hours=72)
    assert await desk.sweeper.sweep() == 2
    assert (await desk.log.get(ben)).ended_at is not None
    assert await desk.held_by(maya) == []
    assert await desk.sweeper.sweep() == 0


async def test_when_the_only_agent_goes_away_those_who_wait_are_told(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    waiting = await desk.customer()
    await desk.asks_for_person(waiting)
    async with desk.database.writing() as session:
        (await session.get_one(Agent, maya.id)).status = Status.ON_BREAK
    desk.time.passes(130)
    await desk.seen(maya)
    assert await desk.sweeper.sweep() == 1
    assert (await desk.log.get(waiting)).message_offer


async def test_a_card_number_in_a_wrap_up_is_masked(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    conversation = await desk.customer()
    handoff = await desk.asks_for_person(conversation)
    assert handoff is not None
    await desk.contacts.accept(handoff.id, maya)
    words = "refund to card 4111 1111 1111 1111"
    closed = await desk.contacts.close(handoff.id, maya, disposition="solved", summary=words)
    row = await desk.log.get(conversation)
    for kept in (closed.summary, str(row.outcome_due), str(await desk.said(conversation))):
        assert "4111 1111" not in (kept or "")


async def test_a_call_whose_process_died_is_ended(desk: Desk) -> None:
    conversation, _ = await desk.log.begin("en")
    async with desk.log.opened(conversation) as opened:
        leg = await opened.begin_leg(Channel.VOICE, "address:127.0.0.1")
        leg.lease_until = desk.time()
    desk.time.passes(1)
    assert await desk.sweeper.sweep() == 1
    assert (await desk.said(conversation))[-1].kind is Kind.LEG_ENDED
    assert await desk.sweeper.sweep() == 0


async def test_a_day_of_silence_ends_a_conversation(desk: Desk) -> None:
    conversation = await desk.customer()
    desk.time.passes(hours=23)
    assert await desk.sweeper.sweep() == 0
    desk.time.passes(hours=2)
    assert await desk.sweeper.sweep() == 1
    assert (await desk.log.get(conversation)).ended_at == desk.time()
