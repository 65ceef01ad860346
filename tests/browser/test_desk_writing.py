"""Less typing: replies kept ready, and help that fits what the customer just said."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import picture
from tests.browser.desk_people import tom
from tests.browser.desk_screen import Screen

pytestmark = pytest.mark.chromium


def test_a_slash_opens_the_replies_and_enter_inserts_one(with_ana: Screen) -> None:
    desk = with_ana
    desk.write("/")
    desk.shows("canned-list [role=option]", "Hello Ana, this is Maya.")
    picture(desk.driver, "desk-replies")
    desk.keys(Keys.ARROW_DOWN)
    desk.shows("canned-list [aria-selected=true]", "A parcel is late")
    desk.keys(Keys.ARROW_UP)
    desk.keys(Keys.ENTER)
    desk.find("#composer-text:focus")
    assert desk.value("#composer-text") == "Hello Ana, this is Maya. I have read what you wrote."
    assert not desk.texts("canned-list")


def test_replies_are_searched_and_left_with_escape(with_ana: Screen) -> None:
    desk = with_ana
    desk.click(".canned-open")
    desk.find("#canned-search").send_keys("trip")
    desk.until(lambda: len(desk.texts("canned-list [role=option]")) == 1, "one fits")
    desk.find("#canned-search").send_keys("!!!")
    desk.shows("canned-list", "None with these words.")
    desk.keys(Keys.ESCAPE)
    desk.find("#composer-text:focus")
    assert not desk.texts("canned-list")
    desk.write("1/2")
    assert desk.value("#composer-text") == "1/2", "a slash inside an answer is a slash"


def test_whose_name_is_unknown_gets_no_gap_for_it(desk: Screen) -> None:
    desk.server.arrive(tom())
    desk.click("#waiting .accept")
    desk.find("#composer-text")
    desk.write("/")
    desk.shows("canned-list [role=option]", "Hello, this is Maya.")


def test_help_that_fits_is_one_click_away(with_ana: Screen) -> None:
    desk = with_ana
    assert not desk.texts("article-row li")
    desk.server.happen("c-ana", "message", "customer", "Why is it so late?")
    desk.shows("article-row", "When a parcel is late")
    picture(desk.driver, "desk-help")
    desk.write("Please read")
    desk.click("article-row button")
    desk.find("#composer-text:focus")
    inserted = "Please read When a parcel is late: https://shop.example/help/late"
    assert desk.value("#composer-text") == inserted
    desk.server.happen("c-ana", "message", "customer", "Thank you")
    desk.until(lambda: not desk.texts("article-row li"), "nothing fits any more")
