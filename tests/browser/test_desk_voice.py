"""Maya answers a telephone call in real Chromium: her microphone is a recording. What either hears is
judged by the recogniser; the server, its sockets and its voice are real."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from bench.phone_caller import PhoneCaller, calling_by_phone
from speech.audio import Sound, level_dbfs, mulaw_decode, read_wav, resample, write_wav
from speech.catalogue import Catalogue
from speech.vosk_recogniser import VoskRecogniser
from tests.browser.chromium import FAKE_MICROPHONE, picture
from tests.browser.chromium import chromium as open_chromium
from tests.desk.switchboard import TOKEN, Switchboard, open_switchboard, until
from tests.product.test_calls import FOLDER

pytestmark = [pytest.mark.chromium, pytest.mark.speech, pytest.mark.realtime]

NUMBERS = count(5550400)
WITHIN_S = 20.0
P = ParamSpec("P")
T = TypeVar("T")

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


class Desk:
    """Maya's browser window. Its methods wait, so call them by `off`."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def sign_in(self, url: str, conversation: str) -> None:
        self.driver.get(f"{url}/desk/#{conversation}")
        self.until(lambda: self.seen("#username") or self.seen("conversation-view"), "the page")
        if self.seen("#username"):
            self.find("#username").send_keys("maya")
            self.find("#password").send_keys("juniper-demo" + Keys.ENTER)
        self.find(".connection[data-state=connected]")

    def until(self, true: Callable[[], Any], what: str) -> None:
        wait = WebDriverWait(self.driver, WITHIN_S, poll_frequency=0.05)
        wait.until(lambda _: true(), what)

    def seen(self, selector: str) -> list[WebElement]:
        found = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return [one for one in found if one.is_displayed()]

    def find(self, selector: str) -> WebElement:
        self.until(lambda: self.seen(selector), f"{selector} is in sight")
        return self.seen(selector)[0]

    def click(self, selector: str) -> None:
        self.find(selector).click()

    def alt(self, key: str) -> None:
        ActionChains(self.driver).key_down(Keys.ALT).send_keys(key).key_up(Keys.ALT).perform()

    def text(self, selector: str) -> str:
        script = "return document.querySelector(arguments[0])?.textContent ?? ''"
        return str(self.driver.execute_script(script, selector))

    def shows(self, selector: str, words: str) -> None:
        self.until(
            lambda: re.search(words, self.text(selector)),
            f"{selector} shows {words!r}, not {self.text(selector)!r}",
        )

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
        """What her headphones have played since the last time."""
        return Sound(16_000, base64.b64decode(self.driver.execute_script(PLAYED)))


async def off(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Selenium's waiting, beside the caller's sound."""
    return await asyncio.to_thread(work, *args, **kwargs)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switchboard]:
    with open_switchboard(tmp_path_factory.mktemp("switchboard")) as made:
        yield made


@pytest.fixture(scope="module")
def ears() -> VoskRecogniser:
    return VoskRecogniser(Catalogue.load().path("recogniser"))


def sound(file: str) -> Sound:
    return read_wav(FOLDER / f"{file}.wav")


def words_in(ears: VoskRecogniser, heard: Sound) -> str:
    stream = ears.stream(16_000)
    stream.feed(resample(heard, 16_000).pcm)
    return stream.finish().text


@contextmanager
def desk(folder: Path, flags: Sequence[str] = ()) -> Iterator[Desk]:
    with open_chromium(folder / "profile", flags=flags) as driver:
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": TAP})
        yield Desk(driver)


@asynccontextmanager
async def somebody_waits(board: Switchboard, maya: Desk) -> AsyncIterator[tuple[PhoneCaller, str]]:
    """A caller who has asked for a person, open at Maya's desk."""
    number = f"+1{next(NUMBERS)}"
    async with AsyncExitStack() as stack:
        caller = await stack.enter_async_context(
            calling_by_phone(board.url, auth_token=TOKEN, caller=number)
        )
        await caller.until_spoken_to(0.3)
        conversation = await board.inside(board.conversation_of(number))
        await off(maya.sign_in, board.url, conversation)
        await board.inside(board.fetch_person(conversation))
        yield caller, conversation


def arrived(caller: PhoneCaller, since: int) -> Sound:
    return Sound(8_000, mulaw_decode(b"".join(f for _, f, _ in caller.frames[since:])))


async def hears(caller: PhoneCaller, true: Callable[[Sound], bool], what: str) -> None:
    """Waits until what arrives from now on fits."""
    since = len(caller.frames)
    await until(lambda: true(arrived(caller, since)), what)


def microphone(file: Path) -> list[str]:
    """Says over and over, with pauses, what Maya says."""
    said, pause = sound("return-policy-adam-16k"), bytes(2 * 16_000 * 2)
    write_wav(file, Sound(16_000, pause + said.pcm + pause))
    return [*FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={file}"]


async def test_maya_answers_talks_and_leaves_the_line(
    board: Switchboard, ears: VoskRecogniser, tmp_path: Path
) -> None:
    with desk(tmp_path, microphone(tmp_path / "microphone.wav")) as maya:
        async with somebody_waits(board, maya) as (caller, _):
            await off(maya.shows, ".foot-bar", "waits on the line and hears music")
            await off(picture, maya.driver, "desk-call-waiting")
            began = len(caller.frames)
            await off(maya.click, "button.answer")
            await off(maya.shows, ".call-state", "You are talking with")
            await off(maya.shows, ".transcript .event.agent .words", "return")
            assert re.search("with you now.*return", words_in(ears, arrived(caller, began)))

            await off(maya.played)
            saying = asyncio.create_task(caller.say(sound("track-an-order-emma-16k")))
            await off(maya.until, lambda: maya.level("Caller") > 0.2, "the caller's level")
            await off(picture, maya.driver, "desk-call")
            await saying
            await off(maya.shows, ".transcript .event.customer .words", "track|order")
            assert re.search("track|order", words_in(ears, await off(maya.played)))

            await off(maya.alt, "m")
            await off(maya.shows, ".call-state", "You are muted")
            await hears(caller, quiet, "the caller hears nothing of a muted microphone")
            await off(maya.alt, "m")
            await off(maya.shows, ".call-mute", "^Mute$")

            await off(maya.alt, "h")
            await off(maya.shows, ".call-state", "hears music")
            await hears(caller, music, "the caller hears music")
            assert not await off(maya.seen, ".call-problem")
            await off(maya.alt, "l")  # and back again
            await off(maya.shows, ".call-state", "You are talking with")
            await caller.hang_up()
            await off(maya.until, lambda: not maya.seen("call-bar"), "nobody is on the line")
        assert not await off(maya.broken)


def quiet(heard: Sound) -> bool:
    """The last second and a half."""
    last = heard.pcm[-2 * 12_000 :]
    return len(last) == 2 * 12_000 and level_dbfs(last) < -50


def music(heard: Sound) -> bool:
    return heard.seconds >= 1.0 and level_dbfs(heard.pcm) > -45


async def test_the_line_breaks_and_comes_back(board: Switchboard, tmp_path: Path) -> None:
    with desk(tmp_path, microphone(tmp_path / "microphone.wav")) as maya:
        async with somebody_waits(board, maya) as (_, conversation):
            await off(maya.click, "button.answer")
            await off(maya.shows, ".call-state", "You are talking with")
            await board.inside(drop_headsets(board))
            await off(maya.find, "call-bar[data-call=again]")
            await off(maya.shows, ".call-state", "You are talking with")
            call = board.call_of(conversation)
            assert call
            assert call.company.colleague


async def drop_headsets(board: Switchboard) -> None:
    for socket, path in board.open_sockets():
        if path == "/desk/voice/ws":
            await socket.close(code=1011, message=b"a test drops the line")


WITHOUT = {
    "denied": (FAKE_MICROPHONE[:1], "keeps this page from your microphone"),
    "granted": ((), "No microphone was found"),
}


@pytest.mark.parametrize("permission", WITHOUT)
async def test_without_a_microphone_she_is_told_why(
    board: Switchboard, tmp_path: Path, permission: str
) -> None:
    flags, words = WITHOUT[permission]
    with desk(tmp_path, flags) as maya:
        told = {"permission": {"name": "microphone"}, "setting": permission, "origin": board.url}
        maya.driver.execute_cdp_cmd("Browser.setPermission", told)
        async with somebody_waits(board, maya) as (caller, _):
            await off(maya.click, "button.answer")
            await off(maya.shows, ".call-problem", words)
            await off(maya.shows, ".call-state", "hears music. What you write is read out")
            await off(maya.shows, ".call-answer", "Answer again")
            await off(picture, maya.driver, f"desk-call-{permission}")
            await hears(caller, music, "the caller hears music")
