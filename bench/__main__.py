"""`python -m bench`: all benchmarks, one after the other."""

from __future__ import annotations

import argparse
import asyncio
import sys

from bench import chat, voice


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("which", nargs="?", choices=["chat", "voice", "all"], default="all")
    parser.add_argument("--turns", type=int, default=50, help="voice turns (default 50)")
    options = parser.parse_args()
    if options.which in ("chat", "all"):
        asyncio.run(chat.main())
    if options.which in ("voice", "all"):
        asyncio.run(voice.main(options.turns))
    return 0


if __name__ == "__main__":
    sys.exit(main())
