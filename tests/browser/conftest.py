"""Maya's desk in real Chromium, with the harness for a server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium import webdriver

from tests.browser.chromium import chromium as open_chromium
from tests.browser.desk_harness import DeskServer
from tests.browser.desk_people import ana
from tests.browser.desk_screen import Screen, console


@pytest.fixture(scope="module")
def desk_chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with open_chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def desk_server() -> Iterator[DeskServer]:
    server = DeskServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def gate(desk_chromium: webdriver.Chrome, desk_server: DeskServer) -> Iterator[Screen]:
    """The desk's address, opened by nobody in particular. No scene may break the page."""
    console(desk_chromium)
    desk_chromium.get(desk_server.address)
    screen = Screen(desk_chromium, desk_server)
    yield screen
    broken = [
        line["message"]
        for line in console(desk_chromium)
        if "Failed to load resource" not in line["message"]
        and "WebSocket connection" not in line["message"]
    ]
    screen.as_ever()
    desk_chromium.get("about:blank")
    assert not broken


@pytest.fixture
def desk(gate: Screen) -> Screen:
    """Maya is signed in and connected."""
    gate.sign_in()
    gate.connected()
    return gate


@pytest.fixture
def with_ana(desk: Screen) -> Screen:
    """Ana was offered to Maya, who has accepted her."""
    desk.server.offer(ana())
    desk.click("#offers .accept")
    desk.find("#composer-text")
    return desk
