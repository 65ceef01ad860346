"""What Maya sees and does, for the scenes of the desk page in real Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.desk_harness import DeskServer
from tests.browser.desk_people import PASSWORD

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}


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

    def value(self, selector: str) -> str:
        return str(self.find(selector).get_attribute("value"))

    def as_phone(self) -> None:
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)

    def in_the_dark(self) -> None:
        dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)

    def as_ever(self) -> None:
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def console(driver: webdriver.Chrome) -> list[dict[str, Any]]:
    """What the page told the browser's console since the last time."""
    return list(driver.execute("getLog", {"type": "browser"})["value"])
