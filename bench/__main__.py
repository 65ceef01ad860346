"""`python -m bench`: all benchmarks, one after the other."""

from __future__ import annotations

import argparse
import asyncio
import sys

from bench import barge_in, chat, dialogue, ears, mouth, voice


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument(
        "which",
        nargs="?",
        choices=["chat", "dialogue", "voice", "ears", "mouth", "barge_in", "all"],
        default="all",
    )
    parser.add_argument("--turns", type=int, default=100, help="voice turns (default 100)")
    of_dialogue = parser.add_argument_group("dialogue")
    dialogue.add_options(of_dialogue)
    options = parser.parse_args()
    if options.which in ("chat", "all"):
        asyncio.run(chat.main())
    if options.which == "dialogue":
        dialogue.main(options)
    if options.which == "all":  # the baseline's training would take longer than all the rest
        dialogue.main(argparse.Namespace(**(vars(options) | {"without_baseline": True})))
    if options.which in ("voice", "all"):
        voice.main(["--turns", str(options.turns)])
    if options.which in ("ears", "mouth", "barge_in"):
        {"ears": ears.main, "mouth": mouth.main, "barge_in": barge_in.main}[options.which]([])
    return 0


if __name__ == "__main__":
    sys.exit(main())
