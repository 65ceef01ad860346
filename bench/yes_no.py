"""Whether a spoken yes is taken for one, and a no for a no: `python -m bench.yes_no [--noise 10]`.

Eight synthetic voices answer "Shall I cancel it?" in the words of ANSWERS, each as a call hears it
(bot/call/listener.py) and as the assistant understands it (the real engine and
actions/cases/yes_or_no.py). What is neither is asked again. `--noise`: dB that the room is below the
voice, in several rooms; `--tell` prints what wasn't taken as it was meant."""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter

from actions.cases.yes_or_no import yes_or_no
from bench.callers_voice import RATE_HZ, VOICES, Room, make, says
from bench.one_utterance import OneUtterance, engine_alone
from bench.table import show
from bot.call.engines import open_speech
from bot.dialogue.engine import Engine
from bot.settings import load_settings

ANSWERS = {
    True: (
        *("Yes.", "Yes, please.", "Yeah.", "Yep.", "Sure.", "Okay.", "That's right.", "Please do."),
        *("Yes, go ahead.", "Yes, do that.", "Yes, cancel it.", "Go ahead, please."),
        "Okay, then yes, cancel it.",
    ),
    False: (
        *("No.", "No, thanks.", "No, thank you.", "Nope.", "No, leave it.", "No, don't.", "Don't."),
        *("No, I'll keep it.", "No, wait.", "I'd rather not.", "Leave it.", "Please don't."),
        "Actually no, leave it as it is.",
    ),
}
TAKEN = {True: "yes", False: "no", None: "asked again"}
ROOMS = 4
BEFORE_S, AFTER_S = 1.5, 1.5


def spoken(line: str, voice: str, noise_db: float | None, seed: int) -> bytes:
    sound = says(line, voice)
    before, after = (bytes(2 * int(RATE_HZ * seconds)) for seconds in (BEFORE_S, AFTER_S))
    pcm = before + sound.pcm + after
    return Room(sound, noise_db, seed).around(pcm).pcm if noise_db is not None else pcm


async def measure(url: str, noise_db: float | None, tell: bool) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    others: list[str] = []
    async with open_speech(load_settings()) as engines, Engine(url) as engine:
        for meant, lines in ANSWERS.items():
            for line in lines:
                taken: Counter[bool | None] = Counter()
                for voice in VOICES:
                    for seed in range(1 if noise_db is None else ROOMS):
                        text = await OneUtterance(engines, "yes_no").heard_as(
                            spoken(line, voice, noise_db, seed)
                        )
                        read = (await engine.understand(text)).intent if text else ""
                        says_so = yes_or_no(text, read, heard=True) if text else None
                        taken[says_so] += 1
                        if tell and says_so is not meant:
                            others.append(f"{line} ({voice}): {text!r}, {read}: {TAKEN[says_so]}")
                rows.append((line, *(taken[one] for one in (meant, None, not meant))))
    print(*others, sep="\n")
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.yes_no")
    parser.add_argument("--noise", type=float, help="dB of the voice above the room")
    parser.add_argument("--tell", action="store_true", help="what wasn't taken as it was meant")
    options = parser.parse_args()
    make([(voice, line) for voice in VOICES for lines in ANSWERS.values() for line in lines])
    with engine_alone(load_settings()) as url:
        rows = asyncio.run(measure(url, options.noise, options.tell))
    room = f"{options.noise:.0f} dB" if options.noise is not None else "in quiet"
    sums = [sum(int(str(row[column])) for row in rows) for column in (1, 2, 3)]
    show(
        f"A spoken yes or no, {room}",
        ["said", "as meant", "asked again", "the contrary"],
        [*rows, ("all", *sums)],
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
