"""What agents do to orders: by themselves, and with a senior's word."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from actions.backend import Address, NotAllowed, Refusal
from actions.shop import SqlShop, seed
from actions.shop import migrate as migrate_shop
from actions.shop.listing import demo_orders
from bot.conversation.events import Kind
from bot.desk.order_actions import (
    AboveYours,
    Action,
    Answered,
    NotTheirs,
    NotYours,
    OrderActions,
)
from bot.store.audit import Act, entries
from bot.store.database import Database
from bot.store.desk_tables import Agent, Role
from tests.conftest import Time
from tests.handoff.desk import Desk


@dataclass
class Counter:
    """A desk whose shop has something in it."""

    desk: Desk
    actions: OrderActions
    orders: list[dict[str, Any]]

    def order(self, status: str, at_least: int = 0) -> dict[str, Any]:
        return next(
            one for one in self.orders if one["status"] == status and one["total_cents"] >= at_least
        )

    async def contact(self, agent: Agent, order: dict[str, Any]) -> str:
        """The agent talks to whoever this order belongs to."""
        conversation = await self.desk.customer()
        leg = (await self.desk.log.legs(conversation))[-1]
        async with self.desk.log.opened(conversation) as opened:
            await opened.note_identity(
                leg.id, order["customer_id"], order["customer"], how="order number and postcode"
            )
        handoff = await self.desk.asks_for_person(conversation)
        assert handoff is not None
        await self.desk.contacts.accept(handoff.id, agent)
        return conversation

    async def happened(self, conversation: str, kind: Kind) -> list[dict[str, Any]]:
        return [one.data for one in await self.desk.said(conversation) if one.kind is kind]

    async def senior(self, name: str = "Noor") -> Agent:
        agent = await self.desk.agent(name)
        async with self.desk.database.writing() as session:
            row = await session.get_one(Agent, agent.id)
            row.role = Role.SENIOR
        return row


@pytest.fixture(scope="module")
async def demo_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("shop") / "shop.db"
    await migrate_shop(f"sqlite:///{file}")
    await seed(f"sqlite:///{file}")
    return file


@pytest.fixture
async def counter(
    database: Database, demo_shop: Path, tmp_path: Path, time: Time
) -> AsyncIterator[Counter]:
    copy = tmp_path / "shop.db"
    shutil.copy(demo_shop, copy)
    url = f"sqlite:///{copy}"
    shop = SqlShop(url)
    desk = Desk(database, shop, time)
    yield Counter(desk, OrderActions(desk.log, shop), await demo_orders(url))
    await shop.close()


async def test_within_their_authority_agents_act_at_once_and_once(counter: Counter) -> None:
    maya = await counter.desk.agent("Maya")
    order = counter.order("delivered", 6000)
    conversation = await counter.contact(maya, order)
    refund = Action("refund", order["number"], amount_cents=5000)
    for _ in range(2):  # the page asks again: its answer was lost
        outcome = await counter.actions.act(conversation, maya, refund, "scratched", "action-1")
        assert outcome.done
        assert outcome.text.startswith("50.00 USD of order")
    [told] = await counter.happened(conversation, Kind.ORDER_ACTION)
    assert (told["kind"], told["amount_cents"], told["granted_by"]) == ("refund", 5000, None)
    async with counter.desk.database.reading() as session:
        acts = [row.action for row in await entries(session)]
    assert acts.count(Act.ORDER_CHANGED) == 1


async def test_a_request_sent_twice_at_once_is_one(counter: Counter) -> None:
    maya = await counter.desk.agent("Maya")
    order = counter.order("delivered", 12000)
    conversation = await counter.contact(maya, order)
    refund = Action("refund", order["number"], amount_cents=9000)
    await asyncio.gather(
        *(counter.actions.act(conversation, maya, refund, "torn", "action-10") for _ in range(4))
    )
    assert len(await counter.actions.waiting()) == 1
    assert len(await counter.happened(conversation, Kind.ORDER_REQUEST)) == 1


async def test_above_it_a_senior_decides_while_the_customer_waits(counter: Counter) -> None:
    maya, noor = await counter.desk.agent("Maya"), await counter.senior()
    order = counter.order("delivered", 12000)
    conversation = await counter.contact(maya, order)
    refund = Action("refund", order["number"], amount_cents=9000)
    outcome = await counter.actions.act(conversation, maya, refund, "arrived broken", "action-2")
    assert not outcome.done
    [(request, _)] = await counter.actions.waiting()
    with pytest.raises(AboveYours):
        await counter.actions.decide(request.id, maya, granted=True, answer="")
    decided = await counter.actions.decide(
        request.id, noor, granted=True, answer="Seventy, please", amount_cents=7000
    )
    assert decided.granted
    with pytest.raises(Answered):
        await counter.actions.decide(request.id, noor, granted=False, answer="no")
    assert await counter.actions.waiting() == []
    [answered] = await counter.happened(conversation, Kind.ORDER_REQUEST_ANSWERED)
    assert (answered["granted"], answered["by"]) == (True, "Noor")
    [done] = await counter.happened(conversation, Kind.ORDER_ACTION)
    assert (done["amount_cents"], done["by"], done["granted_by"]) == (7000, "Maya", "Noor")
    async with counter.desk.database.reading() as session:
        acts = {row.action for row in await entries(session)}
    assert {Act.GRANT_ASKED, Act.GRANT_ANSWERED, Act.ORDER_CHANGED} <= acts


async def test_two_seniors_decide_once(counter: Counter) -> None:
    maya, noor, ines = (
        await counter.desk.agent("Maya"),
        await counter.senior(),
        await counter.senior("Ines"),
    )
    order = counter.order("delivered", 12000)
    conversation = await counter.contact(maya, order)
    refund = Action("refund", order["number"], amount_cents=6000)
    await counter.actions.act(conversation, maya, refund, "late", "action-3")
    answers = await asyncio.gather(
        *(counter.actions.decide("action-3", one, granted=True, answer="") for one in (noor, ines)),
        return_exceptions=True,
    )
    assert [type(one) for one in answers if isinstance(one, Exception)] == [Answered]
    assert len(await counter.happened(conversation, Kind.ORDER_ACTION)) == 1


async def test_a_refusal_tells_why(counter: Counter) -> None:
    maya, noor = await counter.desk.agent("Maya"), await counter.senior()
    order = counter.order("delivered", 12000)
    conversation = await counter.contact(maya, order)
    await counter.actions.act(
        conversation, maya, Action("discount", order["number"], percent=20), "asks", "action-4"
    )
    await counter.actions.decide("action-4", noor, granted=False, answer="Offer 10 % instead")
    [answered] = await counter.happened(conversation, Kind.ORDER_REQUEST_ANSWERED)
    assert (answered["granted"], answered["answer"]) == (False, "Offer 10 % instead")
    assert await counter.happened(conversation, Kind.ORDER_ACTION) == []


async def test_what_the_shop_refuses_leaves_the_request_open(counter: Counter) -> None:
    maya, noor = await counter.desk.agent("Maya"), await counter.senior()
    order = counter.order("delivered", 8000)
    conversation = await counter.contact(maya, order)
    too_much = Action("refund", order["number"], amount_cents=order["total_cents"] + 1)
    await counter.actions.act(conversation, maya, too_much, "all of it", "action-5")
    with pytest.raises(NotAllowed) as no:
        await counter.actions.decide("action-5", noor, granted=True, answer="")
    assert no.value.refusal is Refusal.MORE_THAN_PAID
    assert len(await counter.actions.waiting()) == 1
    decided = await counter.actions.decide(
        "action-5", noor, granted=True, answer="", amount_cents=1000
    )
    assert decided.granted


async def test_orders_of_others_are_out_of_reach(counter: Counter) -> None:
    maya, sam = await counter.desk.agent("Maya"), await counter.desk.agent("Sam")
    order = counter.order("delivered")
    other = next(one for one in counter.orders if one["customer_id"] != order["customer_id"])
    conversation = await counter.contact(maya, order)
    with pytest.raises(NotTheirs):
        await counter.actions.act(
            conversation, maya, Action("refund", other["number"], 100), "x", "action-6"
        )
    with pytest.raises(NotYours):
        await counter.actions.act(
            conversation, sam, Action("refund", order["number"], 100), "x", "action-7"
        )


async def test_a_new_address_and_the_goods_once_more(counter: Counter) -> None:
    maya = await counter.desk.agent("Maya")
    order = counter.order("processing")
    conversation = await counter.contact(maya, order)
    address = Address("12 Maple Street", "Portland", "OR", "97205")
    outcome = await counter.actions.act(
        conversation,
        maya,
        Action("address", order["number"], address=address),
        "moved",
        "action-8",
    )
    assert outcome.done
    assert "12 Maple Street" in outcome.text
    cheap = min(
        (one for one in counter.orders if one["status"] == "delivered"),
        key=lambda one: int(one["total_cents"]),
    )
    conversation = await counter.contact(maya, cheap)
    outcome = await counter.actions.act(
        conversation, maya, Action("reship", cheap["number"]), "lost", "action-9"
    )
    assert outcome.done
    assert "sent once more" in outcome.text
