"""`python -m bot call FILE.wav …`: recordings played into a running server as a caller would."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from bot.commands.caller import CallFailed, Exchange, calling
from bot.settings import Settings
from speech.audio import AudioError, Sound, read_wav, resample, write_wav


def call(settings: Settings, options: argparse.Namespace) -> int:
    try:
        sounds = [read_wav(Path(file)) for file in options.files]
    except (AudioError, OSError) as error:
        print(f"Recording: {error}", file=sys.stderr)
        return 2
    rate = sounds[0].rate_hz
    sounds = [sound if sound.rate_hz == rate else resample(sound, rate) for sound in sounds]
    folder = Path(options.save) if options.save else settings.data_dir / "calls"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        turns = asyncio.run(
            _call(options.url or settings.url, sounds, options.files, folder, options.json)
        )
    except CallFailed as error:
        print(f"Call: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(turns, indent=1, ensure_ascii=False))
    return 0 if all(turn["heard"] for turn in turns[1:]) else 3


async def _call(
    url: str, sounds: list[Sound], files: list[str], folder: Path, as_json: bool
) -> list[dict[str, Any]]:
    turns = []
    async with calling(url.rstrip("/"), sounds[0].rate_hz) as caller:
        if not as_json:
            print(f"conversation {caller.conversation}")
        names = ["greeting", *(Path(file).stem for file in files)]
        for number, name in enumerate(names):
            exchange = caller.greeting if number == 0 else await caller.play(sounds[number - 1])
            saved = folder / f"{number:02d}-{name}-reply.wav"
            write_wav(saved, Sound(caller.reply_rate, exchange.reply))
            turn = _turn(name, exchange, saved)
            turns.append(turn)
            if not as_json:
                _show(turn, first=number == 0)
            if caller.bye:
                if not as_json:
                    print(f"  the call ended: {caller.bye}")
                break
    return turns


def _turn(name: str, exchange: Exchange, saved: Path) -> dict[str, Any]:
    return {
        "recording": name,
        "heard": exchange.heard,
        "confidence": exchange.confidence,
        "says": exchange.says,
        "reply": str(saved),
        "timing": exchange.timings[0] if exchange.timings else None,
    }


def _show(turn: dict[str, Any], *, first: bool) -> None:
    if not first:
        heard = turn["heard"]
        sure = f"  ({turn['confidence']:.2f})" if heard else ""
        print(f"\ncaller     {heard or '— nothing was understood —'}{sure}   [{turn['recording']}]")
    for words in turn["says"]:
        print(f"assistant  {words}")
    if turn["timing"]:
        stages = {k: v for k, v in turn["timing"].items() if k.endswith("_ms")}
        print("           " + "  ".join(f"{k[:-3]} {v} ms" for k, v in stages.items()))
    print(f"           {turn['reply']}")
