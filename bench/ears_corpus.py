"""Makes callers for bench/ears.py: sentences nobody was trained on, and order numbers, in many voices.

Not part of the product's environment: Kokoro needs its own (tests/recordings/make.py says how to make
it). In that one:

    PYTHONPATH=. FOLDER/maker/bin/python -m bench.ears_corpus --kokoro FOLDER/package/build \
        --sentences 120 --numbers 90 --into FOLDER/callers

Writes WAV files at the voices' own rate and `callers.json`; bench/ears.py brings them to the telephone.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from pathlib import Path

import yaml

from engine.numbers_spoken import check_digit_fits
from speech import audio
from speech.spoken import cardinal
from tests.recordings.make import kokoro

HELD_OUT = Path(__file__).parent.parent / "tests" / "dialogue" / "heldout.yml"
VOICES = (
    *(
        "af_heart",
        "am_michael",
        "bf_emma",
        "af_bella",
        "am_adam",
        "bm_george",
        "af_nova",
        "am_puck",
    ),
    *(
        "af_sarah",
        "am_eric",
        "bf_isabella",
        "am_liam",
        "af_alloy",
        "bm_lewis",
        "am_fenrir",
        "bf_lily",
    ),
)
_WRITTEN = re.compile(
    r"\b(pls|plz|u|ur|thx|ffs|wanna|gonna|gimme|pkg|w/|asap|ord|xl|id|ill|im|dont|cant|wont|nvm)\b"
    r"|[#/:&@]|\d",
    re.IGNORECASE,
)
"""What is typed, not said."""
DIGIT = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LEADS = ("", "", "", "It's ", "My order number is ", "The number is ", "Um, ", "Yes, it's ")


def sentences(count: int, lexicon: set[str]) -> list[str]:
    """Held-out sentences that somebody could say: without typos and abbreviations."""
    lists = yaml.safe_load(HELD_OUT.read_text(encoding="utf-8"))
    sayable = [
        text
        for texts in lists.values()
        for text in texts
        if not _WRITTEN.search(text)
        and 3 <= len(text.split()) <= 18
        and all(word in lexicon for word in re.findall(r"[a-z']+", text.lower()))
    ]
    return random.Random(7).sample(sayable, count)


def order_number(dice: random.Random) -> str:
    while not check_digit_fits(number := str(dice.randrange(100_000, 1_000_000))):
        pass
    return number


def said(number: str, way: str, dice: random.Random) -> str:
    words = [DIGIT[int(digit)] for digit in number]
    match way:
        case "groups":
            return f"{' '.join(words[:3])}, {' '.join(words[3:])}."
        case "single":
            return ", ".join(words) + "."
        case "run":
            return " ".join(words) + "."
        case "oh":
            words = ["oh" if word == "zero" else word for word in words]
            return f"{' '.join(words[:3])}, {' '.join(words[3:])}."
        case "pairs":
            pairs = [number[at : at + 2] for at in (0, 2, 4)]
            return ", ".join(_pair(pair) for pair in pairs) + "."
        case "double":
            return _doubled(words) + "."
        case _:  # a digit said wrong and put right
            wrong = DIGIT[(int(number[-1]) + dice.randrange(1, 9)) % 10]
            return f"{' '.join(words[:3])}, {' '.join(words[3:5])} {wrong}, no, {words[5]}."


def _pair(pair: str) -> str:
    if pair[0] == "0":
        return f"oh {DIGIT[int(pair[1])]}"
    return cardinal(int(pair))


def _doubled(words: list[str]) -> str:
    told, at = [], 0
    while at < len(words):
        if words[at : at + 2] == [words[at]] * 2:
            told.append(f"double {words[at]}")
            at += 2
        else:
            told.append(words[at])
            at += 1
    return " ".join(told)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kokoro", type=Path, required=True)
    parser.add_argument("--words", type=Path, required=True, help="words.txt of the recogniser")
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--sentences", type=int, default=120)
    parser.add_argument("--numbers", type=int, default=90)
    chosen = parser.parse_args()
    lexicon = {line.split()[0] for line in chosen.words.read_text(encoding="utf-8").splitlines()}
    chosen.into.mkdir(parents=True, exist_ok=True)
    speak = kokoro(chosen.kokoro)
    dice = random.Random(11)
    listed: list[dict[str, str]] = []

    def record(name: str, text: str, **about: str) -> None:
        voice = VOICES[len(listed) % len(VOICES)]
        audio.write_wav(chosen.into / name, speak(voice, text))
        listed.append({"file": name, "voice": voice, "text": text, **about})
        (chosen.into / "callers.json").write_text(json.dumps(listed, indent=1))

    ways = ("groups", "single", "run", "oh", "pairs", "double", "groups", "single", "correction")
    for index in range(max(chosen.numbers, chosen.sentences)):
        if index < chosen.numbers:
            way = ways[index % len(ways)]
            number = order_number(dice)
            while way == "double" and not re.search(r"(\d)\1", number):
                number = order_number(dice)
            text = (dice.choice(LEADS) + said(number, way, dice)).capitalize()
            record(f"number-{index:03}.wav", text, kind="number", digits=number, way=way)
    for index, text in enumerate(sentences(chosen.sentences, lexicon)):
        record(f"sentence-{index:03}.wav", text, kind="sentence")


if __name__ == "__main__":
    main()
