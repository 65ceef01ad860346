"""What Maya may do to an order, what a senior decides, and what is still owed to customers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from tests.browser.chromium import picture
from tests.browser.desk_people import ana, sams_request, task, tom
from tests.browser.desk_screen import Screen

pytestmark = pytest.mark.chromium

ACTION = "/api/conversations/c-ana/order-actions"


def fill(desk: Screen, selector: str, text: str) -> None:
    desk.find(selector).send_keys(Keys.CONTROL + "a")
    desk.find(selector).send_keys(text)


# -- acting --------------------------------------------------------------------------------------
def test_what_i_may_decide_stands_in_a_line(with_ana: Screen) -> None:
    with_ana.shows(".authority", "You decide: refunds up to $50.00")
    with_ana.shows(".authority", "discounts up to 10 %")


def test_a_refund_within_my_authority_is_done_at_once(with_ana: Screen) -> None:
    desk = with_ana
    desk.click(".order .act")
    fill(desk, "#act-amount", "35.50")
    desk.shows(".act-dialog .primary", "Refund $35.50")
    desk.find("#act-why").send_keys("Late by a week" + Keys.ENTER)
    desk.shows(".notice", "refund for order 482919 is done")
    desk.shows(".internal", "Maya: refund for order 482919 is done")
    [path, told] = desk.server.asked[-1]
    assert path == ACTION
    assert (told["kind"], told["order"], told["amount_cents"]) == ("refund", "482919", 3550)
    assert told["why"] == "Late by a week"


def test_above_my_authority_the_button_says_so_and_the_answer_arrives(with_ana: Screen) -> None:
    desk = with_ana
    desk.click(".order .act")
    desk.shows(".act-dialog .primary", "Ask a senior")
    desk.shows(".act-dialog .above", "a senior is asked")
    picture(desk.driver, "desk-act")
    desk.find("#act-why").send_keys("She leaves on Saturday" + Keys.ENTER)
    desk.shows(".internal", "Maya asked a senior: refund $419.00, order 482 919")
    desk.server.happen(
        "c-ana", "order_request_answered", "agent", None, name="Noor",
        request="r-9", granted=True, by="Noor", answer="Yes, and say sorry from me",
    )  # fmt: skip
    desk.shows(".notice", "Ana Reyes: Noor granted it: “Yes, and say sorry from me”")
    desk.shows(".internal", "Noor granted it: “Yes, and say sorry from me”")


def test_a_discount_or_an_address_asks_for_what_it_needs(with_ana: Screen) -> None:
    desk = with_ana
    desk.click(".order .act")
    desk.click(".pill:has([value=discount])")
    desk.shows(".act-dialog .primary", "Give 10 %")
    fill(desk, "#act-percent", "15")
    desk.shows(".act-dialog .primary", "Ask a senior")
    desk.click(".pill:has([value=address])")
    desk.shows(".act-dialog .primary", "Change the address")
    for field, text in (
        ("street", "4 Elm Street"),
        ("city", "Bend"),
        ("state", "OR"),
        ("postcode", "97701"),
    ):
        desk.find(f"#act-{field}").send_keys(text)
    desk.find("#act-why").send_keys("She has moved" + Keys.ENTER)
    desk.until(lambda: desk.server.asked[-1][0] == ACTION, "it was asked for")
    address = {"street": "4 Elm Street", "city": "Bend", "state": "OR", "postcode": "97701"}
    assert desk.server.asked[-1][1]["address"] == address


def test_an_act_whose_answer_was_lost_is_sent_again_under_the_same_id(with_ana: Screen) -> None:
    desk = with_ana
    desk.server.messages_fail = 1
    desk.click(".order .act")
    fill(desk, "#act-amount", "20")
    desk.find("#act-why").send_keys("Late" + Keys.ENTER)
    desk.shows(".act-dialog .form-problem", "The server is busy.")
    desk.click(".act-dialog .primary")
    desk.shows(".notice", "refund for order 482919 is done")
    ids = [told["id"] for path, told in desk.server.asked if path == ACTION]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    kinds = [event["kind"] for event in desk.server.conversations["c-ana"].events]
    assert kinds.count("order_action") == 1


def test_who_only_reads_along_can_not_act(desk: Screen) -> None:
    desk.server.arrive(ana())
    desk.click("#waiting .contact-open")
    desk.shows(".order", "Larch Tent")
    assert not desk.texts(".order .act")
    assert not desk.texts(".authority")


# -- deciding ------------------------------------------------------------------------------------
@pytest.fixture
def noor(gate: Screen) -> Screen:
    """A senior's desk, and a colleague's request on it."""
    gate.server.agent["role"] = "senior"
    gate.server.conversations["c-tom"] = tom()
    gate.server.requests.append(sams_request())
    gate.sign_in()
    gate.connected()
    return gate


def test_a_senior_grants_less(noor: Screen) -> None:
    noor.shows("#requests .request", "Sam: refund $120.00")
    noor.shows("#requests .request-why", "The seam has opened twice")
    picture(noor.driver, "desk-decision")
    fill(noor, "#requests input[type=number]", "80")
    noor.shows("#requests .primary", "Grant only $80.00")
    noor.find("#answer-r-1").send_keys("Eighty, and a free repair")
    noor.click("#requests .primary")
    noor.shows(".notice", "Granted. Sam reads it now.")
    answer = {"amount_cents": 8000, "answer": "Eighty, and a free repair"}
    assert noor.server.asked[-1] == ("/api/desk/requests/r-1/grant", answer)
    noor.until(lambda: not noor.texts("#requests .request"), "it is decided")


def test_a_senior_refuses_with_an_answer_only(noor: Screen) -> None:
    noor.click("#requests .taken-do button:nth-child(2)")
    noor.shows("#requests .form-problem", "Tell Sam why not")
    noor.find("#answer-r-1:focus").send_keys("Repair it first")
    noor.click("#requests .taken-do button:nth-child(2)")
    noor.shows(".notice", "Refused. Sam reads why.")
    refused = ("/api/desk/requests/r-1/refuse", {"answer": "Repair it first"})
    assert noor.server.asked[-1] == refused


def test_who_decides_second_reads_that_it_is_decided(noor: Screen) -> None:
    noor.find("#requests .request")
    noor.server.requests.clear()
    noor.click("#requests .primary")
    noor.shows(".notice", "Noor was first.")
    noor.until(lambda: not noor.texts("#requests .request"), "it is gone")


# -- tasks ---------------------------------------------------------------------------------------
def test_tasks_are_marked_when_overdue_and_done_one_by_one(gate: Screen) -> None:
    gate.server.tasks = [
        task("ring", "Ring Ana about the tent", timedelta(hours=20)),
        task("write", "Write to the carrier", timedelta(hours=-1)),
    ]
    gate.sign_in()
    gate.shows("task-list summary", "1 overdue")
    gate.click("task-list summary")
    [first, second] = gate.texts("#tasks li")
    assert "Write to the carrier" in first
    assert "Ring Ana" in second
    gate.shows("#tasks .overdue", "Overdue: due")
    picture(gate.driver, "desk-tasks")
    gate.click("[aria-label='Done: Write to the carrier']")
    gate.until(lambda: len(gate.texts("#tasks li")) == 1, "it is done")
    assert [one["id"] for one in gate.server.tasks] == ["t-ring"]


def test_what_it_was_about_can_be_corrected(with_ana: Screen) -> None:
    desk = with_ana
    desk.keys(Keys.ALT, "c")
    desk.until(lambda: desk.value("#wrap-up-summary"), "the proposal is there")
    Select(desk.find("#wrap-up-reason")).select_by_value("complaint")
    desk.click(".wrap-up .primary")
    desk.shows(".foot-bar", "This contact is closed.")
    assert desk.server.asked[-1][1]["contact_reason"] == "complaint"
