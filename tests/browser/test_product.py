"""The product in real Chromium: a shop's visitor in one window, an agent in another, all real."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.chromium import chromium, picture
from tests.house import House

pytestmark = [pytest.mark.chromium, pytest.mark.engine]

WITHIN_S = 25.0
RECORDINGS = Path(__file__).resolve().parent.parent / "recordings"

IN_WIDGET = (
    "return [...document.querySelector('warmline-chat').shadowRoot"
    ".querySelectorAll(arguments[0])].filter((e) => e.checkVisibility())"
)
IN_PAGE = "return [...document.querySelectorAll(arguments[0])].filter((e) => e.checkVisibility())"


class Window:
    """One browser window and what a person sees and does in it."""

    elements = IN_PAGE

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def until(self, true: Callable[[], Any], what: str = "") -> None:
        WebDriverWait(self.driver, WITHIN_S, poll_frequency=0.05).until(lambda _: true(), what)

    def find_all(self, selector: str) -> list[WebElement]:
        return list(self.driver.execute_script(self.elements, selector))

    def find(self, selector: str) -> WebElement:
        self.until(lambda: self.find_all(selector), f"{selector} is in sight")
        return self.find_all(selector)[0]

    def click(self, selector: str) -> None:
        self.find(selector).click()

    def texts(self, selector: str) -> list[str]:
        script = self.elements + ".map((e) => e.innerText)"
        return list(self.driver.execute_script(script, selector))

    def shows(self, selector: str, words: str) -> None:
        self.until(
            lambda: any(words.lower() in text.lower() for text in self.texts(selector)),
            f"{words!r} in {selector}: {self.texts(selector)}",
        )


class Visitor(Window):
    elements = IN_WIDGET

    def arrives(self, url: str) -> None:
        self.driver.get(url)
        self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, "warmline-chat"))

    def reloads(self) -> None:
        self.driver.refresh()
        self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, "warmline-chat"))
        self.until(lambda: self.find_all(".panel") or self.find_all(".launcher"))
        if not self.find_all(".panel"):
            self.opens_chat()

    def opens_chat(self) -> None:
        self.click(".launcher")
        self.find(".panel")

    def says(self, text: str) -> None:
        self.find(".field textarea").send_keys(text + Keys.ENTER)

    def reads(self, words: str) -> None:
        self.shows(".bubble", words)

    def bubbles(self) -> list[str]:
        return self.texts(".bubble")


class AgentWindow(Window):
    def signs_in(self, url: str) -> None:
        self.driver.get(f"{url}/desk/")
        self.find("#username").send_keys("maya")
        self.find("#password").send_keys("juniper-demo" + Keys.ENTER)
        self.find(".connection[data-state=connected]")


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Visitor]:
    with chromium(tmp_path / "visitor") as driver:
        yield Visitor(driver)


@pytest.fixture
def maya(tmp_path: Path) -> Iterator[AgentWindow]:
    with chromium(tmp_path / "maya") as driver:
        yield AgentWindow(driver)


def order(house: House, status: str) -> dict[str, Any]:
    return next(o for o in house.get("/demo/orders")["orders"] if o["status"] == status)


def test_where_is_my_order_with_a_reload_in_the_middle(house: House, visitor: Visitor) -> None:
    shipped = order(house, "shipped")
    visitor.arrives(house.url)
    picture(visitor.driver, "shop-front")
    visitor.opens_chat()
    picture(visitor.driver, "chat-empty")
    visitor.says("where is my order?")
    visitor.reads("order number")
    visitor.says(str(shipped["number"]))
    visitor.reloads()  # at once: the message may be stored, on its way, or still here
    visitor.reads("where is my order?")
    visitor.reads("postcode")
    visitor.says(str(shipped["postcode"]))
    visitor.reads("on its way")
    picture(visitor.driver, "chat-order-status")
    mine = visitor.texts(".own .bubble")
    assert mine == ["where is my order?", str(shipped["number"]), str(shipped["postcode"])]
    assert len(visitor.bubbles()) == 6, visitor.bubbles()


def test_a_person_takes_over_and_gives_back(
    house: House, visitor: Visitor, maya: AgentWindow
) -> None:
    maya.signs_in(house.url)
    picture(maya.driver, "desk-empty")
    mark = uuid.uuid4().hex[:8]
    visitor.arrives(house.url)
    visitor.opens_chat()
    visitor.says("where is my order?")
    visitor.reads("order number")
    visitor.says("I want to talk to a person please")
    visitor.reads("line")
    picture(visitor.driver, "chat-waiting")

    maya.click("#offers .accept")
    maya.shows("body", "where is my order?")
    picture(maya.driver, "desk-contact")
    maya.find("#composer-text").send_keys(f"Hi, Maya here {mark}. Let me look." + Keys.ENTER)
    visitor.reads(f"Maya here {mark}")
    picture(visitor.driver, "chat-with-maya")
    visitor.says(f"thank goodness {mark}")
    maya.shows("body", f"thank goodness {mark}")
    assert not any("here again" in text for text in visitor.bubbles())

    visitor.reloads()
    visitor.reads(f"thank goodness {mark}")
    maya.find("#composer-text").send_keys(f"It comes tomorrow {mark}." + Keys.ENTER)
    visitor.reads(f"It comes tomorrow {mark}")

    maya.click(".end-contact")
    visitor.reads("here again")
    maya.find(".wrap-up input:checked")
    picture(maya.driver, "desk-wrap-up")
    maya.click(".pill:has([value=solved])")
    maya.click(".wrap-up .primary")
    maya.shows(".foot-bar", "This contact is closed")
    visitor.says("what is your return policy?")
    visitor.reads("60 days")
    picture(visitor.driver, "chat-bot-back")


def test_the_microphone(house: House, tmp_path: Path) -> None:
    spoken = RECORDINGS / "where-is-my-order-heart-16k.wav"
    with chromium(tmp_path / "profile", microphone=spoken) as driver:
        visitor = Visitor(driver)
        visitor.arrives(house.url)
        visitor.opens_chat()
        visitor.click("button.mic")
        visitor.find(".call")
        picture(driver, "voice-call")
        visitor.shows(".bubble", "where is my order")
        visitor.shows(".bubble", "order number")
        picture(driver, "voice-answered")
        visitor.click("button.hangup")
        visitor.until(lambda: not visitor.find_all(".call"))
        visitor.says("thank you")  # the same conversation goes on in writing
        visitor.until(lambda: "thank you" in "".join(visitor.bubbles()))
