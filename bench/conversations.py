"""Sixty telephone conversations with callers who react: `python -m bench.conversations`.

Over Twilio's protocol, in real time, several at once, in quiet or with noise (`--noise 10`: dB under
the speech, all through the call). Judged by the shop's database and the conversation's log
(bench/conversation_judge.py). The table says where a conversation was lost; every word of every call,
said and heard, goes to var/bench/conversations.json. `--tell` prints the lost ones."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime

from bench.callers_voice import FOLDER, Room, make, says
from bench.conversation_judge import Shop, changed_by_nobody, is_reached, said, what_was_wrong
from bench.conversation_report import Exchange, Told, cause, report
from bench.conversation_script import MHM, Caller, Script, Situation, read
from bench.house import own_house
from bench.phone_caller import PhoneCaller, calling_by_phone
from tests.house import House
from tests.product.call_log import CallLog, call_log

TOKEN = "bench-token-of-no-account"
TURNS = 12
AT_ONCE = 4
FILE = FOLDER.parent / "conversations.json"

LOOK_S = 0.25
ANSWERS_AFTER_S = 0.4
"""Of silence: people leave a little more than nothing between another's words and their own."""
NOTHING_COMES_S = 8.0
"""Of silence until the caller speaks again; the assistant must have said something by then."""
GIVES_UP_AFTER_S = 25.0
ROOM_S = 0.2
"""Noise is sent in pieces of this length: so much later at most do words begin."""


class Phone:
    """One call, with the room around the caller."""

    def __init__(
        self, caller: PhoneCaller, house: House, number: str, voice: str, room: Room | None
    ):
        self.caller = caller
        self._house, self._number, self._voice, self._room = house, number, voice, room
        self._mouth = asyncio.Lock()

    async def murmur(self) -> None:
        """The room, for as long as nothing else is said."""
        while self._room and not self.caller.ended.is_set():
            async with self._mouth:
                await self.caller.say(self._room.around(bytes(2 * int(8_000 * ROOM_S))))

    async def say(self, line: str) -> None:
        """Says it, or presses it behind a "#"."""
        words, _, keys = line.partition("#")
        if words.strip():
            sound = await asyncio.to_thread(says, words.strip(), self._voice)
            async with self._mouth:
                await self.caller.say(self._room.around(sound.pcm) if self._room else sound)
        if keys:
            await self.caller.press(keys)

    def log(self) -> CallLog:
        return call_log(self._house, self._number)

    def expects(self, log: CallLog) -> str:
        path = self._house.settings.database_url.removeprefix("sqlite:///")
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            query = "SELECT expects FROM conversations WHERE id = ?"
            return str(database.execute(query, (log.conversation,)).fetchone()[0])

    async def hear_out(self, after: int) -> None:
        """Until what was said after event `after` has been answered and heard to its end."""
        began = time.monotonic()
        while not self.caller.ended.is_set():
            await asyncio.sleep(LOOK_S)
            now, log = time.monotonic(), self.log()
            silent_s = now - max(self.caller.playhead.ends_at, began)
            heard = [e["seq"] for e in log.events if e["speaker"] == "customer"]
            news = [m["seq"] for m in said(log) if m["seq"] > after]
            ended = {e["data"]["of"] for e in log.events if e["kind"] == "speech_ended"}
            if news and news[-1] > max([0, *heard]) and ended.issuperset(news):
                if silent_s >= ANSWERS_AFTER_S:
                    return
            elif silent_s >= NOTHING_COMES_S or now > began + GIVES_UP_AFTER_S:
                return

    async def until_spoken_to(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.caller.until_spoken_to(seconds), GIVES_UP_AFTER_S)


@asynccontextmanager
async def phoning(
    house: House, script: Script, number: str, noise_db: float | None, seed: int
) -> AsyncIterator[Phone]:
    sample = says(next(line for line in (*script.says, MHM) if line[0] != "#"), script.voice)
    room = None if noise_db is None else Room(sample, noise_db, seed)
    async with calling_by_phone(house.url, auth_token=TOKEN, caller=number) as caller:
        phone = Phone(caller, house, number, script.voice, room)
        murmuring = asyncio.create_task(phone.murmur())
        try:
            yield phone
        finally:
            murmuring.cancel()
            await asyncio.gather(murmuring, return_exceptions=True)


async def converse(phone: Phone, script: Script, shop: Shop) -> Told:
    """Until the goal is reached, nothing more can come, or after TURNS of the caller's."""
    began, person = time.monotonic(), Caller(script)
    before = shop.order(script.order.number) if script.order else None
    told = Told(script.name, script.voice, number=script.order.number if script.order else "")
    seen = 0
    for turn in range(TURNS + 1):
        await _listen(phone, script, turn, seen)
        log = phone.log()
        told.wrong = what_was_wrong(script, shop, log, before)
        now = _situation(phone, log, seen)
        if turn:
            told.exchanges[-1] = _noted(told.exchanges[-1], log, seen, now)
        told.reached = is_reached(script, shop, log, before) and not told.wrong
        offered = any(message["data"].get("need") for message in said(log))
        if told.reached or told.wrong or offered or phone.caller.ended.is_set() or turn == TURNS:
            break
        line = person.next(now, turn + 1)
        seen = log.events[-1]["seq"] if log.events else 0
        told.exchanges.append(Exchange(turn + 1, now.expects, line, now.read_back))
        await phone.say(line)
        told.exchanges[-1].ended_at = time.time()
    told.seconds = time.monotonic() - began
    told.turns = len(told.exchanges)
    if not told.reached:
        told.cause = cause(told, ended=phone.caller.ended.is_set(), offered=offered)
    return told


async def _listen(phone: Phone, script: Script, turn: int, seen: int) -> None:
    if turn in script.interrupts:
        await phone.until_spoken_to(script.interrupts[turn])
        return
    if turn in script.mhm:
        await phone.until_spoken_to(1.0)
        await phone.say(MHM)
    await phone.hear_out(seen)


def _situation(phone: Phone, log: CallLog, seen: int) -> Situation:
    news = [message for message in said(log) if message["seq"] > seen] or said(log)[-1:]
    buttons = news[-1]["data"].get("buttons", []) if news else []
    return Situation(
        phone.expects(log),
        tuple(message["data"].get("response") for message in news),
        "\n".join(message["text"] for message in news),
        tuple(button["title"] for button in buttons),
    )


def _noted(exchange: Exchange, log: CallLog, seen: int, now: Situation) -> Exchange:
    """With what was heard of it and what was replied."""
    news = [event for event in log.events if event["seq"] > seen]
    exchange.heard = [event["text"] for event in news if event["speaker"] == "customer"]
    if not exchange.heard and now.read_back and now.read_back != exchange.read_back:
        exchange.heard = [now.read_back]
    exchange.heard_after_s = [
        round(
            datetime.fromisoformat(event["at"]).replace(tzinfo=UTC).timestamp() - exchange.ended_at,
            2,
        )
        for event in news
        if event["speaker"] == "customer"
    ]
    exchange.alternatives = [
        event["data"].get("alternatives", []) for event in news if event["speaker"] == "customer"
    ]
    exchange.intents = [m["data"].get("intent") for m in said(log) if m["seq"] > seen]
    fresh = any(message["seq"] > seen for message in said(log))
    exchange.responses = list(now.responses) if fresh else []
    exchange.reply = now.text if fresh else ""
    return exchange


async def hold(
    house: House,
    scripts: Sequence[Script],
    *,
    at_once: int = AT_ONCE,
    noise_db: float | None = None,
    first: int = 0,
) -> list[Told]:
    """All of them, in their order; `first` makes the callers' numbers differ from those of a run
    before. Raises AssertionError if an order changed that nobody called about."""
    shop = Shop(house.settings.shop_database_url.removeprefix("sqlite:///"))
    before, waiting = shop.all_orders(), list(enumerate(scripts))
    found: dict[int, Told] = {}

    async def line(delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        while waiting:
            index, script = waiting.pop(0)
            number = f"+1555{first + index:07}"
            async with phoning(house, script, number, noise_db, seed=index) as phone:
                told = found[index] = await converse(phone, script, shop)
            print(f"{told.name}: {'reached' if told.reached else told.cause}", flush=True)

    async with asyncio.TaskGroup() as group:
        for place in range(at_once):
            group.create_task(line(place * 1.1))
    used = frozenset(script.order.number for script in scripts if script.order)
    others = changed_by_nobody(before, shop.all_orders(), used)
    assert not others, f"orders that nobody called about were changed: {others}"
    return [found[index] for index in sorted(found)]


def scripts_for(house: House) -> list[Script]:
    shop = Shop(house.settings.shop_database_url.removeprefix("sqlite:///"))
    return read(shop.connection)


def made(scripts: Sequence[Script]) -> int:
    """Makes their words before anybody calls."""
    lines = [(s.voice, line.partition("#")[0].strip()) for s in scripts for line in s.lines()]
    return make([(voice, words) for voice, words in lines if words])


async def run(options: argparse.Namespace) -> None:
    with own_house(twilio_auth_token=TOKEN, max_calls="20") as house:
        scripts = [
            script
            for script in scripts_for(house)
            if not options.only
            or any(part in f"{script.name}, {script.voice}" for part in options.only)
        ]
        made(scripts)
        told = await hold(house, scripts, at_once=options.at_once, noise_db=options.noise)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps([asdict(one) for one in told], indent=1), "utf-8")
    report(told, noise_db=options.noise, at_once=options.at_once, tell=options.tell)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.conversations")
    parser.add_argument("--noise", type=float, help="dB of signal to noise; none: quiet")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="those with NAME in their name or voice"
    )
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("--tell", action="store_true", help="print the lost ones word by word")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
