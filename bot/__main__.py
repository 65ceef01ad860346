"""`python -m bot COMMAND`: run, serve, train, adapt, call, demo, misunderstood, settings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bot.settings import SettingsError, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Warmline's server")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    commands.add_parser("run", help="set up what is missing, start engine, actions and server")
    commands.add_parser("serve", help="the server alone (engine and actions run elsewhere)")
    train = commands.add_parser("train", help="train the dialogue model")
    train.add_argument("--if-needed", action="store_true", help="only when its inputs changed")
    commands.add_parser("adapt", help="teach the recogniser what the shop sells and is asked")
    call = commands.add_parser("call", help="play recordings into a running server as a caller")
    call.add_argument("files", nargs="+", metavar="FILE.wav", help="one recording per turn")
    call.add_argument("--url", help="the server (default: from the settings)")
    call.add_argument("--save", metavar="FOLDER", help="where the replies go (default: var/calls)")
    call.add_argument("--json", action="store_true", help="the transcript as JSON")
    demo = commands.add_parser("demo", help="the demo shop")
    demo.add_argument("what", choices=["orders", "seed"], help="list its orders, or make it")
    demo.add_argument("--json", action="store_true", help="as JSON")
    lost = commands.add_parser("misunderstood", help="what customers said that got no answer")
    lost.add_argument("--days", type=int, default=30, help="how far back (default: 30)")
    lost.add_argument("--json", action="store_true", help="as JSON")
    settings = commands.add_parser("settings", help="every setting, its meaning and its value")
    settings.add_argument("--markdown", action="store_true", help="as docs/settings.md has it")

    options = parser.parse_args(arguments)
    try:
        loaded = load_settings()
    except SettingsError as error:
        print(f"Settings: {error}", file=sys.stderr)
        return 2

    # Imported here: each command loads only what it needs.
    if options.command == "run":
        from bot.commands.run import run

        return run(loaded)
    if options.command == "serve":
        from bot.commands.serve import serve

        return serve(loaded)
    if options.command == "train":
        from bot.commands.train import train as train_model

        return train_model(loaded, if_needed=options.if_needed)
    if options.command == "adapt":
        from bot.commands.adapt import adapt

        return adapt(loaded)
    if options.command == "call":
        from bot.commands.call import call as place_call

        return place_call(loaded, options)
    if options.command == "demo":
        from bot.commands.demo import demo as demo_shop

        return demo_shop(loaded, options.what, as_json=options.json)
    if options.command == "misunderstood":
        from bot.commands.misunderstood import misunderstood

        return misunderstood(loaded, days=options.days, as_json=options.json)
    from bot.commands.settings import show

    return show(loaded, markdown=options.markdown)


if __name__ == "__main__":
    sys.exit(main())
