"""Maya's desk in real Chromium: she signs in, people arrive, she answers them, and lines break.

The server is the harness, so that each scene can choose its moment; the page is the shipped one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.chromium import chromium as open_chromium
from tests.browser.desk_harness import DeskServer
from tests.browser.desk_people import PASSWORD, ana, left_by_priya, tom

pytestmark = pytest.mark.chromium

HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\"><script>alert(1)</script> javascript:alert(1)"
)


class Screen:
    """What Maya sees and does."""

    def __init__(self, driver: webdriver.Chrome, server: DeskServer) -> None:
        self.driver = driver
        self.server = server

    def until(self, true: Callable[[], Any], what: str = "", within: float = 8) -> None:
        wait = WebDriverWait(self.driver, within, poll_frequency=0.03)
        wait.until(lambda _: true(), what)

    def find(self, selector: str) -> WebElement:
        """The element, once it is there and in sight."""
        found: list[WebElement] = []

        def there() -> bool:
            found[:] = self.driver.find_elements(By.CSS_SELECTOR, selector)
            return bool(found) and found[0].is_displayed()

        self.until(there, f"{selector} is in sight")
        return found[0]

    def click(self, selector: str) -> None:
        self.find(selector).click()

    def texts(self, selector: str) -> list[str]:
        script = (
            "return [...document.querySelectorAll(arguments[0])]"
            ".filter((e) => e.checkVisibility()).map((e) => e.textContent)"
        )
        return list(self.driver.execute_script(script, selector))

    def shows(self, selector: str, words: str) -> None:
        self.until(
            lambda: any(words in text for text in self.texts(selector)),
            f"{selector} shows {words!r}; it shows {self.texts(selector)}",
        )

    def said(self) -> list[str]:
        """What was said in the open conversation, top to bottom."""
        return self.texts(".transcript .words")

    def keys(self, *keys: str) -> None:
        """Keys pressed together, wherever the focus is."""
        chain = ActionChains(self.driver)
        for key in keys[:-1]:
            chain.key_down(key)
        chain.send_keys(keys[-1])
        for key in reversed(keys[:-1]):
            chain.key_up(key)
        chain.perform()

    def sign_in(self, password: str = PASSWORD) -> None:
        self.find("#username").send_keys("maya")
        self.find("#password").send_keys(password + Keys.ENTER)

    def connected(self) -> None:
        self.find(".connection[data-state=connected]")

    def write(self, text: str) -> None:
        self.find("#composer-text").send_keys(text)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with open_chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def server() -> Iterator[DeskServer]:
    server = DeskServer()
    server.start()
    yield server
    server.stop()


def console(driver: webdriver.Chrome) -> list[dict[str, Any]]:
    """What the page told the browser's console since the last time."""
    return list(driver.execute("getLog", {"type": "browser"})["value"])


@pytest.fixture
def gate(chromium: webdriver.Chrome, server: DeskServer) -> Iterator[Screen]:
    """The desk's address, opened by nobody in particular. No scene may break the page."""
    console(chromium)
    chromium.get(server.address)
    yield Screen(chromium, server)
    broken = [
        line["message"]
        for line in console(chromium)
        if "Failed to load resource" not in line["message"]
        and "WebSocket connection" not in line["message"]
    ]
    chromium.get("about:blank")
    assert not broken


@pytest.fixture
def desk(gate: Screen) -> Screen:
    """Maya is signed in and connected."""
    gate.sign_in()
    gate.connected()
    return gate


@pytest.fixture
def with_ana(desk: Screen) -> Screen:
    """Ana waited, and Maya has accepted her."""
    desk.server.arrive(ana())
    desk.click("#waiting .accept")
    desk.find("#composer-text")
    return desk


# -- the gate ------------------------------------------------------------------------------------
def test_a_wrong_password_is_said_and_the_right_one_opens_the_desk(gate: Screen) -> None:
    gate.sign_in("not it")
    gate.shows(".form-problem", "That name and password don't fit together.")
    assert gate.find("#username").get_attribute("value") == "maya"
    gate.find("#password").send_keys(PASSWORD + Keys.ENTER)
    gate.connected()
    gate.shows(".my-name", "Maya")
    gate.shows("#waiting + .empty", "Nobody is waiting.")


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


def test_who_comes_second_reads_who_was_first(desk: Screen) -> None:
    desk.server.arrive(ana())
    desk.server.accept_refused = "Maya was first."
    desk.click("#waiting .accept")
    desk.shows(".notice", "Maya was first.")
    desk.until(lambda: not desk.texts("#waiting .contact"), "the contact has gone")


def test_messages_of_the_night_are_done_one_by_one(gate: Screen) -> None:
    gate.server.taken = [left_by_priya()]
    gate.sign_in()
    gate.shows(".taken", "Both boots are left ones.")
    gate.click("[aria-label='Done: message of Priya Nair']")
    gate.until(lambda: not gate.texts(".taken li"), "it is gone")
    assert gate.server.taken == []


# -- answering -----------------------------------------------------------------------------------
def test_reply_note_and_close(with_ana: Screen) -> None:
    desk = with_ana
    desk.write("Hello Ana, this is Maya." + Keys.SHIFT + Keys.ENTER + Keys.SHIFT + "One moment.")
    desk.write(Keys.ENTER)
    desk.shows(".event.agent", "Hello Ana, this is Maya.\nOne moment.")
    desk.write("this stays a reply")
    desk.click(".note-switch")
    desk.write("Second tent from the Boise store." + Keys.ENTER)
    desk.shows(".event.note", "Second tent from the Boise store.")
    desk.click(".note-switch")
    assert desk.find("#composer-text").get_attribute("value") == "this stays a reply"
    log = desk.server.conversations["c-ana"].events
    assert [event["kind"] for event in log[-2:]] == ["message", "note"]

    desk.click(".close-contact")
    assert "Wanted: “Where is my tent?" in str(desk.find("#close-summary").get_attribute("value"))
    desk.click("input[value=follow_up]")
    desk.click("dialog .primary")
    desk.shows(".aside", "The assistant answers again")
    wrap_up = next(event for event in log if event["kind"] == "wrap_up")
    assert wrap_up["data"]["disposition"] == "follow_up"
    desk.shows(".foot-bar", "This contact is closed.")


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


# -- broken lines --------------------------------------------------------------------------------
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


# -- without a mouse -----------------------------------------------------------------------------
def test_a_contact_from_first_to_last_by_keyboard_alone(desk: Screen) -> None:
    desk.keys("?")
    desk.shows("dialog", "Accept the open contact")
    desk.keys(Keys.ESCAPE)
    desk.server.arrive(ana())
    desk.find("#waiting .contact")
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
    desk.keys(Keys.ALT, "s")
    desk.find("[data-status=away][aria-pressed=true]")
    desk.until(lambda: desk.server.status == "away", "the server knows")
    desk.keys(Keys.ALT, "c")
    desk.find("dialog[open]")
    desk.keys(Keys.SPACE)
    desk.keys(Keys.ENTER)
    desk.shows(".aside", "The assistant answers again (solved)")


def test_everything_fits_on_a_phone(with_ana: Screen) -> None:
    desk = with_ana
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    desk.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        for pane, there in (
            ("contacts", "#mine .contact"),
            ("customer", ".order"),
            ("conversation", "#composer-text"),
        ):
            desk.click(f".tabs [data-pane={pane}]")
            desk.find(there)
            width = desk.driver.execute_script("return document.documentElement.scrollWidth")
            assert width <= 390, pane
    finally:
        desk.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
