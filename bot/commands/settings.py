"""Every setting, for people."""

from __future__ import annotations

from typing import Any

from bot.settings import PREFIX, Settings


def show(settings: Settings, *, markdown: bool) -> int:
    print(as_markdown() if markdown else as_list(settings))
    return 0


def as_list(settings: Settings) -> str:
    lines = []
    for name, field in Settings.model_fields.items():
        lines.append(f"{PREFIX}{name.upper()} = {getattr(settings, name)}")
        lines.append(f"    {field.description}")
    return "\n".join(lines)


def as_markdown() -> str:
    rows = [
        "# Settings",
        "",
        "From the environment, else from `warmline.toml` (names there without the prefix, in lower",
        "case), else the default. Checked at start; an error names the setting. This page is what",
        "`python -m bot settings --markdown` prints.",
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default: Any = field.get_default(call_default_factory=True)
        if isinstance(default, list):
            default = ",".join(default)
        shown = "" if default in (None, "", []) else f"`{default}`"
        rows.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows)
