"""What is offered to Maya, what she makes of it, and what she writes down afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import picture
from tests.browser.desk_people import ana, tom
from tests.browser.desk_screen import Screen

pytestmark = pytest.mark.chromium

SPOKE = {"ring": "own", "skills": {}, "waited_s": 9, "idle_s": 40, "own": "last_agent"}
KNOWS = {"ring": "skilled", "skills": {"returns": 4}, "waited_s": 33, "idle_s": 250, "own": None}


# -- offers --------------------------------------------------------------------------------------
def test_an_offer_says_who_why_me_and_how_long(desk: Screen) -> None:
    desk.server.arrive(tom())
    desk.server.offer(ana(), why=SPOKE)
    desk.shows("#offers .offer", "Ana Reyes")
    desk.shows("#offers .offer-reason", "Asked for a person, about where an order is")
    desk.shows("#offers .offer-why", "You spoke with Ana in the last two days")
    desk.shows("#offers .count-down", " s")
    before = desk.texts("#offers .count-down")
    desk.until(lambda: desk.texts("#offers .count-down") != before, "it counts down")
    [waits] = desk.texts("#waiting .contact")
    assert "Ana" not in waits, "who is offered to me isn't shown twice"
    assert desk.driver.title == "(OFFER, 2 waiting) Warmline desk"
    picture(desk.driver, "desk-offer")


def test_skills_are_a_reason_in_words(desk: Screen) -> None:
    desk.server.offer(ana(), why=KNOWS)
    desk.shows("#offers .offer-why", "You know returns: level 4")
    desk.click("#offers .offer-open")
    desk.shows(".why .why-me", "You know returns: level 4")
    desk.shows(".foot-bar", "Offered to you")


def test_accept_and_decline_by_keyboard_take_the_first_offer(desk: Screen) -> None:
    desk.server.offer(tom(), lasts_s=40)
    desk.server.offer(ana(), lasts_s=30)
    desk.until(lambda: len(desk.texts("#offers .offer")) == 2, "both are offered")
    desk.keys(Keys.ALT, "d")
    desk.until(lambda: len(desk.texts("#offers .offer")) == 1, "Ana went on to somebody else")
    assert desk.server.asked[-1][0].endswith("/decline")
    desk.shows("#offers .offer", "Visitor")
    desk.server.offer(ana(), lasts_s=20)
    desk.shows("#offers .offer", "Ana Reyes")
    desk.keys(Keys.ALT, "a")
    desk.find("#composer-text:focus")
    desk.shows("#mine .contact", "Ana Reyes")


def test_an_offer_that_passes_disappears(desk: Screen) -> None:
    offer = desk.server.offer(ana())
    desk.shows("#offers .offer", "Ana Reyes")
    desk.server.over(offer)
    desk.until(lambda: not desk.texts("#offers .offer"), "it is gone")
    desk.shows("#waiting .contact", "Ana Reyes")


def test_who_comes_second_reads_who_was_first(desk: Screen) -> None:
    desk.server.offer(ana())
    desk.find("#offers .accept")
    desk.server.refused = "Sam was first."
    desk.click("#offers .accept")
    desk.shows(".notice", "Sam was first.")
    desk.until(lambda: not desk.texts("#offers .offer"), "the offer has gone")
    assert not desk.texts("#mine .contact")


def test_two_fast_clicks_accept_once(desk: Screen) -> None:
    desk.server.offer(ana())
    accept = desk.find("#offers .accept")
    desk.driver.execute_script("arguments[0].click(); arguments[0].click()", accept)
    desk.find("#composer-text")
    assert [path for path, _ in desk.server.asked].count(desk.server.asked[0][0]) == 1
    assert not desk.texts(".notice")


def test_whoever_only_waits_can_be_taken(desk: Screen) -> None:
    desk.server.arrive(ana())
    desk.click("#waiting .accept")
    desk.find("#composer-text")
    desk.shows("#mine .contact", "Ana Reyes")


def test_a_server_without_offers_is_served_as_before(gate: Screen) -> None:
    gate.server.old = True
    gate.sign_in()
    gate.connected()
    gate.server.arrive(ana())
    gate.click("#waiting .accept")
    gate.find("#composer-text")
    assert not gate.texts("#offers .offer")


# -- ending and writing down ---------------------------------------------------------------------
def test_reply_note_end_and_what_came_of_it(with_ana: Screen) -> None:
    desk = with_ana
    desk.write("Hello Ana, this is Maya." + Keys.SHIFT + Keys.ENTER + Keys.SHIFT + "One moment.")
    desk.write(Keys.ENTER)
    desk.shows(".event.agent", "Hello Ana, this is Maya.\nOne moment.")
    desk.write("this stays a reply")
    desk.click(".note-switch")
    desk.write("Second tent from the Boise store." + Keys.ENTER)
    desk.shows(".event.note", "Second tent from the Boise store.")
    desk.click(".note-switch")
    assert desk.value("#composer-text") == "this stays a reply"
    log = desk.server.conversations["c-ana"].events
    assert [event["kind"] for event in log[-2:]] == ["message", "note"]

    desk.click(".end-contact")
    desk.shows(".aside", "The assistant answers again")
    desk.until(lambda: "Wanted: where the tent is" in desk.value("#wrap-up-summary"), "proposed")
    desk.shows("#wrapping .contact", "Ana Reyes")
    desk.find("#wrapping .count-down")
    desk.find("input[value=solved]:checked")
    picture(desk.driver, "desk-wrap-up")
    desk.click(".pill:has([value=follow_up])")
    desk.find("#wrap-up-step").send_keys("Ring Ana with the new tracking number" + Keys.ENTER)
    desk.shows(".foot-bar", "This contact is closed.")
    wrap_up = next(event for event in log if event["kind"] == "wrap_up")
    assert wrap_up["data"]["disposition"] == "follow_up"
    assert wrap_up["data"]["contact_reason"] == "track_order"
    assert "Wanted" in wrap_up["text"]
    [task] = desk.server.tasks
    due = datetime.fromisoformat(task["due_at"])
    assert task["text"] == "Ring Ana with the new tracking number"
    assert due > datetime.now(UTC) + timedelta(hours=11), "tomorrow noon, where nothing is said"


def test_a_wrap_up_that_was_begun_survives_another_contact_and_a_reload(with_ana: Screen) -> None:
    desk = with_ana
    desk.keys(Keys.ALT, "c")
    desk.until(lambda: desk.value("#wrap-up-summary"), "the proposal is there")
    desk.find("#wrap-up-summary").send_keys(" She leaves on Saturday.")
    desk.server.offer(tom())
    desk.click("#offers .offer-open")
    desk.find(".foot-bar .accept")
    desk.driver.refresh()
    desk.connected()
    desk.click("#wrapping .contact-open")
    desk.until(
        lambda: "She leaves on Saturday." in desk.value("#wrap-up-summary"), "it is still there"
    )


def test_a_call_that_ends_takes_no_wrap_up_from_under_my_hands(desk: Screen) -> None:
    desk.server.arrive(tom())
    desk.click("#waiting .accept")
    desk.find("#composer-text")
    desk.shows(".call-who", "on the line")
    desk.keys(Keys.ALT, "c")
    desk.until(lambda: desk.value("#wrap-up-summary"), "the proposal is there")
    desk.find("#wrap-up-summary").send_keys(" The valve")
    desk.server.happen("c-tom", "leg_ended", "system", None, channel="voice")
    desk.shows(".aside", "Browser voice ends")
    desk.find("#wrap-up-summary:focus").send_keys(" leaks")
    assert desk.value("#wrap-up-summary").endswith("The valve leaks")


def test_what_was_begun_is_saved_when_the_time_runs_out(desk: Screen) -> None:
    desk.server.wrap_up_s = 6
    desk.server.offer(ana())
    desk.click("#offers .accept")
    desk.find("#composer-text")
    desk.keys(Keys.ALT, "c")
    desk.until(lambda: desk.value("#wrap-up-summary"), "the proposal is there")
    desk.find("#wrap-up-summary").send_keys(" Half a thought")
    desk.shows(".foot-bar", "This contact is closed.")
    log = desk.server.conversations["c-ana"].events
    wrap_up = next(event for event in log if event["kind"] == "wrap_up")
    assert wrap_up["text"].endswith("Half a thought")


def test_the_page_follows_a_wrap_up_the_server_closed(with_ana: Screen) -> None:
    desk = with_ana
    desk.keys(Keys.ALT, "c")
    desk.find(".wrap-up")
    desk.server.conversations["c-ana"].handoff.update(state="closed")
    desk.server.tell()
    desk.shows(".notice", "The time to wrap up Ana Reyes ran out")
    desk.shows(".foot-bar", "This contact is closed.")
    assert not desk.driver.find_elements(By.CSS_SELECTOR, ".wrap-up")


def test_a_contact_that_is_no_longer_mine_says_so_at_its_end(with_ana: Screen) -> None:
    desk = with_ana
    desk.server.conversations["c-ana"].handoff["state"] = "closed"
    desk.keys(Keys.ALT, "c")
    desk.shows(".notice", "You don't hold this contact any more.")
    desk.shows(".foot-bar", "This contact is closed.")


# -- on the telephone ----------------------------------------------------------------------------
def test_a_call_back_is_rung_when_it_is_accepted_and_can_be_rung_again(desk: Screen) -> None:
    talk = tom()
    talk.handoff["callback_number"] = "+15035550142"
    talk.events.pop(0)  # no call is live
    desk.server.offer(talk)
    desk.shows("#offers .offer", "Call back at +15035550142")
    desk.shows("#offers .accept", "Call back")
    desk.keys(Keys.ALT, "a")
    desk.shows(".notice", "+15035550142 is being called")
    desk.shows(".why-me", "Wants to be called back at +15035550142")
    desk.click(".call-back")
    desk.until(lambda: desk.server.asked[-1][0].endswith("/dial"), "it is rung again")


def test_a_hand_over_says_from_whom_and_with_what_note(desk: Screen) -> None:
    sam = {"from": {"id": 2, "name": "Sam"}, "note": "Her tent is lost"}
    desk.server.offer(ana(), lasts_s=20, why={**SPOKE, "own": "transfer"}, **dict[str, Any](sam))
    desk.shows("#offers .offer-why", "Sam hands them over to you")
    desk.shows("#offers .offer-note", "Her tent is lost")
