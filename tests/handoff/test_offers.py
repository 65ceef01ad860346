"""Offers with a countdown: taken, declined, missed; and what agents are ready for."""

from __future__ import annotations

import asyncio

import pytest

from bot.handoff.offers import NotOffered
from bot.handoff.service import NotWaiting
from bot.handoff.team import State, choose_status, state_of
from bot.store.desk_tables import Agent, Handoff, HandoffState, OfferState, Status
from bot.store.tables import Channel
from tests.handoff.desk import Desk


async def choose(desk: Desk, agent: Agent, status: Status, reason: str | None = None) -> Agent:
    async with desk.database.writing() as session:
        return await choose_status(session, agent.id, status, reason, desk.time())


async def test_a_contact_is_offered_to_whoever_was_idle_longest(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    desk.time.passes(5)
    sam = await desk.agent("Sam")
    handoff = await desk.waits()
    assert await desk.offers.round() == 1
    [(offer, offered)] = await desk.offered(maya)
    assert offered.id == handoff.id
    assert (offer.expires_at - offer.offered_at).total_seconds() == 20
    assert offer.why["idle_s"] == 5
    assert await desk.offered(sam) == []
    assert await desk.offers.round() == 0  # at most one offer at a time

    await desk.contacts.accept(handoff.id, maya)
    assert [offer.state for offer in await desk.all_offers()] == [OfferState.ACCEPTED]


async def test_a_declined_contact_goes_to_the_next_and_keeps_its_place(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    desk.time.passes(1)
    sam = await desk.agent("Sam")
    handoff = await desk.waits()
    await desk.offers.round()
    [(offer, _)] = await desk.offered(maya)
    await desk.offers.decline(offer.id, maya.id)
    with pytest.raises(NotOffered):
        await desk.offers.decline(offer.id, maya.id)
    await desk.offers.round()
    assert await desk.offered(maya) == []
    [(_, again)] = await desk.offered(sam)
    assert (again.id, again.ranks_at) == (handoff.id, handoff.ranks_at)


async def test_nobody_declines_for_somebody_else(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    desk.time.passes(1)
    sam = await desk.agent("Sam")
    await desk.waits()
    await desk.offers.round()
    [(offer, _)] = await desk.offered(maya)
    with pytest.raises(NotOffered):
        await desk.offers.decline(offer.id, sam.id)
    assert len(await desk.offered(maya)) == 1


async def test_who_misses_three_offers_is_on_a_break(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    await desk.waits()
    for misses in (1, 2):
        await desk.offers.round()
        assert len(await desk.offered(maya)) == 1
        desk.time.passes(21)
        await desk.seen(maya)
        await desk.offers.round()
        assert await desk.offered(maya) == []
        found = await desk.look(maya)
        assert (found.misses, found.status) == (misses, Status.AVAILABLE)
        assert state_of(found, [], offered=False) is State.NOT_RESPONDING
        desk.time.passes(30)  # the delay after a miss
        await desk.seen(maya)
    await desk.offers.round()
    desk.time.passes(21)
    await desk.seen(maya)
    await desk.offers.round()
    found = await desk.look(maya)
    assert (found.status, found.break_reason) == (Status.ON_BREAK, "not responding")
    await choose(desk, maya, Status.AVAILABLE)
    assert await desk.offers.round() == 1


async def test_an_offer_to_a_page_that_is_gone_is_withdrawn_and_nobodys_fault(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    await desk.waits()
    desk.time.passes(55)
    await desk.offers.round()
    desk.time.passes(6)
    await desk.offers.round()
    assert [offer.state for offer in await desk.all_offers()] == [OfferState.WITHDRAWN]
    assert (await desk.look(maya)).misses == 0


async def test_a_customer_who_leaves_takes_the_offer_along(desk: Desk) -> None:
    from bot.handoff.sweeper import end_conversation

    maya = await desk.agent("Maya")
    handoff = await desk.waits()
    await desk.offers.round()
    async with desk.log.opened(handoff.conversation_id) as opened:
        await end_conversation(opened, desk.handoffs)
    assert await desk.offered(maya) == []
    await desk.offers.round()
    assert [offer.state for offer in await desk.all_offers()] == [OfferState.WITHDRAWN]


async def test_a_contact_may_be_picked_from_the_queue_while_it_is_offered(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    desk.time.passes(1)
    sam = await desk.agent("Sam")
    handoff = await desk.waits()
    await desk.offers.round()
    await desk.contacts.accept(handoff.id, sam)
    assert await desk.offered(maya) == []
    with pytest.raises(NotWaiting) as error:
        await desk.contacts.accept(handoff.id, maya)
    assert error.value.by == "Sam"


async def test_nobody_gets_more_than_they_have_room_for(desk: Desk) -> None:
    maya = await desk.agent("Maya", chat_places=2)
    waiting = []
    for _ in range(3):
        waiting.append(await desk.waits())
        desk.time.passes(1)
    assert await desk.offers.round() == 2
    for handoff in waiting[:2]:
        await desk.contacts.accept(handoff.id, maya)
    assert await desk.offers.round() == 0
    await desk.contacts.end(waiting[0].id, maya)
    assert await desk.offers.round() == 0  # what is wrapped up takes a place, too
    await desk.contacts.close(waiting[0].id, maya, disposition="solved", summary="")
    assert await desk.offers.round() == 1


async def test_who_talks_types_to_nobody_else(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    call = await desk.waits(Channel.PHONE)
    desk.time.passes(1)
    chat = await desk.waits()
    assert await desk.offers.round() == 1
    await desk.contacts.accept(call.id, maya)
    assert await desk.offers.round() == 0
    await desk.contacts.close(call.id, maya, disposition="solved", summary="")
    await desk.offers.round()
    [(_, offered)] = await desk.offered(maya)
    assert offered.id == chat.id


async def test_a_break_chosen_during_a_contact_begins_when_it_ends(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    handoff = await desk.waits()
    await desk.contacts.accept(handoff.id, maya)
    found = await choose(desk, maya, Status.ON_BREAK, "lunch")
    assert (found.status, found.next_status) == (Status.AVAILABLE, Status.ON_BREAK)
    await desk.waits()
    assert await desk.offers.round() == 0  # nothing new meanwhile
    await desk.contacts.end(handoff.id, maya)
    await desk.contacts.close(handoff.id, maya, disposition="solved", summary="")
    found = await desk.look(maya)
    assert (found.status, found.next_status, found.break_reason) == (
        Status.ON_BREAK,
        None,
        "lunch",
    )


async def test_a_wrap_up_nobody_writes_is_kept_as_the_system_proposed_it(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    handoff = await desk.waits()
    await desk.contacts.accept(handoff.id, maya)
    ended = await desk.contacts.end(handoff.id, maya)
    assert ended.state is HandoffState.WRAP_UP
    desk.time.passes(59)
    await desk.seen(maya)
    assert await desk.sweeper.sweep() == 0
    desk.time.passes(2)
    assert await desk.sweeper.sweep() == 1
    async with desk.database.reading() as session:
        closed = await session.get_one(Handoff, handoff.id)
    assert (closed.state, closed.disposition) == (HandoffState.CLOSED, "not_given")
    assert "a person please" in (closed.summary or "")


async def test_the_agent_of_last_time_gets_the_customer_again(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    conversation = await desk.customer()
    first = await desk.asks_for_person(conversation)
    assert first is not None
    await desk.contacts.accept(first.id, maya)
    await desk.contacts.close(first.id, maya, disposition="solved", summary="")
    desk.time.passes(30)
    sam = await desk.agent("Sam")
    desk.time.passes(20)
    await desk.seen(maya)
    await choose(desk, sam, Status.AVAILABLE)
    again = await desk.asks_for_person(conversation)
    assert again is not None
    assert (again.own_agent_id, again.own_why) == (maya.id, "last_agent")
    await desk.offers.round()
    [(offer, _)] = await desk.offered(maya)
    assert (offer.why["ring"], offer.why["own"]) == ("own", "last_agent")


async def test_one_winner_for_each_contact_whatever_races(desk: Desk) -> None:
    """Eight agents grab at twenty contacts while two rounds of offers run beside them."""
    agents = [await desk.agent(f"Agent {number}", chat_places=20) for number in range(8)]
    waiting = [await desk.waits() for _ in range(20)]

    async def grab(agent: Agent) -> int:
        won = 0
        for handoff in waiting:
            try:
                await desk.contacts.accept(handoff.id, agent)
                won += 1
            except NotWaiting:
                pass
        return won

    rounds = [desk.offers.round(), desk.offers.round()]
    won = await asyncio.gather(*map(grab, agents), *rounds)
    assert sum(won[:8]) == 20
    held = [await desk.held_by(agent) for agent in agents]
    assert sorted(handoff.id for mine in held for handoff in mine) == sorted(
        handoff.id for handoff in waiting
    )
    assert [one for one in await desk.all_offers() if one.state is OfferState.OPEN] == []
    assert await desk.offers.round() == 0
