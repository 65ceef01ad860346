"""Maya's desk in real Chromium: she signs in, people arrive, and she reads why before she answers.

The server is the harness, so that each scene can choose its moment; the page is the shipped one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.desk_people import PASSWORD, ana, left_by_priya, tom
from tests.browser.desk_screen import Screen

pytestmark = pytest.mark.chromium

HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\"><script>alert(1)</script> javascript:alert(1)"
)


# -- the gate ------------------------------------------------------------------------------------
def test_a_wrong_password_is_said_and_the_right_one_opens_the_desk(gate: Screen) -> None:
    gate.sign_in("not it")
    gate.shows(".form-problem", "That name and password don't fit together.")
    assert gate.find("#username").get_attribute("value") == "maya"
    gate.find("#password").send_keys(PASSWORD + Keys.ENTER)
    gate.connected()
    gate.shows(".my-name", "Maya")
    gate.shows("#waiting + .empty", "Nobody else is waiting.")


def test_a_one_time_password_is_changed_before_anything_else(gate: Screen) -> None:
    gate.server.must_change_password = True
    gate.sign_in()
    gate.find("#new-password").send_keys("short")
    gate.find("#new-password-again").send_keys("shirt" + Keys.ENTER)
    gate.shows(".form-problem", "not the same")
    gate.find("#new-password-again").send_keys(Keys.CONTROL + "a")
    gate.find("#new-password-again").send_keys("short" + Keys.ENTER)
    gate.shows(".form-problem", "at least 12 characters")
    for field in ("#new-password", "#new-password-again"):
        gate.find(field).send_keys(" but longer now")
    gate.find("#new-password").send_keys(Keys.ENTER)
    gate.connected()
    assert gate.server.password == "short but longer now"


# -- arriving ------------------------------------------------------------------------------------
def test_a_new_contact_appears_live_with_why_and_how_long(desk: Screen) -> None:
    desk.server.arrive(ana(waited_s=41))
    desk.shows("#waiting .contact", "Ana Reyes")
    desk.shows("#waiting .contact-why", "Asked for a person")
    desk.shows("#waiting .badge", "VIP")
    desk.shows(".queue", "1 waiting")
    assert desk.driver.title == "(1 waiting) Warmline desk"
    before = desk.texts("#waiting .elapsed")
    desk.until(lambda: desk.texts("#waiting .elapsed") != before, "the wait ticks")


def test_a_head_start_puts_ana_first_and_the_longest_wait_is_still_toms(desk: Screen) -> None:
    vip, patient = ana(waited_s=41), tom(waited_s=3 * 60 + 25)
    head_start = datetime.fromisoformat(vip.handoff["asked_at"]) - timedelta(minutes=5)
    vip.handoff["ranks_at"] = head_start.isoformat()
    desk.server.arrive(patient)
    desk.server.arrive(vip)
    desk.shows(".queue", "2 waiting")
    [first, second] = desk.texts("#waiting .contact")
    assert "Ana Reyes" in first
    assert "Ana Reyes" not in second
    desk.shows(".queue", "3:")


def test_the_summary_comes_first_and_each_line_leads_to_its_event(desk: Screen) -> None:
    desk.server.arrive(ana())
    desk.click("#waiting .contact-open")
    desk.shows(".why-reason", "asked for a person")
    desk.shows(".why .promise", "You'll hear from us by tomorrow noon")
    desk.shows(".verified", "order number and postcode")
    desk.shows(".order", "Larch Tent")
    desk.until(lambda: desk.driver.find_elements(By.ID, "event-10"), "the log has arrived")
    desk.click(".why-lines button.line")
    focused = desk.driver.switch_to.active_element
    assert focused.get_attribute("id") == "event-3"


def test_speech_shows_how_sure_it_is_and_what_an_interruption_swallowed(desk: Screen) -> None:
    desk.server.arrive(tom())
    desk.click("#waiting .contact-open")
    desk.shows(".transcript .unsure", "52 % sure: some words may be wrong")
    desk.shows(".transcript .words", "Hello, this is Juniper. I can look …")
    assert not any("tell you about our products" in text for text in desk.said())
    desk.server.frame({"type": "partial", "conversation": "c-tom", "text": "hello is any"})
    desk.shows(".live", "Visitor is saying: hello is any …")


def test_messages_of_the_night_are_done_one_by_one(gate: Screen) -> None:
    gate.server.taken = [left_by_priya()]
    gate.sign_in()
    gate.shows(".taken", "Both boots are left ones.")
    gate.click("[aria-label='Done: message of Priya Nair']")
    gate.until(lambda: not gate.texts(".taken li"), "it is gone")
    assert gate.server.taken == []


# -- answering -----------------------------------------------------------------------------------


def test_markup_and_script_are_only_words(with_ana: Screen) -> None:
    desk = with_ana
    desk.server.happen("c-ana", "message", "customer", HOSTILE)
    desk.shows(".transcript .words", HOSTILE)
    desk.server.happen(
        "c-ana", "message", "assistant", "x", source={"title": "t", "url": "javascript:alert(1)"}
    )
    desk.shows(".extra", "From the help article")
    links = desk.driver.execute_script("return [...document.links].map((link) => link.protocol)")
    assert set(links) == {"https:"}
    assert not desk.driver.find_elements(By.CSS_SELECTOR, ".transcript img, .transcript script")
    assert "owned" not in desk.driver.title
