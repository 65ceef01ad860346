"""What people see and do in their browser windows, for scenes with the product: visitors of the shop,
and agents with a headset."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from speech.audio import Sound, read_wav, write_wav
from tests.browser.chromium import FAKE_MICROPHONE
from tests.browser.chromium import chromium as open_chromium

WITHIN_S = 25.0
P = ParamSpec("P")
T = TypeVar("T")

IN_WIDGET = (
    "return [...document.querySelector('warmline-chat').shadowRoot"
    ".querySelectorAll(arguments[0])].filter((e) => e.checkVisibility())"
)
IN_PAGE = "return [...document.querySelectorAll(arguments[0])].filter((e) => e.checkVisibility())"


TAP = """
const connect = AudioNode.prototype.connect;
window.played = [];
AudioNode.prototype.connect = function (to, ...rest) {
  if (to instanceof AudioDestinationNode && this instanceof AudioWorkletNode) {
    const tap = this.context.createScriptProcessor(4096, 1, 1);
    tap.onaudioprocess = ({ inputBuffer }) => window.played.push(
      Int16Array.from(inputBuffer.getChannelData(0), (value) => value * 32767));
    connect.call(this, tap);
    connect.call(tap, this.context.destination);
  }
  return connect.call(this, to, ...rest);
};
"""
"""Keeps what the page plays, at 16 kHz, in `played`."""

PLAYED = """
const bytes = window.played.flatMap((part) => [...new Uint8Array(part.buffer)]);
window.played = [];
return btoa(bytes.map((byte) => String.fromCharCode(byte)).join(''));
"""


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
        """Also where the page draws it anew in the very moment."""
        try:
            self.find(selector).click()
        except StaleElementReferenceException:
            self.find(selector).click()

    def text(self, selector: str) -> str:
        """Of all that is in sight."""
        return "\n".join(self.texts(selector))

    def texts(self, selector: str) -> list[str]:
        script = self.elements + ".map((e) => e.innerText)"
        return list(self.driver.execute_script(script, selector))

    def shows(self, selector: str, words: str) -> None:
        """`words`: a regular expression, in letters of whatever case."""
        try:
            self.until(lambda: any(re.search(words, text, re.I) for text in self.texts(selector)))
        except TimeoutException:
            raise AssertionError(f"{words!r} in {selector}: {self.texts(selector)}") from None


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
    def signs_in(self, url: str, username: str = "maya", conversation: str = "") -> None:
        """Or is still signed in."""
        self.driver.get(f"{url}/desk/#{conversation}")
        self.until(lambda: self.find_all("#username") or self.find_all(".connection"), "the page")
        if self.find_all("#username"):
            self.find("#username").send_keys(username)
            self.find("#password").send_keys("juniper-demo" + Keys.ENTER)
        self.find(".connection[data-state=connected]")

    def alt(self, key: str) -> None:
        ActionChains(self.driver).key_down(Keys.ALT).send_keys(key).key_up(Keys.ALT).perform()

    def level(self, whose: str) -> float:
        """How loud the meter says somebody is, 0 to 1."""
        script = (
            "return [...document.querySelectorAll('.call-level')]"
            ".find((one) => one.innerText.includes(arguments[0])).style.getPropertyValue('--level')"
        )
        return float(self.driver.execute_script(script, whose) or 0)

    def broken(self) -> list[str]:
        """What the page told the browser's console as an error; asking who is signed in may fail."""
        log = self.driver.execute("getLog", {"type": "browser"})["value"]
        messages = [line["message"] for line in log if line["level"] == "SEVERE"]
        return [message for message in messages if "/api/me" not in message]

    def played(self) -> Sound:
        """What the headphones have played since the last time."""
        return Sound(16_000, base64.b64decode(self.driver.execute_script(PLAYED)))


@contextmanager
def agent_window(folder: Path, flags: Sequence[str] = ()) -> Iterator[AgentWindow]:
    """Keeps what its headphones play."""
    with open_chromium(folder / "profile", flags=flags) as driver:
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": TAP})
        yield AgentWindow(driver)


def microphone(file: Path, recording: Path) -> list[str]:
    """Flags of a browser into whose microphone a recording is said over and over, with pauses."""
    said, pause = read_wav(recording), bytes(2 * 16_000 * 2)
    write_wav(file, Sound(16_000, pause + said.pcm + pause))
    return [*FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={file}"]


async def off(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Selenium's waiting, beside a caller's sound."""
    return await asyncio.to_thread(work, *args, **kwargs)
