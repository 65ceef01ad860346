"""What the action server needs to know, from the environment. The server passes its own settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """Which setting is wrong, with which value."""


@dataclass(frozen=True, slots=True)
class Settings:
    port: int = 5055
    """On 127.0.0.1. WARMLINE_ACTIONS_PORT"""
    shop_backend: str = "actions.shop:SqlShop"
    """`module:Class`, made with the database URL. WARMLINE_SHOP_BACKEND"""
    shop_database_url: str = "sqlite:///var/shop.db"
    """WARMLINE_SHOP_DATABASE_URL"""
    help_folder: Path = ROOT / "data" / "help"
    """Holds a folder of Markdown articles per language. WARMLINE_HELP"""
    data_folder: Path = ROOT / "data"
    """Holds a folder per language (its `phrases`), and `policy`. WARMLINE_DIALOGUE_DATA"""


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Raises SettingsError, naming the variable."""
    default = Settings()
    port = environment.get("WARMLINE_ACTIONS_PORT") or str(default.port)
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise SettingsError(f"WARMLINE_ACTIONS_PORT must be a port (1 to 65535), not {port!r}")
    backend = environment.get("WARMLINE_SHOP_BACKEND") or default.shop_backend
    if backend.count(":") != 1:
        raise SettingsError(f"WARMLINE_SHOP_BACKEND must read module:Class, not {backend!r}")
    return Settings(
        port=int(port),
        shop_backend=backend,
        shop_database_url=environment.get("WARMLINE_SHOP_DATABASE_URL")
        or default.shop_database_url,
        help_folder=Path(environment.get("WARMLINE_HELP") or default.help_folder),
        data_folder=Path(environment.get("WARMLINE_DIALOGUE_DATA") or default.data_folder),
    )
