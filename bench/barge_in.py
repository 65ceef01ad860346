"""Barge-in on a telephone's wire: `python -m bench.barge_in`.

Callers speak over greetings and answers, over Twilio's protocol in real time. What really played is
recognised again and compared with what the log says was heard; the time is taken from the caller's
first voiced 10 ms (a key: from when it was pressed, which is also when it is decided) to the `clear` on
the wire and to the last frame that played. "Mhm", "okay" and a cough must not interrupt."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.callers_voice import JOE, says
from bench.house import own_house
from bench.phone_caller import PhoneCaller, calling_by_phone
from bench.played import played_of, words_off
from bench.playhead import voiced
from bench.table import percentile, show
from bot.channels.phone.coding import RATE_HZ
from speech.audio import Sound, from_float, mulaw_decode, mulaw_encode, resample
from speech.catalogue import Catalogue
from speech.moonshine_recogniser import MoonshineTranscriber
from speech.recogniser import Word
from speech.spoken import speakable
from speech.vosk_recogniser import VoskRecogniser
from tests.house import House
from tests.product.call_log import call_log

TOKEN = "bench-token-of-no-account"
WAIT_S = 20.0
AFTERWARDS_S = 3.0
"""So long after it has been spoken over a message is looked at."""

AROUND_S = 0.5
"""Of silence before and after what is recognised again."""
EDGE_S = 0.05
"""A word that ends so near to the end of the sound may not have ended there."""


@dataclass(frozen=True)
class Attempt:
    """Something said over us."""

    over: str
    """The question whose answer is spoken over; empty: the greeting."""
    after_s: float
    """Of our sound that has played by then."""
    says: str
    """`#` and a key; "cough"; else words."""
    interrupts: bool = True
    voice: str = JOE


SHIPPING, RETURNS = "How long does shipping take?", "What is your return policy?"
ATTEMPTS = (
    Attempt("", 0.6, "Stop."),
    Attempt("", 1.4, "Agent."),
    Attempt("", 2.3, "Where is my order?"),
    Attempt("", 3.1, "Stop."),
    Attempt("", 3.8, "Wait, I have a question."),
    Attempt("", 4.6, "Agent."),
    Attempt("", 5.2, "#1"),
    Attempt("", 2.7, "#3"),
    Attempt("", 1.9, "Do you have a tent in stock?"),
    Attempt(SHIPPING, 0.5, "Stop."),
    Attempt(SHIPPING, 1.2, "Agent."),
    Attempt(SHIPPING, 2.2, "Where is my order?"),
    Attempt(SHIPPING, 3.3, "#0"),
    Attempt(SHIPPING, 4.1, "No, wait."),
    Attempt(RETURNS, 0.9, "Where is my order?"),
    Attempt(RETURNS, 1.7, "Stop."),
    Attempt(RETURNS, 2.6, "#1"),
    Attempt(RETURNS, 3.7, "Agent."),
    Attempt(RETURNS, 4.4, "And how long does the refund take?"),
    Attempt(RETURNS, 5.1, "Stop."),
    Attempt("", 1.5, "Okay.", interrupts=False),
    Attempt("", 2.4, "Mm hmm.", interrupts=False, voice="heart"),
    Attempt("", 3.0, "cough", interrupts=False),
    Attempt(RETURNS, 1.5, "Okay.", interrupts=False),
    Attempt(RETURNS, 2.4, "Mm hmm.", interrupts=False, voice="emma"),
    Attempt(RETURNS, 3.0, "cough", interrupts=False),
)


@dataclass
class Outcome:
    attempt: Attempt
    clear_s: float | None
    """From the caller's first voiced 10 ms to the clear on the wire; None: there was none."""
    silent_s: float
    """… to the last voiced 10 ms of the message that played."""
    text: Sequence[str]
    """The whole message as spoken, word by word."""
    claimed: str
    """What the log says was heard."""
    interrupted: bool
    played: bytes
    """Mu-law of the message that played."""


def cough(seed: int = 3) -> Sound:
    """Two bursts of noise, a quarter and a fifth of a second, that die away."""
    random = np.random.default_rng(seed)
    parts = []
    for seconds, pause in ((0.25, 0.15), (0.2, 0.1)):
        count = int(RATE_HZ * seconds)
        burst = np.convolve(random.normal(0, 1, count), np.ones(4) / 4, "same")
        fade = np.minimum(1, np.arange(count) / 80) * np.exp(-np.arange(count) / count * 4)
        parts += [0.5 * burst * fade / np.abs(burst).max(), np.zeros(int(RATE_HZ * pause))]
    return Sound(RATE_HZ, from_float(np.concatenate(parts)).tobytes())


def sound_of(attempt: Attempt) -> Sound:
    return cough() if attempt.says == "cough" else says(attempt.says, attempt.voice)


async def attempt_it(house: House, attempt: Attempt, number: str) -> Outcome:
    async with calling_by_phone(house.url, auth_token=TOKEN, caller=number) as caller:
        asked = 0
        if attempt.over:
            await caller.listen(quiet_s=0.4)
            asked = _last(house, number)
            await caller.say(says(attempt.over))
        seq = await _begun(house, number, caller, asked)
        await _until_played(caller, seq, attempt.after_s)
        clears = len(caller.clears)
        if attempt.says.startswith("#"):
            began = time.monotonic()
            await caller.press(attempt.says[1:])
        else:
            sound = sound_of(attempt)
            ended = await caller.say(sound)
            mulaw = mulaw_encode(resample(sound, RATE_HZ).pcm)
            first, last = voiced(mulaw) or (0, len(mulaw))
            began = ended - (last - first) / RATE_HZ
        event = await _over(house, number, seq)
        later = [at for at in caller.clears[clears:] if at >= began]
        await asyncio.sleep(0.2)
        text = _message(house, number, seq)
        return Outcome(
            attempt,
            later[0] - began if later else None,
            _last_sound(caller, seq) - began,
            speakable(text, language="en").split(),
            event["data"]["heard"],
            event["data"]["interrupted"],
            played_of(caller, seq),
        )


def _last(house: House, number: str) -> int:
    return max(int(event["seq"]) for event in call_log(house, number).events)


async def _begun(house: House, number: str, caller: PhoneCaller, after: int) -> int:
    """The message that has begun to sound, fillers apart."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        await asyncio.sleep(0.05)
        try:
            events = call_log(house, number).events
        except ValueError:  # the leg isn't there yet
            continue
        for event in events:
            ours = event["speaker"] == "assistant" and event["kind"] == "message"
            if (
                ours
                and event["seq"] > after
                and not event["data"].get("filler")
                and caller.first_sound_of(event["seq"])
            ):
                return int(event["seq"])
    raise AssertionError("no answer")


async def _until_played(caller: PhoneCaller, seq: int, seconds: float) -> None:
    """Until so much of the message has played."""
    while not caller.ended.is_set():
        begins = _begins(caller, seq)
        if begins is not None and time.monotonic() >= begins + seconds:
            return
        await asyncio.sleep(0.01)


def _frames(caller: PhoneCaller, seq: int) -> Iterator[tuple[float, bytes]]:
    before = 0
    for frames, name in caller.marks:
        if name.split(":")[1] == str(seq):
            yield from caller.playhead.segments[before:frames]
        before = frames


def _begins(caller: PhoneCaller, seq: int) -> float | None:
    return next((begins for begins, _ in _frames(caller, seq)), None)


def _last_sound(caller: PhoneCaller, seq: int) -> float:
    ends = 0.0
    for begins, mulaw in _frames(caller, seq):
        if mulaw and (loud := voiced(mulaw)):
            ends = max(ends, begins + loud[1] / RATE_HZ)
    return ends


async def _over(house: House, number: str, seq: int) -> dict[str, Any]:
    """The event that says how much was heard."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        await asyncio.sleep(0.1)
        for event in call_log(house, number).events:
            if event["kind"] == "speech_ended" and event["data"]["of"] == seq:
                return event
    raise AssertionError(f"message {seq} was never said to its end")


def _message(house: House, number: str, seq: int) -> str:
    [event] = [event for event in call_log(house, number).events if event["seq"] == seq]
    return str(event["data"].get("spoken") or event["text"])


class Judge:
    """Recognises again what played. Vosk, unbound, as it comes: it knows nothing of the message."""

    def __init__(self) -> None:
        catalogue = Catalogue.load()
        self._vosk = VoskRecogniser(catalogue.path("general_language", "en"))
        self._moonshine = MoonshineTranscriber(catalogue.path("second_pass", "en"))

    def vosk(self, mulaw: bytes) -> str:
        """All it can make out, words of which only half was to be heard among them."""
        return " ".join(word.text for word in self._words(mulaw))

    def whole(self, mulaw: bytes) -> str:
        """The same without a last word that the end of the sound cuts off."""
        words = self._words(mulaw)
        cut_s = AROUND_S + len(mulaw) / RATE_HZ - EDGE_S
        return " ".join(word.text for word in words if word.end_s < cut_s)

    def _words(self, mulaw: bytes) -> Sequence[Word]:
        stream = self._vosk.stream(RATE_HZ)
        around = bytes(2 * int(RATE_HZ * AROUND_S))
        stream.feed(around + mulaw_decode(mulaw) + around)
        return stream.finish().words

    def moonshine(self, mulaw: bytes) -> str:
        return self._moonshine.transcribe(mulaw_decode(mulaw) + bytes(RATE_HZ // 2), RATE_HZ).text


async def measure(attempts: Sequence[Attempt]) -> list[Outcome]:
    outcomes = []
    for attempt in attempts:  # made before anything is measured
        if not attempt.says.startswith("#"):
            sound_of(attempt)
        if attempt.over:
            says(attempt.over)
    with own_house(twilio_auth_token=TOKEN, max_calls="20") as house:
        for index, attempt in enumerate(attempts):
            try:
                outcomes.append(await attempt_it(house, attempt, f"+15558{index:05}"))
            except AssertionError as error:
                print(f"{attempt}: {error}", flush=True)
                continue
            found = outcomes[-1]
            clear = "none" if found.clear_s is None else f"{1000 * found.clear_s:.0f} ms"
            print(f"{attempt.says!r} at {attempt.after_s} s: clear {clear}", flush=True)
    return outcomes


def report(outcomes: Sequence[Outcome]) -> None:
    judge = Judge()
    rows: list[tuple[str, ...]] = []
    off: dict[str, list[int]] = {"vosk": [], "whole words": [], "moonshine": []}
    for found in outcomes:
        heard = {
            "vosk": judge.vosk(found.played),
            "whole words": judge.whole(found.played),
            "moonshine": judge.moonshine(found.played),
        }
        for name, words in heard.items():
            off[name].append(words_off(found.text, found.claimed, words))
        rows.append(
            (
                f"{'answer' if found.attempt.over else 'greeting'} {found.attempt.after_s} s: "
                f"{found.attempt.says}",
                "-" if found.clear_s is None else f"{1000 * found.clear_s:.0f}",
                f"{1000 * found.silent_s:.0f}",
                "cut" if found.interrupted else "whole",
                str(len(found.claimed.split())),
                f"{off['vosk'][-1]:+d}",
                f"{off['whole words'][-1]:+d}",
                f"{off['moonshine'][-1]:+d}",
            )
        )
        print(f"{rows[-1]}\n  log:       {found.claimed}\n  vosk:      {heard['vosk']}\n"
              f"  moonshine: {heard['moonshine']}", flush=True)  # fmt: skip
    show(
        "Spoken over on the wire",
        ("what", "clear ms", "silent ms", "was", "in log", "Vosk", "whole", "Moonshine"),
        rows,
    )
    meant = [found for found in outcomes if found.attempt.interrupts]
    for title, keys in (("speech", False), ("keys", True)):
        of = [f for f in meant if f.attempt.says.startswith("#") is keys and f.clear_s is not None]
        clears = [1000 * f.clear_s for f in of if f.clear_s is not None]
        silent = [1000 * f.silent_s for f in of]
        print(
            f"{title}: {len(of)}, to the clear p50 {percentile(clears, 50):.0f} "
            f"p95 {percentile(clears, 95):.0f} ms; to the last sound p50 "
            f"{percentile(silent, 50):.0f} p95 {percentile(silent, 95):.0f} ms"
        )
    after = [1000 * (f.silent_s - f.clear_s) for f in meant if f.clear_s is not None]
    if after:
        print(f"last sound after the clear, most: {max(after):.0f} ms")
    cut = sum(found.interrupted for found in meant)
    print(f"interrupted {cut} of {len(meant)}")
    for name, values in off.items():
        of_cut = [v for v, f in zip(values, outcomes, strict=True) if f.interrupted]
        print(
            f"log against {name}: within one word {sum(abs(v) <= 1 for v in of_cut)} of "
            f"{len(of_cut)}, exact {sum(v == 0 for v in of_cut)}, mean {np.mean(of_cut or [0]):+.2f}"
        )
    others = [found for found in outcomes if not found.attempt.interrupts]
    kept = sum(not f.interrupted and f.clear_s is None for f in others)
    print(f"not interrupted by mhm, okay, a cough: {kept} of {len(others)}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.barge_in")
    parser.add_argument("--most", type=int, default=len(ATTEMPTS), help="of the attempts")
    options = parser.parse_args(arguments)
    report(asyncio.run(measure(ATTEMPTS[: options.most])))


if __name__ == "__main__":
    main()
