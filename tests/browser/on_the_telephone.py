"""Callers of the whole product, and what they and the agents in their browsers hear."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from bench.phone_caller import PhoneCaller, calling_by_phone
from speech.audio import Sound
from speech.vosk_recogniser import VoskRecogniser
from tests.browser.windows import AgentWindow, off
from tests.desk.on_the_line import arrived, is_music
from tests.desk.switchboard import until
from tests.ears import words_in
from tests.house import House
from tests.product.on_the_phone import Scene

TOKEN = "a-test-token-of-no-account"
ACCOUNT_SID = "AC" + "0" * 32
OURS = "+15550199"
NUMBERS = count(15_550_001_700)


@dataclass
class OnTheLine:
    """A caller of the whole product, whose ears are the recogniser."""

    number: str
    phone: PhoneCaller
    scene: Scene
    ears: VoskRecogniser

    async def hears(self, words: str, within_s: float = 25.0) -> None:
        """From now on."""
        since, heard = len(self.phone.frames), ""
        for _ in range(round(within_s / 0.5)):
            await asyncio.sleep(0.5)
            heard = await asyncio.to_thread(words_in, self.ears, arrived(self.phone, since))
            if re.search(words, heard):
                return
        raise AssertionError(f"the caller hears {heard!r}, not {words}")

    async def hears_music(self) -> None:
        since = len(self.phone.frames)
        await until(lambda: is_music(arrived(self.phone, since)), "music", within_s=10)


async def heard_by(agent: AgentWindow, ears: VoskRecogniser, words: str) -> None:
    """From now on, in their headphones."""
    await off(agent.played)
    heard = b""
    for _ in range(40):
        await asyncio.sleep(0.5)
        heard += (await off(agent.played)).pcm
        found = await asyncio.to_thread(words_in, ears, Sound(16_000, heard))
        if re.search(words, found):
            return
    raise AssertionError(f"they hear {found!r}, not {words}")


@asynccontextmanager
async def call(
    shop: House, ears: VoskRecogniser, *, number: str = "", rung: bool = False
) -> AsyncIterator[OnTheLine]:
    number = number or f"+{next(NUMBERS)}"
    async with calling_by_phone(
        shop.url, auth_token=TOKEN, account_sid=ACCOUNT_SID, caller=number, called=OURS, rung=rung
    ) as phone:
        yield OnTheLine(number, phone, Scene(shop, number, phone), ears)
