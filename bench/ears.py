"""How well callers are heard, engine by engine: `python -m bench.ears`.

Words: human prompts (Debian's asterisk-core-sounds-en-wav and asterisk-core-sounds-en) and customers'
sentences nobody was trained on, at telephone quality. Numbers: spoken order numbers, with and without
the grammar, and as a call hears them (bot/call/hearing.py). Sets that aren't there are left out and
said so; bench/ears_corpus.py makes `--callers`.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rapidfuzz.distance import Levenshtein

from bench import ears_sets
from bench.ears_corpus import order_number
from bench.ears_sets import Spoken
from bench.table import show
from bot.call.answers import expected_number
from bot.call.choosing import Heard, choose, heard_twice
from bot.call.hearing import Asked, Ears, Recognisers
from speech.audio import Sound
from speech.catalogue import Catalogue, ModelMissing
from speech.compounds import read_names
from speech.grammars import ORDER_NUMBER
from speech.language_model.text import spoken_words
from speech.moonshine_recogniser import MoonshineTranscriber
from speech.recogniser import Recogniser, Transcriber, Transcript
from speech.vosk_recogniser import VoskRecogniser

FRAME_BYTES = 2 * ears_sets.RATE_HZ // 10
SILENCE = Transcript("", 0.0, (), ())
ALIKE = {"ok": "okay", "mr": "mister"}
"""Spellings of one word."""

Hear = Callable[[Sound], Transcript]


@dataclass(frozen=True)
class Engine:
    name: str
    hear: Hear


def streamed(recogniser: Recogniser, grammar: Sequence[str] | None = None) -> Hear:
    def hear(sound: Sound) -> Transcript:
        stream = recogniser.stream(sound.rate_hz, grammar)
        for at in range(0, len(sound.pcm), FRAME_BYTES):
            stream.feed(sound.pcm[at : at + FRAME_BYTES])
        return stream.finish()

    return hear


def words(text: str) -> list[str]:
    return [ALIKE.get(word, word) for word in spoken_words(text)]


def error_rate(spoken: Sequence[Spoken], texts: Sequence[str]) -> float:
    """Percent of the words."""
    wanted = [words(one.text) for one in spoken]
    errors = sum(
        Levenshtein.distance(want, words(text)) for want, text in zip(wanted, texts, strict=True)
    )
    return 100 * errors / sum(map(len, wanted))


def open_speech(
    engines: Sequence[Engine], sets: dict[str, Sequence[Spoken]], names: Set[str]
) -> None:
    rows: dict[str, list[object]] = {engine.name: [engine.name] for engine in engines}
    passes: dict[str, list[list[Transcript]]] = {}
    seconds = sum(one.sound.seconds for spoken in sets.values() for one in spoken)
    for engine in engines:
        began = time.process_time()
        passes[engine.name] = [
            [engine.hear(one.sound) for one in spoken] for spoken in sets.values()
        ]
        cpu = (time.process_time() - began) / seconds
        for spoken, heard in zip(sets.values(), passes[engine.name], strict=True):
            rows[engine.name].append(f"{error_rate(spoken, [one.text for one in heard]):.1f}")
        rows[engine.name].append(f"{cpu:.3f}")
    if (last := engines[-1]).name.startswith("Moonshine"):
        for first in engines[:-1]:
            name = f"{first.name}, then {last.name}"
            rows[name] = [name]
            for index, spoken in enumerate(sets.values()):
                texts = [
                    heard_twice(choose("free", free, SILENCE), free, SILENCE, second, names).text
                    for free, second in zip(
                        passes[first.name][index], passes[last.name][index], strict=True
                    )
                ]
                rows[name].append(f"{error_rate(spoken, texts):.1f}")
            rows[name].append("")
    counts = ", ".join(f"{name}: {len(spoken)}" for name, spoken in sets.items())
    show(f"Open speech: words wrong, % ({counts})", ["engine", *sets, "CPU"], list(rows.values()))


def numbers(first: Recogniser, digits: Recogniser | None, spoken: Sequence[Spoken]) -> None:
    ways = sorted({one.way for one in spoken})
    rows = []
    for name, hear in {
        "without grammar": streamed(first),
        "with grammar": streamed(first, ORDER_NUMBER),
    }.items():
        right = {
            one: expected_number("order_number", hear(one.sound).text) == one.digits
            for one in spoken
        }
        rows.append([name, *(_share(right, way) for way in ways), _share(right)])
    heard = {one: _as_a_call(Recognisers(first, numbers=digits), one) for one in spoken}
    right = {one: heard[one].number == one.digits for one in spoken}
    rows.append(["as a call hears them", *(_share(right, way) for way in ways), _share(right)])
    believed = {one: heard[one].sure for one in spoken}
    rows.append(
        ["  … without reading back", *(_share(believed, w) for w in ways), _share(believed)]
    )
    wrong = {one: heard[one].sure and not right[one] for one in spoken}
    rows.append(["  … of these wrong", *(_share(wrong, way) for way in ways), _share(wrong)])
    show("Order numbers: of all", ["", *ways, "all"], rows)


def _as_a_call(recognisers: Recognisers, one: Spoken) -> Heard:
    ears = Ears(recognisers, one.sound.rate_hz, Asked("order_number"))
    for at in range(0, len(one.sound.pcm), FRAME_BYTES):
        ears.feed(one.sound.pcm[at : at + FRAME_BYTES])
    return ears.finish()


def _share(results: dict[Spoken, bool], way: str = "") -> str:
    chosen = [yes for one, yes in results.items() if way in ("", one.way)]
    return f"{sum(chosen)}/{len(chosen)}"


def finishing(first: Recogniser, second: Transcriber, spoken: Sequence[Spoken]) -> None:
    """How long a caller waits for the text, with and without a pass at the likely end."""
    rows = []
    for name, early in (("at the end", False), ("begun at the likely end", True)):
        waits = []
        for one in spoken:
            ears = Ears(Recognisers(first, second), one.sound.rate_hz, Asked("free"))
            ears.feed(one.sound.pcm[: -4 * FRAME_BYTES])
            if early:
                ears.likely_end()
            ears.feed(one.sound.pcm[-4 * FRAME_BYTES :])
            began = time.perf_counter()
            ears.finish()
            waits.append(1000 * (time.perf_counter() - began))
        rows.append([f"second pass {name}", median(waits), max(waits)])
    show("Final text after the last sound, ms", ["", "median", "most"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--prompts", type=Path, default=ears_sets.PROMPTS)
    parser.add_argument("--words", type=Path, default=ears_sets.WORDS)
    parser.add_argument("--callers", type=Path, help="made by bench/ears_corpus.py")
    parser.add_argument("--count", type=int, default=200, help="prompts (default 200)")
    parser.add_argument("--snr", type=float, default=25.0, help="callers' noise, dB (default 25)")
    chosen = parser.parse_args(arguments)

    catalogue = Catalogue.load()
    first = VoskRecogniser(catalogue.recogniser("en"))
    general = VoskRecogniser(catalogue.path("general_language", "en"))
    engines = [Engine("Vosk, zamia-en", streamed(general))]
    if catalogue.adapted("en").is_dir():
        engines.append(Engine("Vosk, adapted", streamed(first)))
    second: Transcriber | None = None
    try:
        second = MoonshineTranscriber(catalogue.path("second_pass", "en"))
        rate = ears_sets.RATE_HZ
        engines.append(Engine("Moonshine tiny", lambda s: second.transcribe(s.pcm, rate)))
    except ModelMissing as missing:
        print(f"Left out: {missing}")

    sets: dict[str, Sequence[Spoken]] = {}
    spelled = ears_sets.recorded_numbers()
    if chosen.words.is_file():
        sets["prompts"] = ears_sets.prompts(chosen.prompts, chosen.words, chosen.count)
        dice = random.Random(5)
        known = [order_number(dice) for _ in range(60)]
        spelled += ears_sets.human_numbers(chosen.prompts, known)
    else:
        print(f"Left out: the prompts; {chosen.words} is not there.")
    if chosen.callers:
        sets["customers"], said = ears_sets.callers(chosen.callers, chosen.snr)
        spelled += said
    if sets:
        open_speech(engines, sets, read_names(catalogue.adapted("en")))
    numbers(first, general, spelled)
    if second and sets:
        finishing(first, second, [*sets.values()][-1][:40])


if __name__ == "__main__":
    main()
