"""/api/docs in real Chromium: an integrator reads about the desk's API."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from bot.desk.description import Json, describe, operations
from tests.browser.chromium import chromium, picture
from tests.desk.api_desk import ApiDesk, open_api_desk
from tests.desk.described import validator

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiDesk]:
    with open_api_desk(tmp_path_factory.mktemp("api")) as made:
        yield made


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("profile"), size="1500,1000") as made:
        yield made


class Reader:
    """What is read and done on the page."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.driver = driver
        self.url = url

    def opens(self, place: str = "") -> None:
        self.driver.get("about:blank")
        self.driver.get(f"{self.url}/api/docs{place}")
        self.until(lambda: self.all("article"), "the description is there")

    def until(self, true: Callable[[], Any], what: str) -> None:
        WebDriverWait(self.driver, 8, poll_frequency=0.03).until(lambda _: true(), what)

    def all(self, selector: str) -> list[str]:
        """The texts of what is in sight."""
        script = (
            "return [...document.querySelectorAll(arguments[0])]"
            ".filter((e) => e.checkVisibility()).map((e) => e.textContent)"
        )
        found: list[str] = self.driver.execute_script(script, selector)
        return found

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def run(self, script: str) -> Any:
        return self.driver.execute_script(f"return {script}")


@pytest.fixture
def reader(driver: webdriver.Chrome, desk: ApiDesk) -> Reader:
    reader = Reader(driver, desk.url)
    reader.opens()
    return reader


def json_of(carrier: Json) -> Json | None:
    schema: Json | None = carrier.get("content", {}).get("application/json", {}).get("schema")
    return schema


def test_every_operation_can_be_read_about(reader: Reader) -> None:
    picture(reader.driver, "api-docs")
    paths = reader.all(".docs-path code")
    assert sorted(paths) == sorted(path for path, *_ in operations(describe()))
    assert len(reader.all(".docs-contents li")) == len(paths)
    complaints = reader.driver.get_log("browser")  # type: ignore[no-untyped-call]
    assert not complaints, "nothing failed, nothing broke the policy"
    entries = reader.run("performance.getEntriesByType('resource').map((one) => one.name)")
    assert entries
    assert all(name.startswith(reader.url) for name in entries), "it works without the internet"


def test_the_shown_requests_and_answers_are_as_described(reader: Reader) -> None:
    for path, method, operation in operations(describe()):
        request, *answers = reader.all(f"#{operation['operationId']} pre")
        command = shlex.split(request.replace("\\\n", " "))
        assert command[0] == "curl"
        assert command[1:3] == ["-X", method.upper()] or method == "get"
        assert "$CSRF" in request or "csrf" not in str(operation["security"])
        if "requestBody" in operation:
            shown = [json.loads(command[command.index("-d") + 1])]
            assert not list(validator(json_of(operation["requestBody"]) or {}).iter_errors(*shown))
        for status, answer in operation["responses"].items():
            schema = json_of(answer)
            if status.startswith("2") and schema and answers:
                errors = list(validator(schema).iter_errors(json.loads(answers.pop(0))))
                assert not errors, f"{method} {path}: {errors[0].message}"
        assert not answers


def test_an_error_code_leads_to_where_it_comes_from(reader: Reader) -> None:
    reader.driver.find_element(By.ID, "docs-search").send_keys("FLOOR_lost")
    assert reader.all("article h3") == ["Write to the customer"]
    assert reader.all(".docs-contents li span:first-child") == ["Write to the customer"]
    assert reader.all(".docs-found") == ["1 operation"]
    reader.press(" nowhere")
    assert not reader.all("article")
    assert reader.all(".docs-found") == ["Nothing holds these words."]
    reader.press(*[Keys.BACKSPACE] * len("FLOOR_lost nowhere"))
    assert len(reader.all("article")) == len(list(operations(describe())))


def test_the_keyboard_is_enough(reader: Reader) -> None:
    reader.press(Keys.TAB)
    assert reader.run("document.activeElement.textContent") == "Skip to the description"
    reader.press(Keys.ENTER, Keys.TAB)
    assert reader.run("document.activeElement.textContent") == "openapi.json"
    for _ in range(40):
        if reader.run("document.activeElement.tagName") == "SUMMARY":
            break
        reader.press(Keys.TAB)
    inside = "document.activeElement.parentElement.querySelectorAll('.docs-fields').length"
    assert reader.run(inside) == 0
    reader.press(Keys.ENTER)
    reader.until(lambda: reader.run(inside) == 1, "the fields inside are shown")


def test_a_link_leads_to_its_operation(reader: Reader) -> None:
    reader.opens("#closeContact")
    place = "document.getElementById('closeContact').getBoundingClientRect().top"
    reader.until(lambda: 0 <= reader.run(place) < 100, "it is at the top")
    current = ".docs-contents [aria-current] span:first-child"
    reader.until(lambda: reader.all(current) == ["Write the wrap-up"], "it is marked")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_read_by_day_and_by_night(reader: Reader, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    picture(reader.driver, f"api-docs-{scheme}")
    ground, text = (
        sum(map(int, colour.removeprefix("rgb(").rstrip(")").split(",")))
        for colour in reader.run(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
        )
    )
    assert (ground > text) == (scheme == "light")


@pytest.mark.parametrize("width", [360, 800, 1500])
def test_nothing_is_wider_than_the_screen(reader: Reader, width: int) -> None:
    screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    reader.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    picture(reader.driver, f"api-docs-{width}")
    assert reader.run("document.documentElement.scrollWidth") <= width
    reader.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
