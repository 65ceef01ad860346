"""While customers wait: what they hear, what they may ask for, who comes back."""

from __future__ import annotations

import pytest

from bot.conversation.events import Kind, NewEvent
from bot.handoff.dialling import CannotDial, Dialling
from bot.handoff.service import NotWaiting
from bot.handoff.sweeper import end_conversation
from bot.handoff.waiting_room import WaitingRoom, telephone_number
from bot.store.desk_tables import Handoff, HandoffState
from bot.store.tables import Channel, Floor, Medium, Speaker
from tests.handoff.desk import Desk


@pytest.fixture
def room(desk: Desk) -> WaitingRoom:
    return WaitingRoom(desk.handoffs)


async def says(desk: Desk, room: WaitingRoom, conversation: str, text: str) -> None:
    """As `Listening` does it."""
    leg = (await desk.log.legs(conversation))[-1]
    async with desk.log.opened(conversation) as opened:
        event = await opened.append(NewEvent(Kind.MESSAGE, Speaker.CUSTOMER, text, leg_id=leg.id))
        await room.heard(opened, event)


async def look(desk: Desk, handoff: Handoff) -> Handoff:
    async with desk.database.reading() as session:
        return await session.get_one(Handoff, handoff.id)


async def waits_behind(desk: Desk, channel: Channel = Channel.WEBCHAT) -> tuple[Handoff, Handoff]:
    """Maya is busy; two wait."""
    maya = await desk.agent("Maya", chat_places=1)
    await desk.in_contact(maya)
    first = await desk.waits(channel)
    desk.time.passes(1)
    return first, await desk.waits(channel)


async def test_back_to_the_assistant(desk: Desk, room: WaitingRoom) -> None:
    first, second = await waits_behind(desk)
    await says(desk, room, second.conversation_id, "I'd rather go back to the assistant, please")
    row = await desk.log.get(second.conversation_id)
    assert row.floor is Floor.BOT
    assert (await look(desk, second)).state is HandoffState.ABANDONED
    assert (await look(desk, first)).state is HandoffState.WAITING
    assert "back to me" in (await desk.texts(second.conversation_id))[-1]


async def test_a_message_instead_of_the_wait(desk: Desk, room: WaitingRoom) -> None:
    _, second = await waits_behind(desk)
    await says(desk, room, second.conversation_id, "can I leave a message?")
    row = await desk.log.get(second.conversation_id)
    assert (row.floor, row.message_offer is not None) == (Floor.BOT, True)


async def test_called_back_without_losing_the_place(desk: Desk, room: WaitingRoom) -> None:
    _, second = await waits_behind(desk)
    conversation = second.conversation_id
    await says(desk, room, conversation, "just call me back")
    assert "Which number" in (await desk.texts(conversation))[-1]
    await says(desk, room, conversation, "the one from last time")
    assert "area code" in (await desk.texts(conversation))[-1]
    await says(desk, room, conversation, "(503) 555-0142")
    assert "5035550142" in (await desk.texts(conversation))[-1]
    kept = await look(desk, second)
    assert (kept.medium, kept.ranks_at) == (Medium.VOICE, second.ranks_at)
    async with desk.log.opened(conversation) as opened:  # the page is closed
        await end_conversation(opened, desk.handoffs)
    assert (await look(desk, second)).state is HandoffState.WAITING
    assert await desk.log.get(conversation)


async def test_a_caller_is_called_back_at_the_number_they_call_from(
    desk: Desk, room: WaitingRoom
) -> None:
    maya = await desk.agent("Maya")
    handoff = await desk.waits(Channel.PHONE)
    async with desk.log.opened(handoff.conversation_id) as opened:
        (await opened.live_legs())[0].source = "phone:+15035550142"
    await says(desk, room, handoff.conversation_id, "call me back")
    assert (await look(desk, handoff)).callback_number == "+15035550142"
    async with desk.log.opened(handoff.conversation_id) as opened:
        await end_conversation(opened, desk.handoffs)  # they hang up
    assert await desk.offers.round() == 1

    rung: list[str] = []

    class Carrier:
        async def dial(self, number: str) -> None:
            rung.append(number)

    dialling = Dialling(desk.handoffs)
    with pytest.raises(CannotDial):
        await dialling.dial(handoff.id, maya)
    dialling.dialler = Carrier()
    with pytest.raises(NotWaiting):
        await dialling.dial(handoff.id, maya)
    await desk.contacts.accept(handoff.id, maya)
    assert await dialling.dial(handoff.id, maya) == "+15035550142"
    await dialling.close()
    assert await room.expects("+15035550142") == handoff.conversation_id
    assert await room.expects("+15035550143") is None
    desk.time.passes(91)
    assert await room.expects("+15035550142") is None


async def test_who_was_cut_off_keeps_the_place_for_a_minute(desk: Desk, room: WaitingRoom) -> None:
    maya = await desk.agent("Maya")
    handoff = await desk.waits(Channel.PHONE)
    async with desk.log.opened(handoff.conversation_id) as opened:
        [leg] = await opened.live_legs()
        leg.source = "phone:+15035550142"
        await opened.end_leg(leg.id)
    assert await desk.offers.round() == 0  # nobody is on the line
    desk.time.passes(59)
    await desk.seen(maya)
    assert await room.expects("+15035550142") == handoff.conversation_id
    async with desk.log.opened(handoff.conversation_id) as opened:
        await opened.begin_leg(Channel.PHONE, "phone:+15035550142")
        await room.welcome_back(opened)
    assert "still have your place" in (await desk.texts(handoff.conversation_id))[-1]
    assert await desk.offers.round() == 1


async def test_who_does_not_come_back_is_forgotten(desk: Desk, room: WaitingRoom) -> None:
    maya = await desk.agent("Maya")
    handoff = await desk.waits(Channel.PHONE)
    async with desk.log.opened(handoff.conversation_id) as opened:
        await opened.end_leg((await opened.live_legs())[0].id)
    desk.time.passes(61)
    await desk.seen(maya)
    assert await room.expects("+15035550142") is None
    assert await desk.sweeper.sweep() == 0
    desk.time.passes(60)
    await desk.seen(maya)
    await desk.sweeper.sweep()
    assert (await look(desk, handoff)).state is HandoffState.ABANDONED


async def test_callers_hear_where_they_stand_chats_only_when_they_move_up(
    desk: Desk, room: WaitingRoom
) -> None:
    maya = await desk.agent("Maya", chat_places=1)
    await desk.in_contact(maya)
    caller = await desk.waits(Channel.PHONE)
    desk.time.passes(1)
    chat = await desk.waits()
    desk.time.passes(43)
    await desk.seen(maya)
    assert await room.tell() == 0
    desk.time.passes(1)
    assert await room.tell() == 1
    assert "next in line" in (await desk.texts(caller.conversation_id))[-1]
    desk.time.passes(45)
    await desk.seen(maya)
    assert await room.tell() == 1
    assert "you're next" in (await desk.texts(caller.conversation_id))[-1]  # in other words
    async with desk.log.opened(caller.conversation_id) as opened:
        await end_conversation(opened, desk.handoffs)
    assert await room.tell() == 1
    assert "next in line" in (await desk.texts(chat.conversation_id))[-1]
    assert await room.tell() == 0


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("call me at +49 30 1234567-8", "+4930123456 78".replace(" ", "")),
        ("(503) 555-0142 after five", "5035550142"),
        ("five oh three five five five oh one four two", "5035550142"),
        ("order 482919", None),
        ("one two three", None),
        ("12345678901234567", None),
    ],
)
def test_telephone_numbers(text: str, number: str | None) -> None:
    assert telephone_number(text) == number
