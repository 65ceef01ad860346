"""How well callers who speak Chinese are heard and understood: `python -m bench.chinese [--tell]`.

Two synthetic voices say what SAID lists, as a telephone carries it, into the listener of a call
(bot/call/listener.py; Whisper hears whole utterances) and on to the real engine. None of the sentences
is an example of data/zh/nlu."""

from __future__ import annotations

import argparse
import asyncio
import re

from rapidfuzz.distance import Levenshtein

from bench.callers_voice import CHINESE, RATE_HZ, make, says
from bench.one_utterance import OneUtterance, engine_alone
from bench.table import show
from bot.call.engines import open_speech
from bot.commands.parts import model_file
from bot.dialogue.engine import Engine
from bot.settings import load_settings

SAID = {
    "store_hours": (
        *("你们店里几点开始营业？", "请问晚上几点关门？", "星期天你们上班吗？", "周六开到几点？"),
        *("我想问一下你们的营业时间。", "现在去店里还来得及吗？", "你们今天几点打烊呀？"),
    ),
    "contact_human_agent": (
        *("帮我转人工客服。", "我想找一个真人说话。", "可以让客服来接电话吗？", "转人工。"),
        *("请给我转接人工。", "我要跟你们的同事谈谈。"),
    ),
    "greet": ("你好。", "喂，你好。", "早上好。"),
    "out_of_scope": ("我想查一下我的订单。", "这个帐篷还有货吗？", "我要退这双鞋。"),
}
BEFORE_S, AFTER_S = 1.0, 1.5


def wrong(said: str, heard: str) -> tuple[int, int]:
    """Characters to be changed, of how many were said; punctuation and spaces don't count."""
    one, other = (re.sub(r"[^\w]", "", text) for text in (said, heard))
    return Levenshtein.distance(one, other), len(one)


async def measure(url: str, tell: bool) -> list[tuple[object, ...]]:
    settings = load_settings().model_copy(update={"languages": ["en", "zh"]})
    rows: list[tuple[object, ...]] = []
    async with open_speech(settings) as engines, Engine(url) as engine:
        chinese = engines.others["zh"]
        for meant, lines in SAID.items():
            errors = characters = understood = 0
            for line in lines:
                for voice in CHINESE:
                    before, after = (bytes(2 * int(RATE_HZ * s)) for s in (BEFORE_S, AFTER_S))
                    pcm = before + says(line, voice).pcm + after
                    heard = await OneUtterance(chinese).heard_as(pcm)
                    read = (await engine.understand(heard)).intent if heard else None
                    faults, length = wrong(line, heard)
                    errors, characters = errors + faults, characters + length
                    understood += read == meant
                    if tell and read != meant:
                        print(f"{line} ({voice}): {heard!r}, {read}")
            said = len(lines) * len(CHINESE)
            rows.append((meant, said, f"{100 * errors / characters:.0f} %", understood))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.chinese")
    parser.add_argument(
        "--tell", action="store_true", help="what wasn't understood as it was meant"
    )
    options = parser.parse_args()
    if not model_file(load_settings(), "zh").is_file():
        print("First: WARMLINE_LANGUAGES=en,zh make train")
        return 1
    make([(voice, line) for voice in CHINESE for lines in SAID.values() for line in lines])
    with engine_alone(load_settings(), "zh") as url:
        rows = asyncio.run(measure(url, options.tell))
    show("Chinese callers", ["meant", "said", "characters wrong", "understood"], rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
