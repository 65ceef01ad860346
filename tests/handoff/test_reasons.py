"""Why a person is needed and how urgent it is, from the engine's reply to the payload."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from actions.backend import Customer, Tier
from bot.dialogue.engine import Reply
from bot.handoff.payload import Evidence, Need, compose
from bot.store.tables import Channel, Conversation, Leg

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def reply(**fields: Any) -> Reply:
    return Reply.model_validate({"turn_id": "t"} | fields)


def customer(tier: Tier) -> Customer:
    return Customer(id=12, name="Ana Reyes", email="ana@example.com", phone=None, tier=tier)


def payload(
    need: Need,
    tier: Tier | None = None,
    channels: tuple[Channel, ...] = (Channel.WEBCHAT, Channel.WEBCHAT),
) -> dict[str, Any]:
    conversation = Conversation(id="c", language="en", created_at=NOW)
    legs = [
        Leg(id=f"leg{at}", channel=channel, language=language, source="address:127.0.0.1")
        for at, (channel, language) in enumerate(zip(channels, ("en", "zh"), strict=False))
    ]
    evidence = Evidence(customer=customer(tier) if tier else None)
    return compose(conversation, legs, [], need=need, evidence=evidence, now=NOW)


@pytest.mark.parametrize(
    ("told", "priority"), [(0, 0), (2, 2), (3, 3), (9, 3), (-1, 0), ("high", 0), (None, 0)]
)
def test_a_priority_is_0_to_3_and_no_turn_fails_for_another(told: Any, priority: int) -> None:
    asked = reply(handoff={"reason": "legal", "priority": told}).handoff
    assert asked is not None
    assert (asked.reason, asked.priority, asked.decision) == ("legal", priority, None)


@pytest.mark.parametrize(
    ("channels", "shown"),
    [
        ((Channel.PHONE,), "phone"),
        ((Channel.WEBCHAT, Channel.VOICE), "voice"),
        ((Channel.PHONE, Channel.WEBCHAT), "phone"),
        ((Channel.WEBCHAT,), "webchat"),
        ((), None),
    ],
)
def test_the_agent_sees_how_the_customer_talks(
    channels: tuple[Channel, ...], shown: str | None
) -> None:
    assert payload(Need("angry"), channels=channels)["identity"]["channel"] == shown


@pytest.mark.parametrize("expects", ["address", "name", "quantity", "email", "order_number"])
def test_what_is_expected_is_kept(expects: str) -> None:
    assert reply(expects=expects).expects == expects


@pytest.mark.parametrize("expects", ["colour", "", None, 7])
def test_what_nobody_has_ears_for_is_expected_freely(expects: Any) -> None:
    assert reply(expects=expects).expects == "free"


@pytest.mark.parametrize(
    ("said", "tier", "priority"),
    [
        (0, None, 0),
        (0, Tier.STANDARD, 0),
        (0, Tier.VIP, 1),
        (1, Tier.VIP, 1),
        (3, Tier.VIP, 3),
        (2, None, 2),
    ],
)
def test_the_priority_is_the_higher_of_who_it_is_and_what_it_is(
    said: int, tier: Tier | None, priority: int
) -> None:
    assert payload(Need("legal", said), tier)["need"]["priority"] == priority


def test_the_language_is_that_of_the_last_leg() -> None:
    assert payload(Need("legal"))["identity"]["language"] == "zh"
