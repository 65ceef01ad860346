"""The product in real Chromium: a shop's visitor in one window, an agent in another, all real."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import chromium, picture
from tests.browser.windows import AgentWindow, Visitor
from tests.house import House

pytestmark = [pytest.mark.chromium, pytest.mark.engine]

RECORDINGS = Path(__file__).resolve().parent.parent / "recordings"


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
