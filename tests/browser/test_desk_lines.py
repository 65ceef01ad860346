"""Lines break, frames get lost, answers come late: at Maya's desk nothing is missing or doubled."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.desk_screen import Screen

pytestmark = pytest.mark.chromium


def test_a_broken_line_catches_up_without_gap_or_doubles(with_ana: Screen) -> None:
    desk = with_ana
    desk.server.happen("c-ana", "message", "customer", "one")
    desk.shows(".transcript .words", "one")
    seen = len(desk.server.conversations["c-ana"].events)
    desk.server.line_down = True
    desk.server.break_line()
    desk.find(".connection[data-state=waiting]")
    desk.server.happen("c-ana", "message", "customer", "two")
    desk.server.happen("c-ana", "message", "customer", "three")
    desk.server.line_down = False
    desk.connected()
    desk.shows(".transcript .words", "three")
    assert desk.server.watch_since[-1] == seen
    assert desk.said()[-3:] == ["one", "two", "three"]


def test_a_frame_that_never_came_is_asked_for(with_ana: Screen) -> None:
    desk = with_ana
    desk.server.mute = True
    desk.server.happen("c-ana", "message", "customer", "lost on the way")
    desk.server.mute = False
    desk.server.happen("c-ana", "message", "customer", "after it")
    desk.shows(".transcript .words", "after it")
    assert desk.said()[-2:] == ["lost on the way", "after it"]


def test_an_answer_whose_receipt_was_lost_is_sent_again_and_stands_once(with_ana: Screen) -> None:
    desk = with_ana
    desk.server.messages_fail = 1
    desk.server.mute = True
    desk.write("On its way today." + Keys.ENTER)
    desk.shows(".unsent", "On its way today.")
    desk.server.mute = False
    desk.server.break_line()
    desk.until(lambda: not desk.texts(".unsent"), "nothing is on its way")
    assert desk.said().count("On its way today.") == 1
    stored = [event["text"] for event in desk.server.conversations["c-ana"].events]
    assert stored.count("On its way today.") == 1


def test_a_message_that_came_too_late_says_so_and_is_not_lost(with_ana: Screen) -> None:
    desk = with_ana
    desk.server.conversations["c-ana"].handoff["state"] = "closed"
    desk.write("Too late." + Keys.ENTER)
    desk.shows(".refused", "You don't hold this conversation any more.")
    desk.server.conversations["c-ana"].handoff["state"] = "accepted"
    desk.driver.find_elements(By.CSS_SELECTOR, ".unsent button")[0].click()
    desk.shows(".transcript .words", "Too late.")


def test_a_lost_session_leads_to_sign_in_and_keeps_the_draft(with_ana: Screen) -> None:
    desk = with_ana
    desk.write("Half a sen")
    desk.server.signed_in = False
    desk.server.break_line()
    desk.shows(".gate-why", "what you were writing is kept")
    desk.sign_in()
    desk.connected()
    assert desk.find("#composer-text").get_attribute("value") == "Half a sen"
