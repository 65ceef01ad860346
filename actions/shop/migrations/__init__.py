"""The shop's schema, step by step, and `migrate` to bring a database up to date."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from actions.shop.database import create_engine, writing

VERSION_TABLE = "shop_alembic_version"
"""Its own, so that the shop can share a database with the contact centre."""

MIGRATION_LOCK = 0x53484F504D494752
""""SHOPMIGR": two processes that start together migrate one after the other on PostgreSQL."""


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


async def migrate(url: str) -> None:
    """Bring the database at `url` to the newest schema, making the SQLite file where it is missing.
    All in one transaction: it is either done or nothing happened. Safe to run at each start.
    Raises what SQLAlchemy raises if the database can't be reached."""
    engine = create_engine(url, create=True)
    try:
        async with writing(engine, MIGRATION_LOCK) as connection:
            await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))
    finally:
        await engine.dispose()
