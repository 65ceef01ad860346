"""Customers and two agents, Maya and Sam, in real Chromium with the whole product: everything that
people do with a contact. Their microphones are recordings; the recogniser judges what each side hears.
Twilio's REST API, which is asked to ring a customer, is the one part that is ours."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from selenium.webdriver.common.keys import Keys

from speech.vosk_recogniser import VoskRecogniser
from tests.browser.chromium import chromium, picture
from tests.browser.on_the_telephone import (
    ACCOUNT_SID,
    NUMBERS,
    OURS,
    TOKEN,
    OnTheLine,
    call,
    heard_by,
)
from tests.browser.windows import AgentWindow, Visitor, agent_window, microphone, off
from tests.desk.on_the_line import sound
from tests.house import House, free_ports, open_house
from tests.product.test_calls import FOLDER

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.engine,
    pytest.mark.speech,
    pytest.mark.realtime,
    pytest.mark.timeout(240),
]

SPEAK = {"maya": "return-policy-adam-16k", "sam": "sleeping-bags-nova-16k"}
MAYAS, SAMS, CALLERS = "return|policy", "sleeping|bags?", "track|order"


@dataclass
class Carrier:
    """Rings whoever the product asks it to."""

    port: int
    rung: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def calls(self, request: web.Request) -> web.Response:
        form = await request.post()
        assert form["From"] == OURS
        self.rung.put_nowait(str(form["To"]))
        return web.json_response({"sid": "CA1", "status": "queued"}, status=201)


@pytest.fixture(scope="module")
async def carrier() -> AsyncIterator[Carrier]:
    [port] = free_ports(1)
    made = Carrier(port)
    app = web.Application()
    app.router.add_post("/2010-04-01/Accounts/{sid}/Calls.json", made.calls)
    async with TestServer(app, port=port):
        yield made


@pytest.fixture(scope="module")
def shop(carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    [port] = free_ports(1)
    with open_house(
        tmp_path_factory.mktemp("shop"),
        port=str(port),
        public_url=f"http://127.0.0.1:{port}",
        twilio_auth_token=TOKEN,
        twilio_account_sid=ACCOUNT_SID,
        twilio_number=OURS,
        twilio_api_url=f"http://127.0.0.1:{carrier.port}",
    ) as house:
        yield house


@pytest.fixture
def maya(shop: House, tmp_path: Path) -> Iterator[AgentWindow]:
    yield from signed_in(shop, tmp_path, "maya")


@pytest.fixture
def sam(shop: House, tmp_path: Path) -> Iterator[AgentWindow]:
    """He is on a break, so that everything is Maya's until she asks him."""
    for window in signed_in(shop, tmp_path, "sam"):
        takes_a_break(window)
        yield window


def takes_a_break(window: AgentWindow) -> None:
    window.click(".status-button")
    window.click(".status-choice[data-reason=meeting]")
    window.shows(".status-button", "On break")


def signed_in(shop: House, folder: Path, name: str) -> Iterator[AgentWindow]:
    flags = microphone(folder / f"{name}.wav", FOLDER / f"{SPEAK[name]}.wav")
    with agent_window(folder / name, flags) as window:
        window.signs_in(shop.url, name)
        yield window
        assert not window.broken()
        window.driver.get("about:blank")


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Visitor]:
    with chromium(tmp_path / "visitor") as driver:
        yield Visitor(driver)


def asks_for_a_person(shop: House, visitor: Visitor) -> None:
    visitor.arrives(shop.url)
    visitor.opens_chat()
    visitor.says("I want to talk to a person please")
    visitor.reads("line")


def asks_sam(maya: AgentWindow, note: str) -> None:
    maya.click(".hand-over")
    maya.find("#transfer-filter").send_keys("Sam" + Keys.ENTER)
    maya.find("#transfer-note").send_keys(note)
    maya.click(".dialog-buttons button:nth-of-type(3)")  # not yet, bring in, ask, hand over
    maya.until(lambda: not maya.find_all(".transfer-dialog"), "the dialog is gone")


def wraps_up(agent: AgentWindow) -> None:
    agent.click(".end-contact")
    agent.click(".pill:has([value=solved])")
    agent.click(".wrap-up .primary")
    agent.shows(".foot-bar", "This contact is closed")


# --- in writing -------------------------------------------------------------------------------


def test_a_chat_asked_about_shared_and_handed_over(
    shop: House, visitor: Visitor, maya: AgentWindow, sam: AgentWindow
) -> None:
    mark = uuid.uuid4().hex[:6]
    asks_for_a_person(shop, visitor)
    maya.click("#offers .accept")
    maya.find("#composer-text").send_keys(f"Hello, this is Maya {mark}." + Keys.ENTER)
    visitor.reads(f"this is Maya {mark}")
    visitor.says(f"is the larch tent fine in snow? {mark}")

    asks_sam(maya, f"larch tent in snow {mark}?")
    sam.shows("#offers", f"larch tent in snow {mark}")
    picture(sam.driver, "two-agents-asked")
    sam.click("#offers .accept")
    sam.shows(".transcript", f"fine in snow. {mark}")
    sam.find("#composer-text").send_keys(f"not above the tree line {mark}" + Keys.ENTER)
    maya.shows(".transcript .note, .transcript .internal", f"not above the tree line {mark}")
    assert not any("tree line" in text for text in visitor.bubbles())

    maya.click(".consult-bar .advice button:not(.primary)")  # bring Sam in
    visitor.shows(".log", "Sam Okafor has joined")
    sam.shows(".consult-bar", "You may write")
    sam.find("#composer-text").send_keys(f"Sam here: it holds a foot of snow {mark}." + Keys.ENTER)
    visitor.reads(f"a foot of snow {mark}")
    maya.shows(".transcript", f"a foot of snow {mark}")
    picture(maya.driver, "two-agents-three-in-a-chat")

    maya.click(".consult-bar .primary")  # hand over now
    sam.shows(".head-buttons", "End")
    assert sam.text(".transcript").count(f"this is Maya {mark}") == 1
    visitor.says(f"thanks, both {mark}")
    sam.shows(".transcript", f"thanks, both {mark}")
    picture(sam.driver, "two-agents-handed-over")
    wraps_up(sam)
    visitor.reads("here again")


# --- on the telephone -------------------------------------------------------------------------


async def waits_for_a_person(one: OnTheLine) -> None:
    await one.scene.hears("You can just tell me")
    await one.scene.says(sound("person-joe-16k"))
    await one.scene.hears("line")


async def test_a_call_asked_about_among_three_and_handed_over(
    shop: House, ears: VoskRecogniser, maya: AgentWindow, sam: AgentWindow
) -> None:
    async with call(shop, ears) as one:
        await waits_for_a_person(one)
        await off(maya.click, "#offers .accept")
        await off(maya.shows, ".call-state", "You are talking with")
        await one.hears(MAYAS)
        saying = asyncio.create_task(one.scene.says(sound("track-an-order-emma-16k")))
        await heard_by(maya, ears, CALLERS)
        await saying
        await off(picture, maya.driver, "two-agents-call")

        await off(asks_sam, maya, "which of our sleeping bags would you take?")
        await off(sam.click, "#offers .accept")
        await off(sam.shows, ".call-state", "Maya Lindqvist asked you")
        await off(sam.alt, "l")
        await off(maya.shows, ".call-state", "You talk with Sam Okafor alone")
        await off(sam.shows, ".call-state", "You talk with Maya Lindqvist alone")
        await one.hears_music()
        await heard_by(sam, ears, MAYAS)
        await heard_by(maya, ears, SAMS)
        await off(picture, sam.driver, "two-agents-aside")

        await off(maya.click, ".consult-bar .advice button:not(.primary)")  # bring Sam in
        await off(maya.shows, ".call-state", "You are talking with .* and Sam Okafor")
        await off(picture, maya.driver, "two-agents-three-on-the-line")
        await one.hears(SAMS)
        await one.hears(MAYAS)
        await heard_by(maya, ears, SAMS)
        await off(maya.alt, "m")  # two who speak at once are hard to make out
        await off(maya.shows, ".call-state", "You are muted")
        saying = asyncio.create_task(one.scene.says(sound("track-an-order-emma-16k")))
        await heard_by(sam, ears, CALLERS)
        await saying

        await off(maya.click, ".consult-bar .primary")  # hand over now
        await off(maya.until, lambda: not maya.find_all("call-bar"), "Maya is off the line")
        await off(sam.shows, ".call-state", "^You are talking with (?!.*Maya)")
        await one.hears(SAMS)
        await off(picture, sam.driver, "two-agents-his-call")
        await one.phone.hang_up()
    await off(wraps_up, sam)


async def test_a_caller_is_called_back(
    shop: House, ears: VoskRecogniser, carrier: Carrier, maya: AgentWindow
) -> None:
    async with call(shop, ears) as one:
        number = one.number
        await one.scene.hears("You can just tell me")
        await one.scene.says(sound("person-joe-16k"))
        await off(maya.click, "#offers .decline")  # she can't just now, and nobody else is there
        asked = await one.scene.hears("call me back")
        await one.phone.press("1")
        await one.scene.hears("needn't stay", after=asked)
        await one.phone.hang_up()
    await off(maya.shows, "#offers", f"Call back at \\{number}")
    await off(picture, maya.driver, "two-agents-call-back")
    await off(maya.click, "#offers .accept")
    assert await asyncio.wait_for(carrier.rung.get(), 15) == number
    async with call(shop, ears, number=number, rung=True) as one:
        await one.hears("call you back|maya")
        await off(maya.shows, ".call-state", "You are talking with")
        await one.hears(MAYAS)
        await off(maya.shows, ".transcript", "a person")  # the first call is the same conversation
        await off(picture, maya.driver, "two-agents-called-back")
        await one.phone.hang_up()
    await off(wraps_up, maya)


async def test_a_caller_leaves_a_message(
    shop: House, ears: VoskRecogniser, maya: AgentWindow
) -> None:
    async with call(shop, ears) as one:
        await one.scene.hears("You can just tell me")
        await one.scene.says(sound("person-joe-16k"))
        asked = await one.scene.hears("leave a message")
        await one.phone.press("2")
        asked = await one.scene.hears("Tell me your message", after=asked)
        await one.scene.heard_out()
        await one.scene.says(sound("where-is-my-package-michael-8k"))
        await one.scene.hears("kept your message", after=asked)
        await one.phone.hang_up()
    await off(maya.shows, "taken-messages", "package")
    await off(picture, maya.driver, "two-agents-message")
    await off(maya.click, "taken-messages .taken-do button:not([aria-label])")
    await off(maya.shows, ".transcript", "package")
    await off(maya.click, "taken-messages button[aria-label^=Done]")
    await off(maya.until, lambda: "package" not in maya.text("taken-messages"), "it is done")


async def test_a_chat_goes_on_by_telephone(
    shop: House, ears: VoskRecogniser, carrier: Carrier, visitor: Visitor, maya: AgentWindow
) -> None:
    number = f"+{next(NUMBERS)}"
    await off(asks_for_a_person, shop, visitor)
    await off(maya.click, "#offers .decline")  # she can't just now
    await off(visitor.says, "call me back please")
    await off(visitor.reads, "Which number")
    await off(visitor.says, number)
    await off(visitor.reads, "needn't stay")
    await off(maya.shows, "#offers", f"Call back at \\{number}")
    await off(maya.click, "#offers .accept")
    assert await asyncio.wait_for(carrier.rung.get(), 15) == number
    async with call(shop, ears, number=number, rung=True) as one:
        await off(maya.shows, ".call-state", "You are talking with")
        saying = asyncio.create_task(one.scene.says(sound("track-an-order-emma-16k")))
        await heard_by(maya, ears, CALLERS)
        await saying
        await off(maya.shows, ".transcript", "call me back please")
        await off(maya.shows, ".transcript .event.customer .words", CALLERS)
        await off(picture, maya.driver, "two-agents-chat-by-telephone")
        await one.phone.hang_up()
    await off(wraps_up, maya)


# --- what an agent may not decide -------------------------------------------------------------


@pytest.fixture
def noor(shop: House, tmp_path: Path) -> Iterator[AgentWindow]:
    """A senior, who takes no contacts herself now."""
    with agent_window(tmp_path / "noor") as window:
        window.signs_in(shop.url, "noor")
        takes_a_break(window)
        yield window


def test_a_refund_above_her_authority_is_granted_by_a_senior(
    shop: House, visitor: Visitor, maya: AgentWindow, noor: AgentWindow
) -> None:
    order = delivered_order(shop)
    visitor.arrives(shop.url)
    visitor.opens_chat()
    visitor.says("where is my order?")
    visitor.reads("order number")
    visitor.says(str(order["number"]))
    visitor.reads("postcode")
    visitor.says(str(order["postcode"]))
    visitor.reads(str(order["status"]).replace("_", " "))
    visitor.says("I want to talk to a person please")
    visitor.reads("line")
    maya.click("#offers .accept")
    maya.shows("context-panel", str(order["number"])[:3])
    maya.click(".order .act")
    maya.shows(".act-dialog .primary", "Ask a senior")
    maya.find("#act-why").send_keys("It came broken, and she has photographed it" + Keys.ENTER)
    noor.shows("#requests .request", "It came broken")
    picture(noor.driver, "two-agents-request")
    noor.find("#requests input[id^=answer]").send_keys("Yes, and say sorry from me")
    noor.click("#requests .primary")
    maya.shows(".transcript", "Noor .*granted it: “Yes, and say sorry from me”")
    maya.shows(".transcript", "USD of order .* are paid back. \\(granted by Noor")
    picture(maya.driver, "two-agents-granted")
    wraps_up(maya)


def delivered_order(shop: House) -> dict[str, Any]:
    orders: list[dict[str, Any]] = shop.get("/demo/orders")["orders"]
    return next(one for one in orders if one["status"] == "delivered")
