"""Figures as a table, with the machine they were taken on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from statistics import quantiles

from rich.console import Console
from rich.table import Table


def percentile(values: Sequence[float], percent: int) -> float:
    """Of at least two values; linear between neighbours."""
    if len(values) < 2:
        return values[0] if values else float("nan")
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    table = Table(title=f"{title} ({machine()})", title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*(f"{cell:.0f}" if isinstance(cell, float) else str(cell) for cell in row))
    Console(width=110).print(table)
