"""Maya's desk without a mouse, and on a phone."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import picture
from tests.browser.desk_people import ana
from tests.browser.desk_screen import Screen

pytestmark = pytest.mark.chromium


def test_a_contact_from_first_to_last_by_keyboard_alone(desk: Screen) -> None:
    desk.keys("?")
    desk.shows("dialog", "Accept the offer shown first")
    desk.keys(Keys.ESCAPE)
    desk.server.offer(ana())
    desk.find("#offers .offer")
    desk.keys(Keys.ALT, "a")
    desk.find("#composer-text:focus")
    desk.keys("Hello Ana." + Keys.ENTER)
    desk.shows(".event.agent", "Hello Ana.")
    desk.keys(Keys.CONTROL, Keys.SHIFT, "n")
    desk.find("[data-mode=note] #composer-text:focus")
    desk.keys("She leaves on Saturday." + Keys.ENTER)
    desk.shows(".event.note", "She leaves on Saturday.")
    desk.keys(Keys.ALT, "n")
    desk.find("[data-mode=reply] #composer-text:focus")
    desk.keys(Keys.ALT, "c")
    desk.find("input[value=solved]:checked:focus")
    desk.keys(Keys.ARROW_RIGHT)
    desk.find("input[value=follow_up]:checked:focus")
    desk.keys(Keys.ENTER)
    desk.shows(".foot-bar", "This contact is closed.")
    wrap_up = desk.server.conversations["c-ana"].events[-1]
    assert wrap_up["data"]["disposition"] == "follow_up"


def test_everything_fits_on_a_phone(with_ana: Screen) -> None:
    desk = with_ana
    desk.as_phone()
    for pane, there in (
        ("contacts", "#mine .contact"),
        ("customer", ".order"),
        ("conversation", "#composer-text"),
    ):
        desk.click(f".tabs [data-pane={pane}]")
        desk.find(there)
        width = desk.driver.execute_script("return document.documentElement.scrollWidth")
        assert width <= 390, pane
        picture(desk.driver, f"phone-{pane}")


def test_a_page_that_takes_on_another_size_stays_at_the_newest_words(with_ana: Screen) -> None:
    desk = with_ana
    away = """const list = document.querySelector('.transcript-scroll');
    return list.scrollHeight - list.scrollTop - list.clientHeight"""
    desk.until(lambda: len(desk.said()) > 5, "the log has arrived")
    desk.as_phone()
    desk.click(".tabs [data-pane=customer]")
    desk.find(".order")
    desk.click(".tabs [data-pane=conversation]")
    desk.until(lambda: desk.driver.execute_script(away) < 2, "the newest words are in sight")


def test_an_offer_and_a_wrap_up_fit_on_a_phone(desk: Screen) -> None:
    desk.as_phone()
    desk.server.offer(ana())
    desk.find("#offers .offer")
    picture(desk.driver, "phone-offer")
    desk.click("#offers .accept")
    desk.find("#composer-text")
    desk.click(".end-contact")
    desk.find("#wrap-up-summary")
    picture(desk.driver, "phone-wrap-up")
    width = desk.driver.execute_script("return document.documentElement.scrollWidth")
    assert width <= 390
    desk.click(".wrap-up .primary")
    desk.shows(".foot-bar", "This contact is closed.")
