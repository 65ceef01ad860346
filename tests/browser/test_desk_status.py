"""Maya's status: what she chooses, what the system does with her, and when either changes."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import picture
from tests.browser.desk_screen import Screen

pytestmark = pytest.mark.chromium


def test_a_break_has_a_reason_and_a_timer(desk: Screen) -> None:
    desk.shows(".status-button", "Available")
    desk.click(".status-button")
    picture(desk.driver, "desk-status")
    desk.click(".status-choice[data-reason=lunch]")
    desk.shows(".status-button", "On break: lunch")
    desk.until(lambda: desk.server.me["status"] == "on_break", "the server knows")
    assert desk.server.me["reason"] == "lunch"
    before = desk.texts(".status-button .elapsed")
    desk.until(lambda: desk.texts(".status-button .elapsed") != before, "its time is counted")


def test_another_break_in_ones_own_words(desk: Screen) -> None:
    desk.click(".status-button")
    desk.find("#other-break").send_keys("dentist" + Keys.ENTER)
    desk.shows(".status-button", "On break: dentist")
    desk.until(lambda: desk.server.me["reason"] == "dentist", "the server knows")


def test_a_break_during_a_contact_comes_after_it(with_ana: Screen) -> None:
    desk = with_ana
    desk.keys(Keys.ALT, "s")
    desk.click(".status-choice[data-reason='short break']")
    desk.shows(".my-state", "in a contact, then short break")
    desk.shows(".status-button", "Available")
    desk.keys(Keys.ALT, "c")
    desk.shows(".status-button", "On break")
    desk.shows(".my-state", "wrapping up")


def test_missed_offers_are_explained_and_one_click_ends_it(desk: Screen) -> None:
    desk.server.me.update(status="on_break", reason="not responding")
    desk.server.tell()
    desk.shows("not-responding", "You did not answer several offers")
    picture(desk.driver, "desk-not-responding")
    desk.click("not-responding button")
    desk.shows(".status-button", "Available")
    desk.until(lambda: desk.server.me["status"] == "available", "the server knows")
    desk.until(lambda: not desk.texts("not-responding"), "the explanation is gone")


def test_a_choice_made_without_a_line_is_told_when_it_is_back(desk: Screen) -> None:
    desk.server.line_down = True
    desk.server.break_line()
    desk.find(".connection[data-state=waiting]")
    desk.keys(Keys.ALT, "s")
    desk.click(".status-choice[data-status=after_call]")
    desk.shows(".notice", "as soon as the connection is back")
    desk.shows(".status-button", "After-call work")
    desk.server.line_down = False
    desk.until(lambda: desk.server.me["status"] == "after_call", "the server was told")
    desk.shows(".status-button", "After-call work")


def test_the_menu_is_left_with_escape_and_walked_with_arrows(desk: Screen) -> None:
    desk.keys(Keys.ALT, "s")
    desk.find(".status-choice[data-status=available]:focus")
    desk.keys(Keys.ARROW_DOWN)
    desk.find(".status-choice[data-reason=lunch]:focus")
    desk.keys(Keys.ESCAPE)
    desk.find(".status-button:focus")
    desk.until(lambda: not desk.texts(".status-menu"), "the menu is closed")
