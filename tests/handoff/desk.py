"""The handoff desk with its furniture, for scenes on either database."""

from __future__ import annotations

from sqlalchemy import select

from actions.shop import SqlShop
from bot.conversation.events import Event, Kind, NewEvent
from bot.conversation.hub import Hub
from bot.conversation.log import ConversationLog
from bot.conversation.sentences import Sentences
from bot.handoff.colleagues import Colleagues
from bot.handoff.contacts import Contacts
from bot.handoff.offers import Offers
from bot.handoff.payload import Need
from bot.handoff.service import Handoffs
from bot.handoff.sweeper import Sweeper
from bot.handoff.team import HELD
from bot.store.database import Database
from bot.store.desk_tables import Agent, Handoff, Offer, Role, Status
from bot.store.tables import Channel, Speaker
from tests.conftest import Time

A_PERSON = Need("asked_for_person")


class Desk:
    def __init__(self, database: Database, shop: SqlShop, time: Time) -> None:
        self.database = database
        self.time = time
        self.log = ConversationLog(database, Hub(), time)
        sentences = Sentences("en", assistant="Juniper", shop="Juniper Outdoor")
        self.handoffs = Handoffs(self.log, shop, sentences, presence_s=60)
        self.contacts = Contacts(self.handoffs, wrap_up_s=60)
        self.offers = Offers(self.log, lasts_s=20, presence_s=60)
        self.colleagues = Colleagues(self.contacts, self.offers)
        self.sweeper = Sweeper(self.contacts, return_after_s=120, idle_hours=24)

    async def agent(
        self,
        name: str,
        *,
        status: Status = Status.AVAILABLE,
        chat_places: int = 3,
        skills: dict[str, int] | None = None,
        groups: tuple[str, ...] = (),
    ) -> Agent:
        """Signs in and opens the desk page."""
        agent = Agent(
            username=name.lower(),
            name=name,
            role=Role.AGENT,
            password_hash="-",
            status=status,
            chat_places=chat_places,
            skills=skills or {},
            groups=list(groups),
            created_at=self.time(),
            seen_at=self.time(),
            idle_since=self.time(),
        )
        async with self.database.writing() as session:
            session.add(agent)
        return agent

    async def look(self, agent: Agent) -> Agent:
        """The agent as the database has them now."""
        async with self.database.reading() as session:
            return await session.get_one(Agent, agent.id)

    async def seen(self, *agents: Agent) -> None:
        async with self.database.writing() as session:
            for agent in agents:
                (await session.get_one(Agent, agent.id)).seen_at = self.time()

    async def customer(self, channel: Channel = Channel.WEBCHAT) -> str:
        conversation, _ = await self.log.begin("en")
        async with self.log.opened(conversation) as opened:
            leg = await opened.begin_leg(channel, "address:127.0.0.1")
            await opened.append(
                NewEvent(Kind.MESSAGE, Speaker.CUSTOMER, "a person please", leg_id=leg.id)
            )
        return conversation

    async def asks_for_person(self, conversation: str, need: Need = A_PERSON) -> Handoff | None:
        evidence = await self.handoffs.gather(conversation)
        leg = (await self.log.legs(conversation))[-1]
        async with self.log.opened(conversation) as opened:
            await self.handoffs.request(opened, need, evidence, leg_id=leg.id)
        waiting = [
            handoff
            for handoff in await self.handoffs.waiting()
            if handoff.conversation_id == conversation
        ]
        return waiting[0] if waiting else None

    async def waits(self, channel: Channel = Channel.WEBCHAT) -> Handoff:
        """A customer who waits for a person."""
        handoff = await self.asks_for_person(await self.customer(channel))
        assert handoff is not None
        return handoff

    async def in_contact(self, agent: Agent) -> Handoff:
        """A customer this agent talks to."""
        return await self.contacts.accept((await self.waits()).id, agent)

    async def held_by(self, agent: Agent) -> list[Handoff]:
        """What they talk about or wrap up, the first taken first."""
        query = (
            select(Handoff)
            .where(Handoff.state.in_(HELD), Handoff.agent_id == agent.id)
            .order_by(Handoff.accepted_at, Handoff.asked_at, Handoff.id)
        )
        async with self.database.reading() as session:
            return list(await session.scalars(query))

    async def offered(self, agent: Agent) -> list[tuple[Offer, Handoff]]:
        async with self.database.reading() as session:
            offers = await self.offers.open(session)
            return [one for one in offers if one[0].agent_id == agent.id]

    async def all_offers(self) -> list[Offer]:
        async with self.database.reading() as session:
            return list(await session.scalars(select(Offer).order_by(Offer.offered_at)))

    async def said(self, conversation: str) -> list[Event]:
        return await self.log.since(conversation)

    async def texts(self, conversation: str) -> list[str]:
        return [event.text for event in await self.said(conversation) if event.text]
