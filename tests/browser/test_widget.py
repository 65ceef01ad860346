"""The website's chat, as visitors of a shop meet it: real Chromium, a peer that speaks the protocol.

Scenes against the real server are in the end-to-end tests; here the far side can be made unkind.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.shadowroot import ShadowRoot
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.chromium import FAKE_MICROPHONE
from tests.browser.chromium import chromium as open_chromium
from tests.browser.widget_harness import WIDGET, Peer

pytestmark = pytest.mark.chromium

HOSTILE = "<img src=x onerror=\"document.title='owned'\"> <b>bold</b> javascript:alert(1)"


class Visitor:
    """One visitor's browser tab: what they do and what they see."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def visit(self, url: str, attributes: str = "") -> None:
        self.driver.get(f"{url}/?attributes={attributes}")
        self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, "warmline-chat"))

    @property
    def root(self) -> ShadowRoot:
        return self.driver.find_element(By.CSS_SELECTOR, "warmline-chat").shadow_root

    def find(self, selector: str) -> WebElement:
        return self.root.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        """What these elements say, in one question to the browser."""
        script = (
            "return [...document.querySelector('warmline-chat').shadowRoot"
            ".querySelectorAll(arguments[0])].filter((e) => e.checkVisibility())"
            ".map((e) => e.innerText)"
        )
        return list(self.driver.execute_script(script, selector))

    def open(self) -> None:
        self.find(".launcher").click()
        self.until(lambda: self.find(".panel").is_displayed())

    def write(self, text: str) -> None:
        self.find(".field textarea").send_keys(text)

    def say(self, text: str) -> None:
        self.write(text + Keys.ENTER)

    def bubbles(self) -> list[str]:
        return self.texts(".bubble")

    def focused(self) -> str:
        """The class or tag of what has the focus, inside the widget or on the page."""
        script = (
            "const e = document.activeElement.shadowRoot?.activeElement ?? document.activeElement;"
            "return e.className || e.localName"
        )
        return str(self.driver.execute_script(script))

    def complaints(self) -> list[str]:
        """What the browser's console said since it was last asked."""
        entries = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [e["message"] for e in entries if "favicon" not in e["message"]]

    def until(self, true: Callable[[], Any], within: float = 8) -> None:
        WebDriverWait(self.driver, within, poll_frequency=0.03).until(lambda _: true())


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as peer:
        yield peer


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with open_chromium(
        tmp_path_factory.mktemp("profile"), size="1100,820", flags=FAKE_MICROPHONE
    ) as driver:
        yield driver


@pytest.fixture
def visitor(chromium: webdriver.Chrome) -> Iterator[Visitor]:
    # Every peer has a port, so an origin and a storage, of its own.
    yield Visitor(chromium)
    first, *others = chromium.window_handles
    for handle in others:
        chromium.switch_to.window(handle)
        chromium.close()
    chromium.switch_to.window(first)
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.get("about:blank")


def test_a_first_conversation_from_launcher_to_rating(peer: Peer, visitor: Visitor) -> None:
    visitor.visit(peer.url)
    assert not peer.received, "nothing is asked of the server before the chat is opened"
    visitor.open()
    visitor.until(lambda: len(visitor.texts(".suggestions button")) == 3)
    visitor.until(lambda: visitor.texts("h2") == ["Juniper"])
    assert visitor.texts(".answers") == ["Virtual assistant · Juniper Outdoor"]
    visitor.find(".suggestions button").click()
    visitor.until(lambda: len(visitor.bubbles()) == 2)
    assert visitor.bubbles() == ["Where is my order?", "You said: Where is my order?"]
    for _press_and_confirm in range(2):
        visitor.find("header .bar").click()
    visitor.until(lambda: visitor.texts("legend") == ["How did we do?"])
    visitor.root.find_elements(By.CSS_SELECTOR, ".stars input")[3].click()
    visitor.find(".more textarea").send_keys("Quick and clear")
    visitor.find(".more .primary").click()
    visitor.until(lambda: any("4 out of 5" in line for line in visitor.texts(".line")))
    (rating,) = [event for event in peer.only.events if event["kind"] == "rating"]
    assert rating["data"] == {"stars": 4, "comment": "Quick and clear"}
    visitor.find(".ending > .wide").click()
    visitor.until(lambda: len(peer.conversations) == 2 and not visitor.bubbles())


def test_a_message_is_sent_while_the_page_is_reloaded(peer: Peer, visitor: Visitor) -> None:
    visitor.visit(peer.url)
    visitor.open()
    visitor.say("first")
    visitor.until(lambda: len(visitor.bubbles()) == 2)
    peer.hold_acks = True
    visitor.say("said while the line was dying")
    visitor.until(lambda: len(visitor.texts(".waiting")) == 1)
    visitor.write("half a sent")
    peer.hold_acks = False
    visitor.driver.refresh()
    visitor.until(lambda: visitor.driver.find_elements(By.CSS_SELECTOR, "warmline-chat"))
    visitor.until(lambda: len(visitor.bubbles()) == 4)
    assert peer.said() == ["first", "said while the line was dying"]
    assert len(peer.conversations) == 1
    assert not visitor.texts(".waiting")
    assert visitor.find(".field textarea").get_property("value") == "half a sent"


def test_the_connection_drops_before_the_ack(peer: Peer, visitor: Visitor) -> None:
    visitor.visit(peer.url)
    visitor.open()
    visitor.say("one")
    visitor.until(lambda: len(visitor.bubbles()) == 2)
    peer.hold_acks = True
    visitor.say("two")
    visitor.say("three")
    visitor.until(lambda: sum(f["type"] == "say" for f in peer.received) == 3)
    peer.do(peer.drop())
    visitor.until(lambda: "Reconnecting" in "".join(visitor.texts(".state")))
    peer.hold_acks = False
    visitor.until(lambda: len(visitor.bubbles()) == 6)
    assert peer.said() == ["one", "two", "three"]
    sent = [frame["id"] for frame in peer.received if frame["type"] == "say"]
    assert len(sent) == 5
    assert len(set(sent)) == 3
    hello = [frame for frame in peer.received if frame["type"] == "hello"][-1]
    assert hello["since"] == 2, "only what is missing is asked for"
    assert not visitor.texts(".state")


def test_two_tabs_of_one_visitor(peer: Peer, visitor: Visitor) -> None:
    visitor.visit(peer.url)
    first = visitor.driver.current_window_handle
    visitor.driver.switch_to.new_window("tab")
    visitor.visit(peer.url)
    visitor.open()
    visitor.say("from the second tab")
    visitor.until(lambda: len(visitor.bubbles()) == 2)
    visitor.driver.switch_to.window(first)
    visitor.open()
    visitor.until(lambda: len(visitor.bubbles()) == 2)
    visitor.say("from the first tab")
    both = ["from the second tab", "You said: from the second tab"]
    both += ["from the first tab", "You said: from the first tab"]
    visitor.until(lambda: visitor.bubbles() == both)
    visitor.driver.switch_to.window(visitor.driver.window_handles[1])
    visitor.until(lambda: visitor.bubbles() == both)
    assert len(peer.conversations) == 1
    assert peer.said() == ["from the second tab", "from the first tab"]


def test_a_conversation_the_server_forgot(peer: Peer, visitor: Visitor) -> None:
    visitor.visit(peer.url)
    visitor.open()
    visitor.say("hello")
    visitor.until(lambda: len(visitor.bubbles()) == 2)
    peer.hold_acks = True
    visitor.say("is anybody there?")
    visitor.until(lambda: len(visitor.texts(".waiting")) == 1)
    peer.do(peer.drop())
    peer.conversations.clear()
    peer.hold_acks = False
    visitor.until(lambda: peer.said() == ["is anybody there?"])
    visitor.until(lambda: len(visitor.bubbles()) == 2)


def test_a_refused_message_can_be_tried_again(peer: Peer, visitor: Visitor) -> None:
    visitor.visit(peer.url)
    visitor.open()
    peer.refuse = "unavailable"
    visitor.say("please")
    visitor.until(lambda: "It could not be kept." in "".join(visitor.texts(".failed .meta")))
    peer.refuse = None
    visitor.find(".retry").click()
    visitor.until(lambda: len(visitor.bubbles()) == 2)
    assert peer.said() == ["please"]


def test_hostile_text_is_shown_as_text(peer: Peer, visitor: Visitor) -> None:
    source = {"title": HOSTILE, "url": "javascript:alert(1)"}
    button = {"title": HOSTILE, "payload": "yes"}
    peer.echo = lambda text: {
        "text": f"{text} https://example.com/a?b=<i>, (http://example.org).",
        "name": HOSTILE,
        "data": {"source": source, "buttons": [button]},
    }
    visitor.visit(peer.url)
    visitor.open()
    visitor.say(HOSTILE)
    visitor.until(lambda: len(visitor.bubbles()) == 2)
    assert visitor.bubbles()[0] == HOSTILE
    assert visitor.texts(".replies button") == [HOSTILE]
    links = visitor.root.find_elements(By.CSS_SELECTOR, "a")
    addresses = [link.get_attribute("href") for link in links]
    assert addresses == ["https://example.com/a?b=", "http://example.org/"]
    assert not visitor.root.find_elements(By.CSS_SELECTOR, "img, .bubble b")
    assert visitor.driver.title == "A shop"


def test_the_keyboard_alone_is_enough(peer: Peer, visitor: Visitor) -> None:
    def press(*keys: str) -> None:
        webdriver.ActionChains(visitor.driver).send_keys(*keys).perform()

    def with_shift(key: str) -> None:
        chain = webdriver.ActionChains(visitor.driver)
        chain.key_down(Keys.SHIFT).send_keys(key).key_up(Keys.SHIFT).perform()

    peer.echo = lambda text: {"text": text, "data": {"buttons": [{"title": "Yes, please"}]}}
    visitor.visit(peer.url)
    visitor.driver.find_element(By.ID, "own").click()
    press(Keys.TAB)
    assert visitor.focused() == "launcher"
    press(Keys.ENTER)
    visitor.until(lambda: visitor.focused() == "textarea")
    visitor.until(lambda: visitor.texts("h2") == ["Juniper"])
    press("two")
    with_shift(Keys.ENTER)
    press("lines", Keys.ENTER)
    visitor.until(lambda: visitor.bubbles() == ["two\nlines", "two\nlines"])
    visitor.until(lambda: visitor.texts(".replies button") == ["Yes, please"])
    with_shift(Keys.TAB)
    assert visitor.focused() == "reply"
    press(Keys.SPACE)
    visitor.until(lambda: "Yes, please" in peer.said())
    visitor.until(lambda: visitor.bubbles().count("Yes, please") == 2)  # the echo is there, too
    assert visitor.focused() == "textarea"
    press(Keys.ESCAPE)
    assert not visitor.find(".panel").is_displayed()
    assert visitor.focused().startswith("launcher")
    peer.do(peer.add(peer.only, name="Juniper", text="Anything else?"))
    visitor.until(lambda: visitor.texts(".badge") == ["1"])
    assert visitor.find(".launcher").get_attribute("aria-label") == "Chat with us, 1 unread"


def test_names_roles_and_sizes(peer: Peer, visitor: Visitor) -> None:
    visitor.visit(peer.url)
    visitor.open()
    visitor.until(lambda: visitor.find(".mic").is_displayed())
    assert visitor.find(".log").get_attribute("role") == "log"
    visitor.until(lambda: visitor.find(".log").get_attribute("aria-live") == "polite")
    for control in visitor.root.find_elements(By.CSS_SELECTOR, "button, textarea"):
        if not control.is_displayed():
            continue
        assert control.accessible_name, control.get_attribute("outerHTML")
        if control.tag_name == "button":
            assert min(control.size["width"], control.size["height"]) >= 44


def test_on_a_phone_the_panel_is_the_screen(peer: Peer, visitor: Visitor) -> None:
    screen = {"width": 390, "height": 760, "deviceScaleFactor": 1, "mobile": True}
    visitor.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    visitor.visit(peer.url)
    visitor.open()
    visitor.until(lambda: visitor.find(".panel").rect["width"] == 390)
    assert visitor.find(".panel").rect["height"] == 760
    assert not visitor.find(".launcher").is_displayed()
    # The on-screen keyboard takes its part: the composer must stay above it.
    short = screen | {"height": 420}
    visitor.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", short)
    visitor.until(lambda: visitor.find(".panel").rect["height"] == 420)
    field = visitor.find(".field").rect
    assert field["y"] + field["height"] <= 420


def test_long_messages_are_counted_before_they_are_refused(peer: Peer, visitor: Visitor) -> None:
    visitor.visit(peer.url)
    visitor.open()
    assert not visitor.texts(".counter")
    box = visitor.find(".field textarea")
    fill = (
        "arguments[0].value = '😀'.repeat(arguments[1]);"
        "arguments[0].dispatchEvent(new Event('input'))"
    )
    visitor.driver.execute_script(fill, box, 3990)
    assert visitor.texts(".counter") == ["10 characters left"]
    visitor.driver.execute_script(fill, box, 4001)
    assert visitor.texts(".counter") == ["1 characters too many"]
    assert not visitor.find(".send").is_enabled()


def test_a_page_with_a_strict_policy_and_no_storage(peer: Peer, visitor: Visitor) -> None:
    host = peer.url.removeprefix("http://")
    peer.page_policy = (
        f"default-src 'none'; script-src {peer.url}; connect-src ws://{host}; "
        "require-trusted-types-for 'script'"
    )
    visitor.complaints()
    blocker = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})"
    command = "Page.addScriptToEvaluateOnNewDocument"
    added = visitor.driver.execute_cdp_cmd(command, {"source": blocker})
    try:
        visitor.visit(peer.url, "data-colour=%23ffd700")
        visitor.open()
        visitor.say("hello")
        visitor.until(lambda: len(visitor.bubbles()) == 2)
    finally:
        command = "Page.removeScriptToEvaluateOnNewDocument"
        visitor.driver.execute_cdp_cmd(command, {"identifier": added["identifier"]})
    colour = visitor.find(".own .bubble").value_of_css_property("background-color")
    assert colour == "rgba(255, 215, 0, 1)"
    assert visitor.complaints() == []


def test_the_pages_own_script_talks_to_the_widget(peer: Peer, visitor: Visitor) -> None:
    visitor.visit(peer.url, "data-identity=signed-1")
    script = """
        window.heard = [];
        for (const name of ['open', 'message', 'identity']) Warmline.on(name, () => heard.push(name));
        Warmline.open();
    """
    visitor.driver.execute_script(script)
    visitor.until(lambda: visitor.texts("h2") == ["Juniper"])
    assert peer.received[0]["identity"] == "signed-1"
    visitor.driver.execute_script("Warmline.identify('signed-2')")
    visitor.until(lambda: {"type": "identity", "token": "signed-2"} in peer.received)
    visitor.say("hello")
    visitor.until(lambda: len(visitor.bubbles()) == 2)
    heard = visitor.driver.execute_script("return heard")
    assert heard == ["open", "identity", "message"]
    visitor.driver.execute_script("Warmline.forget()")
    visitor.until(lambda: not visitor.find(".panel").is_displayed())
    visitor.until(lambda: not visitor.bubbles())


def test_a_call_counts_what_was_played_and_stops_at_once(peer: Peer, visitor: Visitor) -> None:
    visitor.visit(peer.url)
    visitor.open()
    visitor.until(lambda: visitor.find(".mic").is_displayed())
    visitor.find(".mic").click()
    visitor.until(lambda: visitor.texts(".voice p") == ["Listening"])
    assert peer.voice[0] == {"type": "start", "rate": 16000}
    call = peer.calls[-1]
    peer.do(call.send_json({"type": "speech", "speaking": True}))
    peer.do(call.send_json({"type": "partial", "text": "where is my"}))
    visitor.until(lambda: visitor.texts(".hearing") == ["where is my"])
    assert visitor.texts(".voice p") == ["I hear you"]
    peer.do(call.send_json({"type": "speech", "speaking": False}))
    peer.do(peer.speak(seq=5, ms=600))
    visitor.until(lambda: {"type": "played", "of": 5, "ms": 600} in peer.voice)
    peer.do(peer.speak(seq=6, ms=60_000))
    visitor.until(lambda: visitor.texts(".voice p") == ["Speaking"])
    visitor.until(lambda: peer.voice[-1].get("of") == 6)
    peer.do(call.send_json({"type": "clear"}))
    visitor.until(lambda: visitor.texts(".voice p") == ["Listening"])
    # A message after the interruption begins at zero, with nothing of the old one before it.
    peer.do(peer.speak(seq=7, ms=100))
    visitor.until(lambda: {"type": "played", "of": 7, "ms": 100} in peer.voice)
    heard = max(frame["ms"] for frame in peer.voice if frame.get("of") == 6)
    assert 0 < heard < 5_000
    assert peer.voice_frames == {1024}, "32 ms at 16 kHz, 16 bits"
    visitor.find(".hangup").click()
    visitor.until(lambda: peer.voice[-1] == {"type": "stop"})
    visitor.until(lambda: visitor.find(".field textarea").is_displayed())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "The microphone is blocked"),
        ("NotFoundError", "No microphone was found"),
    ],
)
def test_without_a_microphone_plain_words_say_why(
    peer: Peer, visitor: Visitor, error: str, words: str
) -> None:
    visitor.visit(peer.url)
    visitor.open()
    visitor.until(lambda: visitor.find(".mic").is_displayed())
    refuse = (
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '%s'))"
    )
    visitor.driver.execute_script(refuse % error)
    visitor.find(".mic").click()
    visitor.until(lambda: words in "".join(visitor.texts(".state")))
    assert visitor.find(".field textarea").is_displayed()


def test_everything_together_stays_small() -> None:
    scripts = [path for path in Path(WIDGET).glob("*.js") if path.name != "demo.js"]
    size = sum(len(gzip.compress(path.read_bytes())) for path in scripts)
    assert size < 30_000, f"{size} bytes gzipped"
