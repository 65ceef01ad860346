"""A contact among colleagues: handed on, asked about, shared."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.conversation.events import Kind, NewEvent
from bot.conversation.log import Claim, FloorLost
from bot.handoff.colleagues import NotThere, To, advising, consultants, speaks_beside
from bot.handoff.offers import NotOffered
from bot.handoff.service import NotWaiting
from bot.store.desk_tables import Agent, Handoff, HandoffState, OfferKind, Status
from bot.store.tables import Floor, Speaker
from tests.handoff.desk import Desk


async def says(desk: Desk, handoff: Handoff, agent: Agent, text: str) -> None:
    """As the desk's API sends it."""
    async with desk.log.opened(handoff.conversation_id) as opened:
        beside = await speaks_beside(opened, agent.id)
        speaks_for = opened.row.floor_agent_id if beside else agent.id
        claim = Claim(Floor.HUMAN, opened.row.floor_epoch, speaks_for)
        new = NewEvent(Kind.MESSAGE, Speaker.AGENT, text, name=agent.name, agent_id=agent.id)
        await opened.append(new, claim)


async def advised(desk: Desk, agent: Agent) -> list[Handoff]:
    async with desk.database.reading() as session:
        held = list(await session.scalars(select(Handoff)))
        beside = await consultants(session, [one.id for one in held])
        return advising(held, beside).get(agent.id, [])


async def test_a_cold_hand_over_waits_at_its_age_with_a_note(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    sam = await desk.agent("Sam", groups=("workshop",))
    eve = await desk.agent("Eve")
    handoff = await desk.in_contact(maya)
    desk.time.passes(30)
    moved = await desk.colleagues.transfer(
        handoff.id, maya, To(group="workshop"), "Stove leaks at the valve"
    )
    assert (moved.state, moved.ranks_at) == (HandoffState.WAITING, handoff.ranks_at)
    assert "passing you on" in (await desk.texts(moved.conversation_id))[-1]
    with pytest.raises(FloorLost):
        await says(desk, handoff, maya, "one more thing")
    await desk.offers.round()
    [(offer, _)] = await desk.offered(sam)
    assert (offer.from_agent_id, offer.note) == (maya.id, "Stove leaks at the valve")
    assert await desk.offered(eve) == []
    assert await desk.offered(maya) == []


async def test_a_colleague_who_is_gone_gets_nothing(desk: Desk) -> None:
    maya = await desk.agent("Maya")
    sam = await desk.agent("Sam")
    handoff = await desk.in_contact(maya)
    desk.time.passes(61)
    await desk.seen(maya)
    with pytest.raises(NotThere):
        await desk.colleagues.transfer(handoff.id, maya, To(agent_id=sam.id), "please")
    with pytest.raises(NotThere):
        await desk.colleagues.consult(handoff.id, maya, maya.id, "to myself")
    assert (await desk.log.get(handoff.conversation_id)).floor is Floor.HUMAN


async def test_a_warm_hand_over_after_asking(desk: Desk) -> None:
    """Sam is asked, reads along and answers in notes, and takes over: no moment without an agent."""
    maya = await desk.agent("Maya")
    sam = await desk.agent("Sam", status=Status.AFTER_CALL)
    handoff = await desk.in_contact(maya)
    await desk.colleagues.consult(handoff.id, maya, sam.id, "Is this under warranty?")
    assert await desk.offers.round() == 0  # asking is no contact for the router
    [(offer, offered)] = await desk.offered(sam)
    assert (offer.kind, offer.note) == (OfferKind.CONSULT, "Is this under warranty?")
    assert offered.agent_id == maya.id
    with pytest.raises(NotOffered):
        await desk.colleagues.accept(offer.id, maya)
    await desk.colleagues.accept(offer.id, sam)
    assert [one.id for one in await advised(desk, sam)] == [handoff.id]
    assert await advised(desk, maya) == []
    with pytest.raises(FloorLost):
        await says(desk, handoff, sam, "hello, I only listen")
    await desk.colleagues.transfer(handoff.id, maya, To(agent_id=sam.id), "Warranty, over to Sam")
    row = await desk.log.get(handoff.conversation_id)
    assert (row.floor, row.floor_agent_id) == (Floor.HUMAN, sam.id)
    await says(desk, handoff, sam, "Hello, Sam here")
    with pytest.raises(FloorLost):
        await says(desk, handoff, maya, "me again")
    [held] = await desk.held_by(sam)
    assert held.id == handoff.id
    assert await advised(desk, sam) == []
    customer_sees = [e for e in await desk.said(handoff.conversation_id) if e.for_customer()]
    assert not any("warranty" in event.text for event in customer_sees)


async def test_whoever_asked_hears_that_nobody_comes(desk: Desk) -> None:
    maya, sam = await desk.agent("Maya"), await desk.agent("Sam")
    handoff = await desk.in_contact(maya)
    await desk.colleagues.consult(handoff.id, maya, sam.id, "join us?")
    [(offer, _)] = await desk.offered(sam)
    await desk.offers.decline(offer.id, sam.id)
    told = [e for e in await desk.said(handoff.conversation_id) if e.kind is Kind.CONSULT]
    assert (told[-1].name, told[-1].data) == ("Sam", {"agent": "Sam", "came": False})
    assert told[-1].for_customer() is None


async def test_three_in_a_conversation(desk: Desk) -> None:
    maya, sam = await desk.agent("Maya"), await desk.agent("Sam")
    handoff = await desk.in_contact(maya)
    with pytest.raises(NotThere):
        await desk.colleagues.conference(handoff.id, maya, sam.id, True)
    await desk.colleagues.consult(handoff.id, maya, sam.id, "join us?")
    [(offer, _)] = await desk.offered(sam)
    await desk.colleagues.accept(offer.id, sam)
    await desk.colleagues.conference(handoff.id, maya, sam.id, True)
    await says(desk, handoff, sam, "Sam speaking")
    await says(desk, handoff, maya, "and Maya")
    assert (await desk.texts(handoff.conversation_id))[-3:] == [
        "Sam has joined us.",
        "Sam speaking",
        "and Maya",
    ]
    await desk.colleagues.leave(handoff.id, sam)
    with pytest.raises(FloorLost):
        await says(desk, handoff, sam, "too late")
    assert (await desk.texts(handoff.conversation_id))[-1] == "Sam has left."


async def test_a_conference_ends_with_the_contact(desk: Desk) -> None:
    maya, sam = await desk.agent("Maya"), await desk.agent("Sam")
    handoff = await desk.in_contact(maya)
    await desk.colleagues.consult(handoff.id, maya, sam.id, "")
    [(offer, _)] = await desk.offered(sam)
    await desk.colleagues.accept(offer.id, sam)
    await desk.colleagues.conference(handoff.id, maya, sam.id, True)
    await desk.contacts.end(handoff.id, maya)
    with pytest.raises(FloorLost):
        await says(desk, handoff, sam, "still there?")
    with pytest.raises(NotWaiting):
        await desk.colleagues.transfer(handoff.id, maya, To(agent_id=sam.id), "late")


async def test_a_question_to_a_colleague_is_withdrawn_with_the_contact(desk: Desk) -> None:
    maya, sam = await desk.agent("Maya"), await desk.agent("Sam")
    handoff = await desk.in_contact(maya)
    await desk.colleagues.consult(handoff.id, maya, sam.id, "")
    [(offer, _)] = await desk.offered(sam)
    await desk.contacts.close(handoff.id, maya, disposition="solved", summary="")
    assert await desk.offered(sam) == []
    with pytest.raises(NotOffered):
        await desk.colleagues.accept(offer.id, sam)


async def test_advice_that_is_not_given_is_no_missed_contact(desk: Desk) -> None:
    maya, sam = await desk.agent("Maya"), await desk.agent("Sam")
    handoff = await desk.in_contact(maya)
    for lets_it_pass in (False, True):
        await desk.colleagues.consult(handoff.id, maya, sam.id, "join us?")
        [(offer, _)] = await desk.offered(sam)
        if lets_it_pass:
            desk.time.passes(21)
            await desk.seen(sam)
            await desk.offers.round()
        else:
            await desk.offers.decline(offer.id, sam.id)
        assert await desk.offered(sam) == []
        found = await desk.look(sam)
        assert (found.misses, found.no_offers_until) == (0, None)
