"""Maya answers a telephone call in real Chromium: her microphone is a recording. What either hears is
judged by the recogniser; the server, its sockets and its voice are real."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from bench.phone_caller import PhoneCaller, calling_by_phone
from speech.audio import Sound, level_dbfs
from speech.vosk_recogniser import VoskRecogniser
from tests.browser.chromium import FAKE_MICROPHONE, picture
from tests.browser.windows import AgentWindow, agent_window, microphone, off
from tests.desk.on_the_line import arrived, is_music, sound
from tests.desk.switchboard import TOKEN, Switchboard, open_switchboard, until
from tests.ears import words_in
from tests.product.test_calls import FOLDER

pytestmark = [pytest.mark.chromium, pytest.mark.speech, pytest.mark.realtime]

NUMBERS = count(5550400)


@asynccontextmanager
async def somebody_waits(
    board: Switchboard, maya: AgentWindow
) -> AsyncIterator[tuple[PhoneCaller, str]]:
    """A caller who has asked for a person, open at Maya's desk."""
    number = f"+1{next(NUMBERS)}"
    async with AsyncExitStack() as stack:
        caller = await stack.enter_async_context(
            calling_by_phone(board.url, auth_token=TOKEN, caller=number)
        )
        await caller.until_spoken_to(0.3)
        conversation = await board.inside(board.conversation_of(number))
        await off(maya.signs_in, board.url, "maya", conversation)
        await board.inside(board.fetch_person(conversation))
        yield caller, conversation


async def hears(caller: PhoneCaller, true: Callable[[Sound], bool], what: str) -> None:
    """Waits until what arrives from now on fits."""
    since = len(caller.frames)
    await until(lambda: true(arrived(caller, since)), what)


def spoken(folder: Path) -> list[str]:
    """What Maya says, over and over."""
    return microphone(folder / "microphone.wav", FOLDER / "return-policy-adam-16k.wav")


async def test_maya_answers_talks_and_leaves_the_line(
    board: Switchboard, ears: VoskRecogniser, tmp_path: Path
) -> None:
    with agent_window(tmp_path, spoken(tmp_path)) as maya:
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
            await off(maya.until, lambda: maya.level("Them") > 0.2, "the caller's level")
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
            await hears(caller, is_music, "the caller hears music")
            assert not await off(maya.find_all, ".call-problem")
            await off(maya.alt, "l")  # and back again
            await off(maya.shows, ".call-state", "You are talking with")
            await caller.hang_up()
            await off(maya.until, lambda: not maya.find_all("call-bar"), "nobody is on the line")
        assert not await off(maya.broken)


def quiet(heard: Sound) -> bool:
    """The last second and a half."""
    last = heard.pcm[-2 * 12_000 :]
    return len(last) == 2 * 12_000 and level_dbfs(last) < -50


async def test_the_line_breaks_and_comes_back(board: Switchboard, tmp_path: Path) -> None:
    with agent_window(tmp_path, spoken(tmp_path)) as maya:
        async with somebody_waits(board, maya) as (_, conversation):
            await off(maya.click, "button.answer")
            await off(maya.shows, ".call-state", "You are talking with")
            await board.inside(drop_headsets(board))
            await off(maya.find, "call-bar[data-call=again]")
            await off(maya.shows, ".call-state", "You are talking with")
            call = board.call_of(conversation)
            assert call
            assert call.company.headsets.holders


async def drop_headsets(board: Switchboard) -> None:
    for socket, path in board.open_sockets():
        if path == "/desk/voice/ws":
            await socket.close(code=1011, message=b"a test drops the line")


PLAYER = "document.querySelector('call-recordings audio')"


async def test_a_call_can_be_heard_again_once_it_is_over(tmp_path: Path) -> None:
    with (
        open_switchboard(tmp_path, record_calls="true") as board,
        agent_window(tmp_path, spoken(tmp_path)) as maya,
    ):
        number = f"+1{next(NUMBERS)}"
        async with calling_by_phone(board.url, auth_token=TOKEN, caller=number):
            await until(lambda: board.recordings.live, "the notice is over, the tape runs")
            conversation = await board.inside(board.conversation_of(number))
            await off(maya.signs_in, board.url, "maya", conversation)
            await board.inside(board.fetch_person(conversation))
            await off(maya.shows, "context-panel h2", re.escape(number))
            await off(maya.shows, "call-recordings", "being recorded")
            await off(maya.click, "button.answer")
            await off(maya.shows, ".call-state", "You are talking with")
            await asyncio.sleep(2.0)
        await off(maya.shows, "call-recordings", r"Call of .*, 0:\d\d")
        await off(maya.driver.execute_script, f"return {PLAYER}.play()")
        runs = f"return {PLAYER}.currentTime > 0 && {PLAYER}.duration > 3"
        await off(maya.until, lambda: maya.driver.execute_script(runs), "the recording plays")
        await off(picture, maya.driver, "desk-recording")
        # What the panel shows anew doesn't stop it.
        await off(maya.click, ".end-contact")
        await off(maya.find, "wrap-up-form")
        assert not await off(maya.driver.execute_script, f"return {PLAYER}.paused")
        assert not await off(maya.broken)


WITHOUT = {
    "denied": (FAKE_MICROPHONE[:1], "keeps this page from your microphone"),
    "granted": ((), "No microphone was found"),
}


@pytest.mark.parametrize("permission", WITHOUT)
async def test_without_a_microphone_she_is_told_why(
    board: Switchboard, tmp_path: Path, permission: str
) -> None:
    flags, words = WITHOUT[permission]
    with agent_window(tmp_path, flags) as maya:
        told = {"permission": {"name": "microphone"}, "setting": permission, "origin": board.url}
        maya.driver.execute_cdp_cmd("Browser.setPermission", told)
        async with somebody_waits(board, maya) as (caller, _):
            await off(maya.click, "button.answer")
            await off(maya.shows, ".call-problem", words)
            await off(maya.shows, ".call-state", "hears music. What you write is read out")
            await off(maya.shows, ".call-answer", "Answer again")
            await off(picture, maya.driver, f"desk-call-{permission}")
            await hears(caller, is_music, "the caller hears music")
