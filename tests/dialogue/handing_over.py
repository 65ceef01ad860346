"""Conversations up to the moment a person is asked for (`handed_over.yml`): how they are told to the
centre without its doors, and how what the person is handed is judged, field by field."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from actions.shop import SqlShop
from bot.conversation.events import Event, Kind
from bot.conversation.hub import Hub
from bot.conversation.log import ConversationLog, VerifiedIdentity
from bot.conversation.sentences import Sentences
from bot.dialogue.engine import Engines
from bot.dialogue.listening import Listening, Words
from bot.dialogue.turns import Patience, Turns
from bot.handoff.contacts import Contacts
from bot.handoff.service import Handoffs
from bot.handoff.waiting_room import WaitingRoom
from bot.store.database import Database
from bot.store.desk_tables import Agent, Handoff, Role, Status
from bot.store.tables import Channel, Speaker
from tests.conftest import Time
from tests.dialogue.choosing import Chosen, choose_article, choose_order
from tests.dialogue.engine_house import House
from tests.dialogue.telling import Stage, values_of

FILE = Path(__file__).with_suffix("").with_name("handed_over.yml")

PAUSE_S = 20
"""Between two of the customer's sentences, by the scene's clock."""

AT_ONCE = Patience(slow_after=3600, give_up_after=-1)
"""The scene's clock stands still while an answer is waited for: the first failure is enough."""

OVER = ("delivered", "cancelled", "returned")


@dataclass
class Scene:
    told: dict[str, Any]

    @property
    def language(self) -> str:
        return str(self.told.get("language", "en"))

    def __str__(self) -> str:
        return str(self.told["name"])


def scenes() -> list[Scene]:
    known = {
        "name",
        "order",
        "article",
        "signed_in",
        "channel",
        "language",
        "team",
        "said",
        "without",
    }
    found = [Scene(told) for told in yaml.safe_load(FILE.read_text(encoding="utf-8"))]
    for scene in found:
        assert set(scene.told) <= {*known, "handed"}, f"{scene}: {set(scene.told) - known}"
    assert len({str(one) for one in found}) == len(found), "two scenes bear one name"
    return found


@dataclass
class Centre:
    """The contact centre without its doors, with Maya at the desk."""

    stage: Stage
    time: Time
    database: Database
    log: ConversationLog
    handoffs: Handoffs
    turns: Turns
    listening: Listening
    said: int = 0
    with_bot_s: int = 0
    """How long the assistant has had the floor by now."""

    @property
    def house(self) -> House:
        return self.stage.house

    async def hears(self, conversation: str, words: Words) -> None:
        """One of the customer's messages, until it is answered."""
        self.time.passes(PAUSE_S)
        self.with_bot_s += PAUSE_S
        heard = await self.listening.hear(conversation, words)
        assert heard.turn_id, f"the assistant hasn't got the floor: {words.text!r}"
        await self.turns.finished(heard.turn_id)

    async def maya(self, status: Status) -> Agent:
        agent = Agent(
            username="maya", name="Maya", role=Role.AGENT, password_hash="-", status=status,
            created_at=self.time(), seen_at=self.time(),
        )  # fmt: skip
        async with self.database.writing() as session:
            session.add(agent)
        return agent

    async def begins(self, conversation: str, channel: Channel, language: str) -> str:
        async with self.log.opened(conversation) as opened:
            return (await opened.begin_leg(channel, f"scene:{conversation}", language=language)).id

    async def ends(self, conversation: str, channel: Channel) -> None:
        async with self.log.opened(conversation) as opened:
            for leg in await opened.live_legs():
                if leg.channel is channel:
                    await opened.end_leg(leg.id)

    @contextmanager
    def fault(self, name: str | None) -> Any:
        if name != "actions_down":
            with self.stage.fault(name):
                yield
            return
        self.house.actions.stop()
        try:
            yield
        finally:
            self.house.actions.start()
            self.house.actions.wait()


@asynccontextmanager
async def open_centre(
    stage: Stage, file: Path, engines: Mapping[str, str]
) -> AsyncIterator[Centre]:
    """On a migrated database and the stage's shop; `engines`: language to address."""
    time = Time()
    database = Database(f"sqlite:///{file}")
    shop = SqlShop(f"sqlite:///{stage.house.shop_file}")
    log = ConversationLog(database, Hub(), time)
    sentences = Sentences("en", assistant="Juniper", shop="Juniper Outdoor")
    handoffs = Handoffs(log, shop, sentences, presence_s=1e9)
    async with Engines(engines) as opened:
        turns = Turns(log, opened, handoffs, sentences, AT_ONCE)
        listening = Listening(log, turns, WaitingRoom(handoffs), message_limit=2000)
        yield Centre(stage, time, database, log, handoffs, turns, listening)
        await turns.stop()
    await shop.close()
    await database.close()


@dataclass
class Outcome:
    """What a scene came to."""

    handoff: Handoff
    events: list[Event]
    """Up to the handoff."""
    order: Chosen | None
    values: Mapping[str, str]
    with_bot_s: int
    problems: list[str] = field(default_factory=list)

    def same(self, what: str, is_: Any, wanted: Any) -> None:
        if is_ != wanted:
            self.problems.append(f"{what}: {is_!r}, wanted {wanted!r}")

    def holds(self, what: str, text: str | None, words: list[str]) -> None:
        for word in words:
            if self.filled(word) not in (text or ""):
                self.problems.append(f"{what} lacks {self.filled(word)!r}: {text!r}")

    def filled(self, text: str) -> str:
        return text.format_map(self.values)


async def play(scene: Scene, centre: Centre) -> Outcome:
    """Tells the scene; its end must be the first handoff that is still open."""
    told = scene.told
    with centre.stage.database() as shop:
        order = None
        if "order" in told:
            order = choose_order(shop, {"tier": "standard", **told["order"]}, centre.stage.used, {})
        values = values_of({"": order} if order else {})
        if "article" in told:
            values |= choose_article(shop, told["article"])
    maya = None
    if (team := told.get("team")) != "nobody":
        maya = await centre.maya(Status.ON_BREAK if team == "away" else Status.AVAILABLE)
    conversation, _ = await centre.log.begin(scene.language)
    channel = Channel(told.get("channel", "webchat"))
    leg = await centre.begins(conversation, channel, scene.language)
    identity = None
    if told.get("signed_in"):
        assert order
        until = centre.time() + timedelta(hours=1)
        identity = VerifiedIdentity(order.customer_id, order.customer, until)
        await centre.listening.identify(conversation, leg, identity)
    for number, entry in enumerate(told["said"], 1):
        step: dict[str, Any] = {"say": entry} if isinstance(entry, str) else entry
        handed = await _handoff(centre, conversation)
        assert bool(handed) == ("maya" in step), f"before step {number}: {handed}"
        if "maya" in step:
            assert maya
            await _maya_deals_with_it(centre, conversation, maya, step["maya"])
        elif "begins" in step:
            leg = await centre.begins(conversation, Channel(step["begins"]), scene.language)
        elif "ends" in step:
            await centre.ends(conversation, Channel(step["ends"]))
        else:
            words = Words(
                step["say"].format_map(values),
                leg,
                confidence=step.get("confidence"),
                alternatives=[guess.format_map(values) for guess in step.get("guesses", [])],
                identity=identity,
            )
            with centre.fault(step.get("fault")):
                await centre.hears(conversation, words)
    handoff = await _handoff(centre, conversation)
    events = await centre.log.since(conversation)
    assert handoff, "nobody was handed anything:\n" + "\n".join(
        f"{event.speaker}: {event.text}" for event in events if event.text
    )
    began = next(event.seq for event in reversed(events) if event.kind in _BEGINS)
    return Outcome(handoff, events[:began], order, values, centre.with_bot_s)


_BEGINS = (Kind.HANDOFF_REQUESTED, Kind.MESSAGE_TAKEN)


async def _handoff(centre: Centre, conversation: str) -> Handoff | None:
    rows = [*await centre.handoffs.waiting(), *await centre.handoffs.messages_taken()]
    return next((row for row in rows if row.conversation_id == conversation), None)


async def _maya_deals_with_it(centre: Centre, conversation: str, maya: Agent, summary: str) -> None:
    [handoff] = await centre.handoffs.waiting()
    assert handoff.conversation_id == conversation
    contacts = Contacts(centre.handoffs, wrap_up_s=60)
    await contacts.accept(handoff.id, maya)
    centre.time.passes(300)
    await contacts.close(handoff.id, maya, disposition="solved", summary=summary)
    centre.with_bot_s = 0


# --- judged ----------------------------------------------------------------------------------


def judge(scene: Scene, outcome: Outcome, shop: sqlite3.Connection) -> None:
    """Raises AssertionError with every field that is not as it should be."""
    wanted = dict(scene.told["handed"])
    payload = outcome.handoff.payload
    known = {
        *("reason", "contact_reason", "priority", "decision", "slots", "promises", "verified"),
        *("customer", "vip", "channel", "last_agent", "message", "summary"),
    }
    assert set(wanted) <= known, f"unknown fields {set(wanted) - known}"
    _judge_need(outcome, payload["need"], wanted)
    _judge_identity(scene, outcome, payload["identity"], wanted, shop)
    _judge_progress(outcome, payload["progress"], wanted, shop)
    _judge_summary(outcome, payload["progress"]["summary"], wanted)
    _judge_evidence(outcome, payload, wanted)
    if unwanted := scene.told.get("without"):
        outcome.same("what must not be read", unwanted in str(payload), False)
    talk = "\n".join(
        f"  {event.seq} {event.speaker}: {event.text or event.kind}" for event in outcome.events
    )
    assert not outcome.problems, "\n".join([str(scene), *outcome.problems, talk])


def _judge_need(outcome: Outcome, need: dict[str, Any], wanted: dict[str, Any]) -> None:
    outcome.same("reason", need["reason"], wanted["reason"])
    outcome.same("the row's reason", outcome.handoff.reason, wanted["reason"])
    outcome.same("contact reason", need["contact_reason"], wanted["contact_reason"])
    outcome.same("priority", need["priority"], wanted.get("priority", 0))
    if "decision" in wanted:
        outcome.holds("decision", need["decision"], wanted["decision"])
    else:
        outcome.same("decision", need["decision"], None)
    if need["contact_reason"] is None:
        outcome.same("confidence", need["confidence"], None)
    elif not 0 < (need["confidence"] or 0) <= 1:
        outcome.problems.append(f"confidence: {need['confidence']}")


def _judge_identity(
    scene: Scene,
    outcome: Outcome,
    identity: dict[str, Any],
    wanted: dict[str, Any],
    shop: sqlite3.Connection,
) -> None:
    how = wanted.get("verified")
    customer = outcome.order if how or wanted.get("customer") else None
    tier = None
    if customer:
        query = "select tier from customers where id = ?"
        (tier,) = shop.execute(query, [customer.customer_id]).fetchone()
    expected = {
        "customer_id": customer.customer_id if customer else None,
        "name": customer.customer if customer else None,
        "verified": how is not None,
        "how": how,
        "tier": tier,
        "vip": wanted.get("vip", False),
        "language": scene.language,
        "channel": wanted.get("channel", "webchat"),
    }
    for name, value in expected.items():
        outcome.same(name, identity[name], value)


def _judge_progress(
    outcome: Outcome, progress: dict[str, Any], wanted: dict[str, Any], shop: sqlite3.Connection
) -> None:
    slots = {name: outcome.filled(value) for name, value in wanted.get("slots", {}).items()}
    is_ = progress["slots"]
    if set(is_) != set(slots) or not all(fnmatchcase(str(is_[one]), slots[one]) for one in slots):
        outcome.problems.append(f"slots: {is_}, wanted {slots}")
    promises, kept = progress["promises"], wanted.get("promises", [])
    outcome.same("how many promises", len(promises), len(kept))
    events = {event.seq: event for event in outcome.events}
    for promise, words in zip(promises, kept, strict=False):
        outcome.holds("promise", promise["text"], words)
        event = events[promise["event"]]
        outcome.same(
            "where it was promised", (event.kind, event.text), (Kind.PROMISE, promise["text"])
        )
        outcome.same("due", promise["due"], event.data.get("due"))
    for step in progress["tried"]:
        event = events[step["event"]]
        outcome.same("who tried", event.speaker, Speaker.ASSISTANT)
        if not _quoted(event, step["text"]):
            outcome.problems.append(f"tried: {step['text']!r} is not {event.text!r}")
    customer = outcome.order if wanted.get("verified") or wanted.get("customer") else None
    rows = shop.execute(
        "select number, state from orders where customer_id = ? and state not in (?, ?, ?)",
        [customer.customer_id if customer else -1, *OVER],
    )
    found = {(one["number"], one["state"]) for one in progress["open_orders"]}
    outcome.same("open orders", found, {tuple(row) for row in rows})


def _judge_summary(outcome: Outcome, summary: list[dict[str, Any]], wanted: dict[str, Any]) -> None:
    labels = [line["label"] for line in summary]
    outcome.same("summary", labels, [label for label, *_ in wanted["summary"]])
    if labels != [label for label, *_ in wanted["summary"]]:
        return
    for line, (label, where, *words) in zip(summary, wanted["summary"], strict=True):
        event = next(one for one in outcome.events if one.seq == line["event"])
        right = _event(outcome, where, words)
        outcome.same(f"{label} points at", event.seq, right.seq if right else where)
        if label == "Done":
            outcome.holds(label, line["text"], words)
            for fact in ("name", "how", "order"):
                outcome.holds(label, line["text"], [str(event.data.get(fact) or "")])
        elif label == "Open" and wanted.get("decision"):
            outcome.holds(label, line["text"], wanted["decision"])
        elif not _quoted(event, line["text"]):
            outcome.problems.append(f"{label}: {line['text']!r} is not {event.text!r}")


def _event(outcome: Outcome, where: int | str, words: list[str]) -> Event | None:
    """What a line is to point at."""
    if isinstance(where, int):
        return [event for event in outcome.events if event.said_by_customer][where - 1]
    if where == "check":
        return [event for event in outcome.events if event.kind is Kind.IDENTITY][-1]
    fitting = [
        event
        for event in outcome.events
        if event.speaker is Speaker.ASSISTANT
        and event.kind is Kind.MESSAGE
        and all(outcome.filled(word) in event.text for word in words)
    ]
    if not fitting:
        outcome.problems.append(f"nothing was answered with {words}")
        return None
    return fitting[-1]


def _quoted(event: Event, text: str) -> bool:
    """Whether `text` holds the event's words, at least the beginning of long ones."""
    return " ".join(event.text.split())[:120] in text


def _judge_evidence(outcome: Outcome, payload: dict[str, Any], wanted: dict[str, Any]) -> None:
    said = [event for event in outcome.events if event.kind in (Kind.MESSAGE, Kind.SPEECH)]
    evidence, time = payload["evidence"], payload["time"]
    outcome.same("transcript", evidence["transcript"], [event.for_team() for event in said])
    outcome.same("last agent", evidence["last_agent"], wanted.get("last_agent"))
    outcome.same("seconds with the assistant", time["seconds_with_bot"], outcome.with_bot_s)
    message = payload.get("message")
    if "message" in wanted:
        mine = _event(outcome, wanted["message"], [])
        assert mine
        outcome.same("message", message, {"text": mine.text, "event": mine.seq})
    else:
        outcome.same("message", message, None)
