"""`python -m speech models [fetch|verify]`: the model catalogue, from a terminal."""

from __future__ import annotations

import argparse
import sys
import time

from rich.console import Console
from rich.table import Table

from speech.catalogue import DEFAULT_ROLES, ROLES, Catalogue, CatalogueError, FetchFailed, State
from speech.terminal import TerminalReport


def list_models(catalogue: Catalogue, console: Console) -> int:
    table = Table(title=f"Models in {catalogue.folder}")
    for title in ("role", "name", "language", "licence", "MB", "source", "state"):
        table.add_column(title, justify="right" if title == "MB" else "left")
    for entry in catalogue.entries:
        table.add_row(
            *(entry.role, entry.name, entry.language, entry.licence, f"{entry.size_mb:g}"),
            "\n".join(str(source) for source in entry.sources),
            catalogue.state(entry),
        )
    console.print(table)
    return 0


def fetch(catalogue: Catalogue, console: Console, roles: list[str], *, quiet: bool) -> int:
    """One model for each language of each role. 0 if all could be had."""
    failed = 0
    wanted = dict.fromkeys(
        (role, e.language) for e in catalogue.entries for role in (e.role, *e.also) if role in roles
    )
    with TerminalReport(console, quiet=quiet) as report:
        for role, language in wanted:
            began = time.monotonic()
            try:
                catalogue.ensure(role, language, report)
            except FetchFailed as error:
                Console(stderr=True).print(str(error), style="red", markup=False, soft_wrap=True)
                failed = 1
            else:
                took = time.monotonic() - began
                name = catalogue.best(role, language).name
                report.say(f"{role} {language}: {name} is here ({took:.1f} s)")
    return failed


def verify(catalogue: Catalogue, console: Console) -> int:
    """Hashes every file that is here. 1 if one isn't what it should be."""
    wrong = 0
    for entry in catalogue.entries:
        state = catalogue.state(entry)
        if state is State.MISSING:
            continue
        problems = catalogue.verify(entry)
        words = "unchanged since the first fetch" if state is State.UNVERIFIED else "verified"
        console.print(f"{entry.name}: {'WRONG' if problems else words}", highlight=False)
        for problem in problems:
            wrong = 1
            console.print(f"  {problem}", markup=False, highlight=False, soft_wrap=True)
    return wrong


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m speech", description=__doc__)
    models = parser.add_subparsers(dest="subject", required=True).add_parser(
        "models", help="list the models; `fetch` gets what is missing, `verify` hashes the files"
    )
    actions = models.add_subparsers(dest="action")
    fetching = actions.add_parser("fetch", help="get what is missing")
    fetching.add_argument("--role", choices=ROLES, action="append", help="only this role")
    fetching.add_argument("--quiet", action="store_true", help="say only what went wrong")
    actions.add_parser("verify", help="hash the files again; exits with 1 on a mismatch")
    chosen = parser.parse_args(arguments)
    console = Console()
    if not console.is_terminal:
        console.width = 160  # a log or a pipe need not be folded to 80 columns
    try:
        catalogue = Catalogue.load()
        match chosen.action:
            case "fetch":
                return fetch(
                    catalogue, console, chosen.role or list(DEFAULT_ROLES), quiet=chosen.quiet
                )
            case "verify":
                return verify(catalogue, console)
            case _:
                return list_models(catalogue, console)
    except CatalogueError as error:
        parser.exit(2, f"{error}\n")
    except KeyboardInterrupt:
        parser.exit(130, "Stopped. What had been fetched whole is kept, nothing half is left.\n")


if __name__ == "__main__":
    sys.exit(main())
