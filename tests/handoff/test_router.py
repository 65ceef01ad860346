"""Who gets which contact, and how long the others will wait."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench.erlang import erlang_c
from bench.routing import AGENTS, CALLS_PER_S, HANDLE_S, TARGET_S, play
from bot.handoff.router import EXPERTS, Candidate, Match, Ring, Waiting, match
from bot.handoff.wait import Outlook, outlook
from bot.store.tables import Medium

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOON - timedelta(seconds=seconds)


def contact(name: str, waited_s: float = 0.0, head_start_s: float = 0.0, **more: Any) -> Waiting:
    asked = ago(waited_s)
    medium = more.pop("medium", Medium.CHAT)
    return Waiting(name, medium, asked, asked - timedelta(seconds=head_start_s), **more)


def agent(number: int, idle_s: float = 60.0, **more: Any) -> Candidate:
    room = more.pop("room", {Medium.VOICE: 1, Medium.CHAT: 3})
    return Candidate(number, ago(idle_s), room, **more)


BUSY: dict[str, Any] = {"room": {Medium.VOICE: 0, Medium.CHAT: 0}}


def matched(*found: Match) -> dict[str, tuple[int, Ring]]:
    return {one.contact: (one.agent, one.ring) for one in found}


def test_whoever_has_been_idle_longest_is_next() -> None:
    found = match([contact("a")], [agent(1, 10), agent(2, 500), agent(3, 60)], NOON)
    assert matched(*found) == {"a": (2, Ring.SKILLED)}
    assert found[0].why["idle_s"] == 500


def test_the_first_in_line_is_served_first_and_nobody_twice() -> None:
    waiting = [contact("late", 5), contact("early", 90), contact("urgent", 1, 300)]
    team = [agent(1, 60, room={Medium.CHAT: 1}), agent(2, 50, room={Medium.CHAT: 1})]
    assert matched(*match(waiting, team, NOON)) == {
        "urgent": (1, Ring.SKILLED),
        "early": (2, Ring.SKILLED),
    }


def test_a_voice_takes_all_of_a_person() -> None:
    waiting = [contact("call", 9, medium=Medium.VOICE), contact("chat", 5)]
    assert [one.contact for one in match(waiting, [agent(1)], NOON)] == ["call"]
    chats = [contact("one", 9), contact("two", 8), contact("three", 7), contact("four", 6)]
    assert [one.contact for one in match(chats, [agent(1)], NOON)] == ["one", "two", "three"]


def test_a_call_that_comes_first_gets_somebody_who_has_finished_typing() -> None:
    """Nobody is free for it: whoever has the fewest chats gets no more of them."""
    typing = [agent(1, room={Medium.CHAT: 2}), agent(2, 90, room={Medium.CHAT: 1})]
    waiting = [contact("call", 60, medium=Medium.VOICE), contact("one", 9), contact("two", 8)]
    assert matched(*match(waiting, typing, NOON)) == {"one": (2, Ring.SKILLED)}


@pytest.mark.parametrize(
    ("waited_s", "taken_by"),
    [
        (0, None),  # Ada, who knows returns well, is busy: nobody else yet
        (29, None),
        (30, (2, Ring.FAMILIAR)),
        (60, (3, Ring.EXPERTS)),
        (90, (4, Ring.ANYONE)),
    ],
)
def test_skills_are_relaxed_as_the_customer_waits(
    waited_s: float, taken_by: tuple[int, Ring] | None
) -> None:
    team = [
        agent(1, skills={"returns": 4}, **BUSY),
        agent(2, 10, skills={"returns": 1}),
        agent(3, 20, groups=frozenset({EXPERTS})),
        agent(4, 30),
    ]
    busier = {None: team, 2: team, 3: [team[0], agent(2, skills={"returns": 1}, **BUSY), *team[2:]]}
    if waited_s >= 60:
        team = busier[3]
    if waited_s >= 90:
        team = [*team[:2], agent(3, groups=frozenset({EXPERTS}), **BUSY), team[3]]
    found = match([contact("a", waited_s, skills=frozenset({"returns"}))], team, NOON)
    assert matched(*found).get("a") == taken_by


def test_a_skill_that_nobody_here_has_is_no_reason_to_wait() -> None:
    found = match([contact("a", skills=frozenset({"chinese"}))], [agent(1)], NOON)
    assert matched(*found) == {"a": (1, Ring.ANYONE)}


def test_the_agent_of_last_time_comes_first_and_is_waited_for() -> None:
    again: dict[str, Any] = {"own": 1, "own_why": "last_agent"}
    team = [agent(1, 5), agent(2, 900)]
    found = match([contact("a", **again)], team, NOON)
    assert matched(*found) == {"a": (1, Ring.OWN)}
    assert found[0].why["own"] == "last_agent"
    busy = [agent(1, 5, **BUSY), agent(2, 900)]
    assert match([contact("a", 29, **again)], busy, NOON) == []
    assert matched(*match([contact("a", 30, **again)], busy, NOON)) == {"a": (2, Ring.SKILLED)}
    gone = [agent(2, 900)]
    assert matched(*match([contact("a", **again)], gone, NOON)) == {"a": (2, Ring.SKILLED)}


def test_a_group_keeps_to_itself_until_experts_and_then_anybody_may_help() -> None:
    team = [agent(1, groups=frozenset({"workshop"}), **BUSY), agent(2, 90)]
    waiting = contact("a", 30, group="workshop")
    assert match([waiting], team, NOON) == []
    experts = [*team, agent(3, groups=frozenset({EXPERTS}))]
    assert matched(*match([contact("a", 60, group="workshop")], experts, NOON)) == {
        "a": (3, Ring.EXPERTS)
    }


def test_whoever_handed_it_on_does_not_get_it_back() -> None:
    found = match([contact("a", 500, not_to=frozenset({1}))], [agent(1), agent(2, 1)], NOON)
    assert matched(*found) == {"a": (2, Ring.SKILLED)}


# --- the wait ------------------------------------------------------------------------------------


def test_the_wait_follows_from_position_and_places() -> None:
    told = outlook(NOON, 2, 4, [120, 180, 240], None)
    assert told is not None
    assert told.left_s(NOON) == 90
    assert outlook(NOON, 2, 4, [120, 180], None) is None  # too little is known
    assert outlook(NOON, 2, 0, [120, 180, 240], None) is None  # nobody works


def test_it_only_counts_down_while_nothing_changes() -> None:
    told = outlook(NOON, 2, 4, [180] * 3, None)
    for _ in range(10):  # contacts take longer and longer
        later = outlook(NOON + timedelta(seconds=60), 2, 4, [180, 180, 900], told)
        assert told is not None
        assert later is not None
        assert later.due_at <= told.due_at
        told = later
    assert told == Outlook(NOON + timedelta(seconds=90), 2, 4)
    nobody_left = outlook(NOON, 2, 1, [180] * 3, told)
    assert nobody_left is not None
    assert nobody_left.left_s(NOON) == 360  # colleagues went home: honest again


# --- days on virtual time ------------------------------------------------------------------------


def test_days_of_a_plain_queue_come_out_as_erlang_c_says() -> None:
    """Loosely: `python -m bench.routing` plays a thousand days and prints confidence intervals."""
    days = [play(seed) for seed in range(12)]
    waits = [wait for day in days for wait in day.waits_s]
    theory = erlang_c(CALLS_PER_S, HANDLE_S, AGENTS, TARGET_S)
    assert theory.waits == pytest.approx(0.174, abs=0.001)
    assert theory.asa_s == pytest.approx(7.8, abs=0.05)
    assert statistics.fmean(wait > 0.001 for wait in waits) == pytest.approx(theory.waits, rel=0.2)
    within = statistics.fmean(wait <= TARGET_S for wait in waits)
    assert within == pytest.approx(theory.within, abs=0.04)
    assert sum(day.told_grew for day in days) == 0


def test_the_lowest_priority_does_not_starve() -> None:
    """Four of five outrank it, in a day nearly as busy as can be: it waits longer, not for ever."""
    day = play(7, calls_per_s=1.2 * CALLS_PER_S, urgent_share=0.8)
    urgent, plain = day.by_urgency[2], day.by_urgency[0]
    assert statistics.fmean(plain) > statistics.fmean(urgent)
    assert max(plain) <= max(urgent) + 900 + 60
