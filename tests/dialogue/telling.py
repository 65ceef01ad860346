"""Conversations told by file (`conversations/*.yml`): how they are read, played and judged.

    - name: a cancellation that is confirmed
      order: {status: processing}            # one of the shop's that fits, and nobody else's
      steps:
        - user: I want to cancel my order
          says: ask_order_number             # the responses chosen, in order; or a list
        - user: "{number}"
          says: ask_postcode
        - user: "{email}"
          says: confirm_cancel_paid
          expects: yes_no
        - user: "yes"
          says: cancelled
          promise: true
      then:
        order: {state: cancelled}

A step: `user` (what is written; {number}, {email}, … are the order's), `says`, and where they matter
`expects`, `handoff` (its reason; none may come where none is named), `priority`, `promise`, `contains`
and `without` (texts in the reply, {…} filled in), `spoken_without`, `fault: shop_down` (during this
step), `early: true` (said before our question was out), `alternatives`, `leg`, `source`, `language`.
Never twice in a row the same words, unless `again: true`; never a "$" or six digits for the ear.
A message goes the server's way: it is cut where it holds two requests (bot/dialogue/splitting.py).

A conversation: `order`, `orders` (named ones: {a.number}), `article` ({product}, {colour}, {size}),
`signed_in` (true, or the name of an order), `channel`, `steps`, `then`. Without `then` nothing in the
shop's database may have changed but the count of failed checks; with it nothing but what it names.
`then.order` (or `a` … of `orders`): state, address, total (`up`, `down`, or cents), lines ({sku: n}, or
`changed`), returns, grants, letters (counts, or fields of the newest), `complaints`, `reservations`.
"""

from __future__ import annotations

import re
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.dialogue.asking import in_parts
from bot.dialogue.engine import Engine, Reply, TurnRequest
from bot.dialogue.splitting import split
from tests.dialogue.choosing import Chosen, choose_article, choose_order
from tests.dialogue.engine_house import House

FOLDER = Path(__file__).parent / "conversations"

COUNTED = ("returns", "grants", "complaints", "reservations", "outbox", "order_items", "addresses")
UNJUDGED = {"identity_checks", "done_turns", "demo_seed"}
"""Tables that may change in any conversation: tries, and what makes a repeated turn count once."""

_UNSPEAKABLE = re.compile(r"\$|\d{6}|\d{3} \d{3}")
"""Amounts are said in words, and long numbers digit by digit."""


@dataclass
class Conversation:
    name: str
    file: str
    told: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.file}: {self.name}"


def conversations() -> list[Conversation]:
    """All that are told, in the order of their files. Raises AssertionError for two of one name."""
    found = [
        Conversation(entry["name"], file.stem, entry)
        for file in sorted(FOLDER.glob("*.yml"))
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]
    names = [str(one) for one in found]
    assert len(set(names)) == len(names), "two conversations bear one name"
    return found


@dataclass
class Stage:
    """The house, and which of its orders have been used."""

    house: House
    used: set[str] = field(default_factory=set)

    def database(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.house.shop_file)
        connection.row_factory = sqlite3.Row
        return connection

    @contextmanager
    def fault(self, name: str | None) -> Iterator[None]:
        if name is None:
            yield
            return
        assert name == "shop_down", f"no such fault: {name}"
        away = self.house.shop_file.with_suffix(".away")
        self.house.shop_file.rename(away)
        try:
            yield
        finally:
            away.rename(self.house.shop_file)


async def play(conversation: Conversation, stage: Stage) -> None:
    told = conversation.told
    known = {"name", "order", "orders", "article", "signed_in", "channel", "steps", "then"}
    assert set(told) <= known, f"unknown fields {set(told) - known}"
    orders: dict[str, Chosen] = {}
    with stage.database() as database:
        wanted = {"": told["order"]} if "order" in told else {}
        for name, want in {**wanted, **told.get("orders", {})}.items():
            orders[name] = choose_order(database, want, stage.used, orders)
        article = choose_article(database, told["article"]) if "article" in told else {}
        before = _everything(database)
    values = values_of(orders) | article
    identity = _identity(told.get("signed_in"), orders)
    ident = uuid.uuid4().hex
    base: dict[str, Any] = {
        "conversation": ident,
        "leg": f"leg-{ident}",
        "channel": told.get("channel", "webchat"),
        "language": "en",
        "source": ident,
        "identity": identity,
    }
    async with Engine(stage.house.url) as engine:
        asked, before_that = False, ""
        for number, step in enumerate(told["steps"], 1):
            with stage.fault(step.get("fault")):
                replies = await _say(engine, step, base, values, asked=asked)
            asked = replies[-1].expects != "free"
            where = f"{conversation}, step {number} ({step['user']!r})"
            _judge(step, replies, values, where)
            said = "\n".join(message.text for reply in replies for message in reply.messages)
            if not step.get("again"):
                assert said != before_that, f"the same words twice: {where}: {said}"
            before_that = said
    with stage.database() as database:
        after = _everything(database)
        judge_database(told.get("then"), orders, before, after)


async def _say(
    engine: Engine, step: dict[str, Any], base: dict[str, Any], values: Any, *, asked: bool
) -> list[Reply]:
    known = {
        *("user", "says", "expects", "handoff", "priority", "promise", "contains", "without"),
        *("spoken_without", "fault", "early", "alternatives", "leg", "source", "decision"),
        "again",
    }
    assert set(step) <= known, f"unknown fields {set(step) - known}"
    text = str(step["user"]).format_map(values)
    request = TurnRequest(
        turn_id=uuid.uuid4().hex,
        text=text,
        alternatives=[one.format_map(values) for one in step.get("alternatives", [])],
        answers_last=not step.get("early", False),
        **(base | {name: step[name] for name in ("leg", "source") if name in step}),
    )
    replies = []
    for part in in_parts(request, await split(text, engine.understand, asked=asked)):
        replies.append(await engine.turn(part))
        if replies[-1].handoff:
            break
    return replies


def _judge(step: dict[str, Any], replies: list[Reply], values: Any, where: str) -> None:
    messages = [message for reply in replies for message in reply.messages]
    said = [message.response for message in messages]
    text = "\n".join(message.text for message in messages)
    spoken = "\n".join(message.spoken or "" for message in messages)
    told = f"{where}\n  read as {[r.intent.name for r in replies]}\n  said {said}: {text}"
    assert text.strip(), f"silence: {told}"
    if "says" in step:
        want = [step["says"]] if isinstance(step["says"], str) else step["says"]
        assert said == want, f"wanted {want}: {told}"
    if "expects" in step:
        assert replies[-1].expects == step["expects"], f"{replies[-1].expects}: {told}"
    handoff = next((reply.handoff for reply in replies if reply.handoff), None)
    assert (handoff.reason if handoff else None) == step.get("handoff"), f"{handoff}: {told}"
    if "priority" in step:
        assert getattr(handoff, "priority", None) == step["priority"], f"{handoff}: {told}"
    if step.get("decision"):
        assert getattr(handoff, "decision", None), f"no decision: {told}"
    promises = [promise.text for reply in replies for promise in reply.promises]
    assert bool(promises) == bool(step.get("promise")), f"promised {promises}: {told}"
    for wanted in _list(step.get("contains")):
        assert wanted.format_map(values) in text, f"lacks {wanted!r}: {told}"
    for unwanted in _list(step.get("without")):
        assert unwanted.format_map(values) not in text, f"holds {unwanted!r}: {told}"
    for unwanted in ["http", "www.", *_list(step.get("spoken_without"))]:
        assert unwanted.format_map(values) not in spoken, f"speaks {unwanted!r}: {told}\n{spoken}"
    unspeakable = _UNSPEAKABLE.search(spoken)
    assert not unspeakable, f"speaks {unspeakable and unspeakable[0]!r}: {told}\n{spoken}"


def _list(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


class Values(dict[str, str]):
    """{number} is the only order's, {a.number} that of order `a`."""


def values_of(orders: dict[str, Chosen]) -> Values:
    values = Values()
    for name, order in orders.items():
        for key, value in order.facts().items():
            values[key if not name else f"{name}_{key}"] = value
    return values


def _identity(wanted: Any, orders: dict[str, Chosen]) -> dict[str, Any] | None:
    if not wanted:
        return None
    order = orders["" if wanted is True else str(wanted)]
    return {"customer_id": order.customer_id, "name": order.customer}


# --- the database ----------------------------------------------------------------------------


Rows = dict[str, dict[Any, dict[str, Any]]]


def _everything(database: sqlite3.Connection) -> Rows:
    tables = [
        row[0]
        for row in database.execute("select name from sqlite_master where type = 'table'")
        if not row[0].startswith(("sqlite_", "shop_alembic")) and row[0] not in UNJUDGED
    ]
    return {
        table: {row[0]: dict(row) for row in database.execute(f"select rowid, * from {table}")}
        for table in tables
    }


def judge_database(
    then: dict[str, Any] | None, orders: dict[str, Chosen], before: Rows, after: Rows
) -> None:
    changed = {
        table: [key for key in {**rows, **before[table]} if rows.get(key) != before[table].get(key)]
        for table, rows in after.items()
    }
    touched = {table for table, keys in changed.items() if keys}
    if then is None:
        assert not touched, f"the database was changed: {touched}"
        return
    expected: set[str] = set()
    for name, want in then.items():
        if name in ("complaints", "reservations"):
            _judge_new(name, want, before, after)
            expected |= {name, "stock"} if name == "reservations" else {name}
            continue
        order = orders["" if name == "order" else name]
        expected |= _judge_order(order, want, before, after)
    assert touched <= expected, f"also changed: {touched - expected}"


def _judge_order(order: Chosen, want: dict[str, Any], before: Rows, after: Rows) -> set[str]:
    was = next(row for row in before["orders"].values() if row["number"] == order.number)
    now = after["orders"][
        next(k for k, r in after["orders"].items() if r["number"] == order.number)
    ]
    expected: set[str] = set()
    for key, value in want.items():
        match key:
            case "state":
                assert now["state"] == value, f"order {order.number} is {now['state']}"
                expected |= {"orders", "stock", "allocations"}
            case "total":
                change = now["total_cents"] - was["total_cents"]
                right = (
                    change > 0
                    if value == "up"
                    else change < 0
                    if value == "down"
                    else (now["total_cents"] == value)
                )
                assert right, f"the total went from {was['total_cents']} to {now['total_cents']}"
                expected |= {"orders"}
            case "address":
                address = after["addresses"][now["delivery_address_id"]]
                for field_name, part in value.items():
                    assert address[field_name] == str(part), f"it goes to {address}"
                assert now["delivery_address_id"] != was["delivery_address_id"]
                expected |= {"orders", "addresses"}
            case "lines":
                _judge_lines(value, now["id"], before, after)
                expected |= {"orders", "order_items", "stock", "allocations"}
            case "returns":
                fields = {**value} if isinstance(value, dict) else {}
                new = _new("returns", before, after, order_id=now["id"])
                assert len(new) == (value if isinstance(value, int) else 1), f"returns: {new}"
                if quantity := fields.pop("quantity", None):
                    items = [
                        row
                        for row in after["return_items"].values()
                        if row["return_id"] == new[0]["id"]
                    ]
                    assert sum(row["quantity"] for row in items) == quantity, f"{items}"
                if new:
                    _fields(fields, new[0])
                    assert new[0]["rma"].startswith("RMA-")
                expected |= {"returns", "return_items"}
            case "grants" | "letters":
                table = "outbox" if key == "letters" else key
                new = _new(table, before, after, order_id=now["id"])
                assert len(new) == (value if isinstance(value, int) else 1), f"{key}: {new}"
                if isinstance(value, dict):
                    _fields(value, new[0])
                expected |= {table}
            case "book":  # an address that is now in the customer's address book
                new = _new("addresses", before, after, customer_id=order.customer_id)
                assert len(new) == 1, f"addresses: {new}"
                _fields(value, new[0])
                expected |= {"addresses"}
            case _:
                raise AssertionError(f"`then` can't judge {key!r}")
    return expected


def _judge_lines(want: Any, order_id: int, before: Rows, after: Rows) -> None:
    def lines(rows: Rows) -> dict[str, int]:
        return {
            row["sku"]: row["quantity"]
            for row in rows["order_items"].values()
            if row["order_id"] == order_id
        }

    if want == "changed":
        assert lines(before) != lines(after), "the lines are what they were"
    elif isinstance(want, int):
        assert sum(lines(after).values()) == want, f"{lines(after)}"
    else:
        assert lines(after) == want, f"{lines(after)}"


def _judge_new(table: str, want: Any, before: Rows, after: Rows) -> None:
    new = _new(table, before, after)
    assert len(new) == (want if isinstance(want, int) else 1), f"{table}: {new}"
    if isinstance(want, dict):
        _fields(want, new[0])


def _new(table: str, before: Rows, after: Rows, **where: Any) -> list[dict[str, Any]]:
    return [
        row
        for key, row in after[table].items()
        if key not in before[table] and all(row[name] == value for name, value in where.items())
    ]


def _fields(want: dict[str, Any], row: dict[str, Any]) -> None:
    for name, value in want.items():
        assert row[name] == value, f"{name} is {row[name]!r}, wanted {value!r}: {row}"
