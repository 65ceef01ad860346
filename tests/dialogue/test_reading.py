"""Words against the lines of an order, e-mail addresses, and words that are urgent."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.backend import (
    ComplaintKind,
    Customer,
    GrantKind,
    OrderLine,
    OrderState,
    ReturnReason,
    ReturnWish,
    Tier,
)
from actions.cases.case import position
from actions.cases.complaint import kind_of
from actions.cases.reading import (
    lines_named,
    puts_in,
    quantity_named,
    reason_named,
    takes_out,
    wish_named,
)
from actions.cases.yes_or_no import yes_or_no
from actions.policy import BadPolicy, Offer, Policy
from actions.settings import ROOT
from engine.alarm import find_alarm
from engine.emails_spoken import find_emails
from tests.dialogue.test_order_words import order

JACKET = OrderLine("AL", "Alder Rain Jacket, red, M", 1, 14000)
TENT = OrderLine("TE", "Pine Ridge Tent, forest green, 2-person", 2, 30000)
PANTS = OrderLine("PA", "Alder Rain Pants, black, L", 1, 9000)
LINES = [JACKET, TENT, PANTS]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("the tent", [TENT]),
        ("the jackt", [JACKET]),
        ("alder pants", [PANTS]),
        ("the green one", [TENT]),
        ("both", LINES),
        ("everything", LINES),
        ("I don't know", []),
    ],
)
def test_which_line_is_named(words: str, named: list[OrderLine]) -> None:
    assert lines_named(words, LINES) == named


@pytest.mark.parametrize(
    ("words", "now", "count"),
    [
        ("make it two", 1, 2),
        ("3 instead of 2", 2, 3),
        ("one more", 2, 3),
        ("one less please", 2, 1),
        ("in blue", 1, None),
    ],
)
def test_how_many(words: str, now: int, count: int | None) -> None:
    assert quantity_named(words, now) == count


def test_what_is_done_with_it() -> None:
    assert takes_out("remove the tent")
    assert takes_out("I don't want the pants any more")
    assert not takes_out("make it two")
    assert puts_in("please add a pair of socks")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("it's way too small", ReturnReason.TOO_SMALL),
        ("too big for me", ReturnReason.TOO_LARGE),
        ("the zipper is broken", ReturnReason.DAMAGED),
        ("you sent me the wrong colour", ReturnReason.WRONG_ITEM),
        ("not like in the picture", ReturnReason.NOT_AS_EXPECTED),
        ("I changed my mind", ReturnReason.CHANGED_MIND),
        ("well", None),
    ],
)
def test_why_it_comes_back(words: str, reason: ReturnReason | None) -> None:
    assert reason_named(words) == reason


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("a replacement please", ReturnWish.REPLACEMENT),
        ("my money back", ReturnWish.REFUND),
        ("a refund, not a replacement", ReturnWish.REFUND),
        ("whatever", None),
    ],
)
def test_what_is_wished_for(words: str, wish: ReturnWish | None) -> None:
    assert wish_named(words) == wish


def test_yes_no_and_neither() -> None:
    assert yes_or_no("yes please, do it", "cancel_order") is True
    assert yes_or_no("no, it's 14 Maple Street", "give_address") is False
    assert yes_or_no("don't", "nlu_fallback") is False
    assert yes_or_no("when do you open", "store_hours") is None
    assert position("the second one", 2) == 1
    assert position("the third", 2) is None
    assert position("it broke last week", 0) is None


@pytest.mark.parametrize(
    ("text", "intent", "says"),
    [
        ("ok wait, no, don't cancel it", "deny", None),
        ("ok, but will I get the delivery cost back too?", "check_refund_policy", None),
        ("yeah no, leave it", "deny", None),
        ("ok hold on", "affirm", None),
        ("right, and how long does the refund take?", "track_refund", None),
        ("no problem, go ahead", "affirm", True),
        ("sure, why not", "affirm", True),
        ("yes, please cancel it. when do I get the money?", "cancel_order", True),
        ("let's do it", "affirm", True),
        ("hmm not sure", "affirm", None),
    ],
)
def test_only_a_plain_yes_is_a_yes(text: str, intent: str, says: bool | None) -> None:
    assert yes_or_no(text, intent) is says


@pytest.mark.parametrize(
    ("text", "intent", "says"),
    [
        ("please it", "affirm", None),
        ("please", "affirm", None),
        ("not please", "deny", None),
        ("not right", "deny", None),
        ("that's not right", "deny", False),
        ("it's the end", "affirm", None),
        ("yes leave it", "affirm", None),
        ("yes please", "affirm", True),
        ("please go ahead", "affirm", True),
        ("all right then", "affirm", True),
        ("mhm", "affirm", True),
        ("i would", "affirm", True),
        ("leave it", "cancel_order", False),
        ("i'll keep it", "deny", False),
    ],
)
def test_of_what_was_heard_only_a_clear_yes_is_one(
    text: str, intent: str, says: bool | None
) -> None:
    assert yes_or_no(text, intent, heard=True) is says


def test_whoever_types_please_means_yes() -> None:
    assert yes_or_no("please", "affirm") is True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("it's Ana.Reyes@Example.com.", "ana.reyes@example.com"),
        ("ana dot reyes at example dot com", "ana.reyes@example.com"),
        ("a underscore b at mail dash box dot co dot uk", "a_b@mail-box.co.uk"),
        ("I am at home dot", None),
    ],
)
def test_email_addresses(text: str, value: str | None) -> None:
    assert [email.value for email in find_emails(text)] == ([value] if value else [])


@pytest.mark.parametrize(
    ("text", "alarm"),
    [
        ("you will hear from my lawyer", "legal"),
        ("I'll sue you", "legal"),
        ("i want to kill myself", "crisis"),
        ("these boots are killing me", None),
        ("it's a gift for my lawyer", None),
        ("where is my fucking order", None),
        ("WHERE IS MY FUCKING ORDER!!", "angry"),
        ("this is absolutely ridiculous", "angry"),
        ("I am so fed up with you", "angry"),
        ("what the hell, where is it", None),
        ("I love your shop!!", None),
    ],
)
def test_what_a_person_hears_at_once(text: str, alarm: str | None) -> None:
    assert find_alarm(text) == alarm


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("my parcel still hasn't arrived", ComplaintKind.LATE),
        ("the tent is broken", ComplaintKind.DAMAGED),
        ("you sent the wrong jacket", ComplaintKind.WRONG_ITEM),
        ("your driver was rude", ComplaintKind.RUDE_SERVICE),
        ("this is the third time it's late", ComplaintKind.REPEATED),
        ("I want to complain", ComplaintKind.OTHER),
    ],
)
def test_what_a_complaint_is_about(text: str, kind: ComplaintKind) -> None:
    assert kind_of(text) == kind


def test_the_policy_offers_the_best_row_within_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "table.toml"
    limits = "[limit_without_approval]\nstandard = 20\nsilver = 20\ngold = 50\nvip = 50\n"
    rows = (
        '[[offer]]\nreason = "late"\nkind = "voucher"\namount = 5\n'
        '[[offer]]\nreason = "late"\nkind = "voucher"\npercent = 20\n'  # 32.80: cut to standard's 20
    )
    file.write_text(limits + rows)
    policy = Policy(file)
    late = order(OrderState.DELAYED)
    assert policy.offer(ComplaintKind.LATE, late) == Offer(GrantKind.VOUCHER, 2000)
    gold = order(OrderState.DELAYED, customer=Customer(1, "A", "a@b.c", None, Tier.GOLD))
    assert policy.offer(ComplaintKind.LATE, gold) == Offer(GrantKind.VOUCHER, 3280)
    assert policy.offer(ComplaintKind.RUDE_SERVICE, late) is None
    file.write_text("[[offer]]\nreason = ")  # in the middle of being edited: the old table holds
    assert policy.offer(ComplaintKind.LATE, late) == Offer(GrantKind.VOUCHER, 2000)


def test_a_table_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    file = tmp_path / "table.toml"
    file.write_text('[[offer]]\nreason = "weather"\nkind = "voucher"\n')
    with pytest.raises(BadPolicy, match=r"offer 1.*weather"):
        Policy(file)
    Policy(ROOT / "data" / "policy" / "compensation.toml")
