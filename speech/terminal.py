"""Progress of a fetch, on a terminal or in a log."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)


class TerminalReport:
    """A bar where the total is known, a spinner with size and elapsed time where it isn't."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=quiet or not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> TerminalReport:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def say(self, text: str) -> None:
        self._clear()
        if not self._quiet:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def progress(self, what: str, done_bytes: int, total_bytes: int | None) -> None:
        if what not in self._tasks:
            self._clear()
            self._tasks[what] = self._bars.add_task(what, total=total_bytes)
        self._bars.update(self._tasks[what], completed=done_bytes, total=total_bytes)

    def _clear(self) -> None:
        while self._tasks:
            self._bars.remove_task(self._tasks.popitem()[1])
